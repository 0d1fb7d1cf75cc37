"""What it costs when terms change: funding for everybody, steps of a partial liquidation, arrivals and exits.

Run: python benchmarks/venue_rules.py [--quick]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import in_time_units, median, seconds_of, table, warm_memory
from worlds import PRICE, Crowd, falling_index, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance, sort_crowd
from cascade_sim.engine.moves import Turnover
from cascade_sim.engine.world import World
from cascade_sim.kernels import tick
from cascade_sim.kernels.margin import liquidation_prices
from cascade_sim.kernels.records import ENTRANT, TERMS
from cascade_sim.kernels.state import UNSORTED, Tape

REPEATS = 5
TICKS = 100
TURNOVER_TICKS = 1_000
PAYMENT_EVERY = 10
FLAT = {"rate": 0.01}
BRACKETS = {"tiers": [[2.0**n * 5_000 if n else 0.0, 0.004 + 0.008 * n] for n in range(12)]}
DEEP = {"shape": "linear", "depth": {"within": "1%", "notional": "1000M"}, "refill": {"half_life": "5s"}}


def crowd_of(traders: int, tape: Tape, longs: float = 0.5) -> Crowd:
    """Positions of very different sizes, entered at the price, with the liquidation prices of the tape's brackets."""
    rng = np.random.default_rng(4)
    side = np.where(rng.random(traders) < longs, 1, -1).astype(np.int8)
    quantity = rng.lognormal(5.0, 1.5, traders)
    entry = np.full(traders, PRICE)
    collateral = quantity * entry / np.exp(rng.uniform(np.log(2.0), np.log(9.0), traders))
    trigger = np.empty(traders)
    liquidation_prices(side, quantity, entry, collateral, False, False, tape.tier_rate, tape.tier_amount, trigger)
    return side, trigger, quantity, entry - side * collateral / quantity, entry


def payment_seconds(traders: int, maintenance: dict[str, Any], moving: bool) -> tuple[list[float], list[float]]:
    """Seconds of the pass over the crowd and of sorting it anew, one of each a payment."""
    funding = {"kind": "plain", "interval": PAYMENT_EVERY, "period": PAYMENT_EVERY, "interest": 0.001}
    scenario = scenario_of(
        REPEATS * PAYMENT_EVERY + 1,
        {"book": DEEP, "mark": {"kind": "index_ema", "half_life": "30s"}},
        {"maintenance": maintenance, "funding": funding, "adl": moving},
    )
    rules, tape = rules_and_tape(scenario, traders, moving)
    warm_memory(250 * traders)
    world = world_with(rules, tape, crowd_of(traders, tape))
    passes, sorts = [], []
    for _ in range(REPEATS):
        status: list[int] = []
        passes.append(seconds_of(lambda seen=status: seen.append(ticks_until_unsorted(world))))
        sorts.append(seconds_of(lambda: sort_crowd(world)))
        if status != [UNSORTED]:
            raise SystemExit("nobody paid")
    return passes, sorts


def ticks_until_unsorted(world: World) -> int:
    arrays = world.positions, world.tape, world.log, world.moves
    return tick.advance(world.rules, world.state, *arrays, None, None, world.ticks)


def funding_table(traders: int) -> str:
    cases = {
        "one rate, triggers fixed": (FLAT, False),
        "12 brackets, triggers fixed (no deleveraging)": (BRACKETS, False),
        "one rate, triggers can change": (FLAT, True),
        "12 brackets, triggers can change": (BRACKETS, True),
    }
    rows = []
    for name, (maintenance, moving) in cases.items():
        payment_seconds(1_000, maintenance, moving)  # compiles
        passes, sorts = payment_seconds(traders, maintenance, moving)
        both = median(passes) + median(sorts)
        rows.append((name, *(in_time_units(seconds) for seconds in (both, median(passes), median(sorts)))))
    return table((f"a funding payment, {traders:,} positions", "", "the pass", "sorting anew"), rows)


def step_ns(traders: int, steps: dict[str, Any] | None, maintenance: dict[str, Any]) -> tuple[float, float]:
    """Nanoseconds a step, the ticks' own cost included, and how many steps a position takes that is touched."""
    liquidation = (
        {"policy": "market"} if steps is None else {"policy": "partial", "partial": steps, "surplus": "trader"}
    )
    market = {"index": {"path": falling_index(TICKS, 0.4)}, "book": DEEP, "mark": {"kind": "index"}}
    scenario = scenario_of(TICKS, market, {"maintenance": maintenance, "liquidation": liquidation})
    rules, tape = rules_and_tape(scenario, traders, True)
    warm_memory(500 * traders)
    world = world_with(rules, tape, crowd_of(traders, tape, longs=1.0))
    seconds = seconds_of(lambda: advance(world, TICKS))
    events = int(world.state["events"][0])
    touched = np.unique(world.log.events["position"][:events]).size
    return seconds / events * 1e9, events / touched


def step_table(traders: int) -> str:
    cases: dict[str, tuple[dict[str, Any] | None, dict[str, Any]]] = {
        "whole positions, one rate": (None, FLAT),
        "by tiers, 12 brackets": ({"by": "tiers"}, BRACKETS),
        "by share": ({"by": "share"}, FLAT),
        "by share, cooldown of 5 ticks": ({"by": "share", "cooldown": 5}, FLAT),
        "by health, one rate": ({"by": "health"}, FLAT),
        "by health, 12 brackets": ({"by": "health"}, BRACKETS),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(REPEATS):
        for name, case in cases.items():
            found[name].append(step_ns(traders, *case))
    rows = [(name, f"{median([ns for ns, _ in taken]):.0f} ns", f"{taken[0][1]:.1f}") for name, taken in found.items()]
    return table(("a step of a liquidation", "", "steps a position"), rows)


def entrants_of(standing: int, count: int, with_orders: bool) -> np.ndarray:
    rows = np.zeros(count, ENTRANT)
    rows["tick"] = np.sort(np.random.default_rng(5).integers(0, TURNOVER_TICKS, count))
    rows["position"] = standing + np.arange(count)
    rows["notional"], rows["leverage"] = 100.0, 5.0
    rows["side"] = np.where(np.arange(count) % 2, 1, -1)
    if with_orders:
        rows["stop_distance"] = rows["profit_distance"] = 0.15
    return rows


def turnover_ns(traders: int, arrivals: int, exits: int, with_orders: bool) -> float:
    """Nanoseconds an arrival or exit, the ticks' own cost included."""
    rules, tape = rules_and_tape(
        scenario_of(TURNOVER_TICKS, {"book": DEEP}, {"maintenance": FLAT, "fees": {"taker": 0.0005}}), traders, True
    )
    crowd = crowd_of(traders, tape)
    entrants = entrants_of(traders, arrivals, with_orders)
    terms = np.zeros(traders + arrivals, TERMS)
    terms["side"] = np.concatenate([crowd[0], entrants["side"]])
    terms["stop"] = terms["profit"] = np.nan
    rng = np.random.default_rng(6)
    leaving = rng.choice(traders, exits, replace=False).astype(np.int32)
    when = np.sort(rng.integers(0, TURNOVER_TICKS, exits))
    warm_memory(250 * traders)
    world = world_with(rules, tape, crowd, Turnover(terms, entrants, when, leaving))
    seconds = seconds_of(lambda: advance(world, TURNOVER_TICKS))
    if world.state["ledger_error"][0] > 1e-9 or world.state["events"][0]:
        raise SystemExit("not what this is about")
    return seconds / (arrivals + exits) * 1e9


def turnover_table(traders: int) -> str:
    some = traders // 10
    cases = {
        "an arrival": (some, 0, False),
        "an arrival with a stop-loss and a take-profit order": (some, 0, True),
        "an exit": (0, some, False),
    }
    rows = [
        (name, f"{median([turnover_ns(traders, *case) for _ in range(REPEATS)]):.0f} ns")
        for name, case in cases.items()
    ]
    return table((f"{some:,} beside {traders:,} positions", ""), rows)


if __name__ == "__main__":
    print(funding_table(1_000_000), step_table(1_000_000), turnover_table(1_000_000), sep="\n\n")
