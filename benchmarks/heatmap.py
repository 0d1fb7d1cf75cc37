"""What recording the liquidation map over time adds: to a liquidation, to a quiet tick, and to whole runs.

Run: python benchmarks/heatmap.py [--quick]
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import quiet_tick
from measure import Goal, Report, machine_line, median, seconds_of, table, warm_memory
from worlds import PRICE, depth_notional, falling_index, long_crowd, rules_and_tape, scenario_of, world_with

import cascade_sim as cs
from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World

REPEATS = 9
BINS, FRAME_TICKS = 200, 60


def with_map(rules, frame_ticks: int):
    """Return the rules with a map of 200 bins from 40 to 110 % of the start price."""
    kept = rules.copy()
    kept["heat_bins"], kept["heat_low"] = BINS, 0.4 * PRICE
    kept["heat_per_price"], kept["heat_scale"] = BINS / (0.7 * PRICE), 2.0**20
    kept["frame_ticks"] = frame_ticks
    return kept


def storm(traders: int) -> tuple:
    """Rules, tape and crowd of a fall that liquidates most of a crowd within a hundred ticks."""
    market = {
        "book": {"shape": "linear", "depth": depth_notional(4 * traders)},
        "index": {"path": falling_index(100, 0.3)},
    }
    scenario = scenario_of(100, market, {"liquidation": {"policy": "market"}})
    return *rules_and_tape(scenario, traders), long_crowd(traders, 0.0, 0.5)


def calm(traders: int) -> tuple:
    """Rules, tape and crowd of ticks in which nothing is liquidated, every rule on."""
    scenario = scenario_of(quiet_tick.TICKS, quiet_tick.ALL_RULES, flow={"noise": {"notional_per_second": "10k"}})
    return *rules_and_tape(scenario, 1), long_crowd(traders, quiet_tick.FARTHER, 0.7)


def pairs(first: Callable[[], float], second: Callable[[], float]) -> tuple[float, float]:
    """Medians of two pieces of work that take turns."""
    found: list[tuple[float, float]] = [(first(), second()) for _ in range(REPEATS)]
    return median([a for a, _ in found]), median([b for _, b in found])


def advanced(rules, tape, crowd, most: int) -> Callable[[], float]:
    """Return what times one world from its first tick to its last, memory touched beforehand."""

    def once() -> float:
        warm_memory(130 * most)
        world: World = world_with(rules, tape, crowd)
        world.log.rows.fill(0.0)
        world.log.frames.fill(0)
        return seconds_of(lambda: advance(world, world.ticks))

    return once


def simulated(scenario: cs.Scenario) -> Callable[[], float]:
    return lambda: seconds_of(lambda: cs.run(scenario, counterfactuals=False))


def whole_run() -> tuple[float, float]:
    """Seconds of `march_2020` without and with its heatmap, crowd and summary included."""
    without = cs.load_scenario("march_2020", overrides={"record.heatmap": None})
    recorded = without.with_overrides({"record.heatmap": {"bins": BINS, "every": "1min"}})
    cs.run(recorded, counterfactuals=False)
    return pairs(simulated(without), simulated(recorded))


def measure(quick: bool = False) -> Report:
    traders = 100_000 if quick else 1_000_000
    rows, goals = [], []
    rules, tape, crowd = storm(traders)
    events = int(done(world_with(rules, tape, crowd)).state["events"][0])
    found = {"a liquidation": (pairs(*two(rules, tape, crowd, traders, 1)), events)}
    rules, tape, crowd = calm(traders)
    found["a quiet tick, a frame a minute"] = pairs(*two(rules, tape, crowd, 0, FRAME_TICKS)), quiet_tick.TICKS
    for name, ((without, recorded), count) in found.items():
        ns = [1e9 * seconds / count for seconds in (without, recorded)]
        rows.append((name, *(f"{each:.1f} ns" for each in ns), f"{100 * (recorded / without - 1):+.0f} %"))
    without, recorded = whole_run()
    added = recorded / without - 1.0
    rows.append(
        ("`march_2020`, built, run, summarised", f"{without:.3f} s", f"{recorded:.3f} s", f"{100 * added:+.0f} %")
    )
    goals.append(
        Goal("what the heatmap adds to a run of `march_2020`", "<= 20 %", f"{100 * added:+.0f} %", added <= 0.2)
    )
    text = table(("", "without the map", "with it", "added"), rows)
    return Report("heatmap", f"{text}\n\n{machine_line()}", goals)


def two(rules, tape, crowd, most: int, frame_ticks: int) -> tuple[Callable[[], float], Callable[[], float]]:
    """The same world without the map and with it."""
    return advanced(rules, tape, crowd, most), advanced(with_map(rules, frame_ticks), tape, crowd, most)


def done(world: World) -> World:
    advance(world, world.ticks)
    return world


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
