"""One tick with a recorded price, and brute force: the tick is run forward again and again with a push before it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
from drawn import one_of
from drawn_replay import PUSHES
from hypothesis import strategies as st
from naive.world import NaiveWorld
from worlds import WorldArrays, both, crowd_at, rules_row, tape

from cascade_sim.kernels import state as k


@st.composite
def small_books(draw, held: float) -> tuple[dict, list]:
    """A book that does not end within reach, thin and thick beside what the crowd holds."""
    shape = draw(one_of(k.SHAPE_LINEAR, k.SHAPE_LINEAR, k.SHAPE_POWER, k.SHAPE_TABLE))
    exponent = draw(one_of(0.5, 2.0, 3.3)) if shape == k.SHAPE_POWER else 1.0
    density = held / 0.05 / draw(one_of(0.3, 1.0, 3.0, 10.0))
    scale = density / 0.05 ** (exponent - 1.0)
    rules = {
        "shape": shape,
        "exponent": exponent,
        "scale_bid": scale,
        "scale_ask": scale * draw(one_of(1.0, 0.6)),
        "half_spread": draw(one_of(0.0, 1e-4, 3e-3)),
        "refill_kept": draw(one_of(1.0, 0.9, 0.5)),
    }
    levels: list[tuple[float, float]] = []
    if shape == k.SHAPE_TABLE:
        steps = np.array(draw(st.lists(st.floats(0.2, 3.0), min_size=2, max_size=5)))
        levels = list(zip(8.0 * np.cumsum(steps) / steps.sum(), np.cumsum(density * 8.0 * steps[::-1]), strict=True))
        rules["until"] = levels[-1][0]
    return rules, levels


@st.composite
def small_ticks(draw) -> tuple[WorldArrays, float, int]:
    """A few positions near a price that has moved before; the log of a recorded price, and the kind of push."""
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    contract, nearest = draw(one_of(k.LINEAR, k.INVERSE)), draw(one_of(0.001, 0.001, -0.01))
    longs, shorts = draw(st.integers(0, 6)), draw(one_of(0, 0, 1, 3))
    size = 1.0 if contract == k.LINEAR else 100.0
    sides = [
        crowd_at(
            random.uniform(nearest, 0.05, count), size * random.uniform(0.1, 1.0, count), price=100.0, side=side,
            contract=contract, ruin=draw(one_of(0.0005, 0.01, 0.05)),
        )
        for count, side in ((longs, 1), (shorts, -1))
    ]  # fmt: skip
    crowd = both(*sides)
    held = float(crowd["quantity"].sum()) or size
    book, levels = draw(small_books(held))
    notional = held if contract == k.INVERSE else 100.0 * held
    rules = rules_row(
        contract=contract, mark=draw(one_of(k.MARK_LAST, k.MARK_MID, k.MARK_INDEX, k.MARK_INDEX_EMA)),
        mark_weight=draw(one_of(1.0, 0.3, 0.05)), mark_cap=draw(one_of(math.inf, 0.02)), adl=0, socialise=0,
        fund_start=1e9, pull_share=draw(one_of(0.0, 0.1)), follow_share=draw(one_of(0.0, 0.1)),
        permanent=draw(one_of(0.0, 0.3)), withdraws=draw(one_of(0, 0, 1)), withdrawal_volatility=0.01,
        withdrawal_weight=0.3, withdrawal_power=2.0, withdrawal_floor=0.1, push_news=draw(one_of(0, 0, 1)), **book,
    )  # fmt: skip
    path = 100.0 * np.exp(np.cumsum(random.normal(size=3)) * draw(one_of(0.0, 0.003, 0.02)))
    noise = notional * random.normal(size=3) * draw(one_of(0.0, 0.02, 0.2))
    events = tape(path, noise=noise if noise.any() else (), levels=levels)
    target = math.log(100.0) + float(random.normal()) * draw(one_of(0.003, 0.02))
    return WorldArrays(rules, events, 100.0, **crowd), target


FORCED_SELL = k.ROW.index("forced_sell")


@dataclass
class LastTick:
    """A world before its last tick, which has a recorded price."""

    before: NaiveWorld
    target: float

    def miss(self, world: NaiveWorld) -> float:
        market = world.market
        return market.imbalance() + market.index_shift + world.tape.log_path[-1] - self.target

    def forced(self, world: NaiveWorld) -> tuple[float, float]:
        """What was sold and bought by force in the last tick."""
        return world.rows[-1][FORCED_SELL], world.rows[-1][FORCED_SELL + 1]

    def tracked(self) -> NaiveWorld:
        """Do the tick so that it ends on the recorded price."""
        world = copy.deepcopy(self.before)
        world.replay.mode, world.tape.target[-1] = k.TRACKED, self.target
        world.do_tick()
        return world

    def forward(self, push: float) -> NaiveWorld:
        """Do the tick with a given push, and nothing after it."""
        world = copy.deepcopy(self.before)
        world.tape.push_before[-1] = push
        world.do_tick()
        return world

    def bisected(self, largest: float) -> tuple[float, float] | None:
        """Two neighbouring pushes, one that leaves the price below the recorded one, and one above."""
        low, high = -largest, largest
        if self.miss(self.forward(low)) > 0.0 or self.miss(self.forward(high)) < 0.0:
            return None
        while low < (middle := 0.5 * (low + high)) < high and high - low > 1e-15 * largest:
            if self.miss(self.forward(middle)) < 0.0:
                low = middle
            else:
                high = middle
        return low, high


def last_tick(arrays: WorldArrays, target: float) -> LastTick:
    world = NaiveWorld(*arrays.arguments)
    world.replay.mode = k.PUSHED
    world.engine.backlog_goes_first = True
    ticks = len(world.tape.path)
    for name in PUSHES:
        setattr(world.tape, name, [0.0] * ticks)
    world.tape.target = [math.nan] * ticks
    for _ in range(ticks - 1):
        world.do_tick()
    return LastTick(world, target)


def same_past(rules_of: LastTick, past_of: LastTick) -> LastTick:
    """The last tick of one world under the rules of another."""
    before = copy.deepcopy(past_of.before)
    before.rules.policy = rules_of.before.rules.policy
    return LastTick(before, past_of.target)
