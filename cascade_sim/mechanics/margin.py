"""Liquidation and bankruptcy prices of isolated positions, over arrays.

Examples
--------
A 10x long of 10,000 USD at 60,000, with 1 % maintenance on the mark and on the entry notional:

>>> round(liquidation_price("long", 1 / 6, 60_000, 1_000, rate=0.01), 2)
54545.45
>>> round(liquidation_price("long", 1 / 6, 60_000, 1_000, rate=0.01, basis="entry"), 2)
54600.0
>>> round(bankruptcy_price("long", 1 / 6, 60_000, 1_000), 2)
54000.0
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import margin as kernels

__all__ = ["bankruptcy_price", "liquidation_price", "maintenance_amounts", "maintenance_margin"]

Floats = npt.NDArray[np.float64]
Tiers = Sequence[tuple[float, float]]

_SIDES = {"long": 1, "short": -1, "1": 1, "+1": 1, "-1": -1, "1.0": 1, "-1.0": -1}


def maintenance_amounts(tiers: Tiers) -> Floats:
    """Return the maintenance amount of every bracket, which makes the requirement continuous in the notional.

    ``cum_1 = 0; cum_n = floor_n (m_n - m_(n-1)) + cum_(n-1)``; the requirement is then ``N m_n - cum_n``.

    Parameters
    ----------
    tiers : sequence of (float, float)
        Bracket floors in notional, from 0 upwards, and maintenance rates as fractions, increasing and below
        1.

    Returns
    -------
    numpy.ndarray, shape (len(tiers),)
        Amounts in the unit of the floors.

    Raises
    ------
    ValueError
        If the floors do not start at 0 or do not increase, or the rates do not increase within [0, 1).

    Notes
    -----
    The recursion reproduces the amounts ("cum") that Binance publishes, and is Hyperliquid's "maintenance
    deduction".

    References
    ----------
    .. [1] Binance, leverage and margin of USDT-M futures,
       https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93
    .. [2] Hyperliquid, https://hyperliquid.gitbook.io/hyperliquid-docs/trading/margin-tiers
    """
    floors, rates = _checked_tiers(tiers)
    amounts = np.zeros(floors.size)
    for bracket in range(1, floors.size):
        step = floors[bracket] * (rates[bracket] - rates[bracket - 1])
        amounts[bracket] = step + amounts[bracket - 1]
    return amounts


def maintenance_margin(notional: npt.ArrayLike, *, rate: float = 0.0, tiers: Tiers | None = None) -> Floats | float:
    """Return the maintenance requirement of a notional.

    Parameters
    ----------
    notional : array_like of float
        Quote notional, zero or more.
    rate : float
        Flat maintenance rate as a fraction, in [0, 1); excludes `tiers`.
    tiers : sequence of (float, float), optional
        Bracket floors and rates, see `maintenance_amounts`.

    Returns
    -------
    float or numpy.ndarray
        Requirement in the unit of `notional`, of its shape.

    Raises
    ------
    ValueError
        If a notional is negative or not finite, or the rate or tiers are out of order.
    """
    rates, amounts = brackets(rate, tiers)
    values = np.asarray(notional, dtype=np.float64)
    if not np.all((values >= 0) & np.isfinite(values)):
        raise ValueError("notional must be finite and zero or more")
    return _plain(np.max(values[..., None] * rates - amounts, axis=-1))


def liquidation_price(
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    collateral: npt.ArrayLike,
    *,
    rate: npt.ArrayLike = 0.0,
    tiers: Tiers | None = None,
    basis: str = "mark",
    contract: str = "linear",
) -> Floats | float:
    """Return the mark price at which an isolated position's equity meets its maintenance requirement.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    quantity : array_like of float
        Base units (linear) or contracts of one quote unit (inverse), positive.
    entry_price : array_like of float
        Quote per base unit, positive.
    collateral : array_like of float
        Isolated margin: quote currency (linear) or base currency (inverse).
    rate : array_like of float
        Flat maintenance rate as a fraction, in [0, 1); excludes `tiers`.
    tiers : sequence of (float, float), optional
        Floors of quote notional and rates, see `maintenance_amounts`. On a linear contract and the mark
        basis the bracket is the one that holds the notional *at* the liquidation price.
    basis : {"mark", "entry"}
        Notional that the rate applies to.
    contract : {"linear", "inverse"}
        Kind of contract.

    Returns
    -------
    float or numpy.ndarray
        Price, of the broadcast shape of the inputs. Longs are liquidated at or below it, shorts at or above
        it; 0 for a long and infinity for a short that no price liquidates.

    Raises
    ------
    ValueError
        If a side, basis or contract is unknown, a quantity or entry price is not positive and finite, a
        collateral is not finite, or the rate or tiers are out of order.

    Notes
    -----
    Linear, mark [1]_: ``(q e - s (C + cum)) / (q (1 - s m))``; entry [2]_: ``e - s (C - m q e) / q``.
    Inverse, mark [3]_: ``q (s + m) / (C + s q / e)``; entry [4]_: ``1 / (1/e + s (C / q - m / e))``.

    References
    ----------
    .. [1] Binance, https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93
    .. [2] Poloniex, https://support.poloniex.com/hc/en-us/articles/360052559893-What-Is-Forced-Liquidation
    .. [3] Kraken, https://support.kraken.com/hc/en-us/articles/360022835671-Equity-Protection-Process
    .. [4] Bybit (inverse, before its unified account),
       https://help.bybit.com/hc/en-us/articles/900000031623-What-is-Auto-Deleveraging-ADL-
    """
    on_entry = _choice("basis", basis, ("mark", "entry"))
    inverse = _choice("contract", contract, ("linear", "inverse"))
    sides, sizes, entries, margins, rates = _broadcast(side, quantity, entry_price, collateral, rate)
    prices = np.empty(sides.shape)
    for value in np.unique(rates):
        rows = rates == value
        table = brackets(float(value), tiers)
        some = np.empty(int(rows.sum()))
        status = kernels.liquidation_prices(
            sides[rows], sizes[rows], entries[rows], margins[rows], inverse, on_entry, *table, some
        )
        _refuse_unusable(np.flatnonzero(rows)[status] if status >= 0 else status)
        prices[rows] = some
    return _plain(prices)


def bankruptcy_price(
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    collateral: npt.ArrayLike,
    *,
    contract: str = "linear",
) -> Floats | float:
    """Return the price at which an isolated position's equity is zero.

    Parameters
    ----------
    side, quantity, entry_price, collateral, contract
        As in `liquidation_price`.

    Returns
    -------
    float or numpy.ndarray
        ``e - s C / q`` (linear) or ``1 / (1/e + s C / q)`` (inverse), of the broadcast shape of the inputs;
        0 for a long and infinity for a short that no price ruins.

    Raises
    ------
    ValueError
        As in `liquidation_price`.
    """
    inverse = _choice("contract", contract, ("linear", "inverse"))
    sides, sizes, entries, margins, _ = _broadcast(side, quantity, entry_price, collateral, 0.0)
    flat = np.empty(sides.size)
    status = kernels.bankruptcy_values(sides.ravel(), sizes.ravel(), entries.ravel(), margins.ravel(), inverse, flat)
    _refuse_unusable(status)
    values = flat.reshape(sides.shape)
    if not inverse:
        return _plain(np.maximum(values, 0.0))
    return _plain(np.divide(-1.0, values, out=np.full(values.shape, np.inf), where=values < 0))


def brackets(rate: float, tiers: Tiers | None) -> tuple[Floats, Floats]:
    """Return the kernels' bracket table, rates and maintenance amounts, of a flat rate or of tiers.

    Raises
    ------
    ValueError
        If both are given, or either is out of order.
    """
    if tiers is None:
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be in [0, 1), not {rate}")
        return np.array([rate], dtype=np.float64), np.zeros(1)
    if rate:
        raise ValueError("rate and tiers exclude each other; give one of them")
    return _checked_tiers(tiers)[1], maintenance_amounts(tiers)


def _checked_tiers(tiers: Tiers) -> tuple[Floats, Floats]:
    table = np.array([tuple(tier) for tier in tiers], dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 2:
        raise ValueError("tiers must be one or more pairs (floor, rate)")
    floors, rates = table[:, 0].copy(), table[:, 1].copy()
    if floors[0] != 0 or not np.all(np.diff(floors) > 0) or not np.isfinite(floors[-1]):
        raise ValueError("tier floors must start at 0 and increase")
    if not (rates[0] >= 0 and np.all(np.diff(rates) > 0) and rates[-1] < 1):
        raise ValueError("tier rates must increase within [0, 1)")
    return floors, rates


def _choice(name: str, value: str, allowed: tuple[str, str]) -> bool:
    if value not in allowed:
        raise ValueError(f"{name} must be {allowed[0]!r} or {allowed[1]!r}, not {value!r}")
    return value == allowed[1]


def _sides(side: Any) -> npt.NDArray[np.int8]:
    given = np.asarray(side)
    if given.dtype.kind in "iuf":
        if not np.all(np.abs(given) == 1):
            raise ValueError("side must be 'long', 'short', 1 or -1")
        return given.astype(np.int8)
    try:
        signs = [_SIDES[str(word).strip().lower()] for word in given.ravel().tolist()]
    except KeyError as unknown:
        raise ValueError(f"side must be 'long', 'short', 1 or -1, not {unknown}") from None
    return np.array(signs, dtype=np.int8).reshape(given.shape)


def _broadcast(side: Any, *numbers: npt.ArrayLike) -> list[npt.NDArray[Any]]:
    floats = [np.asarray(value, dtype=np.float64) for value in numbers]
    return [np.array(array, order="C") for array in np.broadcast_arrays(_sides(side), *floats)]


def _refuse_unusable(status: int) -> None:
    if status >= 0:
        raise ValueError(f"position {status}: quantity and entry_price must be positive and finite, collateral finite")


def _plain(values: npt.NDArray[Any]) -> Floats | float:
    return float(values) if values.ndim == 0 else values
