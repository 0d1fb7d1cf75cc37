"""Margin of isolated positions: where they are liquidated, where they are bankrupt, and what puts them there.

With ``u(p) = p`` for a linear contract and ``-1/p`` for an inverse one, a position's equity at mark ``p`` is
``C + s q (u(p) - u(e))``. It is liquidated where that meets the maintenance requirement, which is the
largest of its brackets' lines ``m_n N - cum_n`` (rates rise with the notional, so the requirement is
convex). Hence a long's price is the highest, and a short's the lowest, of the prices of its brackets taken
one at a time: no search, and no iteration that could settle in the wrong bracket.

Prices of firing: longs fire at ``mark <= price``, shorts at ``mark >= price``. A position that never fires
has 0 as a long and infinity as a short; one that fires at any mark has infinity as a long and 0 as a short.

A flat rate is one bracket: ``rates = [m]``, ``amounts = [0]``.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inner, kernel


@inner
def maintenance_margin(notional, rates, amounts, scale=1.0):
    """Return the maintenance requirement ``max_n (m_n N - cum_n)``, in the unit of `notional`.

    Parameters
    ----------
    notional : float
        Notional the rates apply to.
    rates : array of float, shape (brackets,)
        Maintenance rates, increasing.
    amounts : array of float, shape (brackets,)
        Maintenance amounts, in the unit of `notional`; the first is 0.
    scale : float
        What to multiply the requirement by.

    Notes
    -----
    Source: Binance USDT-M futures, https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93.
    The largest line is the bracket's own because the amounts make the requirement continuous. Cost: one
    multiply-add a bracket.
    """
    required = rates[0] * notional - amounts[0]
    for bracket in range(1, rates.size):
        line = rates[bracket] * notional - amounts[bracket]
        required = max(required, line)
    return scale * required


@inner
def liquidation_price(side, quantity, entry_price, collateral, inverse, on_entry, rates, amounts, scale=1.0):
    """Return the mark at which one isolated position's equity equals ``scale`` times its maintenance requirement.

    Parameters
    ----------
    side : int
        +1 long, -1 short.
    quantity : float
        Base units (linear) or contracts of one quote unit (inverse), positive.
    entry_price : float
        Quote per base unit, positive.
    collateral : float
        Quote (linear) or base (inverse).
    inverse, on_entry : bool
        Contract kind; whether maintenance is taken on the entry instead of the mark notional.
    rates, amounts : array of float, shape (brackets,)
        Maintenance rates and amounts in quote notional.
    scale : float
        1 for the liquidation, more for a margin call.

    Returns
    -------
    float
        The price; 0 or infinity where the position never (or always) fires, see the module.

    Notes
    -----
    Linear: ``(q e - s (C + cum)) / (q (1 - s m))`` on the mark, ``e - s (C - MM) / q`` on the entry notional.
    Inverse: ``(q + s MM) / (s C + q / e)`` on the mark, ``1 / (1/e + s (C - MM/e) / q)`` on the entry
    notional, with ``MM`` the requirement of the contract's constant quote notional. Sources: Binance (see
    `maintenance_margin`); Kraken inverse,
    https://support.kraken.com/hc/en-us/articles/360022835671-Equity-Protection-Process; entry basis as in
    Poloniex, https://support.poloniex.com/hc/en-us/articles/360052559893-What-Is-Forced-Liquidation.
    """
    if inverse:
        required = maintenance_margin(quantity, rates, amounts, scale)
        if on_entry:
            reciprocal = 1.0 / entry_price + side * (collateral - required / entry_price) / quantity
            return 1.0 / reciprocal if reciprocal > 0.0 else np.inf
        value = side * collateral + quantity / entry_price
        return (quantity + side * required) / value if value > 0.0 else np.inf
    value = quantity * entry_price
    if on_entry:
        price = entry_price - side * (collateral - maintenance_margin(value, rates, amounts, scale)) / quantity
        return price if price > 0.0 else 0.0
    price = (value - side * (collateral + scale * amounts[0])) / (quantity * (1.0 - side * (scale * rates[0])))
    for bracket in range(1, rates.size):
        cash = collateral + scale * amounts[bracket]
        other = (value - side * cash) / (quantity * (1.0 - side * (scale * rates[bracket])))
        if side * other > side * price:
            price = other
    return price if price > 0.0 else 0.0


@inner
def bankruptcy_value(side, quantity, entry_price, collateral, inverse):
    """Return ``u`` of the price at which one position's equity is zero: ``u(e) - s C / q``.

    Linear: the price itself. Inverse: minus its reciprocal, and zero or more where no price is low or high
    enough. The position's cash is ``-side * quantity`` times it. Units as in `liquidation_price`.
    """
    entry_value = -1.0 / entry_price if inverse else entry_price
    return entry_value - side * collateral / quantity


@inner
def _usable(quantity, price, amount):
    return 0.0 < quantity < np.inf and 0.0 < price < np.inf and -np.inf < amount < np.inf


@kernel
def liquidation_prices(side, quantity, entry_price, collateral, inverse, on_entry, rates, amounts, out):
    """Write every position's liquidation price to `out`.

    Parameters
    ----------
    side : array of int8, shape (n,)
    quantity, entry_price, collateral, out : array of float, shape (n,)
    inverse, on_entry, rates, amounts
        As in `liquidation_price`.

    Returns
    -------
    int
        -1, or the first position whose quantity, entry price or collateral is unusable; such positions get
        NaN.

    Notes
    -----
    Cost: 13 to 19 ns a position, linear contracts on the mark 1.5 ns more for each further bracket.
    """
    status = -1
    for i in range(side.size):
        if _usable(quantity[i], entry_price[i], collateral[i]):
            out[i] = liquidation_price(
                side[i], quantity[i], entry_price[i], collateral[i], inverse, on_entry, rates, amounts
            )
        else:
            out[i] = np.nan
            status = i if status < 0 else status
    return status


@kernel
def bankruptcy_values(side, quantity, entry_price, collateral, inverse, out):
    """Write every position's `bankruptcy_value` to `out`; shapes and status as in `liquidation_prices`."""
    status = -1
    for i in range(side.size):
        if _usable(quantity[i], entry_price[i], collateral[i]):
            out[i] = bankruptcy_value(side[i], quantity[i], entry_price[i], collateral[i], inverse)
        else:
            out[i] = np.nan
            status = i if status < 0 else status
    return status


@kernel
def place_at_triggers(side, quantity, entry_price, trigger, inverse, on_entry, rates, amounts, collateral, bankruptcy):
    """Write the collateral that puts each liquidation price at its trigger, and the bankruptcy value.

    The inverse of `liquidation_prices`: ``C = MM(P) - s q (u(P) - u(e))``. The bankruptcy value is taken
    from the trigger, ``u(P) - s MM(P) / q``, not from the collateral, so that without maintenance it equals
    the trigger's value to the bit.

    Parameters
    ----------
    side : array of int8, shape (n,)
    quantity, entry_price, trigger : array of float, shape (n,)
        The trigger is a positive, finite price.
    inverse, on_entry, rates, amounts
        As in `liquidation_price`.
    collateral, bankruptcy : array of float, shape (n,)
        Written.

    Returns
    -------
    int
        -1, or the first position with unusable numbers; such positions get NaN.
    """
    status = -1
    for i in range(side.size):
        size, entry, price = quantity[i], entry_price[i], trigger[i]
        if not (_usable(size, entry, 0.0) and _usable(size, price, 0.0)):
            collateral[i] = np.nan
            bankruptcy[i] = np.nan
            status = i if status < 0 else status
            continue
        basis = entry if on_entry else price
        if inverse:
            required = maintenance_margin(size, rates, amounts) / basis
            collateral[i] = required - side[i] * size * (1.0 / entry - 1.0 / price)
            bankruptcy[i] = -1.0 / price - side[i] * required / size
        else:
            required = maintenance_margin(size * basis, rates, amounts)
            collateral[i] = required - side[i] * size * (price - entry)
            bankruptcy[i] = price - side[i] * required / size
    return status
