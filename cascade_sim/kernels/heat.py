"""The liquidation map over time: the notional waiting at each price, kept in step with everything that happens to it.

The map counts in whole numbers, ``round(q p scale)`` a position with ``scale`` a power of two. Sums of whole numbers
have no rounding: what is counted in and out, in any order, is to the last bit what counting the open positions anew
would give.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inner, kernel, melded
from cascade_sim.kernels.state import INVERSE


@melded
def count_on_map(rules, heat, price, before, after):
    """Count a position whose quantity goes from ``before`` to ``after`` at a liquidation price.

    Adds ``round(after p scale) - round(before p scale)`` (inverse: without ``p``) to the bin of ``p``; prices outside
    the bins are not counted. Cost: 3 ns.
    """
    place = (price - rules.heat_low) * rules.heat_per_price
    if price > 0.0 and place >= 0.0 and place < rules.heat_bins:
        unit = rules.heat_scale if rules.contract == INVERSE else price * rules.heat_scale
        heat[np.int64(place)] += np.int64(after * unit + 0.5) - np.int64(before * unit + 0.5)


@kernel
def count_all(rules_row, heat, price, quantity):
    """Count a whole crowd, before the first tick.

    Parameters
    ----------
    rules_row : one-row array of `rules.RULES`.
    heat : array of int64, shape (bins,)
        Added to.
    price, quantity : array of float, shape (n,)
        Liquidation prices, quote; base units (linear) or contracts (inverse).

    Notes
    -----
    Cost: 3 ns a position.
    """
    rules = rules_row[0]
    for k in range(price.size):
        count_on_map(rules, heat, price[k], 0.0, quantity[k])


@inner
def write_frame(rules, state, heat, frames):
    """Write the map as it stands at the end of the tick, and start the next frame. Cost: under 1 ns a bin."""
    for b in range(heat.size):
        frames[state.frame, b] = heat[b]
    state.frame += 1
    state.frame_left = rules.frame_ticks
