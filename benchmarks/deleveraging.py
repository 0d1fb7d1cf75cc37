"""What deleveraging costs in one tick: ranking the opponents, and closing against them.

Run: python benchmarks/venue_rules.py [--quick]
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from measure import Goal, in_time_units, median, seconds_of, table, warm_memory
from worlds import PRICE, Crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance

REPEATS = 5
LEVERAGE = (30.0, 4.5)  # of those whom the first and the second fall leave bankrupt
FALLS = (0.2, 0.3)  # log-distances of the index from the start after each
RATE = 0.01
BANKRUPT = (10, 1_000, 100_000)


def opposing_crowd(bankrupt: int, opponents: int) -> Crowd:
    """Longs of whom each fall leaves ``bankrupt`` bankrupt, and shorts to whom it is a profit, in random order."""
    rng = np.random.default_rng(3)
    count = 2 * bankrupt + opponents
    place = rng.permutation(count)
    side = np.where(place < 2 * bankrupt, 1, -1).astype(np.int8)
    entry = np.where(side > 0, PRICE, PRICE * rng.uniform(0.98, 1.1, count))
    leverage = np.where(place < bankrupt, *LEVERAGE)
    leverage = np.where(side > 0, leverage, np.exp(rng.uniform(np.log(2.0), np.log(30.0), count)))
    bankruptcy = entry * (1.0 - side / leverage) * np.where(side > 0, rng.uniform(0.99, 1.01, count), 1.0)
    return side, bankruptcy / (1.0 - RATE * side), rng.lognormal(0.0, 1.0, count), bankruptcy, entry


def tick_seconds(bankrupt: int, opponents: int, moving: bool) -> tuple[float, float, int]:
    """Seconds of the tick that deleverages after each of two falls, and how many opponents the second one closes.

    Selling is put off by a tick and the fund is empty, so that such a tick does nothing else.
    """
    levels = [PRICE, *(PRICE * float(np.exp(-fall)) for fall in FALLS)]
    points = [[0, levels[0]], [1, levels[1]], [2, levels[1]], [3, levels[2]], [5, levels[2]]]
    market = {
        "index": {"path": {"kind": "waypoints", "points": points}},
        "mark": {"kind": "index"},
        "book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}},
    }
    venue = {
        "insurance_fund": 0.0,
        "maintenance": {"rate": RATE},
        "liquidation": {"policy": "market", "delay": "1s"},
    }
    rules, tape = rules_and_tape(scenario_of(5, market, venue), opponents, moving)
    warm_memory(250 * opponents)
    world = world_with(rules, tape, opposing_crowd(bankrupt, opponents))
    times = []
    for wave in (1, 2):
        advance(world, 1)
        if int(world.state["events"][0]) != wave * bankrupt:
            raise SystemExit("not everybody who should be is bankrupt")
        before = int(np.count_nonzero(world.positions.quantity))
        times.append(seconds_of(lambda: advance(world, 1)))
    if world.state["queue_long_tail"][0] or world.state["bad_debt"][0]:
        raise SystemExit("not everything was deleveraged")
    return times[0], times[1], before - int(np.count_nonzero(world.positions.quantity))


def rankings_elsewhere(opponents: int) -> dict[str, float]:
    """Seconds in which numpy and pandas rank the same opponents, who lie in arrays of their own already."""
    side, _, quantity, bankruptcy, entry = opposing_crowd(0, opponents)
    mark = PRICE * float(np.exp(-FALLS[1]))

    def scores() -> np.ndarray:
        profit = side * (mark - entry) / entry
        leverage = mark / (side * (mark - bankruptcy))
        return np.where(profit > 0.0, profit * leverage, profit / leverage)

    def frame_sorted() -> pd.DataFrame:
        frame = pd.DataFrame({"quantity": quantity, "score": scores()})
        return frame.sort_values("score", ascending=False)

    works = {
        "numpy: scores and `argsort`": lambda: np.argsort(-scores()),
        "numpy: scores and `argpartition` for the first 1,000": lambda: np.argpartition(-scores(), 1_000),
        "pandas: scores and `sort_values`": frame_sorted,
    }
    return {name: median([seconds_of(work) for _ in range(REPEATS)]) for name, work in works.items()}


def deleveraging_tables(opponents: int) -> tuple[str, list[Goal]]:
    cases = [(bankrupt, moving) for bankrupt in BANKRUPT for moving in (False, True)]
    taken: dict[tuple[int, bool], list[tuple[float, float, int]]] = {case: [] for case in cases}
    for moving in (False, True):
        tick_seconds(10, 1_000, moving)  # compiles
    for _ in range(REPEATS):
        for case in cases:
            taken[case].append(tick_seconds(case[0], opponents, case[1]))
    first = {case: median([seconds[0] for seconds in found]) for case, found in taken.items()}
    later = {case: median([seconds[1] for seconds in found]) for case, found in taken.items()}
    rows = []
    for bankrupt, moving in cases:
        crowd = "triggers can change" if moving else "triggers fixed"
        case, few = (bankrupt, moving), (BANKRUPT[0], moving)
        each = "" if case == few else f"{(later[case] - later[few]) / taken[case][0][2] * 1e9:.0f} ns"
        rows.append((f"{bankrupt:,} bankrupt, {crowd}", in_time_units(first[case]), in_time_units(later[case]), each))
    text = table((f"a tick that deleverages, {opponents:,} opponents", "first", "later", "each one closed"), rows)
    ranking = later[BANKRUPT[0], False]
    others = [
        (name, in_time_units(seconds), f"{seconds / ranking:.1f}x")
        for name, seconds in rankings_elsewhere(opponents).items()
    ]
    beside = table(("ranking them elsewhere", "", "times a later tick of this engine"), others)
    goals = []
    for bankrupt in BANKRUPT:
        worst = max(later[bankrupt, False], later[bankrupt, True])
        what = f"a tick that deleverages, {bankrupt:,} bankrupt, 1e6 opponents"
        goals.append(Goal(what, "<= 10 ms", in_time_units(worst), worst <= 0.010))
    return f"{text}\n\n{beside}", goals


if __name__ == "__main__":
    text, goals = deleveraging_tables(1_000_000)
    print(text, *(goal.row() for goal in goals), sep="\n")
