"""Points of the unit cube in, errors of all targets out: run on any executor, each point once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cascade_sim.calibration.asked import Asked
from cascade_sim.calibration.ledger import Ledger, key_of
from cascade_sim.calibration.parameters import DIGITS, overrides_of
from cascade_sim.calibration.targets import MISSING
from cascade_sim.calibration.work import neighbours, plan_of, run_points
from cascade_sim.sweeps.execute import execute
from cascade_sim.sweeps.executors import Workers
from cascade_sim.sweeps.plan import Task

Unit = tuple[float, ...]
Points = Sequence[Sequence[float]] | Sequence[np.ndarray] | np.ndarray
Came = Callable[[int, int], None]


class SpentError(Exception):
    """The evaluations that were allowed are used up; what the search has found stands."""


@dataclass(frozen=True)
class Evaluation:
    """One point, with what its runs came to.

    Attributes
    ----------
    unit : tuple of float
        Its place in the unit cube of the parameters' ranges.
    compared : ndarray, shape (targets,)
        Mean of each figure over the seeds, as it is compared; NaN where no run has it.
    spread : ndarray, shape (targets,)
        Standard deviation over the seeds of what is compared; 0 for one seed.
    errors : ndarray, shape (targets,)
        In tolerances.
    phase : str
        What asked for it: start, design, proposed, search or sensitivity.
    failed : tuple of str
        Errors of runs that failed.
    """

    unit: Unit
    compared: np.ndarray
    spread: np.ndarray
    errors: np.ndarray
    phase: str
    failed: tuple[str, ...]

    @property
    def objective(self) -> float:
        """Sum of squared errors."""
        return float(np.dot(self.errors, self.errors))


class Evaluator:
    """Evaluates points; remembers those that it has seen, and those that a ledger has.

    Parameters
    ----------
    asked : Asked
    crew : Workers
        From `executors.as_workers`; the caller closes them.
    ledger : Ledger
    most : int
        Evaluations allowed: of different points, those in the ledger included.
    came : callable
        Told how many runs have come, and how many of them failed.

    Attributes
    ----------
    seen : dict of Unit to Evaluation
        In the order in which they were asked for, which depends on nothing but results.
    """

    def __init__(self, asked: Asked, crew: Workers, ledger: Ledger, most: int, came: Came) -> None:
        self.asked, self.most = asked, most
        self.seen: dict[Unit, Evaluation] = {}
        self._crew, self._ledger, self._came = crew, ledger, came
        self._plan = plan_of(asked)

    @property
    def best(self) -> Evaluation:
        """The point with the smallest objective; of equal ones the first."""
        return min(self.seen.values(), key=lambda each: each.objective)

    def many(self, points: Points, phase: str) -> list[Evaluation]:
        """Evaluate points beside each other.

        Raises
        ------
        SpentError
            Not all of them are allowed any more; those that were are evaluated.
        """
        wanted = [rounded(point) for point in points]
        new = [unit for unit in dict.fromkeys(wanted) if unit not in self.seen]
        allowed = new[: max(0, self.most - len(self.seen))]
        self._run(allowed)
        for unit in allowed:
            self.seen[unit] = self._evaluation(unit, phase)
        if len(allowed) < len(new):
            raise SpentError
        return [self.seen[unit] for unit in wanted]

    def _run(self, units: Sequence[Unit]) -> None:
        tasks: list[Task] = []
        events = self.asked.events
        for number, unit in enumerate(units):
            values = self.asked.values(unit)
            for place, event in enumerate(events):
                for replicate, seed in enumerate(self._seeds(place)):
                    if key_of(values, place, seed) not in self._ledger.runs:
                        changes = overrides_of(event.scenario, values)
                        tasks.append(Task(number * len(events) + place, changes, (replicate,), (seed,)))
        if not tasks:
            return
        ordered = neighbours(tasks, self._plan)
        for done in execute(self._plan, ordered, self._crew, len(ordered), run_points):  # type: ignore[arg-type]
            for row in _rows(done.columns):
                number, place = divmod(row["point"], len(events))
                figures = {key: row[key] for key in (*self._plan.outputs, "status", "error")}
                self._ledger.add(self.asked.values(units[number]), place, row["seed"], figures)
            self._came(len(done), done.failures)

    def _seeds(self, event: int) -> range:
        first = self.asked.events[event].scenario.seed
        return range(first, first + self.asked.seeds)

    def _evaluation(self, unit: Unit, phase: str) -> Evaluation:
        values = self.asked.values(unit)
        compared: list[float] = []
        spread: list[float] = []
        errors: list[float] = []
        failed: list[str] = []
        for place, event in enumerate(self.asked.events):
            runs = [self._ledger.runs[key_of(values, place, seed)] for seed in self._seeds(place)]
            failed += [run["error"] for run in runs if run["error"] is not None]
            for target in event.targets:
                found = [target.number(run.get(target.key)) for run in runs]
                there = [each for each in found if not math.isnan(each)]
                mean = target.compared(math.fsum(there) / len(there) if there else math.nan)
                compared.append(mean)
                each_seed = [target.compared(number) for number in there]
                spread.append(float(np.std(each_seed, ddof=1)) if len(there) > 1 else 0.0)
                errors.append(_with_missing(target.error(mean), len(there) / len(found)))
        return Evaluation(unit, np.array(compared), np.array(spread), np.array(errors), phase, tuple(failed))


def _with_missing(error: float, share: float) -> float:
    """Return an error that also counts the seeds which do not have the figure."""
    return error if share == 1.0 else math.copysign(math.hypot(share * error, (1.0 - share) * MISSING), error)


def rounded(point: Sequence[float] | np.ndarray) -> Unit:
    """Return a point of the unit cube with so few digits that it is known when it is met again."""
    return tuple(min(1.0, max(0.0, round(float(each), DIGITS))) for each in point)


def _rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
