"""What a position must have: the cost of opening it, and how its margin stands to its requirement."""

from __future__ import annotations

from cascade_sim.kernels.jit import kernel
from cascade_sim.kernels.values import notional, profit


@kernel
def order_costs(side, value, leverage, fee, inverse, out):
    """Write ``V/L + f V + f V_b`` to `out`: initial margin, opening fee, and closing fee at the bankruptcy price.

    ``V_b`` is the value at the bankruptcy price: ``V (1 - s/L)`` linear, ``V (1 + s/L)`` inverse.

    Parameters
    ----------
    side : array of int8, shape (n,)
    value, leverage, fee, out : array of float, shape (n,)
        Order value in quote (linear) or coin (inverse), leverage, fee rate as a fraction.
    inverse : bool
        Contract kind.

    Notes
    -----
    Source: Bybit, see `cascade_sim.mechanics.requirements.order_cost`.
    """
    sign = -1.0 if inverse else 1.0
    for i in range(side.size):
        closing_value = value[i] * (1.0 - sign * side[i] / leverage[i])
        out[i] = value[i] / leverage[i] + fee[i] * value[i] + fee[i] * closing_value


@kernel
def margin_levels(side, quantity, entry_price, mark_price, margin, rate, fee, inverse, out):
    """Write ``(margin + unrealised profit) / (N (m + f))`` to `out`.

    Parameters
    ----------
    side : array of int8, shape (n,)
    quantity, entry_price, mark_price, margin, rate, fee, out : array of float, shape (n,)
        Base units and quote (linear), or contracts of one quote unit and coin (inverse).
    inverse : bool
        Contract kind.

    Notes
    -----
    Source: OKX, see `cascade_sim.mechanics.requirements.margin_level`.
    """
    for i in range(side.size):
        gain = profit(side[i], quantity[i], entry_price[i], mark_price[i], inverse)
        out[i] = (margin[i] + gain) / (notional(quantity[i], mark_price[i], inverse) * (rate[i] + fee[i]))
