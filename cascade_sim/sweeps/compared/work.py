"""What a worker does for a comparison: a seed in, a row for every variant out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cascade_sim.simulation import BASE, run
from cascade_sim.sweeps.compared.own_figures import own_figures
from cascade_sim.sweeps.work import FAILED, Done, reason, write_row

if TYPE_CHECKING:
    from cascade_sim.sweeps.compared.asked import SeedsPlan
    from cascade_sim.sweeps.plan import Task


def run_seeds(plan: SeedsPlan, tasks: Iterable[Task]) -> Done:
    """Run seeds one after the other.

    Parameters
    ----------
    plan : SeedsPlan
    tasks : iterable of Task
        Their seeds are run; a point is a variant, in the order of ``plan.variants``.

    Returns
    -------
    Done
        A function of plan and tasks, except for ``wall_s``, which is the whole seed's in each of its rows. Of a seed
        that fails every row has the error: its counterfactuals need its base run.
    """
    done = Done.nothing(plan)
    for task in tasks:
        for replicate, seed in zip(task.replicates, task.seeds, strict=True):
            _run_one(done, plan, replicate, seed)
    return done


def _run_one(done: Done, plan: SeedsPlan, replicate: int, seed: int) -> None:
    begin = time.perf_counter()
    try:
        found = run(plan.scenario, seed)
        runs = {BASE: found, **found.counterfactuals}
        summaries = [runs[name].summary | own_figures(runs[name]) for name in plan.variants]
    except Exception as failure:  # one broken seed must not stop the others
        seconds = time.perf_counter() - begin
        for point in range(len(plan.variants)):
            write_row(done, plan, point, replicate, seed, {"status": FAILED}, reason(failure), seconds)
        return
    seconds = time.perf_counter() - begin
    for point, summary in enumerate(summaries):
        write_row(done, plan, point, replicate, seed, summary, None, seconds)


def whole_seeds(done: Done, plan: SeedsPlan) -> Done:
    """Return rows in which a seed whose worker died has a row for every variant, as any that failed has."""
    there = set(zip(done.columns["point"], done.columns["replicate"], strict=True))
    rows = zip(*(done.columns[name] for name in ("replicate", "seed", "error")), strict=True)
    for replicate, seed, error in list(rows):
        for point in range(len(plan.variants)):
            if (point, replicate) not in there:
                there.add((point, replicate))
                write_row(done, plan, point, replicate, seed, {"status": FAILED}, error, 0.0)
    return done
