"""Liquidation prices of positions that each have a maintenance rate of their own."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels import margin
from cascade_sim.kernels.jit import kernel


@kernel
def liquidation_prices(side, quantity, entry_price, collateral, rate, inverse, on_entry, out):
    """Write every position's liquidation price at its own flat rate to `out`.

    The price is that of `margin.liquidation_price` for one bracket, to the bit. A maintenance amount is the same
    as so much more collateral, and a closing fee on the mark notional the same as so much more rate; callers add
    them.

    Parameters
    ----------
    side : array of int8, shape (n,)
    quantity, entry_price, collateral, rate, out : array of float, shape (n,)
        Quantities and prices positive and finite, collateral finite.
    inverse, on_entry : bool
        As in `margin.liquidation_price`.

    """
    rates = np.empty(1)
    amounts = np.zeros(1)
    for i in range(side.size):
        rates[0] = rate[i]
        out[i] = margin.liquidation_price(
            side[i], quantity[i], entry_price[i], collateral[i], inverse, on_entry, rates, amounts
        )
