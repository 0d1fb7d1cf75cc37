"""A sweep made of stand-ins: work that takes no time, waits, fails or kills its worker, and the sweep around it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from small_runs import crash

from cascade_sim.scenario import Scenario
from cascade_sim.sweeps.plan import Plan, Task, seed_of

OUTPUTS = ("max_drawdown", "bad_debt")


@dataclass
class Sweep:
    """What the store and the rows ask of a sweep."""

    name: str = "A stand-in"
    seed: int = 1
    replicates: int = 4
    outputs: tuple[str, ...] = OUTPUTS
    threshold: float = 0.2
    base: Scenario = field(default_factory=crash)
    count: int = 30
    varied: dict[str, Any] = field(default_factory=lambda: {"flow.orders.0.sell": SimpleNamespace(kind="range")})

    @property
    def hash(self) -> str:
        return repr(self.resolved())

    def resolved(self) -> dict[str, Any]:
        return {"name": self.name, "seed": self.seed, "replicates": self.replicates, "vary": self.count}

    def to_yaml(self) -> str:
        return f"name: {self.name}\n"


def points_of(sweep: Sweep) -> list[dict[str, Any]]:
    return [{"flow.orders.0.sell": 1e6 + 1e5 * point} for point in range(sweep.count)]


def plan_of(sweep: Sweep, digest: str = "") -> Plan:
    return Plan(sweep.base, sweep.outputs, sweep.threshold, None, digest)


def tasks_of(sweep: Sweep, finished: Iterable[tuple[int, int]] = ()) -> list[Task]:
    done = set(finished)
    tasks = []
    for point, overrides in enumerate(points_of(sweep)):
        due = tuple(each for each in range(sweep.replicates) if (point, each) not in done)
        if due:
            tasks.append(Task(point, overrides, due, tuple(seed_of(sweep.seed, each) for each in due)))
    return tasks


def one_run(point: int, seed: int) -> dict[str, float | None]:
    """Return what a run that takes no time gives: a function of its point and seed, null now and then."""
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
    return work(plan, tasks, lambda point, replicate: time.sleep(0.02))


def raising_work(plan: Plan, tasks: list[Task]) -> Any:
    raise LookupError("not a row but a mistake of the program")


def deadly_work(plan: Plan, tasks: list[Task]) -> Any:
    """Kill the worker at one run, whoever does it."""
    return work(plan, tasks, lambda point, replicate: die() if (point, replicate) == (13, 2) else None)


def once_deadly_work(plan: Plan, tasks: list[Task]) -> Any:
    """Kill the worker at one run, the first time only; the plan's digest names a folder to remember it by."""

    def before(point: int, replicate: int) -> None:
        if point == 13:
            with suppress(FileExistsError):
                (Path(plan.digest) / "died").touch(exist_ok=False)
                die()

    return work(plan, tasks, before)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
