"""What a liquidation that was filled does to the insurance fund and to the trader."""

from __future__ import annotations

from cascade_sim.kernels.jit import kernel
from cascade_sim.kernels.values import notional, profit


@kernel
def fund_changes(side, quantity, fill_price, bankruptcy_price, fee_rate, inverse, change, returned):
    """Write what the fund gains or pays, and what goes back to the trader.

    What is left of the margin is the position's gain from its bankruptcy price to the fill, negative where the margin
    did not suffice.

    Parameters
    ----------
    side, quantity, fill_price, bankruptcy_price : array of float, shape (n,)
        Base units (linear) or contracts of one quote unit (inverse), zero or more.
    fee_rate : array of float, shape (n,)
        The most that the fund may take of the value closed, as a fraction; infinite where it takes all.
    inverse : bool
    change, returned : array of float, shape (n,)
        Written, in quote (linear) or coin (inverse). Their sum is the equity at the fill.

    Notes
    -----
    Source: BTCMEX, https://blog.btcmex.com/insurance-fund/ (takes all); dYdX v4 (takes at most a fee). Cost: 2 ns.
    """
    for i in range(side.size):
        equity = profit(side[i], quantity[i], bankruptcy_price[i], fill_price[i], inverse)
        fee = fee_rate[i] * notional(quantity[i], fill_price[i], inverse)
        change[i] = fee if fee < equity else equity
        returned[i] = equity - fee if fee < equity else 0.0


@kernel
def fund_signs(side, fill_price, bankruptcy_price, sign):
    """Write +1 where the fund earns, -1 where it pays, 0 for a fill at the bankruptcy price; both contracts alike."""
    for i in range(side.size):
        gap = side[i] * (fill_price[i] - bankruptcy_price[i])
        sign[i] = 1 if gap > 0.0 else (-1 if gap < 0.0 else 0)
