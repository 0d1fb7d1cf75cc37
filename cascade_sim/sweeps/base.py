"""The scenario that a sweep varies: a file, a bundled one, an object, or written out in the sweep file."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario import Scenario, load_scenario
from cascade_sim.scenario.files import locate
from cascade_sim.scenario.layers import lay
from cascade_sim.scenario.loading import over_its_base
from cascade_sim.scenario.nodes import Node, dotted
from cascade_sim.scenario.preset_kinds import BASE_KEY, VENUE
from cascade_sim.scenario.presets import sections_on_presets, with_preset
from cascade_sim.scenario.resolve import resolve


def base_scenario(
    written: Node,
    folder: pathlib.Path | None,
    presets_vary: bool = False,
    changes: Mapping[str, Any] | None = None,
) -> tuple[Scenario | None, list[Problem]]:
    """Load the scenario that stands under ``scenario``, without its comparisons.

    Parameters
    ----------
    written : Node
        A name, a mapping, or a node that holds a `Scenario`.
    folder : pathlib.Path or None
        Where relative paths start; the working folder if None.
    presets_vary : bool
        Whether other presets may be laid below its exchange or pools. If not, the rules of its own ones are written
        out, and their files are not read again for every point.
    changes : mapping, optional
        Overrides by dotted key.

    Returns
    -------
    Scenario or None
        None where there is none that can be run.
    list of Problem
        Why; those of a scenario written out in the sweep file have their keys from the root of that file.
    """
    try:
        if isinstance(written.value, Scenario):
            scenario = written.value
        elif isinstance(written.value, str) and written.value:
            scenario = load_scenario(locate(written.value, folder or pathlib.Path(), written.mark, "scenario"))
        elif isinstance(written.value, dict):
            scenario = _inline(written, folder)
        else:
            fix = "name a file or a bundled scenario, or write one out below it"
            return None, [written.mark.problem("scenario", "is not a scenario", fix)]
        # An override may take away what a comparison changes; a sweep runs none of them.
        scenario = Scenario.from_tree(scenario.written.without("compare"), scenario.base_dir, changes=changes)
        if presets_vary:
            return scenario, []
        return Scenario.from_tree(with_preset(scenario.written, scenario.base_dir)[0], scenario.base_dir), []
    except ScenarioError as error:
        return None, list(error.problems)


def _inline(written: Node, folder: pathlib.Path | None) -> Scenario:
    file = written.mark.file
    try:
        tree, problems = _laid(written, folder or pathlib.Path())
        return Scenario.from_tree(tree, None if folder is None else folder.resolve(), problems)
    except ScenarioError as error:
        raise ScenarioError([_below_scenario(problem, file) for problem in error.problems]) from None


def _laid(written: Node, folder: pathlib.Path) -> tuple[Node, list[Problem]]:
    """Lay an inline scenario over the one it extends, which may be written out, too."""
    below = written.child("extends")
    if below is None or not isinstance(below.value, dict):
        return over_its_base(replace(written, value=dict(written.value)), folder)
    lower, problems = _laid(below, folder)
    return lay(lower, written.without("extends"), Scenario), problems


def _below_scenario(problem: Problem, file: str) -> Problem:
    if problem.file != file or problem.key == "scenario":
        return problem
    return replace(problem, key=f"scenario.{problem.key}" if problem.key else "scenario")


def varies_presets(key: object, values: Any) -> bool:
    """Whether a varied key puts presets below the scenario's own rules."""
    return any(sections_on_presets({str(key): value}) for value in (values if isinstance(values, list) else [None]))


def as_inline(base: Scenario) -> dict[str, Any]:
    """Return the scenario as it is written out in a sweep file.

    Defaults stay out: written out they would count as chosen, and an override could be valid over the one and not
    over the other (funding wants a mark that somebody chose). So do the presets that exchange and pools lie over,
    where others take their place.
    """
    plain = resolve(base.written.plain())
    exchange = base.written.child(VENUE.section)
    named = exchange.child(BASE_KEY) if exchange and isinstance(exchange.value, dict) else None
    if named is None or named.below is None:
        return plain
    return {"extends": {VENUE.section: resolve(named.below.plain())}, **plain}


def written_keys(base: Scenario) -> list[str]:
    """Return the dotted keys that are written in the scenario, sorted; see `as_inline` for why they matter."""
    return sorted(_keys(base.written, ()))


def _keys(node: Node, path: tuple[Any, ...]) -> Iterator[str]:
    children = node.value.items() if isinstance(node.value, dict) else enumerate(node.children())
    if path:
        yield dotted(path)
    for key, child in children:
        yield from _keys(child, (*path, key))


def rules_under(base: Scenario, key: str, values: list[Any]) -> list[Any]:
    """Return exchange or pools for each value of a key that names presets; None where they are not valid."""
    found: list[Any] = []
    section = key.split(".")[0]
    for value in values:
        try:
            found.append(resolve(getattr(base.with_overrides({key: value}), section)))
        except ScenarioError:
            found.append(None)
    return found
