"""dYdX: a subaccount's equity is split between its positions in proportion to their maintenance requirement.

Examples
--------
A long of 0.004 BTC and a short of 0.1 ETH on 110 USDC; buying back the ETH at the bankruptcy price costs 306 USDC:

>>> account = dict(quote_balance=110, size=[0.004, -0.1], oracle_price=[50_000, 3_000], maintenance_fraction=[0.1, 0.1])
>>> bankruptcy_quote(**account, market=1, delta=0.1)
-306.0
>>> account_risk(**account)
AccountRisk(net_collateral=10.0, maintenance_requirement=50.0)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import dydx as kernels
from cascade_sim.mechanics.dydx_accounts import AccountRisk, account_risk, closing, is_liquidatable
from cascade_sim.mechanics.inputs import checked, filled, rows

__all__ = [
    "AccountRisk",
    "account_risk",
    "bankruptcy_quote",
    "close_price_v3",
    "fillable_price",
    "insurance_fund_delta",
    "is_liquidatable",
    "liquidation_price",
]


def liquidation_price(
    equity: npt.ArrayLike,
    size: npt.ArrayLike,
    price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
    *,
    others_maintenance: npt.ArrayLike = 0.0,
) -> Any:
    """Return the oracle price at which a position's subaccount becomes liquidatable.

    Parameters
    ----------
    equity : array_like of float
        Net collateral of the subaccount at `price`, in USDC.
    size : array_like of float
        Signed base units, not 0.
    price : array_like of float
        Oracle price at which `equity` is taken, USDC per base unit, positive.
    maintenance_fraction : array_like of float
        The market's maintenance margin fraction, in (0, 1).
    others_maintenance : array_like of float
        Maintenance requirement of the other positions, in USDC, zero or more.

    Returns
    -------
    float or numpy.ndarray
        ``(e - MMR_others - S p) / (|S| MMF - S)``, of the broadcast shape. 0 for a long that no price liquidates and
        for a short that every price liquidates.

    Raises
    ------
    ValueError
        If a size is 0 or not finite, a price is not positive and finite, an equity is not finite, a fraction is
        outside (0, 1), or a requirement is negative.

    Notes
    -----
    Source: https://docs.dydx.exchange/concepts/trading/liquidations
    (dydxprotocol/v4-documentation@3e475b73, docs/pages/concepts/trading/liquidations.mdx).

    Examples
    --------
    >>> round(liquidation_price(1000, -3, 3000, 0.05), 2)
    3174.6
    >>> round(liquidation_price(1000, -1.5, 3000, 0.05, others_maintenance=175), 2)
    3380.95
    """
    shape, columns = rows(
        equity=(equity, "finite"),
        size=(size, "finite"),
        price=(price, "positive"),
        maintenance_fraction=(maintenance_fraction, "margin fraction"),
        others_maintenance=(others_maintenance, "amount"),
    )
    if not np.all(columns[1]):
        raise ValueError("size must not be 0")
    return filled(kernels.liquidation_prices, shape, columns)


def bankruptcy_quote(
    quote_balance: npt.ArrayLike,
    size: npt.ArrayLike,
    oracle_price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
    *,
    market: npt.ArrayLike,
    delta: npt.ArrayLike,
) -> Any:
    """Return the quote amount that closing a part of a position at its bankruptcy price brings.

    Parameters
    ----------
    quote_balance, size, oracle_price, maintenance_fraction
        As in `account_risk`.
    market : array_like of int, shape (...)
        Index of the position that is closed, on the last axis.
    delta : array_like of float, shape (...)
        Change of its size in base units: of the opposite sign, and not beyond 0.

    Returns
    -------
    float or numpy.ndarray
        ``-delta p - TNC |delta MMR| / TMMR`` in USDC, rounded towards plus infinity to 1e-6, of shape (...): what a
        sale brings, or minus what a purchase costs.

    Raises
    ------
    ValueError
        As in `account_risk`, and if `market` is no position or `delta` does not reduce it.

    Notes
    -----
    The division is the only step that is rounded; the protocol also keeps notionals and requirements in whole
    quantums, which differs where a size is finer than its quantum. Source: as in `account_risk`.

    Examples
    --------
    >>> bankruptcy_quote(13, [-1], [50_000], [0.1], market=0, delta=0.00021347)
    -0.002775
    """
    return closing(
        kernels.bankruptcy_quotes, (quote_balance, size, oracle_price, maintenance_fraction), market, (delta,)
    )


def fillable_price(
    quote_balance: npt.ArrayLike,
    size: npt.ArrayLike,
    oracle_price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
    *,
    market: npt.ArrayLike,
    bankruptcy_adjustment_ppm: npt.ArrayLike = 1_000_000,
    spread_to_maintenance_margin_ratio_ppm: npt.ArrayLike = 100_000,
) -> Any:
    """Return the worst price that a liquidation order accepts.

    Parameters
    ----------
    quote_balance, size, oracle_price, maintenance_fraction
        As in `account_risk`.
    market : array_like of int, shape (...)
        Index of the position that is liquidated, on the last axis.
    bankruptcy_adjustment_ppm : array_like of float, shape (...)
        How fast the price leaves the oracle as the account nears bankruptcy, in parts per million.
    spread_to_maintenance_margin_ratio_ppm : array_like of float, shape (...)
        Largest distance from the oracle, in parts per million of the position's requirement.

    Returns
    -------
    float or numpy.ndarray
        ``oracle (1 - s SMMR MMF ABR)`` with ``ABR = clamp(BA (1 - TNC/TMMR), 0, 1)``: below the oracle for longs,
        above it for shorts. USDC per base unit, of shape (...).

    Raises
    ------
    ValueError
        As in `account_risk`, if `market` is no position, a ratio is negative or not finite, or the price would be
        negative.

    Notes
    -----
    Source: as in `account_risk`. dYdX's help centre gives one formula for both sides, whose sign is wrong for shorts.

    Examples
    --------
    >>> fillable_price(-5000, [0.1], [50_000], [0.1], market=0), fillable_price(5000, [-0.1], [50_000], [0.1], market=0)
    (49500.0, 50500.0)
    """
    ppm = (
        checked("bankruptcy_adjustment_ppm", bankruptcy_adjustment_ppm, "amount"),
        checked("spread_to_maintenance_margin_ratio_ppm", spread_to_maintenance_margin_ratio_ppm, "amount"),
    )
    price = closing(kernels.fillable_prices, (quote_balance, size, oracle_price, maintenance_fraction), market, ppm)
    if not np.all(np.asarray(price) >= 0):
        raise ValueError("spread_to_maintenance_margin_ratio_ppm is too large: the fillable price would be negative")
    return price


def insurance_fund_delta(
    quote_balance: npt.ArrayLike,
    size: npt.ArrayLike,
    oracle_price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
    *,
    market: npt.ArrayLike,
    delta: npt.ArrayLike,
    fill_price: npt.ArrayLike,
    max_liquidation_fee_ppm: npt.ArrayLike,
) -> Any:
    """Return what the insurance fund gains by a liquidation fill, negative where it pays.

    Parameters
    ----------
    quote_balance, size, oracle_price, maintenance_fraction, market, delta
        As in `bankruptcy_quote`.
    fill_price : array_like of float, shape (...)
        USDC per base unit, zero or more.
    max_liquidation_fee_ppm : array_like of float, shape (...)
        Largest fee in parts per million of the fill's amount: 5,000 in the protocol's tests, 15,000 on the live chain
        as its documentation says.

    Returns
    -------
    float or numpy.ndarray
        Proceeds less the bankruptcy amount; where positive, at most the fee. USDC, of shape (...), in steps of 1e-6.

    Raises
    ------
    ValueError
        As in `bankruptcy_quote`, and if a price or fee is out of range.

    Notes
    -----
    Source: as in `account_risk`.

    Examples
    --------
    >>> account = dict(quote_balance=-5100, size=[0.1], oracle_price=[50_000], maintenance_fraction=[0.1])
    >>> fill = dict(market=0, delta=-0.1, max_liquidation_fee_ppm=5000)
    >>> [insurance_fund_delta(**account, **fill, fill_price=price) for price in (56_100, 51_051, 50_490)]
    [28.05, 5.1, -51.0]
    """
    price = checked("fill_price", fill_price, "amount")
    fee = checked("max_liquidation_fee_ppm", max_liquidation_fee_ppm, "amount")
    account = (quote_balance, size, oracle_price, maintenance_fraction)
    return closing(kernels.insurance_fund_deltas, account, market, (delta, price, fee))


def close_price_v3(
    side: Any,
    price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
    account_value: npt.ArrayLike,
    maintenance_requirement: npt.ArrayLike,
) -> Any:
    """Return dYdX v3's close price, at which closing the position uses up its share of the account's value.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    price : array_like of float
        Oracle price, positive.
    maintenance_fraction : array_like of float
        The market's maintenance margin fraction, in (0, 1).
    account_value : array_like of float
        Value of the account.
    maintenance_requirement : array_like of float
        Total maintenance requirement of the account, positive, in the unit of `account_value`.

    Returns
    -------
    float or numpy.ndarray
        ``P (1 - s M V / W)``, of the broadcast shape.

    Raises
    ------
    ValueError
        If an input is out of range.

    Notes
    -----
    Source: dYdX v3's documentation as quoted in its issue tracker.

    Examples
    --------
    >>> close_price_v3(["long", "short"], 1000, 0.03, 10, 30).tolist()
    [990.0, 1010.0]
    """
    shape, columns = rows(
        side=(side, "side"),
        price=(price, "positive"),
        maintenance_fraction=(maintenance_fraction, "margin fraction"),
        account_value=(account_value, "finite"),
        maintenance_requirement=(maintenance_requirement, "positive"),
    )
    return filled(kernels.close_prices_v3, shape, columns)
