"""Many runs: how many a second in one process, what a run costs beside its kernel, two workers, the parent's memory.

Run: python benchmarks/sweeps.py [--quick]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measure import Goal, Report, in_time_units, machine_line, median, power_of_ten, seconds_of, table, three_digits

from cascade_sim.crowd import build_crowd
from cascade_sim.engine.advance import advance
from cascade_sim.engine.simulate import build_world
from cascade_sim.scenario import Scenario
from cascade_sim.sweeps import work
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.execute import execute
from cascade_sim.sweeps.executors import Here, Workers, local_pool
from cascade_sim.sweeps.plan import plan_of, tasks_of
from cascade_sim.sweeps.rows import Rows
from cascade_sim.sweeps.spec import Sweep
from cascade_sim.sweeps.store import open_store
from cascade_sim.sweeps.work import Done

REPEATS = 5
DEPTH = "market.book.depth.notional"
MEGABYTE = 2**20
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def crash(traders: int, ticks: int) -> Scenario:
    """A crowd of longs, a sale over the first half, everything else as it is by default."""
    worth = 10_000.0 * traders
    return Scenario(
        name="a crash",
        clock={"start": "2020-03-12T10:00:00Z", "duration": ticks, "tick": 1},
        market={"price": 8000, "book": {"shape": "linear", "depth": {"within": 0.01, "notional": 0.2 * worth}}},
        exchange={"maintenance": {"rate": 0.005}, "insurance_fund": 0.01 * worth},
        crowd={
            "longs": {
                "side": "long",
                "traders": traders,
                "open_interest": worth,
                "leverage": {"kind": "lognormal", "mean": 20, "sigma": 0.6, "cap": 100},
            }
        },
        flow={
            "orders": [{"at": 0, "sell": 0.3 * worth, "over": ticks / 2}],
            "noise": {"notional_per_second": worth / 100},
        },
        record={"every": ticks},
    )


def sweep_of(scenario: Scenario, points: int, replicates: int) -> Sweep:
    depth = scenario.market.book.depth.notional
    vary = {DEPTH: [depth * (0.5 + step / points) for step in range(points)]}
    return Sweep(name="benchmark", scenario=scenario, vary=vary, replicates=replicates, outputs=["max_drawdown"])


def done_by(workers: Workers, sweep: Sweep) -> Iterator[Done]:
    points = points_of(sweep)
    return execute(plan_of(sweep), tasks_of(sweep, points), workers, len(points) * sweep.replicates)


def run_all(workers: Workers, sweep: Sweep) -> None:
    done = sum(len(each) - each.failures for each in done_by(workers, sweep))
    assert done == len(points_of(sweep)) * sweep.replicates


@contextmanager
def one_by_one() -> Iterator[None]:
    """Keep runs in this process out of batches, which have a benchmark of their own."""
    before, work.FEWEST_IN_A_BATCH = work.FEWEST_IN_A_BATCH, sys.maxsize
    try:
        yield
    finally:
        work.FEWEST_IN_A_BATCH = before


def kernel_seconds(sweep: Sweep) -> float:
    """Seconds that the tick loop alone takes for all runs of a sweep."""
    plan, total = plan_of(sweep), 0.0
    for task in tasks_of(sweep, points_of(sweep)):
        scenario = plan.scenario.with_overrides(task.overrides)
        for seed in task.seeds:
            world = build_world(scenario, seed, build_crowd(scenario, seed))
            total += seconds_of(lambda world=world: advance(world, world.ticks))
    return total


def one_process(quick: bool) -> tuple[list[tuple[str, ...]], list[Goal]]:
    rows, goals = [], []
    for traders, ticks, what in ((1_000, 100, "small"), (10, 10, "tiny")):
        sweep = sweep_of(crash(traders, ticks), points=10, replicates=20 if quick else 100)
        runs = 10 * sweep.replicates
        run_all(Here(), sweep)
        whole = median([seconds_of(lambda sweep=sweep: run_all(Here(), sweep)) for _ in range(REPEATS)]) / runs
        kernel = median([kernel_seconds(sweep) for _ in range(3)]) / runs
        beside = in_time_units(whole - kernel)
        shape = f"{traders:,} traders x {ticks} ticks"
        rows.append((shape, three_digits(1 / whole), in_time_units(kernel), beside))
        goals.append(Goal(f"beside the kernel, {shape}", "<= 1.5 ms a run", beside, whole - kernel <= 1.5e-3))
        if what == "small":
            goals.append(Goal(f"{shape}, one process", ">= 500 runs/s", f"{1 / whole:,.0f}", 1 / whole >= 500))
    return rows, goals


def two_workers(quick: bool) -> tuple[list[tuple[str, ...]], Goal]:
    """Time pools of one and two workers in turn, both of them warm."""
    sweep = sweep_of(crash(60_000, 500_000), points=10, replicates=4 if quick else 12)
    runs = 10 * sweep.replicates
    with local_pool(1) as one, local_pool(2) as two:
        for pool in (one, two):
            run_all(pool, sweep_of(crash(60_000, 500_000), points=4, replicates=2))
        pairs = [
            (seconds_of(lambda: run_all(one, sweep)), seconds_of(lambda: run_all(two, sweep))) for _ in range(REPEATS)
        ]
    alone, together = (median([pair[each] for pair in pairs]) for each in (0, 1))
    ratio = median([first / second for first, second in pairs])
    rows = [
        ("1", in_time_units(alone / runs), three_digits(runs / alone)),
        ("2", in_time_units(together / runs), three_digits(runs / together)),
    ]
    what = f"two workers against one, runs of {in_time_units(alone / runs)}"
    return rows, Goal(what, ">= 1.85x", f"{ratio:.2f}x", ratio >= 1.85)


def peak() -> float:
    """Megabytes this process has had at most."""
    status = Path("/proc/self/status")
    if status.is_file():  # `getrusage` goes on from what the process that started this one had
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT / MEGABYTE


def peaks(runs: int) -> list[float]:
    """Megabytes at the first fiftieth of a sweep of tiny runs, at its end, and after all rows were read once more."""
    sweep = sweep_of(crash(10, 10), points=100, replicates=runs // 100)
    marks: list[Any] = []
    with tempfile.TemporaryDirectory() as place, open_store(Path(place), sweep, Rows(sweep, points_of(sweep))) as store:
        found = 0
        with local_pool(2) as pool:
            for done in done_by(pool, sweep):
                store.add(done)
                found += len(done)
                if not marks and found >= runs // 50:
                    store.flush()
                    marks.append(peak())
        marks.append(peak())
        store.finish()
        marks.append(peak())
    return marks


def parents_memory(quick: bool) -> tuple[str, Goal]:
    """What the parent comes to hold: in a process of its own, which has held nothing larger before."""
    runs = 10_000 if quick else 100_000
    command = [sys.executable, __file__, "--peaks", str(runs)]
    marks = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    while_running, to_the_end = marks[1] - marks[0], marks[2] - marks[0]
    text = (
        f"The parent of {power_of_ten(runs)} runs of 10 traders, two workers, rows on the disk: "
        f"{while_running:+.0f} MB while they ran; {to_the_end:+.0f} MB when all rows had been "
        f"read once more for `runs.csv`."
    )
    what = f"memory of the parent while {power_of_ten(runs)} runs are done"
    return text, Goal(what, "<= 50 MB more", f"{while_running:+.0f} MB", while_running <= 50)


def measure(quick: bool = False) -> Report:
    with one_by_one():
        rows, goals = one_process(quick)
    pools, faster = two_workers(quick)
    memory, flat = parents_memory(quick)
    first = table(("one by one in one process", "runs a second", "its tick loop", "all beside it"), rows)
    second = table(("workers", "a run", "runs a second"), pools)
    return Report("sweeps", "\n\n".join([first, second, memory, machine_line()]), [*goals, faster, flat])


if __name__ == "__main__":
    if "--peaks" in sys.argv:
        print(json.dumps(peaks(int(sys.argv[-1]))))
    else:
        measure("--quick" in sys.argv).show()
