"""Recorded paths for any drawn world: near what it does anyway, along its index, or wandering off."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from drawn import one_of
from hypothesis import strategies as st
from worlds import WorldArrays, column

from cascade_sim.engine.rules import END_OF_PRICES
from cascade_sim.engine.world import World
from cascade_sim.kernels import state as k

PUSHES = ("push_before", "push_after", "push_absorbs")


def pushes_of(world: World) -> dict[str, np.ndarray]:
    """Return the pushes that a tracked run has written."""
    return {name: getattr(world.tape, name).copy() for name in PUSHES}


def with_replay(arrays: WorldArrays, target, *, mode: int = k.TRACKED, news: int = 0, **pushes) -> WorldArrays:
    """Return the world with a recorded path (log of the mid by tick, NaN where there is none), or with pushes."""
    rules = arrays.rules.copy()
    rules["replay"], rules["push_news"] = mode, news
    ticks = arrays.tape.path.size
    given = {"target": target} | dict.fromkeys(PUSHES, 0.0) | pushes
    columns = {name: np.array(np.broadcast_to(values, ticks), np.float64) for name, values in given.items()}
    return dataclasses.replace(arrays, rules=rules, tape=arrays.tape._replace(**columns))


def pushes_again(arrays: WorldArrays, tracked: World) -> WorldArrays:
    """Return the world that is sent the pushes of a tracked run of it."""
    news = int(arrays.rules["push_news"][0])
    return with_replay(arrays, arrays.tape.target, mode=k.PUSHED, news=news, **pushes_of(tracked))


@st.composite
def recorded(draw, arrays: WorldArrays) -> np.ndarray:
    """Log mids to be tracked, with gaps in the recording."""
    ticks, start = arrays.tape.path.size, math.log(arrays.price)
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    step = draw(one_of(0.0, 1e-4, 0.003, 0.02)) * random.normal(size=ticks)
    kind = draw(one_of("own", "own", "index", "wander", "crash"))
    if kind == "own":
        alone = dataclasses.replace(arrays, rules=arrays.rules.copy())
        alone.rules["row_ticks"] = 1
        target = np.log(column(alone.run(), "mid")) + step
    elif kind == "index":
        target = np.log(arrays.tape.path) + step
    elif kind == "wander":
        target = start + np.cumsum(step)
    else:
        depth = draw(one_of(0.05, -0.05, 0.2, 0.01))
        target = start - depth * np.minimum(np.linspace(0.0, 2.0, ticks), 1.0) + step
    target[random.random(ticks) < draw(one_of(0.0, 0.0, 0.3, 0.9))] = np.nan
    return target


@st.composite
def tracked_worlds(draw, worlds) -> WorldArrays:
    """Worlds of a strategy with a recorded path; all of their books have a depth."""
    arrays = draw(worlds)
    if arrays.rules["shape"][0] == k.SHAPE_INFINITE:
        arrays = arrays.with_rules(shape=k.SHAPE_LINEAR, exponent=1.0)
    if draw(one_of(True, True, False)):  # else books end within the reach of most paths
        if arrays.rules["shape"][0] != k.SHAPE_TABLE:
            arrays = arrays.with_rules(until=END_OF_PRICES)
        arrays = arrays.with_rules(band=0.0)
    if arrays.rules["policy"][0] == k.POLICY_LIMIT:
        arrays = arrays.with_rules(delay_ticks=0)
    target = draw(recorded(arrays))
    return with_replay(arrays, target, news=draw(one_of(0, 0, 1)))


@st.composite
def other_rules(draw) -> dict:
    """Rules that a history may be run again under; the crowd is the same."""
    changes = draw(
        st.lists(
            one_of(
                {"policy": k.POLICY_NONE}, {"policy": k.POLICY_MARKET}, {"policy": k.POLICY_LIMIT},
                {"withdraws": 0}, {"half_spread": 1e-3}, {"refill_kept": 0.5},
                {"delay_ticks": 2}, {"adl": 0}, {"adl": 1}, {"mark": k.MARK_INDEX}, {"mark": k.MARK_LAST},
            ),
            min_size=1, max_size=2,
        )
    )  # fmt: skip
    return {name: value for change in changes for name, value in change.items()}
