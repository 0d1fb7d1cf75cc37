"""Work of stand-ins for sweeps, which takes no time, waits, fails or kills its worker; quick to import in workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Task(NamedTuple):
    """As `cascade_sim.sweeps.plan.Task`, without what a real one imports."""

    point: int
    overrides: dict[str, Any]
    replicates: tuple[int, ...]
    seeds: tuple[int, ...]
    keep: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """As `cascade_sim.sweeps.plan.Plan`; ``place`` is where work may leave a note."""

    outputs: tuple[str, ...]
    threshold: float
    place: str = ""


@dataclass
class Done:
    """As `cascade_sim.sweeps.work.Done`."""

    columns: dict[str, list[Any]]
    kept: list[Any] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.columns["point"])


def one_run(point: int, seed: int) -> dict[str, float | None]:
    """Return what a run gives: a function of its point and seed, null now and then."""
    luck = np.random.default_rng([point, seed])
    return {"max_drawdown": float(luck.random()), "bad_debt": None if point % 7 == 3 else float(luck.normal())}


def work(plan: Plan, tasks: list[Task], before: Callable[[int, int], object] | None = None) -> Done:
    names = ("point", "replicate", "seed", *plan.outputs, "cascade", "status", "error", "wall_s")
    done = Done({name: [] for name in names})
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


def slow_work(plan: Plan, tasks: list[Task]) -> Done:
    return work(plan, tasks, lambda point, replicate: time.sleep(0.01))


def mistaken_work(plan: Plan, tasks: list[Task]) -> Done:
    raise LookupError("no row, but a mistake of the program")


def deadly_work(plan: Plan, tasks: list[Task]) -> Done:
    """Kill the worker at one run, whoever does it."""
    return work(plan, tasks, lambda point, replicate: die() if (point, replicate) == (13, 2) else None)


def once_deadly_work(plan: Plan, tasks: list[Task]) -> Done:
    """Kill the worker at one point, the first time only."""

    def before(point: int, replicate: int) -> None:
        time.sleep(0.005)
        if point == 13:
            with suppress(FileExistsError):
                (Path(plan.place) / "died").touch(exist_ok=False)
                die()

    return work(plan, tasks, before)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
