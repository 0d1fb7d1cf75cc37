"""Varied keys are tried on the scenario when the sweep is read, not when thousands of runs have failed.

What can never be valid is found here: keys that do not exist, values of the wrong kind or out of a key's own bounds.
What is only wrong beside other keys (a leverage above the venue's maximum) is left to the points: it may be right in
some of them, and a point that fails is a row that says so.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from cascade_sim.errors import Problem
from cascade_sim.scenario import Scenario, anatomy
from cascade_sim.scenario.comparisons import KEPT
from cascade_sim.scenario.findings import Finding, Path, WrongError
from cascade_sim.scenario.layers import lay
from cascade_sim.scenario.messages import findings_of
from cascade_sim.scenario.nodes import Node, dotted
from cascade_sim.scenario.overrides import NAMED, override_layer
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.presets import with_preset
from cascade_sim.scenario.suggest import listed, nearest
from cascade_sim.sweeps.vary import Varied

MOST_TRIED = 64
"""Values that are tried one by one; of more, the first and the last of each key."""

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
    for key in (key for key in varied if key not in known):
        fix = "leave it out; replicates: and seed: of the sweep say which luck the runs have"
        fix = fix if key == "seed" else "leave it out"
        yield vary.mark_at((key,)).problem(f"vary.{key}", "means nothing for the rows of a sweep", fix)
    samples = {key: entry.samples() for key, entry in known.items()}
    firsts = {key: found[0][1] for key, found in samples.items()}
    every = sum(map(len, samples.values())) <= MOST_TRIED
    for key, found in samples.items():
        together = {other: first for other, first in firsts.items() if other != key}
        told: list[Problem] = []
        for path, value in found if every else (found[0], found[-1]):
            if told and not path:
                break
            for wrong in _never_valid(key, value, together, base):
                place = vary.mark_at((key,) if wrong.about_key else (key, *path))
                told.append(place.problem(f"vary.{wrong.key}", wrong.message, wrong.fix))
        yield from dict.fromkeys(told)


def fixed_in_sweeps(key: str) -> bool:
    """Whether a key says nothing about a run, or is the sweep's to set."""
    return key.split(".")[0] in set(KEPT) - _VARIABLE


def whole_numbers(base: Scenario, key: str) -> bool:
    """Whether a key of the scenario counts something."""
    data = base.resolved()
    path = path_of(key, data)
    return _is_whole(anatomy.annotation_at(Scenario, path, data))


def _is_whole(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_whole(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return all(_is_whole(one) for one in get_args(annotation) if one is not type(None))
    return annotation is int


class _Wrong(NamedTuple):
    """What is wrong, and whether with the key itself, whatever its value."""

    key: str
    message: str
    fix: str
    about_key: bool


def _never_valid(key: str, value: Any, together: Mapping[str, Any], base: Scenario) -> list[_Wrong]:
    """Return what is wrong with one value by itself and beside the first values of the other keys."""
    alone = _wrong(base, {key: value}, key)
    if alone and together:
        also = {(wrong.key, wrong.message) for wrong in _wrong(base, {**together, key: value}, key)}
        return [wrong for wrong in alone if (wrong.key, wrong.message) in also]
    return alone


def _wrong(base: Scenario, changes: Mapping[str, Any], key: str) -> list[_Wrong]:
    if not all(key.split(".")):
        return [_Wrong(key, "is not a dotted key", "write the keys from the root with one dot between them", True)]
    tree, in_preset = with_preset(lay(base.written, override_layer(changes), Scenario), base.base_dir)
    if in_preset:
        return [_Wrong(key, problem.message, problem.fix, False) for problem in in_preset]
    plain = tree.plain()
    path = path_of(key, plain)
    section = str(path[0])
    if section not in anatomy.keys(Scenario):
        found = findings_of({"type": "extra_forbidden", "loc": (section,)}, plain, Scenario)
        return [_Wrong(section, finding.message, finding.fix, True) for finding in found]
    known = _names_in(base, section)
    if section in NAMED and len(path) > 2 and isinstance(path[1], str) and path[1] not in known:
        meant, what = nearest(path[1], known), NAMED[section]
        fix = f"did you mean {meant}?" if meant else f"the {what}s are {listed(known)}" if known else ""
        return [_Wrong(dotted(path[:2]), f"there is no such {what}", fix, True)]
    return list(_wrong_in_section(plain, path))


def _names_in(base: Scenario, section: str) -> list[str]:
    if section == "lending":
        return [pool.name for pool in base.lending]
    return list(getattr(base, section)) if section in NAMED else []


@functools.cache
def field_reader(part: type[Part], key: str) -> TypeAdapter[Any]:
    """Return what reads one key of a part by itself."""
    field = part.model_fields[part.name_of(key)]
    annotation: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return TypeAdapter(annotation)


def _wrong_in_section(plain: dict[str, Any], path: Path) -> Iterator[_Wrong]:
    """Yield what the types of the scenario's section say; what its keys say against others does not count."""
    section = str(path[0])
    try:
        field_reader(Scenario, section).validate_python(plain.get(section))
    except ValidationError as error:
        for item in error.errors():
            raised = item.get("ctx", {}).get("error")
            found = list(findings_of({**item, "loc": (section, *item["loc"])}, plain, Scenario))
            if isinstance(raised, WrongError):
                # A check of the value's own keys: they are not varied by themselves beside it.
                own = zip(found, raised.findings, strict=True)
                found = [finding for finding, raw in own if len(finding.path) - len(raw.path) >= len(path)]
            for finding in found:
                inside = finding.path[: len(path)] == path
                if inside or (not finding.incomplete and path[: len(finding.path)] == finding.path):
                    unknown = item["type"] == "extra_forbidden" and finding.path == path
                    # Where a kind is varied, the part that has the kind is what is wrong.
                    by_value = inside or item["type"] == "union_tag_invalid"
                    yield _described(finding, path, plain, about_key=unknown or not by_value)


def _described(finding: Finding, path: Path, plain: Any, about_key: bool) -> _Wrong:
    annotation = anatomy.annotation_at(Scenario, finding.path, plain)
    single = not anatomy.alternatives(annotation) and anatomy.element(annotation) is None
    if about_key and len(finding.path) < len(path) and single:
        return _Wrong(dotted(path), f"{dotted(finding.path)} is a single value", "vary that key itself", True)
    return _Wrong(dotted(finding.path), finding.message, finding.fix, about_key)


def path_of(key: str, data: Any) -> Path:
    """Return a dotted key as a path through data: steps that index a list, or name its item, become numbers."""
    path: list[str | int | float] = []
    for step in key.split("."):
        place = _place_in(data, step) if isinstance(data, list) else None
        if place is not None:
            path.append(place)
            data = data[place] if place < len(data) else None
        else:
            found = next((name for name in data if str(name) == step), step) if isinstance(data, Mapping) else step
            path.append(found)
            data = data.get(found) if isinstance(data, Mapping) else None
    return tuple(path)


def _place_in(items: list[Any], step: str) -> int | None:
    if step.isdigit():
        return int(step)
    names = [item.get("name") if isinstance(item, Mapping) else None for item in items]
    return names.index(step) if step in names else None
