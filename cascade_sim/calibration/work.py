"""What a worker does for a fit: tasks of several events in, rows out, by the same code as a sweep's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cascade_sim.calibration.asked import Asked
from cascade_sim.sweeps.plan import Plan, Task
from cascade_sim.sweeps.work import Done, run_tasks

# Nothing is counted as a cascade here, but a plan has to say from which drawdown on.
_ALL = 1.0


@dataclass(frozen=True)
class FitPlan(Plan):
    """A plan of several scenarios; the number of a task's point says which of them is meant.

    Attributes
    ----------
    each : tuple of Plan
        One an event.
    """

    each: tuple[Plan, ...] = ()

    def event_of(self, point: int) -> int:
        """Return which event a point belongs to."""
        return point % len(self.each)


def plan_of(asked: Asked) -> FitPlan:
    """Return what all tasks of a fit share.

    The liquidation map is not kept, as no figure depends on it; what is recorded otherwise stays as the scenario has
    it, because some figures are read off recorded rows.
    """
    keys = tuple(dict.fromkeys(target.key for _, target in asked.targets))
    digest = asked.digest
    bare = [event.scenario.bare().with_overrides({"record.heatmap": None}) for event in asked.events]
    plans = tuple(Plan(scenario, keys, _ALL, None, f"{digest}.{number}") for number, scenario in enumerate(bare))
    return FitPlan(bare[0], keys, _ALL, None, digest, plans)


def run_points(plan: FitPlan, tasks: Iterable[Task]) -> Done:
    """Run tasks one after the other, each on the scenario of its event.

    Returns
    -------
    Done
        A function of plan and tasks, except for ``wall_s``. A run that fails is a row with its error.
    """
    done = Done.nothing(plan)
    for task in tasks:
        done.add(run_tasks(plan.each[plan.event_of(task.point)], [task]))
    return done


def neighbours(tasks: Sequence[Task], plan: FitPlan) -> list[Task]:
    """Return tasks such that those of one event and seed follow each other: they may share a crowd."""
    return sorted(tasks, key=lambda task: (plan.event_of(task.point), task.seeds, task.point))
