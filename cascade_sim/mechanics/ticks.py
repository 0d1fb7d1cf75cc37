"""Prices on an exchange's grid."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from cascade_sim.kernels import rounding as kernels
from cascade_sim.mechanics.inputs import filled, rows

__all__ = ["round_to_tick"]

_DIRECTIONS = {"down": kernels.DOWN, "nearest": kernels.NEAREST, "up": kernels.UP}


def round_to_tick(price: npt.ArrayLike, tick: npt.ArrayLike, direction: str = "nearest") -> Any:
    """Return prices as multiples of the tick.

    Parameters
    ----------
    price : array_like of float
        Zero or more; infinity stays infinity.
    tick : array_like of float
        Smallest price step, positive.
    direction : {"nearest", "up", "down"}
        Where to go from between two ticks; halves go up.

    Returns
    -------
    float or numpy.ndarray
        Prices, of the broadcast shape. A price within a few ulps of a tick counts as on it in every direction.

    Raises
    ------
    ValueError
        If a price is negative or NaN, a tick is not positive and finite, or the direction is unknown.

    Examples
    --------
    >>> round_to_tick([7773.48, 7773.5], 0.5, "up").tolist()
    [7773.5, 7773.5]
    >>> round_to_tick(0.1 + 0.2, 0.1, "up")
    0.3
    """
    if direction not in _DIRECTIONS:
        raise ValueError(f"direction must be one of {', '.join(map(repr, _DIRECTIONS))}, not {direction!r}")
    shape, columns = rows(price=(price, "limit"), tick=(tick, "positive"))
    return filled(kernels.round_to_tick, shape, columns, _DIRECTIONS[direction])
