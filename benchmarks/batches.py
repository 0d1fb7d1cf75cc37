"""Many small runs: one after the other, as a batch, and by `mesa.batch_run`.

Run: python benchmarks/batches.py [--quick]
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from batch_agents import SmallExchange
from measure import Goal, Report, in_time_units, machine_line, median, seconds_of, table, three_digits
from mesa.batchrunner import batch_run

from cascade_sim.engine.advance import advance
from cascade_sim.engine.batch import run_batch
from cascade_sim.engine.simulate import build_world, run_world
from cascade_sim.metrics.cascade import summarise
from cascade_sim.metrics.many import summarise_many
from cascade_sim.scenario import Scenario

TRADERS, TICKS, RUNS, MESA_RUNS = 1_000, 100, 1_000, 40
KEYS = ("max_drawdown", "liquidated_notional", "bad_debt", "liquidated_count")
SIZES = ((100, 100), (1_000, 100), (5_000, 100), (10_000, 100), (1_000, 1_000), (1_000, 10_000))


def small(traders: int = TRADERS, ticks: int = TICKS) -> Scenario:
    """Longs with lognormal leverage and entries, and one sale that sets off a long cascade in a part of the worlds.

    No loss empties the fund, which Mesa's models do not keep.
    """
    return Scenario(
        name="benchmark",
        clock={"duration": ticks},
        market={"price": 100, "book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}}},
        exchange={"insurance_fund": 1e15},
        crowd={
            "longs": {
                "side": "long",
                "traders": traders,
                "open_interest": "300M",
                "leverage": {"kind": "lognormal", "mean": 12, "sigma": 0.5},
                "entry": {"kind": "lognormal", "width": "2%"},
            }
        },
        flow={"orders": [{"at": "10s", "sell": "65M"}]},
    )


def one_run(scenario: Scenario, seed: int) -> dict[str, Any]:
    """The general path, without data frames."""
    world = build_world(scenario, seed)
    start_quantity = float(world.positions.quantity.sum())
    run_world(world)
    return summarise(world, scenario, start_quantity)


def one_by_one(scenario: Scenario, runs: int) -> list[int]:
    return [one_run(scenario, seed)["liquidated_count"] for seed in range(runs)]


def as_batch(scenario: Scenario, runs: int, threads: int) -> list[int]:
    batch = run_batch(scenario, range(runs), threads)
    return summarise_many(batch, scenario, KEYS)["liquidated_count"]


def by_mesa(scenario: Scenario, runs: int) -> list[int]:
    SmallExchange.scenario = scenario
    rows = batch_run(SmallExchange, {"world": range(runs)}, number_processes=1, max_steps=TICKS, display_progress=False)
    return [row["count"] for row in rows]


def kernel_seconds(scenario: Scenario, runs: int) -> float:
    """Seconds of the tick loop alone, one by one."""
    worlds = [build_world(scenario, seed) for seed in range(runs)]
    return seconds_of(lambda: [advance(world, world.ticks) for world in worlds])


def seconds_a_run(work: Callable[[], object], runs: int) -> float:
    gc.collect()
    return seconds_of(work) / runs


def compete(scenario: Scenario, repeats: int) -> dict[str, float]:
    """Median seconds a run; all take turns, and must count the same liquidations in every world."""
    contestants: dict[str, tuple[Callable[[], list[int]], int]] = {
        "one by one": (lambda: one_by_one(scenario, RUNS), RUNS),
        "batch, 1 thread": (lambda: as_batch(scenario, RUNS, 1), RUNS),
        "batch, 2 threads": (lambda: as_batch(scenario, RUNS, 2), RUNS),
        "`mesa.batch_run`, 1 process": (lambda: by_mesa(scenario, MESA_RUNS), MESA_RUNS),
    }
    counts = {name: work() for name, (work, _) in contestants.items()}
    for name, found in counts.items():
        if found != counts["one by one"][: len(found)]:
            raise SystemExit(f"{name} counts other liquidations: not the same work")
    times: dict[str, list[float]] = {name: [] for name in [*contestants, "kernel"]}
    for _ in range(repeats):
        for name, (work, runs) in contestants.items():
            times[name].append(seconds_a_run(work, runs))
        times["kernel"].append(kernel_seconds(scenario, RUNS // 4) / (RUNS // 4))
    return {name: median(each) for name, each in times.items()}


def where_it_pays(repeats: int) -> str:
    """What a batch saves at other sizes."""
    rows = []
    for traders, ticks in SIZES:
        scenario = small(traders, ticks)
        runs = max(32, 200_000 // traders // max(1, ticks // 1_000))
        as_batch(scenario, runs, 1)
        alone, together, both = [], [], []
        for _ in range(repeats):
            alone.append(seconds_a_run(lambda s=scenario, n=runs: one_by_one(s, n), runs))
            together.append(seconds_a_run(lambda s=scenario, n=runs: as_batch(s, n, 1), runs))
            both.append(seconds_a_run(lambda s=scenario, n=runs: as_batch(s, n, 2), runs))
        one, batch, two = median(alone), median(together), median(both)
        times = (f"{in_time_units(batch)} ({one / batch:.1f}x)", f"{in_time_units(two)} ({one / two:.1f}x)")
        rows.append((f"{traders:,} traders, {ticks:,} ticks", in_time_units(one), *times))
    return table(("a run", "one by one", "batch, 1 thread", "batch, 2 threads"), rows)


def measure(quick: bool = False) -> Report:
    repeats = 3 if quick else 7
    scenario = small()
    counts = np.array(as_batch(scenario, RUNS, 1))
    found = compete(scenario, repeats)
    mesa, kernel = found["`mesa.batch_run`, 1 process"], found.pop("kernel")
    rows = [
        (name, in_time_units(each), f"{1 / each:,.0f}", f"{three_digits(mesa / each)}x") for name, each in found.items()
    ]
    alone, batch, two = found["one by one"], found["batch, 1 thread"], found["batch, 2 threads"]
    overhead = alone - kernel
    best = min(batch, two)
    goals = [
        Goal("1,000 runs, general path", ">= 500 runs/s", f"{1 / alone:,.0f} runs/s", alone <= 1 / 500),
        Goal("1,000 runs as a batch", ">= 5,000 runs/s", f"{1 / best:,.0f} runs/s", best <= 1 / 5000),
        Goal("1,000 runs as a batch", ">= 60x `mesa.batch_run`", f"{three_digits(mesa / best)}x", mesa / best >= 60),
        Goal("a small run beside its kernel time", "<= 1.5 ms", in_time_units(overhead), overhead <= 1.5e-3),
    ]
    long_ones = np.mean(counts > TRADERS // 4)
    text = (
        f"{RUNS:,} runs of {TRADERS:,} traders and {TICKS} ticks ({MESA_RUNS} by Mesa); median {np.median(counts):.0f} "
        f"liquidations, more than a quarter of the crowd in {100 * long_ones:.0f} % of the worlds; the tick loop alone "
        f"takes {in_time_units(kernel)} a run:\n\n"
        f"{table(('', 'a run', 'runs/s', 'beside Mesa'), rows)}\n\n{where_it_pays(3)}\n\n{machine_line()}"
    )
    return Report("batches", text, goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
