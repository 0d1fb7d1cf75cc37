"""Initial margin, the cost of an order, rates that grow with size, and the margin level.

Examples
--------
A Bybit order for 1 BTC at 10,000 with 50 times leverage and a fee of 0.075 %, which reserves 200 of margin, 7.50 to
open and 7.35 to close at the bankruptcy price of 9,800:

>>> round(initial_margin(1, 10_000, 50), 6)
200.0
>>> round(order_cost("long", 1, 10_000, 50, taker_fee=0.00075), 6)
214.85
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import requirements as kernels
from cascade_sim.mechanics.inputs import filled, is_inverse, rows, shaped

__all__ = ["growing_rate", "initial_margin", "margin_level", "order_cost", "position_value"]


def position_value(quantity: npt.ArrayLike, price: npt.ArrayLike, *, contract: str = "linear") -> Any:
    """Return the value of a position at a price.

    Parameters
    ----------
    quantity : array_like of float
        Base units (linear) or contracts of one quote unit (inverse), positive.
    price : array_like of float
        Quote per base unit, positive.
    contract : {"linear", "inverse"}
        Kind of contract.

    Returns
    -------
    float or numpy.ndarray
        ``q p`` in quote (linear) or ``n / p`` in coin (inverse), of the broadcast shape.

    Raises
    ------
    ValueError
        If the contract is unknown, or a quantity or price is not positive and finite.

    Notes
    -----
    Source of the inverse form: Kraken,
    https://support.kraken.com/hc/en-us/articles/360022835671-Equity-Protection-Process.

    Examples
    --------
    >>> position_value(1000, 8000, contract="inverse")
    0.125
    """
    inverse = is_inverse(contract)
    shape, (size, level) = rows(quantity=(quantity, "positive"), price=(price, "positive"))
    return shaped(size / level if inverse else size * level, shape)


def initial_margin(
    quantity: npt.ArrayLike, entry_price: npt.ArrayLike, leverage: npt.ArrayLike, *, contract: str = "linear"
) -> Any:
    """Return the initial margin of a position opened at a leverage.

    Parameters
    ----------
    quantity, entry_price, contract
        As in `position_value`.
    leverage : array_like of float
        Entry value over margin, positive. A venue that states an initial margin *rate* means leverage 1 / rate.

    Returns
    -------
    float or numpy.ndarray
        ``q e / L`` in quote (linear) or ``n / (e L)`` in coin (inverse), of the broadcast shape.

    Raises
    ------
    ValueError
        As in `position_value`, and if a leverage is not positive and finite.

    Notes
    -----
    Source: Bybit, https://www.bybitx.global/fil-PH/help-center/search-result?page=46&pageSize=10&query=trade.

    Examples
    --------
    >>> round(initial_margin(12_000, 8_000, 50, contract="inverse"), 12)
    0.03
    """
    inverse = is_inverse(contract)
    shape, (size, entry, times) = rows(
        quantity=(quantity, "positive"), entry_price=(entry_price, "positive"), leverage=(leverage, "positive")
    )
    return shaped((size / entry if inverse else size * entry) / times, shape)


def order_cost(
    side: Any,
    quantity: npt.ArrayLike,
    price: npt.ArrayLike,
    leverage: npt.ArrayLike,
    *,
    taker_fee: npt.ArrayLike = 0.0,
    contract: str = "linear",
) -> Any:
    """Return what an order reserves: initial margin, the opening fee, and the closing fee at the bankruptcy price.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the order.
    quantity, price, contract
        As in `position_value`, at the order's price.
    leverage : array_like of float
        At least 1, finite.
    taker_fee : array_like of float
        Fee rate as a fraction, in [0, 1).

    Returns
    -------
    float or numpy.ndarray
        Quote (linear) or coin (inverse), of the broadcast shape.

    Raises
    ------
    ValueError
        If a side or contract is unknown, a quantity or price is not positive and finite, a leverage is below 1 or
        a fee outside [0, 1).

    Notes
    -----
    ``V/L + f V + f V_b``, with the value at the bankruptcy price ``V_b = V (1 - s/L)`` (linear) or ``V (1 + s/L)``
    (inverse). Source: Bybit, order cost of USDT contracts,
    https://www.bybitx.global/fil-PH/help-center/search-result?page=46&pageSize=10&query=trade.
    """
    inverse = is_inverse(contract)
    shape, columns = rows(
        side=(side, "side"),
        value=(position_value(quantity, price, contract=contract), "positive"),
        leverage=(leverage, "leverage"),
        taker_fee=(taker_fee, "rate"),
    )
    return filled(kernels.order_costs, shape, columns, inverse)


def growing_rate(quantity: npt.ArrayLike, base_rate: npt.ArrayLike, rate_per_unit: npt.ArrayLike) -> Any:
    """Return a margin rate that grows linearly with the size of the position.

    Parameters
    ----------
    quantity : array_like of float
        Base units, zero or more.
    base_rate : array_like of float
        Rate of a position of no size, as a fraction.
    rate_per_unit : array_like of float
        What every base unit adds, as a fraction.

    Returns
    -------
    float or numpy.ndarray
        ``base_rate + quantity rate_per_unit``, of the broadcast shape. It does not depend on the price, so it may be
        given to `margin.liquidation_price` as it is.

    Raises
    ------
    ValueError
        If an input is negative or not finite.

    Notes
    -----
    Deribit: BTC initial 2 % and maintenance 1 %, 0.005 % more for every BTC; SOL 4 % and 2 %, 0.0005 % more for
    every SOL.

    Examples
    --------
    Initial margin and maintenance of 25 BTC at 100,000 USDC:

    >>> round(initial_margin(25, 100_000, 1 / growing_rate(25, 0.02, 0.00005)), 6)
    53125.0
    >>> round(2_500_000 * growing_rate(25, 0.01, 0.00005), 6)
    28125.0
    """
    shape, (size, base, slope) = rows(
        quantity=(quantity, "amount"), base_rate=(base_rate, "amount"), rate_per_unit=(rate_per_unit, "amount")
    )
    return shaped(base + size * slope, shape)


def margin_level(
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    mark_price: npt.ArrayLike,
    margin: npt.ArrayLike,
    *,
    rate: npt.ArrayLike,
    closing_fee: npt.ArrayLike = 0.0,
    contract: str = "linear",
) -> Any:
    """Return a position's margin with its unrealised profit, over its requirement; 1 or less is liquidated.

    Parameters
    ----------
    side, quantity, entry_price, contract
        As in `margin.liquidation_price`.
    mark_price : array_like of float
        Quote per base unit, positive.
    margin : array_like of float
        Posted margin, in quote (linear) or coin (inverse).
    rate, closing_fee : array_like of float
        Maintenance rate and taker fee, as fractions of the mark notional; their sum is positive.

    Returns
    -------
    float or numpy.ndarray
        ``(margin + unrealised profit) / (N (m + f))`` as a fraction, of the broadcast shape.

    Raises
    ------
    ValueError
        If a side or contract is unknown, a quantity or price is not positive and finite, a margin is not finite, a
        rate or fee is outside [0, 1), or both are zero.

    Notes
    -----
    Source: OKX, where a position is liquidated at a margin level of 100 % or below; as in
    `margin.liquidation_price`, whose price is where the level is 1.

    Examples
    --------
    >>> round(margin_level("long", 1, 10, 8.085709, 2, rate=0.01, closing_fee=0.0006), 4)
    1.0
    """
    inverse = is_inverse(contract)
    shape, columns = rows(
        side=(side, "side"),
        quantity=(quantity, "positive"),
        entry_price=(entry_price, "positive"),
        mark_price=(mark_price, "positive"),
        margin=(margin, "finite"),
        rate=(rate, "rate"),
        closing_fee=(closing_fee, "rate"),
    )
    if np.any(columns[5] + columns[6] == 0):
        raise ValueError("rate and closing_fee must not both be zero")
    return filled(kernels.margin_levels, shape, columns, inverse)
