"""Targets: recorded figures, and how far a simulated one is from them, in units of what counts as near."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cascade_sim.errors import Problem
from cascade_sim.metrics.definitions import units_and_definitions
from cascade_sim.metrics.keys import COUNTERFACTUAL
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.calibrate import Target as Written
from cascade_sim.scenario.suggest import nearest
from cascade_sim.units import UnitError, parse_time

MISSING = 20.0
"""Error, in tolerances, of a figure that a run does not have."""

# An amount that is not there at all counts as this share of the recorded one: a logarithm needs something.
SMALLEST_SHARE = 1e-3
_POINTS = ("fraction", "ratio")
_TIME, _SECONDS = "UTC", "s"


@dataclass(frozen=True)
class Target:
    """One recorded figure of an event.

    Attributes
    ----------
    key, unit : str
        Of the summary.
    low, high : float or str
        Ends of the figure as it is written; the same where it is no range.
    least, most : float
        The same ends as they are compared: logarithms of positive amounts, seconds from the start for times.
    tolerance : float
        One unit of error, of what is compared.
    log : bool
        Whether logarithms are compared.
    start : datetime
        Start of the run.
    """

    key: str
    unit: str
    low: Any
    high: Any
    least: float
    most: float
    tolerance: float
    log: bool
    start: datetime

    def number(self, figure: Any) -> float:
        """Return a simulated figure as a number, times as seconds from the start; NaN where there is none."""
        if figure is None:
            return math.nan
        return (parse_time(figure) - self.start).total_seconds() if self.unit == _TIME else float(figure)

    def compared(self, number: float) -> float:
        """Return a number of `number`, or a mean of such, as it is compared."""
        if self.log and not math.isnan(number):
            return math.log(max(number, SMALLEST_SHARE * math.exp(self.least)))
        return number

    def error(self, compared: float) -> float:
        """Return how far a compared figure is from the recorded one, in tolerances; 0 inside of a range."""
        if math.isnan(compared):
            return MISSING
        beyond = compared - min(max(compared, self.least), self.most)
        return beyond / self.tolerance

    @property
    def width(self) -> float:
        """What a change is measured with: the tolerance, and half of the range where the figure is one."""
        return self.tolerance + 0.5 * (self.most - self.least)

    def figure(self, compared: float) -> Any:
        """Return what was compared as a figure again: a number, seconds from the start for times; None for NaN."""
        if math.isnan(compared):
            return None
        return math.exp(compared) if self.log else compared


def targets_of(scenario: Scenario) -> tuple[Target, ...]:
    """Return the targets of a scenario in which `target_problems` finds nothing wrong."""
    units, _ = units_and_definitions(scenario)
    written = {} if scenario.calibrate is None else scenario.calibrate.targets
    return tuple(_target(scenario, key, one, units[key]) for key, one in written.items())


def _target(scenario: Scenario, key: str, written: Written, unit: str) -> Target:
    low, high = _ends(scenario, key, written) or (math.nan, math.nan)
    if unit == _TIME:
        least, most = ((parse_time(end) - scenario.clock.start).total_seconds() for end in (low, high))
        return Target(key, unit, low, high, least, most, written.tolerance, False, scenario.clock.start)
    log = unit not in (*_POINTS, _SECONDS) and low > 0.0
    least, most = (math.log(low), math.log(high)) if log else (low, high)
    return Target(key, unit, low, high, least, most, written.tolerance, log, scenario.clock.start)


def _ends(scenario: Scenario, key: str, written: Written) -> Any:
    if written.ends is not None or key not in scenario.reported:
        return written.ends
    value = scenario.reported[key].value
    return tuple(value) if isinstance(value, list) else (value, value)


def target_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with a scenario's targets, at their lines: nothing is guessed."""
    written = {} if scenario.calibrate is None else scenario.calibrate.targets
    units, _ = units_and_definitions(scenario)
    for key, one in written.items():
        place = f"calibrate.targets.{key}"
        if key not in units:
            meant = nearest(key, list(units))
            fix = f"did you mean {meant}?" if meant else "the keys are those of summary.json"
            yield scenario.problem(place, "there is no such figure in the summary", fix)
        elif key in COUNTERFACTUAL:
            message = "needs a second run without forced selling, which a fit does not make"
            yield scenario.problem(place, message, "leave it out")
        elif units[key] == "":
            yield scenario.problem(place, "is no number", "leave it out")
        elif _ends(scenario, key, one) is None:
            message = f"there is no recorded figure: the scenario reports no {key}"
            yield scenario.problem(place, message, f"add value:, add {key} under reported:, or leave it out")
        else:
            yield from _wrong_figure(scenario, key, _ends(scenario, key, one), units[key])


def _wrong_figure(scenario: Scenario, key: str, ends: Sequence[Any], unit: str) -> Iterator[Problem]:
    place = f"calibrate.targets.{key}"
    if unit != _TIME:
        if not all(isinstance(end, float) for end in ends):
            yield scenario.problem(place, f"{ends[0]!r} is not a number", "write value: and a number")
        elif ends[0] < 0.0 < ends[1] and unit not in (*_POINTS, _SECONDS):
            yield scenario.problem(place, "the range goes through 0", "write one number")
        return
    try:
        moments = [parse_time(end) for end in ends]
    except UnitError as error:
        yield scenario.problem(place, error.message, error.fix)
        return
    seconds = [(moment - scenario.clock.start).total_seconds() for moment in moments]
    if not 0.0 <= seconds[0] <= seconds[-1] <= scenario.clock.duration:
        yield scenario.problem(place, "does not lie within the run, in order", "correct it, or the clock")
