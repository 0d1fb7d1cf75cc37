"""Funding once more, slow and plain."""

from __future__ import annotations

from collections.abc import Sequence

from naive.venue_sums import added


def held(value: float, most: float) -> float:
    return min(max(value, -most), most)


def premium_index(impact_bid: float, impact_ask: float, index_price: float) -> float:
    if impact_bid > index_price:
        return (impact_bid - index_price) / index_price
    if impact_ask < index_price:
        return -(index_price - impact_ask) / index_price
    return 0.0


def average_premium(samples: Sequence[float], rising: bool) -> float:
    weights = [place + 1.0 if rising else 1.0 for place in range(len(samples))]
    return added(weight * sample for weight, sample in zip(weights, samples, strict=True)) / added(weights)


def clamped_rate(premium: float, interest: float, clamp: float, interval: float, cap: float) -> float:
    if interest - premium >= clamp:
        rate = premium + clamp
    elif interest - premium <= -clamp:
        rate = premium - clamp
    else:
        rate = interest
    return held(rate * (interval / 8.0), cap)


def damped_rate(premium: float, damp: float, cap: float) -> float:
    if premium > damp:
        return held(premium - damp, cap)
    if premium < -damp:
        return held(premium + damp, cap)
    return 0.0


def hourly_rate(premium: float, interest: float, cap: float) -> float:
    return held(premium / 8.0 + interest, cap / 8.0)


def payment(side: int, quantity: float, mark_price: float, rate: float, inverse: bool) -> float:
    notional = quantity / mark_price if inverse else quantity * mark_price
    return -side * (notional * rate)
