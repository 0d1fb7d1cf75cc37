"""Step 3 of a tick for strategies: their resting orders that the quotes have crossed, then what they ask for."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.accounts import settle_fills, trade
from cascade_sim.kernels.changes import set_trigger
from cascade_sim.kernels.desk import CANCEL, SEND
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import order, take
from cascade_sim.kernels.quotes import mark_price
from cascade_sim.kernels.resting import meet, rest, take_out
from cascade_sim.kernels.state import INVERSE, SHAPE_TABLE
from cascade_sim.kernels.values import unit_value


@inner
def cross_side(rules, state, tape, desk, direction):
    """Trade one side's resting orders with makers whose quotes have come to or past them, at the orders' own prices.

    An order meets no more than the makers show up to its price: who stands there sells too cheap and buys too dear.
    Where the best order stands outside the venue's price band, the whole side waits.
    """
    while (state.resting_bids if direction > 0.0 else state.resting_asks) > 0:
        place = np.int64(desk.bids[0] if direction > 0.0 else desk.asks[0])
        price, want = desk.orders[place].price, desk.orders[place].quantity
        if direction * (price - (state.ask if direction > 0.0 else state.bid)) < 0.0:
            return
        if price > state.band_high or price < state.band_low:
            return
        if rules.shape == SHAPE_TABLE:
            table = (tape.table_distance, tape.table_quantity)
            filled, value = take(rules, state, table, direction, want, price)
        else:
            filled, value = take(rules, state, None, direction, want, price)
        if filled > 0.0:
            state.maker_cash += direction * (filled * unit_value(price, rules.contract == INVERSE) - value)
            state.last = price
            meet(state, desk, place, filled)
        if filled < want:
            return


@inner
def cross(rules, state, positions, tape, moves, desk):
    """Let the makers meet the resting orders that their new quotes have crossed."""
    if state.resting_bids + state.resting_asks > 0:
        cross_side(rules, state, tape, desk, 1.0)
        cross_side(rules, state, tape, desk, -1.0)
        settle_fills(rules, state, positions, tape, moves, desk)


@inner
def send_order(rules, state, positions, tape, log, moves, desk, place):
    """Send an order to the book: what it meets is filled at once, what is left rests or is dropped."""
    sent = desk.orders[place]
    want = sent.quantity
    state.mark = mark_price(rules, state)
    filled, value = order(rules, state, tape, log, sent.direction, want, sent.price)
    if filled > 0.0:
        sent.quantity = 0.0 if filled >= want else want - filled
        sent.filled += filled
        sent.value += value
        trade(rules, state, positions, tape, moves, desk, sent, filled, value, rules.taker_fee)
        settle_fills(rules, state, positions, tape, moves, desk)
    if sent.quantity > 0.0:
        if sent.rests:
            rest(state, desk, place)
        else:
            sent.quantity = 0.0


@inner
def top_up(rules, state, positions, tape, moves, account, amount):
    """Move free cash into the margin of an open position: ``u_b -= s A / Q``; then a new trigger."""
    k = np.int64(moves.slot[account.position])
    held = positions.quantity[k]
    if held > 0.0:
        paid = min(amount, account.cash)
        side = 1.0 if moves.terms[account.position].side > 0 else -1.0
        positions.bankruptcy[k] -= side * paid / held
        account.cash -= paid
        state.desk_cash -= paid
        state.crowd_cash += paid
        set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@inner
def carry_out(rules, state, positions, tape, log, moves, desk):
    """Carry out what strategies have asked for, in the order in which they asked. Cost: 0.2 us an order."""
    settle_fills(rules, state, positions, tape, moves, desk)  # what background orders have met
    for j in range(state.instructions):
        asked = desk.instructions[j]
        if asked.kind == SEND:
            send_order(rules, state, positions, tape, log, moves, desk, asked.order)
        elif asked.kind == CANCEL:
            take_out(state, desk, asked.order)
            desk.orders[asked.order].quantity = 0.0
        else:
            top_up(rules, state, positions, tape, moves, desk.accounts[asked.account], asked.amount)
    state.instructions = 0
