"""What a liquidation costs, with fund, ledger and event row, under each policy and book.

Run: python benchmarks/liquidation.py [--quick]
"""

from __future__ import annotations

import sys

from measure import Goal, Report, machine_line, median, power_of_ten, seconds_of, table, warm_memory
from worlds import depth_notional, falling_index, long_crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance

TICKS = 100
REPEATS = 5
SPREAD = 0.5

CASES = {
    "market": ({"shape": "linear"}, {"policy": "market"}, 50),
    "limit": ({"shape": "linear"}, {"policy": "limit"}, 100),
    "limit, a tenth of the depth, most offers wait": ({"shape": "linear", "thinner": 10}, {"policy": "limit"}, 100),
    "paced": ({"shape": "linear"}, {"policy": "paced", "half_life": "1s"}, None),
    "market, power book (g = 1.5)": ({"shape": "power", "exponent": 1.5}, {"policy": "market"}, 200),
}


def liquidation_ns(book: dict, liquidation: dict, traders: int) -> tuple[float, float]:
    """Median nanoseconds a liquidation, the ticks' own cost included, and the share that was liquidated."""
    depth = traders / SPREAD / 0.5 / book.get("thinner", 1)
    market = {
        "book": {"depth": depth_notional(depth), **{key: book[key] for key in book if key != "thinner"}},
        "index": {"path": falling_index(TICKS, 0.3)},
    }
    rules, tape = rules_and_tape(scenario_of(TICKS, market, {"liquidation": liquidation}), traders)
    crowd = long_crowd(traders, 0.0, SPREAD)
    times, events = [], 0
    for _ in range(REPEATS):
        warm_memory(130 * traders)
        world = world_with(rules, tape, crowd)
        times.append(seconds_of(lambda w=world: advance(w, TICKS)))
        events = int(world.state["events"][0])
        if world.state["ledger_error"][0] > 1e-9:
            raise SystemExit("money was lost")
    return median(times) / events * 1e9, events / traders


def measure(quick: bool = False) -> Report:
    sizes = (1_000_000,) if quick else (1_000_000, 10_000_000)
    rows, goals = [], []
    for name, (book, liquidation, goal) in CASES.items():
        found = [liquidation_ns(book, liquidation, traders) for traders in sizes]
        rows.append((name, *(f"{ns:.0f} ns ({100 * share:.0f} % liquidated)" for ns, share in found)))
        if goal is not None:
            worst = max(ns for ns, _ in found)
            goals.append(Goal(f"a liquidation, {name}", f"<= {goal} ns", f"{worst:.0f} ns", worst <= goal))
    text = table(("a liquidation", *(power_of_ten(traders) for traders in sizes)), rows)
    return Report("liquidation", f"{text}\n\n{machine_line()}", goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
