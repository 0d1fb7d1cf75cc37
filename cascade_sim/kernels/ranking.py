"""Who is deleveraged first: scores, the queue they make, and the lights that show a trader's place in it.

With ``u(p) = p`` for a linear contract and ``-1/p`` for an inverse one, a position's value at price ``p`` is
``s q u(p)``. The quantity cancels in every ratio below.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inner, kernel
from cascade_sim.kernels.values import unit_value

LEVELS = 5
# Quantities are sums of rounded numbers: what exceeds a fifth by less than this share of the side is not above it.
ROUNDING = 1e-12


@inner
def standing(side, mark, entry, ruin):
    """Return profit, effective leverage and score of a position from its u-values at mark, entry and bankruptcy.

    ``profit = (MV - EV) / |EV|``, ``leverage = |MV| / (MV - BV)``, ``score = profit x leverage`` for a profit and
    ``profit / leverage`` for a loss. At or past its bankruptcy the leverage is infinite, the score minus infinity.
    """
    profit = side * (mark - entry) / abs(entry)
    margin = side * (mark - ruin)
    if margin <= 0.0:
        return profit, np.inf, -np.inf
    leverage = abs(mark) / margin
    return profit, leverage, profit * leverage if profit > 0.0 else profit / leverage


@kernel
def deleveraging_scores(side, entry_price, mark_price, bankruptcy_price, inverse, profit, leverage, score):
    """Write every position's `standing`: profit, effective leverage and score.

    Parameters
    ----------
    side : array of float, shape (n,)
        +1 long, -1 short.
    entry_price, mark_price, bankruptcy_price : array of float, shape (n,)
        Quote per base unit; the bankruptcy price may be 0 (linear) or infinite (inverse).
    inverse : bool
    profit, leverage, score : array of float, shape (n,)
        Written.

    Notes
    -----
    Source: BitMEX, https://www.bitmex.com/app/autoDeleveraging. Cost: 2 ns a position.
    """
    for i in range(side.size):
        entry = unit_value(entry_price[i], inverse)
        mark = unit_value(mark_price[i], inverse)
        ruin = unit_value(bankruptcy_price[i], inverse)
        profit[i], leverage[i], score[i] = standing(side[i], mark, entry, ruin)


@kernel
def hyperliquid_indices(side, entry_price, mark_price, notional, account_value, index):
    """Write ``(M / E) (N / V)`` of every long and ``(E / M) (N / V)`` of every short; shapes (n,).

    Minus infinity for an account that is worth nothing or less.
    Source: Hyperliquid, see `cascade_sim.mechanics.adl.hyperliquid_adl_index`.
    """
    for i in range(side.size):
        gain = mark_price[i] / entry_price[i] if side[i] > 0.0 else entry_price[i] / mark_price[i]
        index[i] = gain * (notional[i] / account_value[i]) if account_value[i] > 0.0 else -np.inf


@kernel
def queue(score, order):
    """Write the positions in the order in which they are deleveraged: highest score first, ties as they stand.

    Cost: one stable sort, about 180 ns a position at a million.
    """
    order[:] = np.argsort(-score, kind="mergesort")


@kernel
def close_in_order(order, score, quantity, wanted, closed):
    """Close positions against a liquidated quantity from the head of the queue.

    Parameters
    ----------
    order : array of int, shape (n,)
        The queue.
    score, quantity : array of float, shape (n,)
        By position. A score of minus infinity marks a position that cannot pay: it is never closed.
    wanted : float
        Quantity that was liquidated and found no taker.
    closed : array of float, shape (n,)
        Written: what each position gives up.

    Returns
    -------
    float
        What is left of `wanted` when nobody is left.
    """
    closed[:] = 0.0
    for k in order:
        if not wanted > 0.0 or score[k] == -np.inf:
            break
        closed[k] = min(quantity[k], wanted)
        wanted -= closed[k]
    return wanted


@kernel
def quintiles(order, quantity, quintile):
    """Write the fifth of the side, 1 to 5, in which each position's quantity ends when counted from the queue's head.

    The quantity of the position itself is included: the smallest level ``n`` with ``cumulative <= n total / 5``.
    A position of no quantity at the very head is in the first fifth.
    """
    total = 0.0
    for k in order:
        total += quantity[k]
    cumulative = 0.0
    level = 1
    for k in order:
        cumulative += quantity[k]
        while level < LEVELS and cumulative * LEVELS > level * total * (1.0 + ROUNDING):
            level += 1
        quintile[k] = level
