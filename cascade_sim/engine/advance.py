"""Advancing a world: calls the tick loop and does what it asks for, so that chunks of any size give the same bits."""

from __future__ import annotations

import numpy as np

from cascade_sim.engine.moves import sort_moving
from cascade_sim.engine.order import sort_again
from cascade_sim.engine.world import World
from cascade_sim.errors import UnreachableError
from cascade_sim.kernels import tick
from cascade_sim.kernels.lending_state import ACTIONS_FULL, AUCTIONS_FULL
from cascade_sim.kernels.liquidation import set_next
from cascade_sim.kernels.state import EVENTS_FULL, RUNNING, UNREACHABLE, UNSORTED


def grow_events(world: World) -> None:
    """Double the event rows, and keep room for every event to wait once, and to be put in order."""
    log = world.log
    log.events.resize(2 * log.events.size, refcheck=False)
    queues = ("queue_long", "queue_short", "priority_long", "priority_short", "rank_score", "rank_member")
    small = [name for name in queues if getattr(log, name).size < log.events.size]
    world.log = log._replace(**{name: np.resize(getattr(log, name), log.events.size) for name in small})


def grow_rows(world: World, name: str) -> None:
    """Double the rows of what is done on the chain, or of its auctions; every keeper may sell before anything else."""
    lending = world.lending
    assert lending is not None
    rows = getattr(lending, name)
    grown = np.empty(2 * rows.size + lending.keepers.size + 1, rows.dtype)
    grown[: rows.size] = rows
    world.lending = lending._replace(**{name: grown})


def sort_crowd(world: World) -> None:
    """Sort the crowd anew after triggers have changed."""
    if world.moves is not None:
        world.log.entries_known[0] = 0
        world.positions = sort_moving(world.state, world.positions, world.moves)
        return
    state = world.state[0]
    if sort_again(world.positions):
        world.log.entries_known[0] = 0
    state["head_long"], state["head_short"] = 0, world.positions.longs
    set_next(state, world.positions)
    state["resort"] = 0


def unreachable(world: World) -> UnreachableError:
    """Say which recorded price a world could not reach, and how far it came."""
    state = world.state[0]
    return UnreachableError(
        world.tick, float(np.exp(world.tape.target[world.tick])), float(np.sqrt(state["bid"] * state["ask"]))
    )


def advance(world: World, ticks: int) -> int:
    """Advance a world by at most ``ticks`` ticks, not beyond its end.

    Parameters
    ----------
    world : World
        Changed in place.
    ticks : int
        How many ticks to do.

    Returns
    -------
    int
        Ticks done.

    Raises
    ------
    UnreachableError
        A replay's recorded price lies beyond the end of the book, or outside a price band.
    """
    first = world.tick
    until = min(first + ticks, world.ticks)
    while True:
        beside = world.tape, world.log, world.moves, world.desk, world.lending
        status = tick.advance(world.rules, world.state, world.positions, *beside, until)
        if status == RUNNING:
            return world.tick - first
        if status == EVENTS_FULL:
            grow_events(world)
        elif status in (ACTIONS_FULL, AUCTIONS_FULL):
            grow_rows(world, "actions" if status == ACTIONS_FULL else "auctions")
        elif status == UNSORTED:
            sort_crowd(world)
        elif status == UNREACHABLE:
            raise unreachable(world)
