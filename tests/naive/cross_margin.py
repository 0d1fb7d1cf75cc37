"""The cross-margin kernel once more, slow and plain: legs as tuples, Python floats, no numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Leg(NamedTuple):
    symbol: str
    side: int
    quantity: float
    entry: float
    mark: float
    rates: Sequence[float]
    amounts: Sequence[float]


def bracket(notional: float, leg: Leg) -> int:
    if math.isinf(notional):
        return len(leg.rates) - 1
    lines = [rate * notional - amount for rate, amount in zip(leg.rates, leg.amounts, strict=True)]
    return lines.index(max(lines))


def requirement(notional: float, leg: Leg) -> float:
    held = bracket(notional, leg)
    return leg.rates[held] * notional - leg.amounts[held]


def line(price: float, cash: float, legs: Sequence[Leg]) -> tuple[float, float]:
    intercept, slope = cash, 0.0
    for leg in legs:
        if leg.quantity:
            held = bracket(leg.quantity * price, leg)
            intercept += leg.amounts[held] - leg.side * leg.quantity * leg.entry
            slope += (leg.side - leg.rates[held]) * leg.quantity
    return intercept, slope


def band(cash: float, legs: Sequence[Leg]) -> tuple[float, float]:
    nowhere = (math.inf, 0.0)
    lower, upper = 0.0, math.inf
    intercept, slope = line(lower, cash, legs)
    while intercept < 0.0 or lower > 0.0:
        if slope <= 0.0:
            return nowhere
        further = -intercept / slope
        if further <= lower:
            break
        lower = further
        intercept, slope = line(lower, cash, legs)
    intercept, slope = line(upper, cash, legs)
    while slope < 0.0:
        nearer = -intercept / slope
        if nearer >= upper:
            break
        upper = nearer
        if upper <= lower:
            return nowhere
        intercept, slope = line(upper, cash, legs)
    return lower, upper


def safe_band(wallet: float, positions: Sequence[Leg], which: int) -> tuple[float, float]:
    cash = wallet
    for other in positions:
        if other.symbol != positions[which].symbol:
            cash += other.side * other.quantity * (other.mark - other.entry)
            cash -= requirement(other.quantity * other.mark, other)
    return band(cash, [leg for leg in positions if leg.symbol == positions[which].symbol])
