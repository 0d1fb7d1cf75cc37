"""Where losses go that market and fund did not carry: deleveraging, socialised loss, bad debt. Model, section 7."""

from __future__ import annotations

from naive.engine import LONG, SHORT, Engine, Event, Position
from naive.plain import price_of, unit_of
from naive.triggers import in_firing_order, set_trigger


def profit_of(position: Position, unit: float) -> float:
    return position.side * (unit - position.entry)


def score_of(rules, position: Position, unit: float) -> float:
    """How early an open, solvent position is deleveraged: the highest score first."""
    leverage = abs(unit) / (position.side * (unit - position.bankruptcy))
    if rules.ranking == "none":
        return 0.0
    if rules.ranking == "hyperliquid":
        gains_by_unit = (position.side == LONG) != (rules.contract == "inverse")
        return (unit / position.entry if gains_by_unit else position.entry / unit) * leverage
    profit = profit_of(position, unit) / abs(position.entry)
    return profit * leverage if profit > 0.0 else profit / leverage


def as_they_stand(engine: Engine, position: Position) -> tuple:
    """What settles ties: the order of triggers, or where triggers change the order in which positions came.

    Accounts stand behind the crowd.
    """
    if engine.rules.moving or position in engine.desk.positions:
        return (1, position.index)
    return (0, *position.in_order())


def ranked(engine: Engine, side: float) -> list[Position]:
    """Open positions that can pay, highest score first."""
    unit = unit_of(engine.rules, engine.market.mark)
    solvent = [
        position
        for position in engine.positions
        if position.side == side and position.quantity > 0.0 and position.side * (unit - position.bankruptcy) > 0.0
    ]
    return sorted(
        solvent, key=lambda position: (-score_of(engine.rules, position, unit), *as_they_stand(engine, position))
    )


def deleverage(engine: Engine, due: list[Event], side: float) -> None:
    """Close events against ranked opponents at the bankruptcy price, passing over whom that would ruin."""
    opponents = ranked(engine, -side)
    for event in due:
        if held_by_band(engine, event):
            continue
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
    engine.desk.pay_owner(engine, opponent.index, gain * closed)
    event.fund_change += engine.change_fund(engine.book_fill(event, closed, closed * event.bankruptcy))
    engine.open_quantity[-side] -= closed
    engine.deleveraged += closed
    price = price_of(rules, event.bankruptcy)
    engine.adl_notional += closed if rules.contract == "inverse" else closed * price
    engine.adl_forgone += side * closed * (event.bankruptcy - unit_of(rules, engine.market.mark))
    if closed == opponent.quantity:
        opponent.quantity = 0.0
    else:
        opponent.quantity -= closed
        if len(engine.tape.tier_rate) > 1:
            set_trigger(rules, engine.tape, opponent)


def held_by_band(engine: Engine, event: Event) -> bool:
    """Whether the price band, and not the fund, is what keeps a waiting event from being sold."""
    market, (low, high) = engine.market, engine.market.band
    if engine.rules.band == 0.0 or engine.rules.policy != "market" or event.open <= 0.0:
        return False
    worst = engine.worst_price(event, event.open, at_any_price=False)
    if event.side == LONG:
        return market.bids.price <= low and low > worst
    return market.asks.price >= high and high < worst


def clear_side(engine: Engine, side: float) -> None:
    """Deleverage what waits and is due; with no opponent left, sell it on at any price."""
    waiting = engine.waiting[side]
    due = [event for event in waiting if engine.due(event)]
    if engine.rules.policy == "limit":
        due.sort(key=lambda event: side * event.bankruptcy)
    if engine.rules.adl:
        deleverage(engine, due, side)
    for event in due:
        if held_by_band(engine, event):
            continue
        open_quantity = event.open
        if open_quantity <= 0.0 or engine.work(event, open_quantity, at_any_price=True) == open_quantity:
            waiting.remove(event)
    engine.offers[side].lie_in_order(waiting)


def socialise(engine: Engine) -> float:
    """Take the shortfall from all winners in proportion to their profit; returns what they could not cover."""
    unit = unit_of(engine.rules, engine.market.mark)
    if engine.rules.moving:
        crowd = sorted(engine.positions, key=lambda position: position.index)
    else:
        crowd = (engine.stood or in_firing_order(engine.crowd)) + engine.desk.positions
    winners = [position for position in crowd if position.quantity > 0.0 and profit_of(position, unit) > 0.0]
    total = 0.0
    for winner in winners:
        total += winner.side * winner.quantity * (unit - winner.entry)
    if total <= 0.0:
        return engine.shortfall
    share = min(1.0, engine.shortfall / total)
    for winner in winners:
        winner.bankruptcy += winner.side * share * profit_of(winner, unit)
        set_trigger(engine.rules, engine.tape, winner)
    engine.accounts.crowd_cash -= share * total
    return engine.shortfall - share * total if share == 1.0 else 0.0


def place_shortfall(engine: Engine) -> None:
    if engine.shortfall <= 0.0:
        return
    rest = engine.shortfall
    if engine.rules.socialise and not engine.rules.adl:
        rest = socialise(engine)
    engine.socialised += engine.shortfall - rest
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
