"""Brackets of maintenance once more, slow and plain: one position at a time, Python floats, no numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from naive import margin


def maintenance_amounts(floors: Sequence[float], rates: Sequence[float]) -> list[float]:
    amounts = [0.0]
    for floor, rate, below in zip(floors[1:], rates[1:], rates, strict=False):
        amounts.append(floor * (rate - below) + amounts[-1])
    return amounts


def tier_number(notional: float, floors: Sequence[float]) -> int:
    return max(1, sum(1 for floor in floors if notional >= floor))


def price_and_tier(
    side: int,
    quantity: float,
    entry_price: float,
    collateral: float,
    inverse: bool,
    floors: Sequence[float],
    rates: Sequence[float],
) -> tuple[float, int]:
    amounts = maintenance_amounts(floors, rates)
    if not inverse:
        price = margin.liquidation_price(side, quantity, entry_price, collateral, False, False, rates, amounts)
        return price, tier_number(quantity * price, floors)
    prices = []
    for rate, amount in zip(rates, amounts, strict=True):
        value = quantity / entry_price + side * (collateral + amount)
        prices.append(quantity * (1.0 + side * rate) / value if value > 0.0 else math.inf)
    price = max(prices) if side > 0 else min(prices)
    return price, tier_number(quantity / price, floors)
