"""The rolling quota on liquidations once more, slow and plain: it reads its whole diary at every call."""

from __future__ import annotations

import math
from collections.abc import Sequence

from naive.venue_sums import added


def liquidate_in_window(
    calls: Sequence[tuple[float, int]],
    sizes: Sequence[float],
    capacity: float,
    window: float,
    skew: float = 0.0,
    skew_scale: float = 1.0,
    max_pd: float = 0.0,
) -> tuple[list[float], list[float]]:
    """What each call liquidates and leaves."""
    sizes = list(sizes)
    diary: list[tuple[float, float]] = []
    liquidated, left = [], []
    for now, place in calls:
        allowed = capacity - added(amount for time, amount in diary if time > now - window)
        if allowed <= 1e-12 * capacity:
            again = all(time != now for time, _ in diary) and abs(skew) / skew_scale < max_pd
            allowed = capacity if again else 0.0
        amount = min(allowed, abs(sizes[place]))
        if amount > 0.0:
            diary.append((now, amount))
            signed = math.copysign(amount, sizes[place])
            sizes[place] -= signed
            skew -= signed
        liquidated.append(amount)
        left.append(sizes[place])
    return liquidated, left


def first_order(
    quantity: float, notional: float, since_partial: float, threshold: float, share: float, cooldown: float
) -> float:
    if notional <= threshold or since_partial < cooldown:
        return quantity
    return quantity * share
