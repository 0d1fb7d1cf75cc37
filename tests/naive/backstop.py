"""Where losses go that market and fund did not carry: deleveraging, socialised loss, bad debt. Model, section 7."""

from __future__ import annotations

from naive.engine import LONG, SHORT, Engine, Event, Position
from naive.margin import liquidation_price
from naive.plain import price_of, unit_of


def set_trigger(engine: Engine, position: Position) -> None:
    """A position whose terms have changed has a new liquidation price."""
    rules, tape = engine.rules, engine.tape
    collateral = position.side * position.quantity * (position.entry - position.bankruptcy)
    inverse = rules.contract == "inverse"
    position.trigger = liquidation_price(
        position.side, position.quantity, -1.0 / position.entry if inverse else position.entry, collateral,
        inverse, rules.maintenance_on_entry != 0, tape.tier_rate, tape.tier_amount,
    )  # fmt: skip


def profit_of(position: Position, unit: float) -> float:
    return position.side * (unit - position.entry)


def ranked(engine: Engine, side: float) -> list[Position]:
    """Open, solvent positions by profit times effective leverage, largest first; losers by profit over leverage."""
    unit = unit_of(engine.rules, engine.market.mark)

    def score(position: Position) -> float:
        profit = profit_of(position, unit) / abs(position.entry)
        leverage = abs(unit) / (position.side * (unit - position.bankruptcy))
        return -(profit * leverage if profit > 0.0 else profit / leverage)

    solvent = [
        position
        for position in engine.positions
        if position.side == side and position.quantity > 0.0 and position.side * (unit - position.bankruptcy) > 0.0
    ]
    return sorted(solvent, key=lambda position: (score(position), *position.in_order()))


def deleverage(engine: Engine, due: list[Event], side: float) -> None:
    """Close events against ranked opponents at the bankruptcy price, passing over whom that would ruin."""
    opponents = ranked(engine, -side)
    for event in due:
        for opponent in opponents:
            if event.filled >= event.quantity:
                break
            gain = side * (opponent.bankruptcy - event.bankruptcy)
            if opponent.quantity > 0.0 and gain >= 0.0:
                close_both(engine, event, opponent, gain)


def close_both(engine: Engine, event: Event, opponent: Position, gain: float) -> None:
    side, accounts, rules = event.side, engine.accounts, engine.rules
    closed = min(event.open, opponent.quantity)
    event.filled = event.quantity if closed == event.open else event.filled + closed
    accounts.crowd_cash -= side * closed * opponent.bankruptcy
    accounts.crowd_quantity += side * closed
    accounts.settled_cash += gain * closed
    engine.book_fill(event, closed, closed * event.bankruptcy, False)
    engine.open_quantity[-side] -= closed
    engine.deleveraged += closed
    price = price_of(rules, event.bankruptcy)
    engine.adl_notional += closed if rules.contract == "inverse" else closed * price
    if closed == opponent.quantity:
        opponent.quantity = 0.0
    else:
        opponent.quantity -= closed
        if len(engine.tape.tier_rate) > 1:
            set_trigger(engine, opponent)


def clear_side(engine: Engine, side: float) -> None:
    """Deleverage what waits and is due; with no opponent left, sell it on at any price."""
    waiting = engine.waiting[side]
    due = [event for event in waiting if engine.due(event)]
    if engine.rules.policy == "limit":
        due.sort(key=lambda event: side * event.bankruptcy)
    if engine.rules.adl:
        deleverage(engine, due, side)
    for event in due:
        open_quantity = event.open
        if open_quantity <= 0.0 or engine.work(event, open_quantity, at_any_price=True) == open_quantity:
            waiting.remove(event)


def socialise(engine: Engine) -> float:
    """Take the shortfall from all winners in proportion to their profit; returns what they could not cover."""
    unit = unit_of(engine.rules, engine.market.mark)
    in_order = sorted(engine.positions, key=lambda position: (-position.side, *position.in_order()))
    winners = [position for position in in_order if position.quantity > 0.0 and profit_of(position, unit) > 0.0]
    total = 0.0
    for winner in winners:
        total += winner.side * winner.quantity * (unit - winner.entry)
    if total <= 0.0:
        return engine.shortfall
    share = min(1.0, engine.shortfall / total)
    for winner in winners:
        winner.bankruptcy += winner.side * share * profit_of(winner, unit)
        set_trigger(engine, winner)
    engine.accounts.crowd_cash -= share * total
    return engine.shortfall - share * total if share == 1.0 else 0.0


def place_shortfall(engine: Engine) -> None:
    rest = engine.shortfall
    if engine.rules.socialise and not engine.rules.adl:
        rest = socialise(engine)
    engine.accounts.written_off -= rest
    engine.bad_debt += rest
    engine.shortfall = 0.0


def backstop(engine: Engine) -> None:
    rules = engine.rules
    if rules.policy == "market":
        clear_side(engine, LONG)
        clear_side(engine, SHORT)
    elif rules.adl or rules.policy == "limit":
        unit = unit_of(rules, engine.market.mark)
        marked = {side: side * engine.inventory[side] * unit + engine.inventory_cash[side] for side in (LONG, SHORT)}
        if rules.fund_start + engine.accounts.fund_cash + marked[LONG] + marked[SHORT] < 0.0:
            for side in (LONG, SHORT):
                if marked[side] < 0.0:
                    clear_side(engine, side)
    for side in (LONG, SHORT):
        if not engine.waiting[side]:
            engine.inventory[side] = 0.0
    if engine.shortfall > 0.0:
        place_shortfall(engine)
