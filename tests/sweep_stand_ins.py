"""Work of stand-ins for sweeps: it takes no time, waits, fails or kills its worker."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from small_runs import crash

from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.execute import execute
from cascade_sim.sweeps.executors import Workers
from cascade_sim.sweeps.plan import Plan, Task, plan_of, tasks_of
from cascade_sim.sweeps.rows import Rows
from cascade_sim.sweeps.spec import Sweep

KEY = "flow.orders.0.sell"
HOME = "sweep_stand_ins"


def a_sweep(points: int = 30, **changes: Any) -> Sweep:
    settings = {"replicates": 4, "seed": 1, "outputs": ["max_drawdown", "bad_debt"], **changes}
    return Sweep(name="A stand-in", scenario=crash(), vary={KEY: f"1M..4M in {points} steps"}, **settings)


def rows_of(sweep: Sweep) -> Rows:
    return Rows(sweep, points_of(sweep))


def done_by(
    workers: Workers,
    sweep: Sweep,
    work: Callable[[Plan, list[Task]], Any],
    finished: Iterable[tuple[int, int]] = (),
    digest: str = "",
) -> Iterator[Any]:
    """Yield what comes of a sweep whose runs are done by a stand-in."""
    left = frozenset(finished)
    plan = Plan(*[*vars(plan_of(sweep)).values()][:-1], digest)
    total = len(points_of(sweep)) * sweep.replicates - len(left)
    return execute(plan, tasks_of(sweep, points_of(sweep), left), workers, total, work)


def frame_of(sweep: Sweep, finished: Iterable[Any]) -> Any:
    """Return the rows as a table without what depends on the machine; each must be there once."""
    columns: dict[str, list[Any]] = {}
    for done in finished:
        for name, values in done.columns.items():
            columns.setdefault(name, []).extend(values)
    frame = rows_of(sweep).frame(columns)
    assert not frame.duplicated(["point", "replicate"]).any()
    return frame.drop(columns="wall_s")


def one_run(point: int, seed: int) -> dict[str, float | None]:
    """Return what a run gives: a function of its point and seed, null now and then."""
    luck = np.random.default_rng([point, seed])
    return {"max_drawdown": float(luck.random()), "bad_debt": None if point % 7 == 3 else float(luck.normal())}


def work(plan: Plan, tasks: list[Task], before: Callable[[int, int], object] | None = None) -> Any:
    from cascade_sim.sweeps.work import Done

    done = Done.nothing(plan)
    for task in tasks:
        for replicate, seed in zip(task.replicates, task.seeds, strict=True):
            if before is not None:
                before(task.point, replicate)
            found = one_run(task.point, seed)
            failed = task.point % 11 == 5
            row: dict[str, Any] = {key: None if failed else found[key] for key in plan.outputs}
            row |= {"point": task.point, "replicate": replicate, "seed": seed, "wall_s": time.perf_counter() % 1}
            row |= {"cascade": None if failed else row["max_drawdown"] >= plan.threshold}
            row |= {"status": "failed" if failed else "finished", "error": "it must" if failed else None}
            for name, values in done.columns.items():
                values.append(row[name])
    return done


def slow_work(plan: Plan, tasks: list[Task]) -> Any:
    return work(plan, tasks, lambda point, replicate: time.sleep(0.01))


def mistaken_work(plan: Plan, tasks: list[Task]) -> Any:
    raise LookupError("no row, but a mistake of the program")


def deadly_work(plan: Plan, tasks: list[Task]) -> Any:
    """Kill the worker at one run, whoever does it."""
    return work(plan, tasks, lambda point, replicate: die() if (point, replicate) == (13, 2) else None)


def once_deadly_work(plan: Plan, tasks: list[Task]) -> Any:
    """Kill the worker at one run, the first time only; the plan's digest names a folder to remember it by."""

    def before(point: int, replicate: int) -> None:
        time.sleep(0.01)
        if point == 13:
            with suppress(FileExistsError):
                (Path(plan.digest) / "died").touch(exist_ok=False)
                die()

    return work(plan, tasks, before)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
