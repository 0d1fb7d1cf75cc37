"""What a tick costs in which nothing is liquidated: plain, with all rules on, and with a power book.

Run: python benchmarks/quiet_tick.py [--quick]
"""

from __future__ import annotations

import sys

from measure import Goal, Report, machine_line, median, power_of_ten, seconds_of, table
from worlds import long_crowd, rules_and_tape, scenario_of, world_with

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
CASES = {
    "linear book, last mark, noise": PLAIN,
    "all rules on": ALL_RULES,
    "all rules on, power book (g = 2)": {
        **ALL_RULES,
        "book": {**ALL_RULES["book"], "shape": "power", "exponent": 2},
    },
    "all rules on, power book (g = 1.5)": {
        **ALL_RULES,
        "book": {**ALL_RULES["book"], "shape": "power", "exponent": 1.5},
    },
}


def tick_ns(market: dict, traders: int) -> float:
    """Median nanoseconds of a recorded tick; every tick has a noise order, and nobody is liquidated."""
    rules, tape = rules_and_tape(scenario_of(TICKS, market, flow={"noise": {"notional_per_second": "10k"}}), traders)
    crowd = long_crowd(traders, FARTHER, 0.7)
    times = []
    for _ in range(REPEATS):
        world = world_with(rules, tape, crowd)
        times.append(seconds_of(lambda w=world: advance(w, TICKS)))
        if world.state["events"][0]:
            raise SystemExit("somebody was liquidated: not a quiet tick")
    return median(times) / TICKS * 1e9


def measure(quick: bool = False) -> Report:
    sizes = (10_000, 1_000_000) if quick else (10_000, 1_000_000, 10_000_000)
    found = {name: [tick_ns(market, traders) for traders in sizes] for name, market in CASES.items()}
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
