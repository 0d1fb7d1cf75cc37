"""Who stands in the market now, and where they would be liquidated."""

from __future__ import annotations

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.kernels.state import LIQUIDATION


def crowd_slots(world: World) -> np.ndarray:
    """Return the slots of the crowd's open positions, strategies' left out. Cost: one pass over the crowd."""
    state, positions = world.state[0], world.positions
    if world.moves is None:
        return np.flatnonzero(positions.quantity > 0.0)
    slots = np.flatnonzero(positions.quantity[: int(state["next_slot"])] > 0.0)
    return slots[positions.index[slots] < world.moves.slot.size - int(state["accounts"])]


def sides_and_triggers(world: World, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return side (+1, -1), next trigger price (NaN while there is none) and its kind of some slots."""
    positions, moves = world.positions, world.moves
    if moves is None:
        side = np.where(slots < positions.longs, 1.0, -1.0)
        return side, -side * positions.key[slots], np.full(slots.size, LIQUIDATION, np.int8)
    side = moves.terms["side"][positions.index[slots]].astype(np.float64)
    return side, -side * moves.live[slots], moves.kind[slots]


def _sorted_between(world: World, first: int, end: int, low: float, high: float) -> float:
    key, moves = world.positions.key[first:end], world.moves
    begin, stop = np.searchsorted(key, (low, np.nextafter(high, np.inf)))
    part = slice(first + int(begin), first + int(stop))
    quantity = world.positions.quantity[part]
    if moves is not None:
        quantity = quantity[(moves.live[part] == world.positions.key[part]) & (moves.kind[part] == LIQUIDATION)]
    return float(quantity.sum())


def _changed_between(world: World, keys: np.ndarray, members: np.ndarray, low: float, high: float) -> float:
    moves, positions = world.moves, world.positions
    assert moves is not None
    near = (keys >= low) & (keys <= high) & (members < moves.slot.size - int(world.state["accounts"][0]))
    if not near.any():
        return 0.0
    slots, place = np.unique(moves.slot[members[near]], return_index=True)
    holds = (moves.live[slots] == keys[near][place]) & (moves.kind[slots] == LIQUIDATION)
    return float(positions.quantity[slots[holds]].sum())


def liquidatable_between(world: World, low: float, high: float) -> float:
    """Return the quantity of the crowd whose liquidation is its next trigger and lies between two prices.

    Parameters
    ----------
    world : World
    low, high : float
        Mark prices, quote per base; both ends count.

    Returns
    -------
    float
        Base units (linear) or contracts (inverse), both sides.

    Notes
    -----
    Who would first answer a margin call, or be stopped out, is not counted. Cost: two binary searches and a sum over
    what is found, and a look at the triggers that have changed since the crowd was sorted.
    """
    state, positions, moves = world.state[0], world.positions, world.moves
    end = positions.key.size if moves is None else int(state["sorted_end"])
    total = _sorted_between(world, int(state["head_long"]), positions.longs, -high, -low)
    total += _sorted_between(world, int(state["head_short"]), end, low, high)
    if moves is not None:
        down, up = int(state["down_size"]), int(state["up_size"])
        total += _changed_between(world, moves.down_key[:down], moves.down_position[:down], -high, -low)
        total += _changed_between(world, moves.up_key[:up], moves.up_position[:up], low, high)
    return total
