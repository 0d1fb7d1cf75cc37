"""What a run came to, as plain numbers."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.kernels.outcome import OUTCOME, conclude

# One row of `kernels.outcome.OUTCOME`, field by field.
Outcome: Any = namedtuple("Outcome", OUTCOME.names or ())  # type: ignore[misc]  # one list of fields


def outcome_of(world: World, start_quantity: float = 0.0) -> Any:
    """Return what a world has come to, an `Outcome`.

    Parameters
    ----------
    world : World
        Advanced, to its end or not.
    start_quantity : float
        The crowd's open quantity before the first tick (base units or contracts).
    """
    row = np.zeros(1, OUTCOME)
    row["start_quantity"] = start_quantity
    conclude(world.rules, world.state, world.positions.entry, world.log, world.ticks, row)
    return Outcome._make(row.item())
