"""The rules record and the tape as plain Python values, with names instead of numbers for the kinds."""

from __future__ import annotations

from types import SimpleNamespace

KINDS = {
    "contract": ("linear", "inverse"),
    "shape": ("infinite", "linear", "power", "table"),
    "mark": ("last", "mid", "index", "index_ema"),
    "policy": ("none", "market", "paced", "limit"),
    "partial": ("none", "tiers", "share", "health"),
    "ranking": ("profit_leverage", "hyperliquid", "none"),
    "funding": ("none", "clamp", "dampened", "plain"),
}


def plain_record(record) -> SimpleNamespace:
    return SimpleNamespace(**{name: record[name].item() for name in record.dtype.names})


def plain_rules(record) -> SimpleNamespace:
    rules = plain_record(record)
    for field, names in KINDS.items():
        setattr(rules, field, names[getattr(rules, field)])
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


def notional_of(rules, quantity: float, price: float) -> float:
    """Quote value of a quantity: contracts of an inverse contract are worth one quote unit each."""
    return quantity if rules.contract == "inverse" else quantity * price


def quantity_of(rules, notional: float, price: float) -> float:
    return notional if rules.contract == "inverse" else notional / price
