"""Maintenance margin in brackets of notional, taxed like income: each rate applies to the part within its bracket.

Examples
--------
>>> tiers = [(0, 0.004), (50_000, 0.005), (600_000, 0.0065), (3_000_000, 0.01)]
>>> [round(amount) for amount in maintenance_amounts(tiers).tolist()]
[0, 50, 950, 11450]
>>> round(maintenance_margin(60_000, tiers=tiers), 6)
250.0
>>> find_tier(60_000, tiers)
TierRate(tier=2, rate=0.005)
>>> at_liquidation = liquidation_price_and_tier("short", 10, 59_000, 59_000, tiers)
>>> round(at_liquidation.price, 2), at_liquidation.tier
(64575.26, 3)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import tiers as kernels
from cascade_sim.mechanics.inputs import Floats, checked, filled, is_inverse, rows, shaped

__all__ = [
    "TierRate",
    "TieredPrice",
    "find_tier",
    "liquidation_price_and_tier",
    "maintenance_amount_step",
    "maintenance_amounts",
    "maintenance_margin",
]

Tiers = Sequence[Sequence[float]]


class TierRate(NamedTuple):
    """A bracket's number, from 1, and its maintenance rate."""

    tier: Any
    rate: Any


class TieredPrice(NamedTuple):
    """A liquidation price, and the number, from 1, of the bracket that holds the notional at that price."""

    price: Any
    tier: Any


def maintenance_amounts(tiers: Tiers) -> Floats:
    """Return the maintenance amount of every bracket, which makes the requirement continuous in the notional.

    ``cum_1 = 0; cum_n = floor_n (m_n - m_(n-1)) + cum_(n-1)``; the requirement is then ``N m_n - cum_n``.

    Parameters
    ----------
    tiers : sequence of (floor, rate) or (floor, cap, rate)
        Bracket floors in notional, from 0 upwards, and maintenance rates as fractions, increasing and below
        1. A cap must be the next bracket's floor.

    Returns
    -------
    numpy.ndarray, shape (len(tiers),)
        Amounts in the unit of the floors.

    Raises
    ------
    ValueError
        If the floors do not start at 0 or do not increase, the rates do not increase within [0, 1), or brackets
        overlap or leave a gap.

    Notes
    -----
    The recursion reproduces the amounts ("cum") that Binance publishes [1]_, and is Hyperliquid's "maintenance
    deduction" [2]_ and Bybit's "MM deduction".

    References
    ----------
    .. [1] Binance, leverage and margin of USDT-M futures,
       https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93; the brackets as of 2024 in
       freqtrade/freqtrade@c9ae5e1e, freqtrade/exchange/binance_leverage_tiers.json
    .. [2] Hyperliquid, https://hyperliquid.gitbook.io/hyperliquid-docs/trading/margin-tiers
    """
    floors, rates, _ = tier_table(tiers)
    amounts = np.empty(floors.size)
    kernels.maintenance_amounts(floors, rates, amounts)
    return amounts


def maintenance_amount_step(
    floor: npt.ArrayLike, rate: npt.ArrayLike, previous_rate: npt.ArrayLike, previous_amount: npt.ArrayLike
) -> Any:
    """Return one step of the recursion of `maintenance_amounts`, from the bracket below.

    Parameters
    ----------
    floor : array_like of float
        Floor of the bracket, in notional; zero or more.
    rate, previous_rate : array_like of float
        Maintenance rates of the bracket and of the one below it, as fractions.
    previous_amount : array_like of float
        Maintenance amount of the bracket below, in the unit of the floor.

    Returns
    -------
    float or numpy.ndarray
        ``floor (rate - previous_rate) + previous_amount``, of the broadcast shape.

    Raises
    ------
    ValueError
        If a floor or amount is negative or not finite, a rate is outside [0, 1) or below the previous one.

    Notes
    -----
    Source: Binance COIN-M, https://www.binance.com/es/support/faq/ceccfcfb4e3a45e3b48b0b1bb1a8ae46.

    Examples
    --------
    >>> round(maintenance_amount_step(50, 0.05, 0.025, 0.56), 9)
    1.81
    """
    shape, columns = rows(
        floor=(floor, "amount"),
        rate=(rate, "rate"),
        previous_rate=(previous_rate, "rate"),
        previous_amount=(previous_amount, "amount"),
    )
    if np.any(columns[1] < columns[2]):
        raise ValueError("rate must not be below previous_rate")
    return filled(kernels.amount_steps, shape, columns)


def maintenance_margin(
    notional: npt.ArrayLike,
    *,
    rate: npt.ArrayLike = 0.0,
    maintenance_amount: npt.ArrayLike = 0.0,
    tiers: Tiers | None = None,
) -> Any:
    """Return the maintenance requirement of a notional.

    Parameters
    ----------
    notional : array_like of float
        Notional, zero or more: quote currency, or coin.
    rate : array_like of float
        Maintenance rate as a fraction, in [0, 1); excludes `tiers`.
    maintenance_amount : array_like of float
        Amount that goes with the rate, in the unit of the notional; excludes `tiers`.
    tiers : sequence of (floor, rate) or (floor, cap, rate), optional
        See `maintenance_amounts`.

    Returns
    -------
    float or numpy.ndarray
        ``N m - cum`` in the unit of `notional`, of the broadcast shape.

    Raises
    ------
    ValueError
        If a notional is negative or not finite, or the rate or tiers are out of order.

    Notes
    -----
    Source: Binance, as in `maintenance_amounts`.
    """
    if tiers is None:
        shape, (value, share, amount) = rows(
            notional=(notional, "amount"), rate=(rate, "rate"), maintenance_amount=(maintenance_amount, "finite")
        )
        return shaped(value * share - amount, shape)
    shape, columns = rows(notional=(notional, "amount"))
    return filled(kernels.maintenance_margins, shape, columns, *brackets(rate, tiers, maintenance_amount))


def find_tier(notional: npt.ArrayLike, tiers: Tiers) -> TierRate:
    """Return the bracket that holds a notional.

    Parameters
    ----------
    notional : array_like of float
        Notional, zero or more.
    tiers : sequence of (floor, rate) or (floor, cap, rate)
        See `maintenance_amounts`. A notional that equals a floor belongs to the bracket above it. A last
        bracket without a cap is open above.

    Returns
    -------
    TierRate
        Tier number from 1 (int) and maintenance rate (float), of the shape of `notional`.

    Raises
    ------
    ValueError
        If a notional is negative, not finite or beyond the last cap, or the tiers are out of order.

    Notes
    -----
    Source of the form: Bitforex, https://support.bitforex.com/hc/en-us/articles/19258014323993. Whether a notional
    at the border belongs below or above is not published; the requirement is the same where amounts are used.
    """
    shape, (values,) = rows(notional=(notional, "amount"))
    floors, rates, ceiling = tier_table(tiers)
    if np.any(values > ceiling):
        raise ValueError(f"notional must not exceed the last bracket's cap of {ceiling:g}")
    numbers = np.empty(values.size, dtype=np.int64)
    kernels.tier_numbers(values, floors, numbers)
    return TierRate(shaped(numbers, shape), shaped(rates[numbers - 1], shape))


def liquidation_price_and_tier(
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    collateral: npt.ArrayLike,
    tiers: Tiers,
    *,
    contract: str = "linear",
) -> TieredPrice:
    """Return the liquidation price under brackets, and the bracket that holds the notional *at* that price.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    quantity : array_like of float
        Base units (linear) or contracts of one quote unit (inverse), positive.
    entry_price : array_like of float
        Quote per base unit, positive.
    collateral : array_like of float
        Quote currency (linear) or coin (inverse). In cross margin: the wallet balance, plus the other positions'
        unrealised profit, less their maintenance.
    tiers : sequence of (floor, rate) or (floor, cap, rate)
        See `maintenance_amounts`; floors in quote (linear) or in coin (inverse, as Binance COIN-M).
    contract : {"linear", "inverse"}
        Kind of contract.

    Returns
    -------
    TieredPrice
        Price (float) and tier number from 1 (int), of the broadcast shape. A price of 0 (long) or infinity (short)
        means that no price liquidates; its tier is the one of that notional.

    Raises
    ------
    ValueError
        If a side or contract is unknown, a quantity or price is not positive and finite, a collateral is not
        finite, or the tiers are out of order.

    Notes
    -----
    No iteration: the requirement is the largest of the brackets' lines, so a long's price is the highest and a
    short's the lowest of the prices of the brackets one at a time. Source: Binance USDT-M and COIN-M, as in
    `maintenance_amounts` and https://www.binance.com/en/support/faq/ceccfcfb4e3a45e3b48b0b1bb1a8ae46.

    Examples
    --------
    10 million USD long of BTC at 45,000 with 101 BTC, in Binance COIN-M's brackets:

    >>> tiers = [(0, 0.004), (5, 0.005), (10, 0.01), (20, 0.025), (50, 0.05), (100, 0.1), (200, 0.125)]
    >>> found = liquidation_price_and_tier("long", 1e7, 45_000, 101, tiers, contract="inverse")
    >>> round(found.price, 2), found.tier
    (33599.42, 7)
    """
    inverse = is_inverse(contract)
    shape, columns = rows(
        side=(side, "side"),
        quantity=(quantity, "positive"),
        entry_price=(entry_price, "positive"),
        collateral=(collateral, "finite"),
    )
    floors, rates, _ = tier_table(tiers)
    price, tier = np.empty(columns[0].size), np.empty(columns[0].size, dtype=np.int64)
    kernels.tiered_prices(*columns, inverse, floors, rates, maintenance_amounts(tiers), price, tier)
    return TieredPrice(shaped(price, shape), shaped(tier, shape))


def brackets(
    rate: npt.ArrayLike, tiers: Tiers | None, maintenance_amount: npt.ArrayLike = 0.0
) -> tuple[Floats, Floats]:
    """Return the kernels' bracket table, rates and maintenance amounts, of a flat rate or of tiers.

    Raises
    ------
    ValueError
        If both are given, or either is out of order.
    """
    if tiers is None:
        return np.array([checked("rate", rate, "rate")]), np.array([maintenance_amount], dtype=np.float64)
    if np.any(np.asarray(rate)) or np.any(np.asarray(maintenance_amount)):
        raise ValueError("rate and tiers exclude each other; give one of them")
    return tier_table(tiers)[1], maintenance_amounts(tiers)


def tier_table(tiers: Tiers) -> tuple[Floats, Floats, float]:
    """Return the floors, the rates and the last cap (infinity where none is given) of brackets that are in order.

    Raises
    ------
    ValueError
        As in `maintenance_amounts`.
    """
    listed = [tuple(tier) for tier in tiers]
    if not listed or len({len(tier) for tier in listed}) != 1 or len(listed[0]) not in (2, 3):
        raise ValueError("tiers must be one or more pairs (floor, rate), or triples (floor, cap, rate)")
    table = np.array(listed, dtype=np.float64)
    floors, rates = table[:, 0].copy(), table[:, -1].copy()
    if floors[0] != 0 or not np.all(np.diff(floors) > 0) or not np.isfinite(floors[-1]):
        raise ValueError("tier floors must start at 0 and increase")
    if not (rates[0] >= 0 and np.all(np.diff(rates) > 0) and rates[-1] < 1):
        raise ValueError("tier rates must increase within [0, 1)")
    if table.shape[1] == 2:
        return floors, rates, np.inf
    caps = table[:, 1]
    if not np.array_equal(caps[:-1], floors[1:]) or not caps[-1] > floors[-1]:
        raise ValueError("each tier's cap must be the next tier's floor, without gap or overlap")
    return floors, rates, float(caps[-1])
