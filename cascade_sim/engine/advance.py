"""Advancing a world: calls the tick loop and does what it asks for, so that chunks of any size give the same bits."""

from __future__ import annotations

from cascade_sim.engine.order import sort_again
from cascade_sim.engine.world import World
from cascade_sim.kernels import tick
from cascade_sim.kernels.liquidation import set_next
from cascade_sim.kernels.state import EVENTS_FULL, RUNNING, UNSORTED


def grow_events(world: World) -> None:
    """Double the event rows; one round can ask for as many as there are positions."""
    rows = world.log.events
    rows.resize(2 * rows.size, refcheck=False)


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
    """
    first = world.tick
    until = min(first + ticks, world.ticks)
    while True:
        status = tick.advance(world.rules, world.state, world.positions, world.tape, world.log, until)
        if status == RUNNING:
            return world.tick - first
        if status == EVENTS_FULL:
            grow_events(world)
        elif status == UNSORTED:
            state = world.state[0]
            sort_again(world.positions)
            state["head_long"], state["head_short"] = 0, world.positions.longs
            set_next(state, world.positions)
            state["resort"] = 0
