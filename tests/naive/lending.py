"""Aave's and Compound's rules once more, one account at a time.

Given floats and the kernels' rounding they agree with the kernels to the bit; given fractions and no rounding they are
the contracts' own decimal arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Number = float | Fraction
ROUNDING = 2.0**-46


def below(value, limit, scale, rounding=ROUNDING) -> bool:
    return limit - value > rounding * scale


def health_factor(collateral: Sequence[Number], thresholds: Sequence[Number], debts: Sequence[Number]) -> Number:
    weighted = sum((value * share for value, share in zip(collateral, thresholds, strict=True)), start=0.0)
    owed = sum(debts, start=0.0)
    return weighted / owed if owed else float("inf")


def close_factor(version, health, collateral_reserve, debt_reserve, min_base, rounding=ROUNDING) -> float:
    deep = not below(Fraction("0.95") if rounding == 0 else 0.95, health, 1, rounding)
    small = any(below(value, min_base, min_base, rounding) for value in (collateral_reserve, debt_reserve))
    whole = {"v2": False, "v3": deep, "v3.3": deep or small}[version]
    return 1.0 if whole else 0.5


def max_repay(debts, reserve, version, factor):
    if version == "v3.3":
        return min(debts[reserve], factor * sum(debts, start=0.0))
    return factor * debts[reserve]


def seizure(repay, debt_price, collateral_price, bonus, balance, protocol_fee):
    base = repay * debt_price / collateral_price
    seized = base * (1 + bonus)
    if seized > balance:
        seized = balance
        base = seized / (1 + bonus)
        repay = base * collateral_price / debt_price
    fee = base * bonus * protocol_fee
    return repay, seized, base * bonus, fee, seized - fee


def leaves_dust(debt_left, collateral_left, min_leftover, rounding=ROUNDING) -> bool:
    if debt_left == 0 or collateral_left == 0:
        return False
    return any(below(left, min_leftover, min_leftover, rounding) for left in (debt_left, collateral_left))


def account_net(supplies, borrows, rounding=ROUNDING):
    collateral = sum((amount * factor * price for amount, factor, price in supplies), start=0.0)
    owed = sum((amount * price for amount, price in borrows), start=0.0)
    net = collateral - owed
    return net if abs(net) > rounding * owed else 0.0


def seize_tokens(repay, borrowed_price, collateral_price, exchange_rate, incentive, protocol_share):
    tokens = repay * (incentive * borrowed_price) / (collateral_price * exchange_rate)
    reserves = tokens * protocol_share
    return tokens, tokens - reserves, reserves
