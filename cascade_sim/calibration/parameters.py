"""Free parameters: from a point of the unit cube to values, and from values to keys of a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cascade_sim.errors import CascadeError, Problem
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.calibrate import OPEN_INTEREST, REST, WRITTEN, Free
from cascade_sim.sweeps.trial import path_of

# Points of the cube are rounded, so that one that is met again is known.
DIGITS = 6


@dataclass(frozen=True)
class Parameter:
    """One parameter that is fitted, the same in all events that name it.

    Attributes
    ----------
    name : str
    low, high, start : float
        Base units: seconds, fractions of one, currency.
    log : bool
        Whether ratios of it count alike.
    """

    name: str
    low: float
    high: float
    start: float
    log: bool

    def at(self, unit: float) -> float:
        """Return the value at a place between the ends, from 0 to 1."""
        if self.log:
            return min(self.high, max(self.low, self.low * (self.high / self.low) ** unit))
        return self.low + (self.high - self.low) * unit

    def unit(self, value: float) -> float:
        """Return the place of a value between the ends; those outside are brought to the ends."""
        value = min(self.high, max(self.low, value))
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def parameters_of(scenarios: Sequence[Scenario]) -> tuple[Parameter, ...]:
    """Return what is fitted to several events, in the order in which they name it.

    Raises
    ------
    CascadeError
        Two of them give one parameter other ends, or it has no value to start from.
    """
    found: dict[str, Parameter] = {}
    for scenario in scenarios:
        for name, free in _free(scenario).items():
            low, high, log = free.from_, free.to, free.scale == "log"
            if name not in found:
                found[name] = Parameter(name, low, high, _start(scenario, name, free), log)
                continue
            other = found[name]
            if (other.low, other.high, other.log) != (low, high, log):
                message = f"has other ends or another scale than in {scenarios[0].name}"
                fix = "give it the same from, to and scale in all events"
                raise CascadeError(str(scenario.problem(f"calibrate.free.{name}", message, fix)))
    return tuple(found.values())


def _free(scenario: Scenario) -> Mapping[str, Free]:
    return {} if scenario.calibrate is None else scenario.calibrate.free


def _start(scenario: Scenario, name: str, free: Free) -> float:
    if free.start is not None:
        return free.start
    key, factor = next((key, factor) for key, factor in free.sets.items() if factor != REST)
    there = number_at(scenario, key)
    by = _factor(scenario, name, key, factor, {})
    fix = "add start, or widen the range"
    if there is None or not by:
        message = f"has no start: the scenario has no number at {key}"
        raise CascadeError(str(scenario.problem(f"calibrate.free.{name}", message, "add start")))
    value = there / by
    # The ends may be written with fewer digits than a quotient has.
    if not free.from_ * (1.0 - 1e-9) <= value <= free.to * (1.0 + 1e-9):
        message = f"starts at {value:g} as the scenario stands, which is not between {free.from_:g} and {free.to:g}"
        raise CascadeError(str(scenario.problem(f"calibrate.free.{name}", message, fix)))
    return min(free.to, max(free.from_, value))


def number_at(scenario: Scenario, key: str) -> float | None:
    """Return the number that a scenario has at a dotted key, or None where it has none."""
    value: Any = scenario.resolved()
    for step in path_of(key, value):
        if isinstance(value, list):
            value = value[step] if isinstance(step, int) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    if value == "never":
        return math.inf
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def open_interest_of(scenario: Scenario) -> float | None:
    """Return the sum of the cohorts' open interest in quote currency; None where one of them states none."""
    stated = [cohort.open_interest for cohort in scenario.crowd.values()]
    known = [each for each in stated if each is not None]
    return math.fsum(known) if known and len(known) == len(stated) else None


def factor_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what cannot be multiplied by, at the lines where it is asked for."""
    for name, free in _free(scenario).items():
        for key, factor in free.sets.items():
            place = f"calibrate.free.{name}.sets.{key}"
            if factor in (OPEN_INTEREST, REST) and not open_interest_of(scenario):
                message = "the open interest is not known: a cohort states none"
                yield _at(scenario, name, key).problem(place, message, "give every cohort open_interest:")
            elif factor == WRITTEN and number_at(scenario, key) in (None, math.inf):
                message = "the scenario has no number there"
                yield _at(scenario, name, key).problem(place, message, "write the key, or another factor")
            elif isinstance(factor, str) and "." in factor and number_at(scenario, factor) in (None, math.inf):
                message = f"the scenario has no number at {factor}"
                yield _at(scenario, name, key).problem(place, message, "write that key, or another factor")


def _at(scenario: Scenario, name: str, key: str) -> Any:
    """Return the place of a key that is set; it holds dots itself."""
    return scenario.written.mark_at(("calibrate", "free", name, "sets", key))


def _factor(scenario: Scenario, name: str, key: str, factor: float | str, set_already: Mapping[str, float]) -> float:
    if isinstance(factor, float):
        return factor
    if factor == OPEN_INTEREST:
        value = open_interest_of(scenario)
    elif factor == WRITTEN:
        value = number_at(scenario, key)
    else:
        value = set_already.get(factor, number_at(scenario, factor))
    if value is None:
        problem = next(factor_problems(scenario), None) or scenario.problem(f"calibrate.free.{name}", "has no factor")
        raise CascadeError(str(problem))
    return value


def overrides_of(scenario: Scenario, values: Mapping[str, float]) -> dict[str, float]:
    """Return the keys that values of the parameters set in a scenario, and what they set them to.

    Parameters
    ----------
    scenario : Scenario
    values : mapping of str to float
        By parameter; those that the scenario does not name are passed over.

    Returns
    -------
    dict
        As `Scenario.with_overrides` takes it. A factor that is another key has the value which that key gets here, if
        it is set without such a factor itself.
    """
    found: dict[str, float] = {}
    for by_key in (False, True):
        for name, free in _free(scenario).items():
            for key, factor in free.sets.items():
                names_a_key = isinstance(factor, str) and "." in factor
                if factor != REST and names_a_key == by_key and name in values:
                    found[key] = values[name] * _factor(scenario, name, key, factor, found)
    for name, free in _free(scenario).items():
        for key, factor in free.sets.items():
            if factor == REST and name in values:
                whole = open_interest_of(scenario) or 0.0
                names = [f"crowd.{cohort}.open_interest" for cohort in scenario.crowd]
                others = (found.get(each, number_at(scenario, each) or 0.0) for each in names if each != key)
                found[key] = whole - math.fsum(others)
    return found
