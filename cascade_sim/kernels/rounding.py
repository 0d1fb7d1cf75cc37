"""Rounding to whole steps when the number to be rounded was computed in floating point.

A quotient that should be a whole number may come out a few ulps beside it, and would then be pushed a full step too
far. Numbers within `error` of a whole number count as whole; `error` must bound what floating point can have done.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inner, kernel

ULP = 2.0**-52
DOWN, NEAREST, UP = -1, 0, 1


@inner
def whole(value, error, direction):
    """Return `value` rounded down (-1), to nearest with halves up (0) or up (1); finite, of either sign."""
    nearest = np.floor(value + 0.5)
    if direction == NEAREST or abs(value - nearest) <= error:
        return nearest
    return np.ceil(value) if direction == UP else np.floor(value)


@kernel
def round_to_tick(price, tick, direction, out):
    """Write prices rounded to multiples of the tick to `out`; infinite prices stay.

    Parameters
    ----------
    price, tick, out : array of float, shape (n,)
        Quote per base unit.
    direction : int
        `DOWN`, `NEAREST` or `UP`.

    Notes
    -----
    Where ``1 / tick`` is whole, the steps are divided by it instead of multiplied by the tick, which gives the double
    nearest to the decimal price.
    """
    for i in range(price.size):
        if price[i] == np.inf:
            out[i] = price[i]
            continue
        steps = price[i] / tick[i]
        steps = whole(steps, 4.0 * ULP * steps, direction)
        per_unit = np.floor(1.0 / tick[i] + 0.5)
        if per_unit >= 1.0 and abs(per_unit * tick[i] - 1.0) <= 4.0 * ULP:
            out[i] = steps / per_unit
        else:
            out[i] = steps * tick[i]
