"""Bybit's inverse contracts, and how it rounds the prices it shows.

Examples
--------
A long of 10,000 USD at 8,000 with 0.5 BTC in the classic cross account:

>>> prices = classic_cross_inverse_prices("long", 10_000, 8_000, 0.5, rate=0.005, taker_fee=0.00075)
>>> round(prices.bankruptcy_price, 2), round(prices.liquidation_price, 2)
(5718.57, 5739.08)
>>> shown_price("long", prices.liquidation_price, tick=0.5)
5739.5
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import bybit as kernels
from cascade_sim.mechanics.inputs import filled, rows, shaped, signs
from cascade_sim.mechanics.ticks import round_to_tick

__all__ = ["CrossPrices", "classic_cross_inverse_prices", "shown_price", "unified_inverse_liquidation_price"]


class CrossPrices(NamedTuple):
    """Liquidation and bankruptcy prices, quote per coin."""

    liquidation_price: Any
    bankruptcy_price: Any


def classic_cross_inverse_prices(
    side: Any,
    contracts: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    balance: npt.ArrayLike,
    *,
    rate: npt.ArrayLike,
    taker_fee: npt.ArrayLike,
) -> CrossPrices:
    """Return the prices of an inverse position in the classic cross account, closing fee included.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    contracts : array_like of float
        Contracts of one USD, positive.
    entry_price : array_like of float
        USD per coin, positive.
    balance : array_like of float
        Coin that backs the position.
    rate, taker_fee : array_like of float
        Maintenance rate on the entry value, and fee rate, as fractions.

    Returns
    -------
    CrossPrices
        Of the broadcast shape; infinity for a short that no price reaches.

    Raises
    ------
    ValueError
        If a side is unknown, a size or price is not positive and finite, a balance is not finite, or a rate is
        outside [0, 1).

    Notes
    -----
    ``BP = n (1 + s f) / (n/P + s balance)``, and the liquidation price solves
    ``s n (1/P - 1/LP) = -(balance - m n/P - f n/BP)``. Source: Bybit's help centre, inverse contracts before the
    unified account.
    """
    shape, columns = rows(
        side=(side, "side"),
        contracts=(contracts, "positive"),
        entry_price=(entry_price, "positive"),
        balance=(balance, "finite"),
        rate=(rate, "rate"),
        taker_fee=(taker_fee, "rate"),
    )
    liquidation, bankruptcy = np.empty((2, columns[0].size))
    kernels.classic_cross_prices(*columns, liquidation, bankruptcy)
    return CrossPrices(shaped(liquidation, shape), shaped(bankruptcy, shape))


def unified_inverse_liquidation_price(
    side: Any,
    contracts: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    leverage: npt.ArrayLike,
    *,
    rate: npt.ArrayLike,
    taker_fee: npt.ArrayLike = 0.0,
    extra_margin: npt.ArrayLike = 0.0,
    maintenance_deduction: npt.ArrayLike = 0.0,
) -> Any:
    """Return the liquidation price of an isolated inverse position in the unified account of 2026.

    Parameters
    ----------
    side, contracts, entry_price, rate, taker_fee
        As in `classic_cross_inverse_prices`, but the rate is on the mark value.
    leverage : array_like of float
        Entry value over initial margin, positive.
    extra_margin : array_like of float
        Coin added to the initial margin.
    maintenance_deduction : array_like of float
        Maintenance amount of the bracket, in coin, zero or more.

    Returns
    -------
    float or numpy.ndarray
        ``n (1 + s m) / (n/P + s (n/(P L) + extra/(1 + s f) + deduction))``, of the broadcast shape; infinity for a
        short that no price liquidates.

    Raises
    ------
    ValueError
        As in `classic_cross_inverse_prices`, and if a leverage is not positive or a deduction is negative.

    Notes
    -----
    Source: Bybit's help centre, liquidation price of inverse contracts in the unified trading account (2026).

    Examples
    --------
    >>> round(unified_inverse_liquidation_price("long", 10_000, 8_000, 10, rate=0.005), 2)
    7309.09
    """
    shape, columns = rows(
        side=(side, "side"),
        contracts=(contracts, "positive"),
        entry_price=(entry_price, "positive"),
        leverage=(leverage, "positive"),
        rate=(rate, "rate"),
        taker_fee=(taker_fee, "rate"),
        extra_margin=(extra_margin, "finite"),
        maintenance_deduction=(maintenance_deduction, "amount"),
    )
    return filled(kernels.unified_prices, shape, columns)


def shown_price(side: Any, price: npt.ArrayLike, tick: npt.ArrayLike) -> Any:
    """Return a liquidation or bankruptcy price as Bybit shows it: a long's rounded up to the tick, a short's down.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    price, tick : array_like of float
        As in `ticks.round_to_tick`.

    Returns
    -------
    float or numpy.ndarray
        Prices on the grid, of the broadcast shape.

    Raises
    ------
    ValueError
        As in `ticks.round_to_tick`, and if a side is unknown.

    Notes
    -----
    Longs: https://help.bybit.com/hc/en-us/articles/900000031623-What-is-Auto-Deleveraging-ADL- shows 7,773.50 for
    7,773.48. For shorts no example is published; the mirror image is assumed.

    Examples
    --------
    >>> shown_price(["long", "short"], 7773.48, 0.5).tolist()
    [7773.5, 7773.0]
    """
    is_long = signs(side) > 0
    up, down = round_to_tick(price, tick, "up"), round_to_tick(price, tick, "down")
    shown = np.where(is_long, up, down)
    return shaped(shown, shown.shape)
