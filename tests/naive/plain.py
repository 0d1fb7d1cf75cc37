"""The rules record and the tape as plain Python values, with names instead of numbers for the kinds."""

from __future__ import annotations

from types import SimpleNamespace

CONTRACTS = ("linear", "inverse")
SHAPES = ("infinite", "linear", "power", "table")
MARKS = ("last", "mid", "index", "index_ema")
POLICIES = ("none", "market", "paced", "limit")


def plain_rules(record) -> SimpleNamespace:
    rules = SimpleNamespace(**{name: record[name].item() for name in record.dtype.names})
    rules.contract = CONTRACTS[rules.contract]
    rules.shape = SHAPES[rules.shape]
    rules.mark = MARKS[rules.mark]
    rules.policy = POLICIES[rules.policy]
    return rules


def plain_tape(tape) -> SimpleNamespace:
    return SimpleNamespace(**{name: getattr(tape, name).tolist() for name in tape._fields})


def unit_of(rules, price: float) -> float:
    """What one unit of quantity is worth at a price: u(p) = p, or -1/p for an inverse contract."""
    return -1.0 / price if rules.contract == "inverse" else price


def price_of(rules, unit: float) -> float:
    """The price at which one unit of quantity is worth that much; no price is below zero or beyond infinity."""
    if rules.contract == "inverse":
        return -1.0 / unit if unit < 0.0 else float("inf")
    return max(unit, 0.0)
