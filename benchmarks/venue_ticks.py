"""What a venue's rules cost while they do nothing, and a liquidation in a crowd whose triggers can change.

Run: python benchmarks/venue_rules.py [--quick]
"""

from __future__ import annotations

import numpy as np
from liquidation import SPREAD
from liquidation import TICKS as FALLING_TICKS
from measure import Goal, median, power_of_ten, seconds_of, table, warm_memory
from quiet_tick import ALL_RULES, FARTHER
from worlds import depth_notional, falling_index, long_crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance
from cascade_sim.engine.moves import Turnover
from cascade_sim.kernels.records import TERMS

TICKS = 100_000
REPEATS = 7
NEVER = 1e15

HALT = {"halt": {"move": "90%", "over": "5min", "for": "15min"}}
BAND = {"price_band": {"within": "50%"}}
FUNDING = {"funding": {"interval": "60d"}}
IMPACT = {"funding": {"interval": "60d", "impact_notional": "100k"}}
THROTTLE = {"throttle": {"notional": NEVER, "over": "1min"}}
VENUES = {
    "none of them": {},
    "halt": HALT,
    "price band": BAND,
    "funding premium, at the touch": FUNDING,
    "funding premium, of an impact notional": IMPACT,
    "throttle": THROTTLE,
    "halt, band, throttle, funding premium": {**HALT, **BAND, **THROTTLE, **FUNDING},
}


def quiet_ns(traders: int) -> dict[str, tuple[float | None, float]]:
    """Median nanoseconds of a quiet tick under each rule, in a crowd that only shrinks and in one that can change.

    All cases take turns, so that a slow moment of the machine falls on each of them.
    """
    crowd = long_crowd(traders, FARTHER, 0.7)
    flow = {"noise": {"notional_per_second": "10k"}}
    cases = {}
    for name, venue in VENUES.items():
        for moving in (False, True):
            if moving or "throttle" not in venue:
                scenario = scenario_of(TICKS, ALL_RULES, venue, flow)
                cases[name, moving] = rules_and_tape(scenario, 1, moving)
    times: dict[tuple[str, bool], list[float]] = {case: [] for case in cases}
    for _ in range(REPEATS):
        for case, (rules, tape) in cases.items():
            world = world_with(rules, tape, crowd)
            world.log.rows.fill(0.0)
            times[case].append(seconds_of(lambda w=world: advance(w, TICKS)))
            if world.state["events"][0] or world.state["halts"][0]:
                raise SystemExit("something happened: not a quiet tick")
    found = {case: median(taken) / TICKS * 1e9 for case, taken in times.items()}
    return {name: (found.get((name, False)), found[name, True]) for name in VENUES}


def stop_turnover(trigger: np.ndarray) -> Turnover:
    """Longs whose stop-loss orders stand where they would be liquidated."""
    terms = np.zeros(trigger.size, TERMS)
    terms["side"] = 1
    terms["stop"], terms["profit"] = trigger, np.nan
    return Turnover(terms)


def liquidation_ns(traders: int, repeats: int) -> dict[str, float]:
    """Median nanoseconds a liquidation, or an order of its owner's, the ticks' own cost included."""
    market = {
        "book": {"shape": "linear", "depth": depth_notional(traders / SPREAD / 0.5)},
        "index": {"path": falling_index(FALLING_TICKS, 0.3)},
    }
    crowd = long_crowd(traders, 0.0, SPREAD)
    stops = stop_turnover(crowd[1])
    cases = {
        "a liquidation, triggers fixed": ({}, False, None),
        "a liquidation, triggers can change": ({}, True, None),
        "a liquidation within a throttle": (THROTTLE, True, None),
        "a stop-loss order": ({}, True, stops),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, (venue, moving, turnover) in cases.items():
            rules, tape = rules_and_tape(scenario_of(FALLING_TICKS, market, venue), traders, moving)
            warm_memory(250 * traders)
            world = world_with(rules, tape, crowd, turnover)
            seconds = seconds_of(lambda w=world: advance(w, FALLING_TICKS))
            gone = traders - int(np.count_nonzero(world.positions.quantity))
            times[name].append(seconds / gone)
            if world.state["ledger_error"][0] > 1e-9:
                raise SystemExit("money was lost")
    return {name: median(taken) * 1e9 for name, taken in times.items()}


def quiet_table(traders: int) -> tuple[str, list[Goal]]:
    found = quiet_ns(traders)
    rows = [
        (name, "" if fixed is None else f"{fixed:.0f} ns", f"{changing:.0f} ns")
        for name, (fixed, changing) in found.items()
    ]
    fixed, changing = found["none of them"]
    dearer = changing / (fixed or changing) - 1.0
    goals = [
        Goal(
            "a quiet tick where triggers can change, beside one where they are fixed",
            "the same within 10 %",
            f"{100 * dearer:+.0f} %",
            dearer <= 0.1,
        )
    ]
    return table(("a quiet tick, all rules on, and", "triggers fixed", "triggers can change"), rows), goals


def liquidation_table(sizes: tuple[int, ...]) -> str:
    columns = [liquidation_ns(traders, 5 if traders <= 1_000_000 else 3) for traders in sizes]
    rows = [(name, *(f"{column[name]:.0f} ns" for column in columns)) for name in columns[0]]
    return table(("under `market`", *(power_of_ten(traders) for traders in sizes)), rows)


if __name__ == "__main__":
    print(quiet_table(1_000_000)[0])
    print()
    print(liquidation_table((1_000_000,)))
