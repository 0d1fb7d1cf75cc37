"""Brackets of maintenance margin: their amounts, the bracket of a notional, and the bracket at liquidation."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels import margin
from cascade_sim.kernels.jit import inner, kernel


@inner
def amount_step(floor, rate, previous_rate, previous_amount):
    """Return ``floor (m - m_prev) + cum_prev``: the maintenance amount of a bracket from that of the one below."""
    return floor * (rate - previous_rate) + previous_amount


@kernel
def amount_steps(floor, rate, previous_rate, previous_amount, out):
    """Write every `amount_step` to `out`; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = amount_step(floor[i], rate[i], previous_rate[i], previous_amount[i])


@kernel
def maintenance_amounts(floors, rates, out):
    """Write the maintenance amount of every bracket to `out`: `amount_step` by `amount_step` from 0.

    Parameters
    ----------
    floors, rates, out : array of float, shape (brackets,)
        Floors in notional, maintenance rates; amounts in the unit of the floors.
    """
    out[0] = 0.0
    for bracket in range(1, floors.size):
        out[bracket] = amount_step(floors[bracket], rates[bracket], rates[bracket - 1], out[bracket - 1])


@kernel
def maintenance_margins(notional, rates, amounts, out):
    """Write every notional's `margin.maintenance_margin` to `out`; shapes (n,), rates and amounts (brackets,)."""
    for i in range(notional.size):
        out[i] = margin.maintenance_margin(notional[i], rates, amounts)


@inner
def tier_number(notional, floors):
    """Return the number, from 1, of the bracket that holds a notional; a floor belongs to the bracket above it."""
    number = 1
    while number < floors.size and notional >= floors[number]:
        number += 1
    return number


@kernel
def tier_numbers(notional, floors, out):
    """Write the `tier_number` of every notional to `out`; arrays of shape (n,), floors of shape (brackets,)."""
    for i in range(notional.size):
        out[i] = tier_number(notional[i], floors)


@inner
def coin_tiered_price(side, quantity, entry_price, collateral, rates, amounts):
    """Return the liquidation price of an inverse position whose brackets are in coin.

    ``n (1 + s m) / (n/P + s (C + cum))`` of the bracket that holds ``n / price``: for a long the highest, for a
    short the lowest of the brackets' prices, because the requirement is convex in the coin value.

    Parameters
    ----------
    side : int
        +1 long, -1 short.
    quantity, entry_price, collateral : float
        Contracts of one quote unit, quote per coin, coin.
    rates, amounts : array of float, shape (brackets,)
        Maintenance rates, and amounts in coin.

    Notes
    -----
    Source: Binance COIN-M, https://www.binance.com/en/support/faq/ceccfcfb4e3a45e3b48b0b1bb1a8ae46.
    """
    price = 0.0
    for bracket in range(rates.size):
        value = quantity / entry_price + side * (collateral + amounts[bracket])
        other = quantity * (1.0 + side * rates[bracket]) / value if value > 0.0 else np.inf
        if bracket == 0 or side * other > side * price:
            price = other
    return price


@kernel
def tiered_prices(side, quantity, entry_price, collateral, inverse, floors, rates, amounts, price, tier):
    """Write every position's liquidation price, and the bracket that holds its notional at that price.

    Parameters
    ----------
    side : array of int8, shape (n,)
    quantity, entry_price, collateral, price : array of float, shape (n,)
        As in `margin.liquidation_price`; `price` is written.
    inverse : bool
        Contract kind; brackets of inverse contracts are in coin, of linear ones in quote.
    floors, rates, amounts : array of float, shape (brackets,)
    tier : array of int64, shape (n,)
        Written; from 1.
    """
    for i in range(side.size):
        if inverse:
            price[i] = coin_tiered_price(side[i], quantity[i], entry_price[i], collateral[i], rates, amounts)
            tier[i] = tier_number(quantity[i] / price[i], floors)
        else:
            price[i] = margin.liquidation_price(
                side[i], quantity[i], entry_price[i], collateral[i], False, False, rates, amounts
            )
            tier[i] = tier_number(quantity[i] * price[i], floors)
