"""Money changes hands: the engine takes a position over, works it in the market, and the fund bears the difference."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.orders import count_forced, order, price_of, take
from cascade_sim.kernels.owners import pay_owner
from cascade_sim.kernels.state import POLICY_LIMIT, POLICY_MARKET
from cascade_sim.kernels.vault import absorb


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
    event.vault = 0
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


@melded
def change_fund(rules, state, change):
    """Pay into the fund, or draw on it; returns its change. What an empty fund cannot pay waits for step 6."""
    if rules.fund_start + state.fund_cash + change < 0.0:
        drawn = rules.fund_start + state.fund_cash
        state.shortfall += -change - drawn
        state.fund_cash = -rules.fund_start
        change = -drawn
    else:
        state.fund_cash += change
    if state.fund_cash < state.fund_low:
        state.fund_low = state.fund_cash
    return change


@melded
def book_fill(rules, state, event, side, filled, value):
    """Book what the engine received for ``filled``; returns the difference to the bankruptcy price, still to be placed.

    Linear long: ``filled (fill - bankruptcy)``; in general ``s (integral u dq - filled u_b)``.
    """
    event.value += value
    cost = filled * event.bankruptcy
    if side > 0.0:
        state.engine_long -= filled
        state.engine_long_cash += cost
    else:
        state.engine_short -= filled
        state.engine_short_cash -= cost
    return side * (value - cost)


@inner
def keep_fee(rules, state, event, change, value):
    """Take the liquidation fee out of what a trader is left with, for the fund: ``min(fee |value|, change)``.

    Returns what the trader keeps. Source: dYdX v4, `GetLiquidationInsuranceFundDelta`; Binance's clearance fee.
    """
    fee = min(rules.liquidation_fee * abs(value), change)
    if fee > 0.0:
        event.fund_change += change_fund(rules, state, fee)
        change -= fee
    return change


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
def count_fill(rules, state, event, side, want, filled, value):
    """Count what an event met in the market; returns whether it met anything."""
    if filled < want:
        if side > 0.0:
            at_the_end = state.distance_bid >= rules.until or state.bid <= rules.lowest_price
        else:
            at_the_end = state.distance_ask >= rules.until or state.ask >= rules.highest_price
        if at_the_end:
            state.exhausted = 1
        if filled <= 0.0:
            return False
    count_forced(rules, state, side, filled, value)
    event.filled = event.quantity if filled == event.quantity - event.filled else event.filled + filled
    return True


@inner
def finish(rules, state, desk, event, side, want, filled, value):
    """Book a forced trade of an event, whatever it met in the market: the difference is the fund's or the trader's."""
    if not count_fill(rules, state, event, side, want, filled, value):
        return
    change = book_fill(rules, state, event, side, filled, value)
    if change > 0.0 and rules.surplus_to_trader != 0 and rules.policy == POLICY_MARKET:
        change = keep_fee(rules, state, event, change, value)
        pay_owner(state, desk, event.position, change)
        state.returned += change
    else:
        event.fund_change += change_fund(rules, state, change)


@inner
def work_plain(rules, state, desk, event, side, want):
    """Work an event in a book in which it meets nothing but density; returns what was filled. Touches no array."""
    worst = worst_price(rules, state, event, side, want, np.bool_(False))
    filled, value = take(rules, state, None, -side, want, worst)
    finish(rules, state, desk, event, side, want, filled, value)
    return filled


@inner
def work(rules, state, tape, log, row, want, at_any_price):
    """Sell (buy back) ``want`` of one event in the market; returns what was filled. Cost: 20 ns and the book's."""
    event = log.events[row]
    side = 1.0 if event.side > 0 else -1.0
    everything = want == event.quantity - event.filled
    absorbed = 0.0
    if rules.absorb_share > 0.0:
        absorbed = absorb(rules, state, event, side, want)
        if absorbed >= want:
            return want
    rest = want - absorbed
    worst = worst_price(rules, state, event, side, rest, at_any_price)
    filled, value = order(rules, state, tape, log, -side, rest, worst)
    finish(rules, state, log.desk, event, side, rest, filled, value)
    if filled < rest:
        return absorbed + filled
    if everything:  # to the bit, whatever the sum of what was absorbed and filled rounds to
        event.filled = event.quantity
    return want
