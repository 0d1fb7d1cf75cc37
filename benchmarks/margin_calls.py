"""What a margin call costs that is answered, and liquidating the position later, beside a heap in Python.

Run: python benchmarks/venue_rules.py [--quick]
"""

from __future__ import annotations

import heapq

import numpy as np
from measure import Goal, median, seconds_of, table, warm_memory
from worlds import PRICE, Crowd, long_crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance
from cascade_sim.engine.moves import Turnover
from cascade_sim.kernels.records import TERMS

REPEATS = 5
TICKS = 100  # of the fall in which calls come, and of the one in which liquidations follow
RATE, CALL_AT = 0.01, 1.5
NEAR, FAR = 0.05, 0.5  # callers' triggers lie up to NEAR below the price, all others beyond FAR
PAID = 0.1  # a call pays this share of the entry notional
CALLERS = 0.1


def crowd_of(traders: int) -> tuple[Crowd, np.ndarray]:
    """Longs, callers first, whose bankruptcy prices fit a maintenance rate; and who of them answers calls."""
    callers = int(CALLERS * traders)
    near, far = long_crowd(callers, 0.001, NEAR), long_crowd(traders - callers, FAR, 2.0 * FAR)
    side, trigger, quantity, _, entry = (np.concatenate(pair) for pair in zip(near, far, strict=True))
    shuffled = np.random.default_rng(2).permutation(traders)
    trigger = np.ascontiguousarray(trigger[shuffled])
    return (side, trigger, quantity, (1.0 - RATE) * trigger, entry), shuffled < callers


def answers(callers: np.ndarray) -> Turnover:
    terms = np.zeros(callers.size, TERMS)
    terms["side"] = 1
    terms["stop"] = terms["profit"] = np.nan
    terms["call_at"] = CALL_AT
    terms["answers"] = callers
    terms["wallet"] = terms["top_up"] = np.where(callers, PAID * PRICE, 0.0)
    return Turnover(terms)


def fall_by_fall(traders: int, with_calls: bool) -> tuple[float, float]:
    """Seconds of the fall that reaches the callers, and of the one that reaches where they then stand.

    Without calls the first fall liquidates them as a crowd in which nothing changes.
    """
    crowd, callers = crowd_of(traders)
    falls = [[0, PRICE], [TICKS, PRICE * float(np.exp(-NEAR))], [2 * TICKS, PRICE * float(np.exp(-0.5 * FAR))]]
    path = {"kind": "waypoints", "points": falls}
    market = {"index": {"path": path}, "mark": {"kind": "index"}, "book": {"shape": "infinite"}}
    rules, tape = rules_and_tape(scenario_of(2 * TICKS, market, {"maintenance": {"rate": RATE}}), traders, True)
    warm_memory(250 * traders)
    world = world_with(rules, tape, crowd, answers(callers) if with_calls else None)
    first = seconds_of(lambda: advance(world, TICKS))
    early = int(world.state["events"][0])
    second = seconds_of(lambda: advance(world, TICKS))
    late = int(world.state["events"][0]) - early
    if (early, late) != ((0, callers.sum()) if with_calls else (callers.sum(), 0)):
        raise SystemExit(f"{early} and {late} liquidations: not the falls that this is about")
    return first, second


def heap_in_python(traders: int) -> tuple[float, float]:
    """The same changes kept in a `heapq`: seconds to work out and push each, and to pop each as it fires."""
    crowd, callers = crowd_of(traders)
    in_order = np.flatnonzero(callers)[np.argsort(-crowd[1][callers])]
    bankruptcy = {int(place): float(crowd[3][place]) for place in in_order}
    heap: list[tuple[float, int]] = []
    live: dict[int, float] = {}

    def change() -> None:
        for place, ruin in bankruptcy.items():
            ruin -= PAID * PRICE
            live[place] = -ruin / (1.0 - RATE)
            heapq.heappush(heap, (live[place], place))

    def fire() -> None:
        while heap:
            key, place = heapq.heappop(heap)
            if live[place] == key:
                del live[place]

    return seconds_of(change), seconds_of(fire)


def margin_call_table(traders: int) -> tuple[str, list[Goal]]:
    called = [fall_by_fall(traders, True) for _ in range(REPEATS)]
    fixed = [fall_by_fall(traders, False) for _ in range(REPEATS)]
    python = [heap_in_python(traders) for _ in range(REPEATS)]
    count = int(CALLERS * traders)

    def nanoseconds(seconds: list[float]) -> float:
        return median(seconds) / count * 1e9

    change, later = nanoseconds([first for first, _ in called]), nanoseconds([second for _, second in called])
    unmoved = nanoseconds([first for first, _ in fixed])
    push, pop = nanoseconds([first for first, _ in python]), nanoseconds([second for _, second in python])
    rows = [
        ("an answered call: new trigger and its place", f"{change:.0f} ns", f"{push:.0f} ns ({push / change:.1f}x)"),
        ("the liquidation later on", f"{later:.0f} ns", f"{pop:.0f} ns, the heap's part alone"),
        ("a liquidation where nobody answers", f"{unmoved:.0f} ns", ""),
    ]
    text = table((f"{count:,} of {traders:,} top up", "this engine", "`heapq`, a loop in Python"), rows)
    return text, [Goal("an answered margin call", "<= 300 ns", f"{change:.0f} ns", change <= 300)]


if __name__ == "__main__":
    text, goals = margin_call_table(1_000_000)
    print(text, *(goal.row() for goal in goals), sep="\n")
