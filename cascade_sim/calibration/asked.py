"""What is asked for: events with their targets, the parameters fitted to all of them, and how they are run."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cascade_sim.calibration.parameters import Parameter, factor_problems, overrides_of, parameters_of
from cascade_sim.calibration.targets import Target, target_problems, targets_of
from cascade_sim.errors import CascadeError, Problem, ScenarioError, in_order
from cascade_sim.scenario import Scenario, load_scenario


@dataclass(frozen=True)
class Event:
    """One event that is fitted to.

    Attributes
    ----------
    name : str
        What it is called in tables and files.
    source : str or None
        The file or bundled name that its scenario came from.
    scenario : Scenario
        With all changes but those of the parameters.
    changes : dict
        Those changes, by dotted key.
    targets : tuple of Target
    """

    name: str
    source: str | None
    scenario: Scenario
    changes: dict[str, Any]
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Asked:
    """A calibration, before anything is run.

    Attributes
    ----------
    events : tuple of Event
    parameters : tuple of Parameter
    seeds : int
        Runs of each event at each point: the scenario's seed and those that follow it, the same at every point.
    """

    events: tuple[Event, ...]
    parameters: tuple[Parameter, ...]
    seeds: int

    @property
    def names(self) -> list[str]:
        """Names of the parameters."""
        return [parameter.name for parameter in self.parameters]

    @property
    def targets(self) -> list[tuple[Event, Target]]:
        """Every target with its event, in the order of errors and of rows of the sensitivity."""
        return [(event, target) for event in self.events for target in event.targets]

    @property
    def digest(self) -> str:
        """SHA-256 of all that results depend on, but versions and data files."""
        parts = [event.scenario.resolved() for event in self.events]
        text = json.dumps([parts, self.seeds], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def label(self, event: Event, key: str) -> str:
        """Return how a figure is called: with its event where there are several."""
        return key if len(self.events) == 1 else f"{event.name}.{key}"

    def values(self, unit: Sequence[float]) -> dict[str, float]:
        """Return the parameters' values at a point of the unit cube."""
        return {each.name: each.at(place) for each, place in zip(self.parameters, unit, strict=True)}

    def fitted(self, event: Event, values: Mapping[str, float]) -> Scenario:
        """Return an event's scenario with the parameters' values."""
        return event.scenario.with_overrides(overrides_of(event.scenario, values))


def asked_for(
    scenarios: Any,
    overrides: Mapping[str, Any] | None = None,
    traders: int | None = None,
    seeds: int = 1,
) -> Asked:
    """Read and check everything before the first run.

    Parameters
    ----------
    scenarios : Scenario, str, path, or a sequence of them
    overrides : mapping, optional
        Changes of all scenarios by dotted key.
    traders : int, optional
        Traders of each event in all; cohorts keep their shares.
    seeds : int

    Raises
    ------
    ScenarioError
        A scenario is wrong, or says nothing of a fit, or a target has no figure; every problem has its line.
    """
    if seeds < 1:
        raise CascadeError(f"seeds: {seeds} is no number of runs; give 1 or more")
    given = [scenarios] if isinstance(scenarios, str | Path | Scenario) else list(scenarios)
    if not given:
        raise CascadeError("no scenario is given; name one with a section calibrate:")
    events: list[Event] = []
    problems: list[Problem] = []
    for each in given:
        read = each if isinstance(each, Scenario) else load_scenario(each)
        changes = {**(overrides or {}), **_fewer_traders(read, traders)}
        scenario = read.with_overrides(changes)
        found = list(_problems(scenario))
        problems += found
        name = _name(scenario.name if isinstance(each, Scenario) else Path(each).stem, [other.name for other in events])
        source = None if isinstance(each, Scenario) else str(each)
        events.append(Event(name, source, scenario, changes, () if found else targets_of(scenario)))
    if problems:
        raise ScenarioError(in_order(problems))
    asked = Asked(tuple(events), parameters_of([event.scenario for event in events]), seeds)
    for event in events:
        _try_ends(asked, event)
    return asked


def _problems(scenario: Scenario) -> Iterator[Problem]:
    if scenario.calibrate is None:
        yield scenario.problem("calibrate", "is missing", "add calibrate: with free: and targets:")
        return
    if not scenario.calibrate.free:
        yield scenario.problem("calibrate.free", "is missing", "add the parameters that are fitted")
    if not scenario.calibrate.targets:
        yield scenario.problem("calibrate.targets", "is missing", "add the figures that the fit is to meet")
    yield from factor_problems(scenario)
    yield from target_problems(scenario)


def _fewer_traders(scenario: Scenario, traders: int | None) -> dict[str, Any]:
    if traders is None:
        return {}
    counts = {name: cohort.traders for name, cohort in scenario.crowd.items() if cohort.traders}
    whole = sum(counts.values())
    if not whole or traders < len(counts):
        raise CascadeError(f"traders: {traders} cannot be shared by the cohorts of {scenario.name}; give more")
    return {f"crowd.{name}.traders": max(1, math.floor(traders * count / whole)) for name, count in counts.items()}


def _name(name: str, taken: Sequence[str]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_") or "event"
    return plain if plain not in taken else f"{plain}_{len(taken) + 1}"


def _try_ends(asked: Asked, event: Event) -> None:
    """Try each parameter at its ends, so that a misspelt key or a range without meaning costs no run."""
    start = {each.name: each.start for each in asked.parameters}
    told: dict[str, Problem] = {}
    for each in asked.parameters:
        for value in (each.start, each.low, each.high):
            try:
                asked.fitted(event, {**start, each.name: value})
            except ScenarioError as error:
                wrong = error.problems[0]
                key = f"calibrate.free.{each.name}"
                message = f"at {value:g}: {wrong.key}: {wrong.message}"
                told.setdefault(each.name, event.scenario.problem(key, message, wrong.fix))
    if told:
        raise ScenarioError(in_order(list(told.values())))
