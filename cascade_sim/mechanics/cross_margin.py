"""Liquidation prices of accounts whose positions share one wallet: one-way and hedge mode.

Examples
--------
Binance's own example, two longs in one wallet:

>>> prices = cross_liquidation_price(
...     1_535_443.01,
...     ["long", "long"],
...     [3683.979, 109.488],
...     [1456.84, 32_481.98],
...     [1335.18, 31_967.27],
...     rate=[0.1, 0.025],
...     maintenance_amount=[135_365, 16_300],
... )
>>> prices.round(2).tolist()
[1153.26, 26316.89]
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import cross_margin as kernels
from cascade_sim.mechanics.inputs import Floats, checked, flat, lists, tables
from cascade_sim.mechanics.tiers import Tiers, brackets

__all__ = ["SafeBand", "cross_liquidation_price", "safe_band"]


class SafeBand(NamedTuple):
    """The prices of each position's symbol between which the account is not liquidated."""

    lower: Floats
    upper: Floats


def cross_liquidation_price(
    wallet_balance: npt.ArrayLike,
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    mark_price: npt.ArrayLike,
    *,
    symbol: Sequence[Hashable] | None = None,
    rate: npt.ArrayLike = 0.0,
    maintenance_amount: npt.ArrayLike = 0.0,
    tiers: Sequence[Tiers] | None = None,
) -> Floats:
    """Return every position's liquidation price in cross margin, the other symbols at their marks.

    Parameters
    ----------
    wallet_balance : array_like of float, shape (...)
        Cash of the accounts, in quote, without unrealised profit.
    side : {"long", "short", 1, -1} or array_like of them, shape (..., positions)
        Sides of the positions.
    quantity : array_like of float, shape (..., positions)
        Base units; 0 for no position.
    entry_price, mark_price : array_like of float, shape (..., positions)
        Quote per base unit, positive. A symbol's own marks do not enter its own price.
    symbol : sequence of hashable, length positions, optional
        Positions with the same symbol are legs of one hedge and share one price. Default: all differ.
    rate, maintenance_amount : array_like of float, shape (..., positions)
        Maintenance rates and the amounts that go with them; exclude `tiers`.
    tiers : sequence of brackets, length positions, optional
        One table per position, see `tiers.maintenance_amounts`. The symbol's own bracket is the one that holds at
        the liquidation price, the others' are those at their marks.

    Returns
    -------
    numpy.ndarray, shape (..., positions)
        The end of `safe_band` against the symbol's net position: the lower end for a net long, the upper for a net
        short. Where no price on that side liquidates, the other end, if there is one: both legs of a hedge add to
        the requirement, so a nearly balanced hedge is liquidated by a rise whichever leg is larger. In one-way mode
        0 for a long and infinity for a short that no price liquidates.

    Raises
    ------
    ValueError
        If shapes do not fit, a side is unknown, a quantity is negative, a price is not positive and finite, a
        wallet is not finite, or the rates or tiers are out of order.

    Notes
    -----
    One leg, one bracket: ``(W + cum - TMM + UPNL - s q e) / (q (m - s))`` with ``TMM`` and ``UPNL`` the requirement
    and the unrealised profit of all other positions; hedge mode sums the legs in the numerator and the denominator.
    Source: Binance USDT-M, https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93; the example is
    in freqtrade/freqtrade@c9ae5e1e, tests/exchange/test_binance.py.
    """
    return _solved(wallet_balance, side, quantity, entry_price, mark_price, symbol, rate, maintenance_amount, tiers)[2]


def safe_band(
    wallet_balance: npt.ArrayLike,
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    mark_price: npt.ArrayLike,
    *,
    symbol: Sequence[Hashable] | None = None,
    rate: npt.ArrayLike = 0.0,
    maintenance_amount: npt.ArrayLike = 0.0,
    tiers: Sequence[Tiers] | None = None,
) -> SafeBand:
    """Return the prices of each position's symbol between which its account is not liquidated.

    Parameters
    ----------
    wallet_balance, side, quantity, entry_price, mark_price, symbol, rate, maintenance_amount, tiers
        As in `cross_liquidation_price`.

    Returns
    -------
    SafeBand
        Arrays of shape (..., positions). The account is liquidated at or below `lower` (0: by no fall) and at or
        above `upper` (infinity: by no rise); where it is liquidated at any price, `lower` is infinity and `upper` 0.

    Raises
    ------
    ValueError
        As in `cross_liquidation_price`.

    Notes
    -----
    The requirement rises with the price, convexly under brackets, so a hedge may be liquidated in both directions.
    Source as in `cross_liquidation_price`.

    Examples
    --------
    A long of 3 and a short of 2 of one symbol:

    >>> legs = dict(symbol=["BTC", "BTC"], rate=0.05)
    >>> band = safe_band(40, ["long", "short"], [3, 2], [100, 100], [100, 100], **legs)
    >>> band.lower.round(4).tolist(), band.upper.tolist()
    ([80.0, 80.0], [inf, inf])

    With 2.9 against 3, 20 % of maintenance outweighs the net position, and only a rise is dangerous:

    >>> legs = dict(symbol=["BTC", "BTC"], rate=0.2)
    >>> band = safe_band(150, ["long", "short"], [3, 2.9], [100, 100], [100, 100], **legs)
    >>> band.lower.tolist(), band.upper.round(4).tolist()
    ([0.0, 0.0], [129.6296, 129.6296])
    """
    lower, upper, _ = _solved(
        wallet_balance, side, quantity, entry_price, mark_price, symbol, rate, maintenance_amount, tiers
    )
    return SafeBand(lower, upper)


def _solved(
    wallet_balance: npt.ArrayLike,
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    mark_price: npt.ArrayLike,
    symbol: Sequence[Hashable] | None,
    rate: npt.ArrayLike,
    maintenance_amount: npt.ArrayLike,
    tiers: Sequence[Tiers] | None,
) -> list[Floats]:
    cash = checked("wallet_balance", wallet_balance, "finite")
    _, *columns = lists(
        accounts=(np.zeros((*cash.shape, 1)), "finite"),
        side=(side, "side"),
        quantity=(quantity, "amount"),
        entry_price=(entry_price, "positive"),
        mark_price=(mark_price, "positive"),
        rate=(rate, "rate"),
        maintenance_amount=(maintenance_amount, "finite"),
    )
    shape = columns[0].shape
    (accounts,) = flat(shape[:-1], cash)
    sides, sizes, entries, marks, flat_rates, flat_amounts = tables(shape[:-1], *columns)
    if tiers is None:
        rates, amounts = flat_rates[..., None], flat_amounts[..., None]
    else:
        rates, amounts = _tables(tiers, shape[-1], rate, maintenance_amount)
    found = [np.empty(sides.shape) for _ in range(3)]
    kernels.safe_bands(accounts, _numbered(symbol, shape[-1]), sides, sizes, entries, marks, rates, amounts, *found)
    return [array.reshape(shape) for array in found]


def _numbered(symbol: Sequence[Hashable] | None, positions: int) -> npt.NDArray[np.int64]:
    if symbol is None:
        return np.arange(positions, dtype=np.int64)
    if len(symbol) != positions:
        raise ValueError(f"symbol must name each of the {positions} positions, not {len(symbol)}")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in symbol], dtype=np.int64)


def _tables(
    tiers: Sequence[Tiers], positions: int, rate: npt.ArrayLike, maintenance_amount: npt.ArrayLike
) -> tuple[Floats, Floats]:
    if len(tiers) != positions:
        raise ValueError(f"tiers must hold a table for each of the {positions} positions, not {len(tiers)}")
    tables = [brackets(rate, table, maintenance_amount) for table in tiers]
    longest = max(rates.size for rates, _ in tables)
    # A repeated last line never changes the largest of the lines, so tables of any length fit one array.
    padded = [[np.pad(line, (0, longest - line.size), mode="edge") for line in pair] for pair in tables]
    return np.array([[pair[0] for pair in padded]]), np.array([[pair[1] for pair in padded]])
