"""Deleveraging once more, slow and plain."""

from __future__ import annotations

import math
from collections.abc import Sequence

from naive.venue_sums import added


def score(
    side: int, entry_price: float, mark_price: float, bankruptcy_price: float, inverse: bool
) -> tuple[float, float, float]:
    """Profit, effective leverage and score from the signed values of one unit."""
    entry, mark, ruin = (-1.0 / p if inverse else p for p in (entry_price, mark_price, bankruptcy_price))
    profit = side * (mark - entry) / abs(entry)
    margin = side * (mark - ruin)
    if margin <= 0.0:
        return profit, math.inf, -math.inf
    leverage = abs(mark) / margin
    return profit, leverage, profit * leverage if profit > 0.0 else profit / leverage


def hyperliquid_index(side: int, entry_price: float, mark_price: float, notional: float, account_value: float) -> float:
    if account_value <= 0.0:
        return -math.inf
    gain = mark_price / entry_price if side > 0 else entry_price / mark_price
    return gain * (notional / account_value)


def order(scores: Sequence[float]) -> list[int]:
    return sorted(range(len(scores)), key=lambda place: -scores[place])


def closed(scores: Sequence[float], quantities: Sequence[float], wanted: float) -> tuple[list[float], float]:
    """What every position gives up, and what nobody takes."""
    given = [0.0] * len(scores)
    for place in order(scores):
        if scores[place] > -math.inf:
            given[place] = min(quantities[place], wanted)
            wanted -= given[place]
    return given, wanted


def quintiles(scores: Sequence[float], quantities: Sequence[float]) -> list[int]:
    """The first of the five levels that holds the position's quantity, searched anew for every position."""
    queue = order(scores)
    total = added(quantities[place] for place in queue)
    found = [0] * len(queue)
    for rank, place in enumerate(queue):
        reached = added(quantities[other] for other in queue[: rank + 1])
        inside = [level for level in range(1, 5) if reached * 5 <= level * total * (1.0 + 1e-12)]
        found[place] = 20 * min([*inside, 5])
    return found
