"""From trigger prices in any order to a world that is ready to run: time and memory a trader.

Run: python benchmarks/build.py [--quick]
"""

from __future__ import annotations

import sys

import numpy as np
from measure import Goal, Report, machine_line, median, power_of_ten, repeats_for, seconds_of, table, warm_memory
from worlds import Crowd, depth_notional, long_crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.crowd import build_crowd
from cascade_sim.engine.world import World
from cascade_sim.kernels.records import EVENT
from cascade_sim.kernels.state import Tape
from cascade_sim.scenario import Scenario


def drawn(traders: int) -> Scenario:
    """A scenario whose crowd is drawn: lognormal leverage and entries, Pareto sizes."""
    return Scenario(
        name="drawn",
        clock={"duration": "1h"},
        market={"price": 100, "book": {"shape": "infinite"}},
        exchange={"maintenance": {"rate": "0.5%"}, "max_leverage": 100},
        crowd={
            "longs": {
                "side": "long",
                "traders": traders,
                "open_interest": "1B",
                "leverage": {"kind": "lognormal", "mean": 8, "sigma": 0.6},
                "entry": {"kind": "lognormal", "width": "2%"},
                "size": {"kind": "pareto", "exponent": 1.5},
            }
        },
    )


def build_ns(rules: np.ndarray, tape: Tape, crowd: Crowd) -> float:
    """Median nanoseconds a trader."""
    traders, times = crowd[0].size, []
    for _ in range(repeats_for(seconds_of(lambda: world_with(rules, tape, crowd)), at_most=50)):
        warm_memory(60 * traders)
        ready: list[World] = []  # kept, so that giving its memory back is not counted
        times.append(seconds_of(lambda w=ready: w.append(world_with(rules, tape, crowd))))
    return median(times) / traders * 1e9


def measure(quick: bool = False) -> Report:
    sizes = (100_000, 1_000_000) if quick else (100_000, 1_000_000, 10_000_000)
    ready, drawing, memory, argsort = [], [], [], []
    for traders in sizes:
        market = {"book": {"shape": "linear", "depth": depth_notional(traders)}}
        rules, tape = rules_and_tape(scenario_of(10, market), traders)
        crowd = long_crowd(traders, 0.0, 0.5)
        ready.append(build_ns(rules, tape, crowd))
        argsort.append(median([seconds_of(lambda c=crowd: np.argsort(-c[1])) for _ in range(5)]) / traders * 1e9)
        scenario = drawn(traders)
        drawing.append(median([seconds_of(lambda s=scenario: build_crowd(s, 1)) for _ in range(3)]) / traders * 1e9)
        memory.append(world_with(rules, tape, crowd).nbytes / traders)
    columns = ("", *(power_of_ten(traders) for traders in sizes))
    rows = [
        ("from trigger prices to ready, ns a trader", *(f"{ns:.0f}" for ns in ready)),
        ("numpy's argsort of the triggers alone, ns a trader", *(f"{ns:.0f}" for ns in argsort)),
        ("drawing the crowd before that, ns a trader", *(f"{ns:.0f}" for ns in drawing)),
        (
            f"bytes a trader, of which {EVENT.itemsize} are its event row",
            *(f"{size:.0f}" for size in memory),
        ),
    ]
    limits = {1_000_000: 25.0, 10_000_000: 40.0}
    goals = [
        Goal(
            f"build, {power_of_ten(traders)} traders",
            f"<= {limits[traders]:.0f} ns a trader",
            f"{ns:.1f} ns",
            ns <= limits[traders],
        )
        for traders, ns in zip(sizes, ready, strict=True)
        if traders in limits
    ]
    goals.append(Goal("memory of a world", "<= 150 bytes a trader", f"{max(memory):.0f}", max(memory) <= 150))
    return Report("build", f"{table(columns, rows)}\n\n{machine_line()}", goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
