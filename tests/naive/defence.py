"""Traders who act for themselves: top-ups at margin calls, and positions closed at market."""

from __future__ import annotations

import math

from naive.triggers import LONG, set_trigger


def top_up(engine, position) -> None:
    """Pay from the wallet into the position."""
    amount = min(position.top_up, position.wallet)
    engine.topped_up_ever += amount
    position.wallet -= amount
    position.answers -= 1
    position.bankruptcy -= position.side * amount / position.quantity
    engine.topped_up += amount
    set_trigger(engine.rules, engine.tape, position)


def close_at_market(engine, position) -> None:
    """Sell what the book takes; the owner gets what it is worth less the fee, or the fund pays what is missing.

    Under brackets what is left may be in another one.
    """
    side = position.side
    filled, value = engine.order(-side, position.quantity, 0.0 if side == LONG else math.inf)
    if filled > 0.0:
        settle(engine, position, filled, value)
    if position.quantity > 0.0 and len(engine.tape.tier_rate) > 1:
        set_trigger(engine.rules, engine.tape, position)


def settle(engine, position, filled: float, value: float) -> None:
    side, accounts = position.side, engine.accounts
    cash = side * filled * position.bankruptcy
    equity = side * value - cash
    accounts.crowd_cash += cash
    accounts.crowd_quantity -= side * filled
    engine.open_quantity[side] -= filled
    engine.exited += filled
    if equity >= 0.0:
        fee = min(engine.rules.taker_fee * abs(value), equity)
        accounts.fees_cash += fee
        accounts.settled_cash += equity - fee
    else:
        engine.overdrawn -= equity
        engine.overdrawn_paid -= engine.change_fund(equity)
    position.quantity = 0.0 if filled >= position.quantity else position.quantity - filled


def stop_out(engine, position) -> None:
    """What the book does not take stays open without the stop."""
    position.stop = math.nan
    close_at_market(engine, position)
    if position.quantity > 0.0:
        set_trigger(engine.rules, engine.tape, position)


def take_profit(engine, position) -> None:
    position.profit = math.nan
    close_at_market(engine, position)
