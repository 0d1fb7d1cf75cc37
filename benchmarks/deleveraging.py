"""What deleveraging costs in one tick: ranking the opponents, and closing against them.

Run: python benchmarks/venue_rules.py [--quick]
"""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
from measure import Goal, in_time_units, median, seconds_of, table, warm_memory
from worlds import PRICE, Crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.kernels.backstop import backstop, rank_opponents

REPEATS = 5
FALL = 0.2  # log-return of the index in the one tick
RATE = 0.01
BANKRUPT = (10, 1_000, 100_000)


@numba.njit(error_model="numpy")
def rank_only(rules_row, state_row, positions, moves, unit):
    return rank_opponents(rules_row[0], state_row[0], positions, moves, -1.0, unit)[2]


@numba.njit(error_model="numpy")
def backstop_only(rules_row, state_row, positions, tape, log, moves):
    backstop(rules_row[0], state_row[0], positions, tape, log, moves)


def opposing_crowd(bankrupt: int, opponents: int) -> Crowd:
    """Longs that the fall leaves bankrupt, and shorts to whom it gives a profit, in random order."""
    rng = np.random.default_rng(3)
    count = bankrupt + opponents
    side = np.where(rng.permutation(count) < bankrupt, 1, -1).astype(np.int8)
    entry = np.where(side > 0, PRICE, PRICE * rng.uniform(0.98, 1.1, count))
    leverage = np.where(side > 0, 30.0, np.exp(rng.uniform(np.log(2.0), np.log(30.0), count)))
    bankruptcy = entry * (1.0 - side / leverage) * np.where(side > 0, rng.uniform(0.99, 1.01, count), 1.0)
    return side, bankruptcy / (1.0 - RATE * side), rng.lognormal(0.0, 1.0, count), bankruptcy, entry


def bankrupt_world(bankrupt: int, opponents: int, moving: bool) -> World:
    """A world at the end of the tick's rounds: the engine holds what was bankrupt, and the fund is empty.

    Selling is put off by a tick, so that what the backstop has to do can be timed apart from what led to it.
    """
    points = [[0, PRICE], [1, PRICE * float(np.exp(-FALL))], [3, PRICE * float(np.exp(-FALL))]]
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
    rules, tape = rules_and_tape(scenario_of(3, market, venue), opponents, moving)
    world = world_with(rules, tape, opposing_crowd(bankrupt, opponents))
    advance(world, 1)
    if int(world.state["events"][0]) != bankrupt:
        raise SystemExit("not everybody who should be is bankrupt")
    return world


def pass_seconds(bankrupt: int, opponents: int, moving: bool) -> tuple[float, float, int]:
    """Seconds of ranking, seconds of the whole of step 6, and how many opponents were closed."""
    warm_memory(250 * opponents)
    world = bankrupt_world(bankrupt, opponents, moving)
    unit = float(world.state["mark"][0])
    before = int(np.count_nonzero(world.positions.quantity))
    ranking = seconds_of(lambda: rank_only(world.rules, world.state, world.positions, world.moves, unit))
    arrays = world.rules, world.state, world.positions, world.tape, world.log, world.moves
    whole = seconds_of(lambda: backstop_only(*arrays))
    if world.state["queue_long_tail"][0] or world.state["bad_debt"][0]:
        raise SystemExit("not everything was deleveraged")
    return ranking, whole, before - int(np.count_nonzero(world.positions.quantity))


def rankings_elsewhere(opponents: int) -> dict[str, float]:
    """Seconds in which numpy and pandas rank the same opponents, who lie in arrays of their own already."""
    side, _, quantity, bankruptcy, entry = (array[:opponents] for array in opposing_crowd(0, opponents))
    mark = PRICE * float(np.exp(-FALL))

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
    for moving in (False, True):
        pass_seconds(10, 1_000, moving)  # compiles
    rows, goals = [], []
    found: dict[tuple[int, bool], list[tuple[float, float, int]]] = {}
    for _ in range(REPEATS):
        for bankrupt in BANKRUPT:
            for moving in (False, True):
                found.setdefault((bankrupt, moving), []).append(pass_seconds(bankrupt, opponents, moving))
    for (bankrupt, moving), taken in found.items():
        ranking, whole = (median([seconds[k] for seconds in taken]) for k in (0, 1))
        crowd = "triggers can change" if moving else "triggers fixed"
        each = (whole - ranking) / max(taken[0][2], 1) * 1e9
        closing = f"{in_time_units(whole - ranking)}" + (f", {each:.0f} ns each" if bankrupt > 10 else "")
        rows.append((f"{bankrupt:,} bankrupt, {crowd}", in_time_units(whole), in_time_units(ranking), closing))
        goals.append(
            Goal(
                f"deleveraging in a tick, {bankrupt:,} bankrupt, {opponents:,} opponents, {crowd}",
                "<= 10 ms",
                in_time_units(whole),
                whole <= 0.010,
            )
        )
    text = table((f"{opponents:,} opponents", "in a tick", "ranking", "closing"), rows)
    ranking = median([seconds[0] for seconds in found[BANKRUPT[0], False]])
    others = [
        (name, in_time_units(seconds), f"{seconds / ranking:.1f}x")
        for name, seconds in rankings_elsewhere(opponents).items()
    ]
    beside = table(("ranking them elsewhere", "", "beside this engine"), others)
    return f"{text}\n\n{beside}", goals


if __name__ == "__main__":
    text, goals = deleveraging_tables(1_000_000)
    print(text, *(goal.row() for goal in goals), sep="\n")
