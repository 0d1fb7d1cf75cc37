"""Positions come and go in time: cooldowns end, owners leave, others arrive."""

from __future__ import annotations

import math

from naive.defence import close_at_market
from naive.engine import Position
from naive.plain import plain_record, price_of, quantity_of
from naive.triggers import LONG, choose, round_price, set_trigger


def dress(rules, tape, position: Position, terms) -> None:
    """Give a standing position its wallet and orders, and with them the first of its triggers."""
    if terms is not None:
        for name in ("wallet", "top_up", "call_at", "stop", "profit", "answers"):
            setattr(position, name, terms[name].item())
    choose(rules, tape, position, position.trigger)


class Comings:
    """Who leaves and who arrives when."""

    def __init__(self, turnover):
        self.entrants = [] if turnover is None else [plain_record(row) for row in turnover.entrants]
        self.exits = []
        if turnover is not None:
            self.exits = list(zip(turnover.exit_tick.tolist(), turnover.exit_position.tolist(), strict=True))

    def do_tick(self, engine) -> None:
        release(engine)
        while self.exits and self.exits[0][0] <= engine.tick:
            _, index = self.exits.pop(0)
            position = next((position for position in engine.positions if position.index == index), None)
            if position is not None and position.quantity > 0.0:
                close_at_market(engine, position)
        while self.entrants and self.entrants[0].tick <= engine.tick:
            arrive(engine, self.entrants.pop(0))


def release(engine) -> None:
    """Positions that have been left alone long enough have triggers again."""
    for position in engine.positions:
        if position.part == "cooling" and position.rests_until <= engine.tick:
            position.part, position.reduced_at = "reduced", -1
            if position.quantity > 0.0:
                set_trigger(engine.rules, engine.tape, position)


def arrive(engine, entrant) -> None:
    """Open a position at market, of what the book gives."""
    rules, market, accounts = engine.rules, engine.market, engine.accounts
    side = float(entrant.side)
    market.mark = market.mark_price()
    want = quantity_of(rules, entrant.notional, market.mark)
    filled, value = engine.order(side, want, math.inf if side == LONG else 0.0)
    if filled <= 0.0:
        return
    unit = value / filled
    fee = rules.taker_fee * abs(value)
    collateral = abs(value) / entrant.leverage
    accounts.crowd_cash -= side * value + fee
    accounts.fees_cash += fee
    accounts.crowd_quantity += side * filled
    engine.open_quantity[side] += filled
    engine.entered += filled
    bankruptcy = unit - side * (collateral * (1.0 + entrant.backing)) / filled
    position = Position(entrant.position, side, filled, None, bankruptcy, unit)
    position.wallet = collateral * entrant.wallet
    position.top_up = position.wallet * entrant.top_up
    position.call_at, position.answers = entrant.call_at, entrant.answers
    price = price_of(rules, unit)
    if entrant.stop_distance > 0.0:
        order = (entrant.stop_distance, entrant.stop_step, entrant.stop_beyond)
        position.stop = round_price(price, side, *order, gains=False)
    if entrant.profit_distance > 0.0:
        order = (entrant.profit_distance, entrant.profit_step, entrant.profit_beyond)
        position.profit = round_price(price, side, *order, gains=True)
    engine.positions.append(position)
    set_trigger(rules, engine.tape, position)
