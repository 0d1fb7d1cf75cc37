"""The margin kernels once more, slow and plain: one position at a time, Python floats, no numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence


def maintenance_margin(notional: float, rates: Sequence[float], amounts: Sequence[float], scale: float = 1.0) -> float:
    return scale * max(rate * notional - amount for rate, amount in zip(rates, amounts, strict=True))


def liquidation_price(
    side: int,
    quantity: float,
    entry_price: float,
    collateral: float,
    inverse: bool,
    on_entry: bool,
    rates: Sequence[float],
    amounts: Sequence[float],
    scale: float = 1.0,
) -> float:
    if inverse:
        required = maintenance_margin(quantity, rates, amounts, scale)
        if on_entry:
            reciprocal = 1.0 / entry_price + side * (collateral - required / entry_price) / quantity
            return 1.0 / reciprocal if reciprocal > 0.0 else math.inf
        value = side * collateral + quantity / entry_price
        return (quantity + side * required) / value if value > 0.0 else math.inf
    value = quantity * entry_price
    if on_entry:
        price = entry_price - side * (collateral - maintenance_margin(value, rates, amounts, scale)) / quantity
    else:
        prices = [
            (value - side * (collateral + scale * amount)) / (quantity * (1.0 - side * (scale * rate)))
            for rate, amount in zip(rates, amounts, strict=True)
        ]
        price = max(prices) if side > 0 else min(prices)
    return price if price > 0.0 else 0.0


def bankruptcy_value(side: int, quantity: float, entry_price: float, collateral: float, inverse: bool) -> float:
    entry_value = -1.0 / entry_price if inverse else entry_price
    return entry_value - side * collateral / quantity


def place_at_trigger(
    side: int,
    quantity: float,
    entry_price: float,
    trigger: float,
    inverse: bool,
    on_entry: bool,
    rates: Sequence[float],
    amounts: Sequence[float],
) -> tuple[float, float]:
    basis = entry_price if on_entry else trigger
    if inverse:
        required = maintenance_margin(quantity, rates, amounts) / basis
        collateral = required - side * quantity * (1.0 / entry_price - 1.0 / trigger)
        return collateral, -1.0 / trigger - side * required / quantity
    required = maintenance_margin(quantity * basis, rates, amounts)
    return required - side * quantity * (trigger - entry_price), trigger - side * required / quantity
