"""dYdX v4's subaccounts once more, slow and plain: one account at a time, Python floats, no numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence

Position = tuple[float, float, float]  # size, oracle price, maintenance fraction

ULP = 2.0**-52


def whole(value: float, error: float, up: bool) -> float:
    nearest = float(math.floor(value + 0.5))
    if abs(value - nearest) <= error:
        return nearest
    return float(math.ceil(value) if up else math.floor(value))


def risk(quote: float, positions: Sequence[Position]) -> tuple[float, float, float]:
    collateral, requirement, gross = quote, 0.0, abs(quote)
    for size, oracle, fraction in positions:
        collateral += size * oracle
        requirement += abs(size * oracle) * fraction
        gross += abs(size * oracle)
    return collateral, requirement, gross


def bankruptcy_quantums(quote: float, positions: Sequence[Position], market: int, delta: float) -> float:
    collateral, requirement, gross = risk(quote, positions)
    _, oracle, fraction = positions[market]
    notional = delta * oracle
    share = abs(notional) * fraction / requirement
    error = (len(positions) + 8) * ULP * (abs(notional) + gross * share) * 1e6
    return whole((-notional - collateral * share) * 1e6, error, up=True)


def bankruptcy_quote(quote: float, positions: Sequence[Position], market: int, delta: float) -> float:
    return bankruptcy_quantums(quote, positions, market, delta) / 1e6


def fillable_price(
    quote: float, positions: Sequence[Position], market: int, adjustment_ppm: float, spread_ppm: float
) -> float:
    collateral, requirement, _ = risk(quote, positions)
    size, oracle, fraction = positions[market]
    rating = min(max(adjustment_ppm * (1.0 - collateral / requirement) / 1e6, 0.0), 1.0)
    spread = rating * spread_ppm / 1e6 * (abs(size * oracle) * fraction)
    return (size * oracle - spread) / size


def insurance_fund_delta(
    quote: float, positions: Sequence[Position], market: int, delta: float, fill_price: float, max_fee_ppm: float
) -> float:
    amount = abs(delta) * fill_price * 1e6
    amount = whole(amount, 4.0 * ULP * amount, up=False)
    proceeds = amount if delta < 0.0 else -amount
    fund = proceeds - bankruptcy_quantums(quote, positions, market, delta)
    if fund > 0.0:
        fee = amount * max_fee_ppm / 1e6
        fund = min(fund, whole(fee, 4.0 * ULP * fee, up=False))
    return fund / 1e6
