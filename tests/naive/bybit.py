"""Bybit's inverse contracts and an order's cost once more, slow and plain: Python floats, no numpy."""

from __future__ import annotations

import math


def classic_cross_prices(
    side: int, contracts: float, entry_price: float, balance: float, rate: float, fee: float
) -> tuple[float, float]:
    value = contracts / entry_price
    limit = value + side * balance
    bankruptcy = contracts * (1.0 + side * fee) / limit if limit > 0.0 else math.inf
    spare = balance - rate * value - fee * (contracts / bankruptcy)
    reciprocal = 1.0 / entry_price + side * spare / contracts
    return (1.0 / reciprocal if reciprocal > 0.0 else math.inf), bankruptcy


def unified_price(
    side: int,
    contracts: float,
    entry_price: float,
    leverage: float,
    rate: float,
    fee: float,
    extra: float,
    deduction: float,
) -> float:
    value = contracts / entry_price
    limit = value + side * (value / leverage + extra / (1.0 + side * fee) + deduction)
    return contracts * (1.0 + side * rate) / limit if limit > 0.0 else math.inf


def order_cost(side: int, value: float, leverage: float, fee: float, inverse: bool) -> float:
    closing_value = value * (1.0 - (-1.0 if inverse else 1.0) * side / leverage)
    return value / leverage + fee * value + fee * closing_value
