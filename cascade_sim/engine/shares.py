"""Half-lives as the share of a gap that one tick closes."""

from __future__ import annotations

import math


def share_closed(tick: float, half_life: float) -> float:
    """Share of a gap that closes in one tick: ``1 - 2^(-dt / half_life)``; 1 at half-life 0, 0 at `never`."""
    if half_life == 0.0:
        return 1.0
    return -math.expm1(-math.log(2.0) * tick / half_life)


def gap_shares(tick: float, pull: float, follow: float) -> tuple[float, float]:
    """Shares of the gap ``ln(c/F)`` that the centre and the index close in one tick.

    Both act on the same gap, so it decays at the sum of the two rates and each side moves in proportion to its own:
    the result does not depend on how finely a period is cut into ticks. At once (half-life 0) beats any other rate;
    two at once meet half way.
    """
    if pull == 0.0 or follow == 0.0:
        both = (pull == 0.0) + (follow == 0.0)
        return (pull == 0.0) / both, (follow == 0.0) / both
    rate = 1.0 / pull + 1.0 / follow
    if rate == 0.0:
        return 0.0, 0.0
    closed = share_closed(tick, 1.0 / rate)
    return closed / pull / rate, closed / follow / rate
