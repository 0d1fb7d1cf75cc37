"""Auto-deleveraging: who is closed first, at what price, and how traders see their place in the queue.

Examples
--------
The exchange's own example: a short of 20 is left over at a bankruptcy price of 650, six longs stand against it.

>>> done = deleverage([3, 6, 1, 4, 5, 2], [10, 10, 20, 30, 20, 10], 20, 650)
>>> done.closed.tolist()
[0.0, 10.0, 0.0, 0.0, 10.0, 0.0]
>>> adl_quintile([3, 6, 1, 4, 5, 2], [10, 10, 20, 30, 20, 10]).tolist()
[80, 20, 100, 60, 40, 80]
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import ranking as kernels
from cascade_sim.mechanics.inputs import (
    Floats,
    Numbers,
    bankruptcy_rule,
    checked,
    filled,
    is_inverse,
    rows,
    shaped,
    signs,
)

__all__ = [
    "AdlScore",
    "Deleveraging",
    "adl_lights",
    "adl_order",
    "adl_quintile",
    "adl_score",
    "deleverage",
    "hyperliquid_adl_index",
]


class AdlScore(NamedTuple):
    """What `adl_score` returns; each field is a float or an array of the broadcast shape of the inputs."""

    profit: Numbers
    """Unrealised profit as a fraction of the entry value ("PNL percentage")."""
    effective_leverage: Numbers
    """Value at the mark over the margin that is left."""
    score: Numbers
    """The rank is by this, highest first."""


class Deleveraging(NamedTuple):
    """What `deleverage` returns; arrays have one element per position, in the order they were given."""

    order: npt.NDArray[np.int64]
    """Positions in the order in which they are closed."""
    closed: Floats
    """Quantity each position gives up."""
    left: Floats
    """Quantity each position keeps."""
    price: float
    """Bankruptcy price of the liquidated position, at which all of them are closed."""
    unmatched: float
    """Liquidated quantity that no position could be closed against."""


def adl_score(
    side: Any,
    entry_price: npt.ArrayLike,
    mark_price: npt.ArrayLike,
    bankruptcy_price: npt.ArrayLike,
    *,
    contract: str = "linear",
) -> AdlScore:
    """Return profit, effective leverage and deleveraging score of positions, as BitMEX and those alike rank them.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    entry_price, mark_price : array_like of float
        Quote per base unit, positive.
    bankruptcy_price : array_like of float
        The position's own; 0 (linear) and infinity (inverse) stand for positions that no price ruins.
    contract : {"linear", "inverse"}
        Kind of contract.

    Returns
    -------
    AdlScore
        Fractions and multiples, of the broadcast shape of the inputs. A position at or past its bankruptcy price has
        infinite leverage and a score of minus infinity: it cannot pay anybody, and `deleverage` passes it over.

    Raises
    ------
    ValueError
        If a side or contract is unknown, or a price is unusable.

    Notes
    -----
    With the position's signed values at mark, bankruptcy and entry (MV, BV, EV; linear ``s q p``, inverse
    ``-s q / p``): profit ``(MV - EV) / |EV|``, effective leverage ``|MV| / (MV - BV)``, score ``profit x leverage``
    for a profit and ``profit / leverage`` for a loss [1]_. The quantity cancels. Bybit, CoinEx, MEXC and Poloniex
    publish the same.

    References
    ----------
    .. [1] BitMEX, Auto-deleveraging, https://www.bitmex.com/app/autoDeleveraging

    Examples
    --------
    >>> profit, leverage, score = adl_score("short", 60_000, 54_000, 66_000)
    >>> round(profit, 4), round(leverage, 4), round(score, 4)
    (0.1, 4.5, 0.45)
    """
    inverse = is_inverse(contract)
    shape, columns = rows(
        side=(side, "side"),
        entry_price=(entry_price, "positive"),
        mark_price=(mark_price, "positive"),
        bankruptcy_price=(bankruptcy_price, bankruptcy_rule(inverse)),
    )
    profit, leverage, score = np.empty((3, columns[0].size))
    kernels.deleveraging_scores(*columns, inverse, profit, leverage, score)
    return AdlScore(shaped(profit, shape), shaped(leverage, shape), shaped(score, shape))


def hyperliquid_adl_index(
    mark_price: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    notional: npt.ArrayLike,
    account_value: npt.ArrayLike,
    *,
    side: Any = "long",
) -> Numbers:
    """Return the index by which Hyperliquid sorts positions for deleveraging, highest first.

    Parameters
    ----------
    mark_price, entry_price : array_like of float
        Quote per base unit, positive.
    notional : array_like of float
        Notional of the position, zero or more.
    account_value : array_like of float
        Account value, or isolated margin with its profit.
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.

    Returns
    -------
    float or numpy.ndarray
        ``(mark / entry) (notional / account_value)``, of the broadcast shape of the inputs. Minus infinity for an
        account that is worth nothing or less: it cannot pay anybody, and `deleverage` passes it over.

    Raises
    ------
    ValueError
        If a side is unknown or a number is unusable.

    Notes
    -----
    The published formula [1]_ names no side. Taken literally it would rank a losing short before a winning one, so
    shorts get ``entry / mark`` here; that is an assumption.

    References
    ----------
    .. [1] Hyperliquid, https://hyperliquid.gitbook.io/hyperliquid-docs/trading/auto-deleveraging, quoted at
       https://docs.hyperodd.com/trading/adl

    Examples
    --------
    >>> hyperliquid_adl_index(50_000, 40_000, 100_000, 20_000)
    6.25
    """
    shape, columns = rows(
        side=(side, "side"),
        entry_price=(entry_price, "positive"),
        mark_price=(mark_price, "positive"),
        notional=(notional, "amount"),
        account_value=(account_value, "finite"),
    )
    return filled(kernels.hyperliquid_indices, shape, columns)


def adl_order(score: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the positions of one side in the order in which they are deleveraged.

    Parameters
    ----------
    score : array_like of float, shape (n,)
        Scores or indices of the positions on one side.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Indices into `score`, highest score first; equal scores keep their places in the list.

    Raises
    ------
    ValueError
        If the scores are not one row, or one is NaN or plus infinity.

    Examples
    --------
    >>> adl_order([0.1, 0.45, -2.0, 0.45]).tolist()
    [1, 3, 0, 2]
    """
    values = _scores(score)
    order = np.empty(values.size, np.int64)
    kernels.queue(values, order)
    return order


def deleverage(
    score: npt.ArrayLike, quantity: npt.ArrayLike, liquidated_quantity: float, bankruptcy_price: float
) -> Deleveraging:
    """Close the opposite side against a liquidated position, in rank order, at its bankruptcy price.

    Parameters
    ----------
    score : array_like of float, shape (n,)
        Scores of the positions opposite to the liquidated one.
    quantity : array_like of float, shape (n,)
        Their quantities, zero or more, in the unit of `liquidated_quantity`.
    liquidated_quantity : float
        Quantity that neither the market nor the insurance fund took, zero or more.
    bankruptcy_price : float
        Of the liquidated position, positive.

    Returns
    -------
    Deleveraging
        The last position reached is closed in part. ``closed.sum() + unmatched`` is the liquidated quantity. A
        position whose score is minus infinity is past its own bankruptcy and is never closed.

    Raises
    ------
    ValueError
        If the rows differ in length, or a number is unusable.

    References
    ----------
    .. [1] BitMEX, https://testnet.bitmex.com/app/autoDeleveragingExamples

    Examples
    --------
    >>> done = deleverage([2.0, 3.0], [5.0, 1.0], 8.0, 650.0)
    >>> done.order.tolist(), done.left.tolist(), done.unmatched
    ([1, 0], [0.0, 0.0], 2.0)
    """
    values, sizes = _scores(score), _sizes(quantity)
    _same_length(values, sizes)
    wanted = float(checked("liquidated_quantity", liquidated_quantity, "amount"))
    price = float(checked("bankruptcy_price", bankruptcy_price, "positive"))
    order = adl_order(values)
    closed = np.empty(sizes.size)
    unmatched = kernels.close_in_order(order, values, sizes, wanted, closed)
    return Deleveraging(order, closed, sizes - closed, price, float(unmatched))


def adl_quintile(score: npt.ArrayLike, quantity: npt.ArrayLike, side: Any = None) -> npt.NDArray[np.int64]:
    """Return the quintile of the queue that each position stands in: 20 is closed first, 100 last.

    Parameters
    ----------
    score, quantity : array_like of float, shape (n,)
        Scores, and quantities of zero or more.
    side : array_like of {"long", "short", 1, -1}, shape (n,), optional
        Sides, where both are given: longs and shorts are ranked separately. Without it all stand on one side.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        20, 40, 60, 80 or 100: per cent of the side's quantity, counted from the head of the queue to the end of the
        position and rounded up.

    Raises
    ------
    ValueError
        If the rows differ in length, or a number is unusable.

    References
    ----------
    .. [1] BitMEX, https://testnet.bitmex.com/app/autoDeleveragingExamples

    Examples
    --------
    >>> adl_quintile([3.0, 2.0, 1.0, 5.0], [1.0, 1.0, 3.0, 2.0], side=[1, 1, 1, -1]).tolist()
    [20, 40, 100, 100]
    """
    values, sizes = _scores(score), _sizes(quantity)
    sides = np.broadcast_to(signs(1 if side is None else side), values.shape) if side is None else signs(side)
    _same_length(values, sizes)
    _same_length(values, sides)
    level = np.empty(values.size, np.int64)
    for sign in (1, -1):
        members = np.flatnonzero(sides == sign)
        fifths = np.empty(members.size, np.int64)
        kernels.quintiles(adl_order(values[members]), sizes[members], fifths)
        level[members] = fifths
    return level * (100 // kernels.LEVELS)


def adl_lights(score: npt.ArrayLike, quantity: npt.ArrayLike, side: Any = None) -> npt.NDArray[np.int64]:
    """Return how many of a position's five indicator lights are lit: five for those closed first, one for the last.

    Parameters, errors and source as in `adl_quintile`.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        1 to 5.

    Examples
    --------
    >>> adl_lights([3, 6, 1, 4, 5, 2], [10, 10, 20, 30, 20, 10]).tolist()
    [2, 5, 1, 3, 4, 2]
    """
    return kernels.LEVELS + 1 - adl_quintile(score, quantity, side) // (100 // kernels.LEVELS)


def _scores(score: npt.ArrayLike) -> Floats:
    values = np.array(score, dtype=np.float64)
    if values.ndim != 1 or np.isnan(values).any() or np.isposinf(values).any():
        raise ValueError("score must be one row of numbers below infinity")
    return values


def _sizes(quantity: npt.ArrayLike) -> Floats:
    sizes = np.array(checked("quantity", quantity, "amount"))
    if sizes.ndim != 1:
        raise ValueError("quantity must be one row of numbers")
    return sizes


def _same_length(values: Floats, others: npt.NDArray[Any]) -> None:
    if values.shape != others.shape:
        raise ValueError(f"score has {values.size} positions, quantity or side {others.size}")
