"""Money changes hands: the engine takes a position over, works it in the market, and the fund bears the difference."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import count_forced, order, price_of, take
from cascade_sim.kernels.state import POLICY_LIMIT, POLICY_MARKET


@inner
def take_over(state, event, side, position, quantity, trigger, bankruptcy):
    """Write the event row of a triggered position; the engine takes it over at its bankruptcy price.

    The position's cash is ``-s q u_b`` and moves to the engine with it, so the trader is left with nothing: what the
    engine makes above ``u_b`` is the surplus, what it loses below is the fund's. Cost: 5 ns.
    """
    event.tick = state.tick
    event.round = state.round
    event.position = position
    event.side = int(side)
    event.quantity = quantity
    event.trigger = trigger
    event.bankruptcy = bankruptcy
    event.filled = 0.0
    event.value = 0.0
    event.fund_change = 0.0
    state.events += 1
    cash = side * quantity * bankruptcy
    state.crowd_cash += cash
    state.crowd_quantity -= side * quantity
    if side > 0.0:
        state.engine_long_cash -= cash
        state.engine_long += quantity
        state.open_long -= quantity
        state.row_count_long += 1.0
    else:
        state.engine_short_cash -= cash
        state.engine_short += quantity
        state.open_short -= quantity
        state.row_count_short += 1.0


@inner
def book_fill(rules, state, event, side, filled, value, to_trader):
    """Book what the engine received for ``filled``: the difference to the bankruptcy price is the fund's or trader's.

    Linear long: ``filled (fill - bankruptcy)``; in general ``s (integral u dq - filled u_b)``. A fund that is
    overdrawn stops at zero, and the rest waits as ``shortfall`` for step 6.
    """
    event.value += value
    cost = filled * event.bankruptcy
    if side > 0.0:
        state.engine_long -= filled
        state.engine_long_cash += cost
    else:
        state.engine_short -= filled
        state.engine_short_cash -= cost
    change = side * (value - cost)
    if change > 0.0 and to_trader:
        state.settled_cash += change
        return
    if rules.fund_start + state.fund_cash + change < 0.0:
        drawn = rules.fund_start + state.fund_cash
        state.shortfall += -change - drawn
        state.fund_cash = -rules.fund_start
        event.fund_change -= drawn
    else:
        state.fund_cash += change
        event.fund_change += change
    if state.fund_cash < state.fund_low:
        state.fund_low = state.fund_cash


@inner
def worst_price(rules, state, event, side, want, at_any_price):
    """Price down to (up to) which the engine works an event: its limit, or the price that empties the fund.

    Under `limit` the bankruptcy price. With auto-deleveraging ``u_b - s fund / q`` (model.md section 7), at which the
    whole of ``q`` would cost exactly the fund. Otherwise any price.
    """
    if not at_any_price:
        if rules.policy == POLICY_LIMIT:
            return price_of(rules, event.bankruptcy)
        if rules.adl:
            fund = max(rules.fund_start + state.fund_cash, 0.0)
            return price_of(rules, event.bankruptcy - side * (fund / want))
    return 0.0 if side > 0.0 else math.inf


@inner
def finish(rules, state, event, side, want, filled, value):
    """Book a forced trade of an event, whatever it met in the market. Cost: 8 ns."""
    if filled < want:
        if side > 0.0:
            at_the_end = state.distance_bid >= rules.until or state.bid <= rules.lowest_price
        else:
            at_the_end = state.distance_ask >= rules.until or state.ask >= rules.highest_price
        if at_the_end:
            state.exhausted = 1
        if filled <= 0.0:
            return
    count_forced(rules, state, side, filled, value)
    event.filled = event.quantity if filled == event.quantity - event.filled else event.filled + filled
    to_trader = rules.surplus_to_trader != 0 and rules.policy == POLICY_MARKET
    book_fill(rules, state, event, side, filled, value, to_trader)


@inner
def work_plain(rules, state, event, side, want):
    """Work an event in a book in which it meets nothing but density; returns what was filled. Touches no array."""
    worst = worst_price(rules, state, event, side, want, np.bool_(False))
    filled, value = take(rules, state, None, -side, want, worst)
    finish(rules, state, event, side, want, filled, value)
    return filled


@inner
def work(rules, state, tape, log, row, want, at_any_price):
    """Sell (buy back) ``want`` of one event in the market; returns what was filled. Cost: 20 ns and the book's."""
    event = log.events[row]
    side = 1.0 if event.side > 0 else -1.0
    worst = worst_price(rules, state, event, side, want, at_any_price)
    filled, value = order(rules, state, tape, log, -side, want, worst)
    finish(rules, state, event, side, want, filled, value)
    return filled
