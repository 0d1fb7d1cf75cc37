"""Marks of several sources once more, slow and plain; None marks a source that is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from naive.venue_sums import added


def median(values: Sequence[float | None]) -> float:
    known = sorted(value for value in values if value is not None)
    middle = len(known) // 2
    return known[middle] if len(known) % 2 else 0.5 * (known[middle - 1] + known[middle])


def fair_price(index_price: float, funding_rate: float, time_left: float, interval: float) -> float:
    return index_price + index_price * (funding_rate * (time_left / interval))


def basis_price(
    index_price: float, bids: Sequence[float], asks: Sequence[float], index_samples: Sequence[float]
) -> float:
    samples = zip(bids, asks, index_samples, strict=True)
    return index_price + added(0.5 * (bid + ask) - index for bid, ask, index in samples) / len(bids)


def exponential_average(samples: Sequence[float], durations: Sequence[float], time_constant: float) -> list[float]:
    numerator = denominator = 0.0
    path = []
    for sample, duration in zip(samples, durations, strict=True):
        numerator = numerator * math.exp(-duration / time_constant) + sample * duration
        denominator = denominator * math.exp(-duration / time_constant) + duration
        path.append(numerator / denominator if denominator else math.nan)
    return path


def hyperliquid_mark(
    oracle_price: float | None,
    basis_ema: float | None,
    book_price: float | None,
    external_price: float | None,
    book_ema: float | None,
) -> float:
    first = None if oracle_price is None or basis_ema is None else oracle_price + basis_ema
    sources = [source for source in (first, book_price, external_price) if source is not None]
    return median([*sources, book_ema] if len(sources) == 2 else sources)


def index_price(prices: Sequence[float | None], weights: Sequence[float], max_deviation: float) -> float:
    middle = median(prices)
    known = [(price, weight) for price, weight in zip(prices, weights, strict=True) if price is not None]
    kept = [(price, weight) for price, weight in known if abs(price - middle) <= max_deviation * middle]
    if len(known) - len(kept) > 1:
        return middle
    return added(weight * price for price, weight in kept) / added(weight for _, weight in kept)
