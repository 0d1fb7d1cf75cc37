"""Strategies' resting orders: two lists in price order, and what happens when another order meets them."""

from __future__ import annotations

from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.state import INVERSE
from cascade_sim.kernels.values import unit_value


@melded
def best_resting(state, desk, direction):
    """Price of the best resting order that an order in this direction meets; 0 where there is none. Cost: 1 ns."""
    if desk is None:
        return 0.0
    if direction > 0.0:
        return desk.orders[desk.asks[0]].price if state.resting_asks > 0 else 0.0
    return desk.orders[desk.bids[0]].price if state.resting_bids > 0 else 0.0


@inner
def rest(state, desk, place):
    """Let what is left of an order wait, behind those of its price. Cost: O(orders that wait on its side)."""
    order = desk.orders[place]
    waiting = desk.bids if order.direction > 0.0 else desk.asks
    at = state.resting_bids if order.direction > 0.0 else state.resting_asks
    while at > 0 and order.direction * (order.price - desk.orders[waiting[at - 1]].price) > 0.0:
        waiting[at] = waiting[at - 1]
        at -= 1
    waiting[at] = place
    if order.direction > 0.0:
        state.resting_bids += 1
    else:
        state.resting_asks += 1


@inner
def take_out(state, desk, place):
    """Take an order out of those that wait, if it waits. Cost: O(orders that wait on its side)."""
    buys = desk.orders[place].direction > 0.0
    waiting = desk.bids if buys else desk.asks
    size = state.resting_bids if buys else state.resting_asks
    at = 0
    while at < size and waiting[at] != place:
        at += 1
    if at == size:
        return
    for j in range(at, size - 1):
        waiting[j] = waiting[j + 1]
    if buys:
        state.resting_bids = size - 1
    else:
        state.resting_asks = size - 1


@inner
def cancel_all(state, desk, account):
    """Take all orders of an account out; what they were filled before stays to be settled."""
    for buys in (True, False):
        waiting = desk.bids if buys else desk.asks
        size = state.resting_bids if buys else state.resting_asks
        kept = 0
        for j in range(size):
            order = desk.orders[waiting[j]]
            if order.account == account:
                order.quantity = 0.0
            else:
                waiting[kept] = waiting[j]
                kept += 1
        if buys:
            state.resting_bids = kept
        else:
            state.resting_asks = kept


@inner
def meet(state, desk, place, filled):
    """Note that a resting order was filled; its account is settled later, by `accounts.settle_fills`."""
    order = desk.orders[place]
    if order.pending == 0.0:
        desk.touched[state.touched] = place
        state.touched += 1
    order.pending += filled
    order.quantity = 0.0 if filled >= order.quantity else order.quantity - filled
    if order.quantity == 0.0:
        take_out(state, desk, place)


@inner
def fill_resting(rules, state, desk, direction, want):
    """Fill an order from the best resting one, at its price; returns (filled, integral of u dq)."""
    if desk is None:
        return 0.0, 0.0
    place = desk.asks[0] if direction > 0.0 else desk.bids[0]
    order = desk.orders[place]
    filled = min(want, order.quantity)
    state.last = order.price
    meet(state, desk, place, filled)
    return filled, filled * unit_value(order.price, rules.contract == INVERSE)
