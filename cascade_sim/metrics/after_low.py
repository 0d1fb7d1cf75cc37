"""What stands in the recorded rows of the low and of an hour later: rebound and basis."""

from __future__ import annotations

from typing import Any

from cascade_sim.engine.world import World
from cascade_sim.kernels.state import ROW
from cascade_sim.metrics.definitions import AFTER_LOW

HOUR_S = 3600.0
# Of a coarser recording a row says too little about a moment in it.
LONGEST_ROW_S = 60.0
_MARK, _INDEX = ROW.index("mark"), ROW.index("index")


def after_low(world: World, tick_s: float, low_tick: int, low_mark: float) -> dict[str, float | None]:
    """Return the rebound within an hour of the low, and the basis at the low.

    Parameters
    ----------
    world : World
        Advanced, to its end or not.
    tick_s : float
        Length of a tick, seconds.
    low_tick : int
        Tick of the low, from 0; negative where there is none.
    low_mark : float
        Mark at the low, quote per base.

    Returns
    -------
    dict
        ``rebound_1h``: mark at the end of the recorded row in which the hour ends, over the low, less 1; None if the
        run has not come so far. ``basis_at_low``: mark over index, less 1, at the end of the low's row. Both are None
        without a low and where rows are longer than a minute.
    """
    found: dict[str, float | None] = dict.fromkeys(AFTER_LOW)
    row_ticks = int(world.rules["row_ticks"][0])
    if low_tick < 0 or row_ticks * tick_s > LONGEST_ROW_S:
        return found
    rows, done = world.log.rows, world.tick
    recorded = rows.shape[0] if done == world.ticks else done // row_ticks
    low, hour = low_tick // row_ticks, (low_tick + round(HOUR_S / tick_s)) // row_ticks
    if low < recorded:
        found["basis_at_low"] = float(rows[low, _MARK] / rows[low, _INDEX]) - 1.0
    if hour < recorded:
        found["rebound_1h"] = float(rows[hour, _MARK]) / low_mark - 1.0
    return found


def asks_for_rows(keys: Any) -> bool:
    """Tell whether any of some summary keys needs the recorded rows."""
    return any(key in AFTER_LOW for key in keys)
