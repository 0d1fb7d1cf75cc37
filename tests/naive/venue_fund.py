"""The insurance fund once more, slow and plain."""

from __future__ import annotations


def fund_change(
    side: int, quantity: float, fill_price: float, bankruptcy_price: float, fee_rate: float, inverse: bool
) -> tuple[float, float]:
    """What the fund gets, and what the trader gets back."""
    if inverse:
        equity = side * quantity * (1.0 / bankruptcy_price - 1.0 / fill_price)
    else:
        equity = side * quantity * (fill_price - bankruptcy_price)
    if equity <= 0.0:
        return equity, 0.0
    fee = fee_rate * (quantity / fill_price if inverse else quantity * fill_price)
    return (equity, 0.0) if equity <= fee else (fee, equity - fee)


def fund_sign(side: int, fill_price: float, bankruptcy_price: float) -> int:
    gap = side * (fill_price - bankruptcy_price)
    return (gap > 0.0) - (gap < 0.0)
