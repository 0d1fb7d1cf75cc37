"""Sweeps whose runs are done by the stand-ins of `sweep_work`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from small_runs import crash
from sweep_work import Plan, Task

from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.execute import execute
from cascade_sim.sweeps.executors import Workers
from cascade_sim.sweeps.plan import tasks_of
from cascade_sim.sweeps.rows import Rows
from cascade_sim.sweeps.spec import Sweep

KEY = "flow.orders.0.sell"
HOME = "sweep_work"


def a_sweep(points: int = 30, **changes: Any) -> Sweep:
    settings = {"replicates": 4, "seed": 1, "outputs": ["max_drawdown", "bad_debt"], **changes}
    return Sweep(name="A stand-in", scenario=crash(), vary={KEY: f"1M..4M in {points} steps"}, **settings)


def rows_of(sweep: Sweep) -> Rows:
    return Rows(sweep, points_of(sweep))


def done_by(
    workers: Workers,
    sweep: Sweep,
    work: Callable[..., Any],
    finished: Iterable[tuple[int, int]] = (),
    place: str = "",
) -> Iterator[Any]:
    """Yield what comes of a sweep whose runs are done by a stand-in."""
    left = frozenset(finished)
    plan: Any = Plan(tuple(sweep.outputs), sweep.threshold, place)
    tasks: Any = (Task(*task) for task in tasks_of(sweep, points_of(sweep), left))
    return execute(plan, tasks, workers, len(points_of(sweep)) * sweep.replicates - len(left), work)


def frame_of(sweep: Sweep, finished: Iterable[Any]) -> Any:
    """Return the rows as a table without what depends on the machine; each must be there once."""
    columns: dict[str, list[Any]] = {}
    for done in finished:
        for name, values in done.columns.items():
            columns.setdefault(name, []).extend(values)
    frame = rows_of(sweep).frame(columns)
    assert not frame.duplicated(["point", "replicate"]).any()
    return frame.drop(columns="wall_s")
