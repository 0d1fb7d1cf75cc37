"""The textbook setting of cascade theory, and its answer for finitely many positions.

One order into a book that nothing refills, mark `last`, market orders at any price, start price 1: a crowd's map is
then all that matters. Distances are log-distances from the start price, quantities base units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from worlds import WorldArrays, crowd_at, event_rows, rules_row, tape

from cascade_sim.engine.world import World
from cascade_sim.kernels import state as k

VENUES = [(contract, side) for contract in (k.LINEAR, k.INVERSE) for side in (1, -1)]
VENUE_NAMES = ["linear-longs", "linear-shorts", "inverse-longs", "inverse-shorts"]


def setting(
    distance, quantity, orders, *, density: float = 1.0, ticks: int = 1, side: int = 1, contract: int = k.LINEAR,
    levels=(), **rules: Any,
) -> WorldArrays:  # fmt: skip
    """Return a crowd of one side with triggers at the given distances, and orders (tick, quantity) against it.

    ``density`` is the scale of the book: D of ``Q = D x``, or of ``Q = D x^g`` where the rules ask for a power book.
    """
    book = {"scale_bid": density, "scale_ask": density, "adl": 0, "socialise": 0, "contract": contract}
    crowd = crowd_at(distance, quantity, side=side, contract=contract)
    # Sized by the index, which stays at 1, so that an order's notional is its quantity.
    events = tape(np.ones(ticks), orders=[(tick, -side * size) for tick, size in orders], levels=levels)
    return WorldArrays(rules_row(**(book | rules)), events, 1.0, **crowd)


def cascade(distance, quantity, order, **settings: Any) -> tuple[float, float]:
    """Return the final drop (log-distance that the bids were eaten) and the quantity sold by force."""
    arrays = setting(distance, quantity, [(0, order)], **settings)
    return outcome(arrays.run())


def outcome(world: World) -> tuple[float, float]:
    state = world.state[0]
    eaten = max(float(state["distance_bid"]), float(state["distance_ask"]))
    return eaten, float(event_rows(world)["filled"].sum())


def least_fixed_point(distance, quantity, order: float, *, density: float = 1.0, exponent: float = 1.0):
    """Return drop and forced quantity of the smallest ``y`` with ``Q(y) = order + L(y)``, one position at a time."""
    places = sorted(
        zip(np.asarray(distance).tolist(), np.broadcast_to(quantity, np.shape(distance)).tolist(), strict=True)
    )
    sold = 0.0
    for trigger, size in places:
        if trigger > ((order + sold) / density) ** (1.0 / exponent):
            break
        sold += size
    return ((order + sold) / density) ** (1.0 / exponent), sold


def cells(edges, mass, place: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Return one position a cell: its mass exactly, its trigger at the share ``place`` of the way through.

    ``mass`` is the cumulative mass at the edges. Early in its cell (``place`` near 0), a trigger lets the discrete
    cascade stop at the first edge where the continuous one has stopped.
    """
    edges = np.asarray(edges)
    return edges[:-1] + place * np.diff(edges), np.diff(mass)
