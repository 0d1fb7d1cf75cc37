"""Varied keys are tried on the scenario when the sweep is read, not when thousands of runs have failed.

What can never be valid is found here: keys that do not exist, values of the wrong kind or out of a key's own bounds.
What is only wrong beside other keys (a leverage above the venue's maximum) is left to the points: it may be right in
some of them, and a point that fails is a row that says so.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario import Scenario, anatomy
from cascade_sim.scenario.comparisons import KEPT
from cascade_sim.scenario.findings import Finding, Path, WrongError
from cascade_sim.scenario.layers import lay
from cascade_sim.scenario.messages import findings_of
from cascade_sim.scenario.nodes import Node
from cascade_sim.scenario.overrides import override_layer
from cascade_sim.scenario.presets import with_preset
from cascade_sim.scenario.suggest import listed, nearest
from cascade_sim.sweeps.vary import Varied

MOST_TRIED = 64
"""Values that are tried one by one; of more, the first of each key."""

_VARIABLE = frozenset({"clock", "record"})


def trial_problems(vary: Node, varied: Mapping[str, Varied], base: Scenario) -> Iterator[Problem]:
    """Yield what can never be valid, at the places where it is written.

    Parameters
    ----------
    vary : Node
        The section as it is written.
    varied : mapping
        What could be read of it, by dotted key.
    base : Scenario
        The scenario that is varied.
    """
    known = {key: entry for key, entry in varied.items() if not fixed_in_sweeps(key)}
    for key in varied.keys() - known.keys():
        fix = "leave it out; replicates: and seed: of the sweep say which luck the runs have"
        fix = fix if key == "seed" else "leave it out"
        yield vary.mark_at((key,)).problem(f"vary.{key}", "means nothing for the rows of a sweep", fix)
    samples = {key: entry.samples() for key, entry in known.items()}
    firsts = {key: found[0][1] for key, found in samples.items()}
    every = sum(map(len, samples.values())) <= MOST_TRIED
    for key, found in samples.items():
        told: set[tuple[Any, ...]] = set()
        for path, value in found if every else found[:1]:
            for problem in _never_valid(vary, key, path, value, firsts, base):
                if (problem.message, problem.key, path[:1]) not in told:
                    told.add((problem.message, problem.key, path[:1]))
                    yield problem
            if told and not path:
                break


def fixed_in_sweeps(key: str) -> bool:
    """Whether a key says nothing about a run, or is the sweep's to set."""
    return key.split(".")[0] in set(KEPT) - _VARIABLE


def whole_numbers(base: Scenario, key: str) -> bool:
    """Whether a key of the scenario counts something."""
    data = base.resolved()
    path = _path(key, data)
    return _is_whole(anatomy.annotation_at(Scenario, path, data))


def _is_whole(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_whole(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return all(_is_whole(one) for one in get_args(annotation) if one is not type(None))
    return annotation is int


def _never_valid(
    vary: Node, key: str, path: tuple[str | int, ...], value: Any, firsts: Mapping[str, Any], base: Scenario
) -> list[Problem]:
    """Return what is wrong with one value by itself and beside the first values of the other keys."""
    place = vary.mark_at((key, *path))
    alone = _hard_problems(base, {key: value}, key)
    together = {other: first for other, first in firsts.items() if other != key}
    if alone and together:
        also = {(problem.key, problem.message) for problem in _hard_problems(base, {**together, key: value}, key)}
        alone = [problem for problem in alone if (problem.key, problem.message) in also]
    return [
        replace(problem, file=place.file, line=place.line, column=place.column, key=f"vary.{problem.key}")
        for problem in alone
    ]


def _hard_problems(base: Scenario, changes: Mapping[str, Any], key: str) -> list[Problem]:
    try:
        laid = lay(base.written, override_layer(changes), Scenario)
    except ScenarioError as error:
        return list(error.problems)
    tree, problems = with_preset(laid, base.base_dir)
    if problems:
        return [replace(problem, key=key) for problem in problems]
    plain = tree.plain()
    steps = _path(key, plain)
    return [tree.problem(finding) for finding in _hard_findings(plain, steps, base)]


def _hard_findings(plain: dict[str, Any], path: Path, base: Scenario) -> Iterator[Finding]:
    section = str(path[0])
    names = anatomy.keys(Scenario)
    if section not in names:
        yield from findings_of({"type": "extra_forbidden", "loc": (section,)}, plain, Scenario)
        return
    if section == "crowd" and len(path) > 2 and str(path[1]) not in base.crowd:
        meant = nearest(path[1], base.crowd)
        fix = f"did you mean {meant}?" if meant else f"the cohorts are {listed(base.crowd)}" if base.crowd else ""
        yield Finding(path[:2], "there is no such cohort", fix)
        return
    field = Scenario.model_fields[names[section]]
    whole: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        TypeAdapter(whole).validate_python(plain.get(section))
    except ValidationError as error:
        for item in error.errors():
            if isinstance(item.get("ctx", {}).get("error"), WrongError):
                continue
            for finding in findings_of({**item, "loc": (section, *item["loc"])}, plain, Scenario):
                inside = finding.path[: len(path)] == path
                if inside or (not finding.incomplete and path[: len(finding.path)] == finding.path):
                    yield finding


def _path(key: str, data: Any) -> Path:
    """Return a dotted key as a path through data: steps that index a list become numbers."""
    path: list[str | int | float] = []
    for step in key.split("."):
        if isinstance(data, list) and step.isdigit():
            path.append(int(step))
            data = data[int(step)] if int(step) < len(data) else None
        else:
            found = next((name for name in data if str(name) == step), step) if isinstance(data, Mapping) else step
            path.append(found)
            data = data.get(found) if isinstance(data, Mapping) else None
    return tuple(path)
