"""What a worker does: tasks in, rows out, the same wherever and in whatever order they are run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numba

from cascade_sim.crowd import Crowd, build_crowd
from cascade_sim.engine.batch import batchable, run_batch
from cascade_sim.engine.order import copy_of
from cascade_sim.engine.run import Run
from cascade_sim.engine.simulate import build_world, crowd_signature, run_world
from cascade_sim.errors import CascadeError
from cascade_sim.kernels.state import Positions
from cascade_sim.metrics.after_low import asks_for_rows
from cascade_sim.metrics.cascade import add_amplification, summarise
from cascade_sim.metrics.many import summarise_many
from cascade_sim.scenario import Scenario
from cascade_sim.sweeps.plan import Plan, Task

FAILED = "failed"
# Fewer runs of a point than this are not worth a batch.
FEWEST_IN_A_BATCH = 4
_HEADLINE = ("max_drawdown", "status")


@dataclass
class Done:
    """What came of some tasks.

    Attributes
    ----------
    columns : dict of str to list
        One value a run: point, replicate, seed, the outputs, cascade, status, error, wall_s.
    kept : list of (point, replicate, Run)
        Whole runs that were asked for.
    """

    columns: dict[str, list[Any]]
    kept: list[tuple[int, int, Run]] = field(default_factory=list)

    @classmethod
    def nothing(cls, plan: Plan) -> Done:
        """Return a result without rows."""
        names = ("point", "replicate", "seed", *plan.outputs, "cascade", "status", "error", "wall_s")
        return cls({name: [] for name in dict.fromkeys(names)})

    def __len__(self) -> int:
        return len(self.columns["point"])

    @property
    def failures(self) -> int:
        """How many of the runs failed."""
        return sum(error is not None for error in self.columns["error"])

    def add(self, other: Done) -> None:
        """Take in what came of other tasks."""
        for name, values in self.columns.items():
            values.extend(other.columns[name])
        self.kept.extend(other.kept)


@dataclass
class _Last:
    """The crowd of the latest run, in the order in which its triggers fire: the next run may share it."""

    key: tuple[str, str, int] | None = None
    crowd: Crowd | None = None
    ordered: Positions | None = None


_last = _Last()


def run_tasks(plan: Plan, tasks: Iterable[Task]) -> Done:
    """Run tasks one after the other.

    Parameters
    ----------
    plan : Plan
    tasks : iterable of Task

    Returns
    -------
    Done
        A function of plan and tasks, except for ``wall_s``. A run that fails is a row with its error.
    """
    done = Done.nothing(plan)
    for task in tasks:
        try:
            scenario = plan.scenario.with_overrides(task.overrides)
            without = scenario.with_overrides(plan.without_forced) if plan.without_forced else None
        except Exception as error:
            fail(done, plan, task, reason(error))
            continue
        if _as_batch(done, plan, task, scenario, without):
            continue
        signed = [(each, crowd_signature(each)) for each in (scenario, without) if each is not None]
        for place in range(len(task.seeds)):
            _run_one(done, plan, task, signed, place)
    return done


def fail(done: Done, plan: Plan, task: Task, error: str) -> None:
    """Write a row for every run of a task that says why it failed."""
    for replicate, seed in zip(task.replicates, task.seeds, strict=True):
        write_row(done, plan, task.point, replicate, seed, {"status": FAILED}, error, 0.0)


def _as_batch(done: Done, plan: Plan, task: Task, scenario: Scenario, without: Scenario | None) -> bool:
    """Run a task's replicates at once, if they are small and alike; tell whether that was done."""
    alone = bool(task.keep) or asks_for_rows(plan.outputs) or len(task.seeds) < FEWEST_IN_A_BATCH
    if alone or not all(map(batchable, filter(None, (scenario, without)))):
        return False
    begin = time.perf_counter()
    threads = numba.get_num_threads()
    try:
        batch = run_batch(scenario, task.seeds, threads)
        beside = None if without is None else run_batch(without, task.seeds, threads)
        columns = summarise_many(batch, scenario, tuple(dict.fromkeys((*plan.outputs, *_HEADLINE))), beside)
    except (CascadeError, MemoryError):  # some of them may still run: each says for itself
        return False
    each = (time.perf_counter() - begin) / len(task.seeds)
    for place, (replicate, seed) in enumerate(zip(task.replicates, task.seeds, strict=True)):
        summary = {key: values[place] for key, values in columns.items()}
        write_row(done, plan, task.point, replicate, seed, summary, None, each)
    return True


def _run_one(done: Done, plan: Plan, task: Task, signed: Sequence[tuple[Scenario, str]], place: int) -> None:
    """Write the row of one run; ``signed`` are its scenario and its counterfactual, with their crowds' signatures."""
    replicate, seed = task.replicates[place], task.seeds[place]
    begin = time.perf_counter()
    summary: dict[str, Any] = {"status": FAILED}
    error = None
    try:
        found, *without = (_summary(plan, each, signature, seed) for each, signature in signed)
        for other in without:
            add_amplification(found, other)
        if replicate in task.keep:
            from cascade_sim.simulation import run

            done.kept.append((task.point, replicate, run(signed[0][0], seed)))
        summary = found
    except Exception as failure:  # one broken point must not stop ten thousand others
        error = reason(failure)
    write_row(done, plan, task.point, replicate, seed, summary, error, time.perf_counter() - begin)


def reason(error: Exception) -> str:
    """Say why a run failed: what the user can solve in its own words, anything else as what it is."""
    if isinstance(error, CascadeError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"not enough memory ({str(error) or 'it ran out'}); use a smaller crowd, fewer ticks or fewer workers"
    return f"unexpected {type(error).__name__}: {error}; please report it"


def _summary(plan: Plan, scenario: Scenario, signature: str, seed: int) -> dict[str, Any]:
    key = (plan.digest, signature, seed)
    if key != _last.key:
        _last.key = _last.crowd = _last.ordered = None
        _last.crowd = build_crowd(scenario, seed)
        _last.key = key
    crowd = _last.crowd
    assert crowd is not None
    world = build_world(scenario, seed, crowd, ordered=_last.ordered)
    if _last.ordered is None and world.moves is None:
        _last.ordered = copy_of(world.positions)
    run_world(world)
    return summarise(world, scenario, float(crowd.quantity.sum()))


def write_row(
    done: Done,
    plan: Plan,
    point: int,
    replicate: int,
    seed: int,
    summary: Mapping[str, Any],
    error: str | None,
    wall_s: float,
) -> None:
    """Write one row: what a plan wants of a summary, or why there is none."""
    drawdown = summary.get("max_drawdown")
    row = {key: summary.get(key) for key in plan.outputs}
    row |= {"point": point, "replicate": replicate, "seed": seed, "status": summary["status"], "error": error}
    row |= {"cascade": None if drawdown is None else drawdown >= plan.threshold, "wall_s": wall_s}
    for name, values in done.columns.items():
        values.append(row[name])
