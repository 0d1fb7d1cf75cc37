"""What a tick costs in which nothing is liquidated: plain, with all rules on, and with a power book.

Run: python benchmarks/quiet_tick.py [--quick]
"""

from __future__ import annotations

import sys

from measure import Goal, Report, machine_line, median, power_of_ten, seconds_of, table
from worlds import Crowd, long_crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance

TICKS = 200_000
REPEATS = 7
FARTHER = 0.2  # no trigger is nearer than this log-distance

ALL_RULES = {
    "book": {
        "shape": "linear",
        "depth": {"within": "1%", "notional": "20M"},
        "half_spread": "0.01%",
        "refill": {"half_life": "45s", "permanent": "30%"},
        "withdrawal": {"volatility": "1%"},
    },
    "mark": {"kind": "index_ema", "half_life": "30s"},
    "index": {"pull": {"half_life": "10min"}, "follow": {"half_life": "1h"}},
}
PLAIN = {"book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}, "refill": {"half_life": "45s"}}}
BOTH_TRADERS = {
    "momentum": {"notional_per_second": "5k", "at": "1%", "over": "1min"},
    "value": {"notional_per_second": "5k", "at": "1%"},
}
CASES = {
    "linear book, last mark, noise": PLAIN,
    "all rules on": ALL_RULES,
    "all rules on, momentum and value traders": ALL_RULES,
    "all rules on, power book (g = 2)": {
        **ALL_RULES,
        "book": {**ALL_RULES["book"], "shape": "power", "exponent": 2},
    },
    "all rules on, power book (g = 1.5)": {
        **ALL_RULES,
        "book": {**ALL_RULES["book"], "shape": "power", "exponent": 1.5},
    },
}


def tick_ns(name: str, crowds: list[Crowd]) -> list[float]:
    """Median nanoseconds of a recorded tick for each crowd; every tick has a noise order, and nobody is liquidated.

    The crowds take turns, so that a slow moment of the machine does not look like a cost of size. The memory of the
    recorded rows has been touched before: what its first touch costs depends on what ran before, not on the tick.
    """
    flow = {"noise": {"notional_per_second": "10k"}, **(BOTH_TRADERS if "momentum" in name else {})}
    rules, tape = rules_and_tape(scenario_of(TICKS, CASES[name], flow=flow), 1)
    times: list[list[float]] = [[] for _ in crowds]
    for _ in range(REPEATS):
        for crowd, taken in zip(crowds, times, strict=True):
            world = world_with(rules, tape, crowd)
            world.log.rows.fill(0.0)
            taken.append(seconds_of(lambda w=world: advance(w, TICKS)))
            if world.state["events"][0]:
                raise SystemExit("somebody was liquidated: not a quiet tick")
    return [median(taken) / TICKS * 1e9 for taken in times]


def measure(quick: bool = False) -> Report:
    sizes = (10_000, 1_000_000) if quick else (10_000, 1_000_000, 10_000_000)
    crowds = [long_crowd(traders, FARTHER, 0.7) for traders in sizes]
    found = {name: tick_ns(name, crowds) for name in CASES}
    rows = [(name, *(f"{ns:.0f} ns" for ns in cells)) for name, cells in found.items()]
    text = table(("a quiet tick", *(power_of_ten(traders) for traders in sizes)), rows)
    everything, power = found["all rules on"], found["all rules on, power book (g = 2)"]
    drift = max(everything) / min(everything) - 1.0
    goals = [
        Goal("a quiet tick, all rules on", "<= 80 ns", f"{max(everything):.0f} ns", max(everything) <= 80),
        Goal("a quiet tick, power book", "<= 150 ns", f"{max(power):.0f} ns", max(power) <= 150),
        Goal(
            f"a quiet tick at {power_of_ten(sizes[0])} and {power_of_ten(sizes[-1])} traders",
            "the same within 10 %",
            f"{100 * drift:.0f} %",
            drift <= 0.1,
        ),
    ]
    return Report("quiet_tick", f"{text}\n\n{machine_line()}", goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
