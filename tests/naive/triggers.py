"""What a position waits for: one trigger on the side that hurts, and maybe a take-profit on the other."""

from __future__ import annotations

import math

from naive.margin import liquidation_price

LONG, SHORT = 1.0, -1.0


def never(side: float) -> float:
    return 0.0 if side == LONG else math.inf


def margin_trigger(rules, tape, position, scale: float) -> float:
    """The mark at which a position's equity is that multiple of its maintenance."""
    side, quantity, entry = position.side, position.quantity, position.entry
    collateral = side * quantity * (entry - position.bankruptcy)
    inverse = rules.contract == "inverse"
    return liquidation_price(
        side, quantity, -1.0 / entry if inverse else entry, collateral,
        inverse, rules.maintenance_on_entry != 0, tape.tier_rate, tape.tier_amount, scale,
    )  # fmt: skip


def choose(rules, tape, position, liquidation: float) -> None:
    """Set the first of liquidation, margin call and stop loss that an adverse mark meets.

    At one price the stop comes before the call, and the call before the liquidation.
    """
    side = position.side
    candidates = []
    if not math.isnan(position.stop):
        candidates.append((position.stop, "stop"))
    if rules.policy == "none":
        candidates.append((never(side), "liquidation"))
    else:
        if position.answers > 0 and position.wallet > 0.0:
            candidates.append((margin_trigger(rules, tape, position, position.call_at), "call"))
        candidates.append((liquidation, "liquidation"))
    position.trigger, position.kind = max(candidates, key=lambda candidate: side * candidate[0])


def set_trigger(rules, tape, position) -> None:
    """A position whose terms have changed has a new trigger, but for one that is left alone for a while."""
    position.trigger = None
    position.liquidation = margin_trigger(rules, tape, position, 1.0)
    if position.part == "cooling" or position.held_back:
        return
    if rules.moves:
        choose(rules, tape, position, position.liquidation)
    else:
        position.trigger = position.liquidation


def in_firing_order(positions) -> list:
    """Open positions as a sorted crowd stands: longs first, each side in the order in which it fires."""
    still_open = (position for position in positions if position.quantity > 0.0)
    return sorted(still_open, key=lambda position: (-position.side, *position.in_order()))


def crossed_down(position, mark: float) -> float | None:
    """The price at which a falling mark has met something of the position's, if it has."""
    price = position.trigger if position.side == LONG else position.profit
    return price if price is not None and price >= mark else None


def crossed_up(position, mark: float) -> float | None:
    price = position.trigger if position.side == SHORT else position.profit
    return price if price is not None and price <= mark else None


def round_price(price: float, side: float, distance: float, step: float, beyond: float, *, gains: bool) -> float:
    """An order's price at a distance, and where a step is given just below (a short's: above) a round number.

    A long's stop loss and a short's take profit go to the round number below the target, the others to the one above.
    """
    towards = side if gains else -side
    target = price * (1.0 + towards * distance)
    if step > 0.0:
        rounded = math.ceil(target / step) if towards > 0.0 else math.floor(target / step)
        target = rounded * step * (1.0 - side * beyond)
    return target
