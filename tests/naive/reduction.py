"""Partial liquidation: how much of a position has to go."""

from __future__ import annotations

import itertools
import math

from naive.plain import unit_of


def floors(tape) -> list[float]:
    """Lowest notional of each bracket, from the maintenance amounts: cum rises there by the rise of the rate."""
    lines = list(zip(tape.tier_rate, tape.tier_amount, strict=True))
    lower = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in itertools.pairwise(lines)]
    return [0.0, *lower]


def tiers_target(rules, tape, notional: float, equity: float) -> float:
    """The top of the bracket some brackets down; nothing without even the margin of the lowest bracket."""
    if equity <= tape.tier_rate[0] * notional:
        return 0.0
    lower = floors(tape)
    bracket = max((n for n, floor in enumerate(lower) if floor < notional), default=0)
    kept = bracket - rules.partial_tiers + 1
    return lower[kept] if kept > 0 else 0.0


def health_target(rules, tape, notional: float, equity: float, fee: float) -> float:
    """The notional that what is left of the equity after the fee carries with a buffer, in every bracket's line."""
    grown = 1.0 + rules.partial_buffer
    fee = min(fee, equity / notional)
    targets = []
    for rate, amount in zip(tape.tier_rate, tape.tier_amount, strict=True):
        slope = grown * rate - fee
        if slope > 0.0:
            targets.append((equity - fee * notional + grown * amount) / slope)
    return min(targets, default=math.inf)


def quantity_to_close(rules, tape, mark: float, position, tick: int) -> float:
    """The whole position unless the rule leaves a good part of it standing, and has not failed in this very tick."""
    quantity, side = position.quantity, position.side
    inverse, on_entry = rules.contract == "inverse", rules.maintenance_on_entry != 0
    equity = side * quantity * (unit_of(rules, mark) - position.bankruptcy)
    fee = rules.liquidation_fee
    if inverse:
        notional = quantity
        equity *= mark
    elif on_entry:
        notional = quantity * position.entry
        fee *= mark / position.entry
    else:
        notional = quantity * mark
    if equity <= 0.0 or notional <= rules.partial_above:
        return quantity
    if rules.partial == "tiers":
        target = tiers_target(rules, tape, notional, equity)
    elif rules.partial == "share":
        target = (1.0 - rules.partial_share) * notional if position.part == "untouched" else 0.0
    elif position.reduced_at == tick:
        target = 0.0
    else:
        target = health_target(rules, tape, notional, equity, fee)
    if math.isnan(target) or not 1e-3 * notional < target < notional * (1.0 - 1e-12):
        return quantity
    return quantity * (1.0 - target / notional)
