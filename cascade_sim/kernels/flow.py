"""Exogenous orders of a tick: noise, momentum and value traders netted into one order, then the scheduled orders."""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.orders import order, take
from cascade_sim.kernels.quotes import imbalance, mark_price
from cascade_sim.kernels.state import FOREVER, INVERSE


@inner
def size_of(rules, state, notional):
    """Quantity of an order given as quote notional, by the mark at this moment."""
    return abs(notional) if rules.contract == INVERSE else abs(notional) / state.mark


@inner
def book_flow(state, direction, filled, value):
    """Book an exogenous trade on the flow's account and in the row."""
    state.flow_cash -= direction * value
    state.flow_quantity += direction * filled
    state.row_flow += direction * filled


@melded
def background(rules, state, noise, log_level):
    """Net signed quote notional of noise, momentum and value traders.

    Momentum: ``N clamp((l - mean) / at, -1, 1)`` with ``l`` the log mid and ``mean`` its exponential average; value:
    ``N clamp(ln(value / mid) / at, -1, 1)``. Cost: 3 ns, and 5 ns for each of the two rules that is on.
    """
    notional = noise
    if rules.momentum_notional > 0.0:
        trend = (log_level - state.trend_mean) / rules.momentum_at
        notional += rules.momentum_notional * min(max(trend, -1.0), 1.0)
        state.trend_mean += rules.momentum_weight * (log_level - state.trend_mean)
    if rules.value_notional > 0.0:
        gap = rules.value_log_price - log_level if rules.value_fixed else -imbalance(state)
        notional += rules.value_notional * min(max(gap / rules.value_at, -1.0), 1.0)
    return notional


@melded
def send_plain(rules, state, notional):
    """Send the background order into a book in which it meets nothing but density; touches no array."""
    state.mark = mark_price(rules, state)
    direction = 1.0 if notional > 0.0 else -1.0
    worst = math.inf if notional > 0.0 else 0.0
    filled, value = take(rules, state, None, direction, size_of(rules, state, notional), worst)
    book_flow(state, direction, filled, value)


@inner
def send(rules, state, tape, log, notional):
    """Send a market order given as signed quote notional."""
    state.mark = mark_price(rules, state)
    direction = 1.0 if notional > 0.0 else -1.0
    worst = math.inf if notional > 0.0 else 0.0
    filled, value = order(rules, state, tape, log, direction, size_of(rules, state, notional), worst)
    book_flow(state, direction, filled, value)


@inner
def send_scheduled(rules, state, tape, log, order_tick, order_notional):
    """Send every scheduled order that is due, in the order of the file; after an outage the delayed ones as well."""
    due = order_tick
    while state.next_order < due.size and due[state.next_order] <= state.tick:
        send(rules, state, tape, log, order_notional[state.next_order])
        state.next_order += 1
    state.next_order_tick = due[state.next_order] if state.next_order < due.size else FOREVER
