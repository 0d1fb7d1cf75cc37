"""Step 6 of a tick: losses that the market left go to deleveraged opponents, to all winners, or become bad debt."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.heap import heapify, pop, push
from cascade_sim.kernels.jit import inlined, inner
from cascade_sim.kernels.margin import liquidation_price
from cascade_sim.kernels.orders import empty_queue
from cascade_sim.kernels.settle import book_fill, work
from cascade_sim.kernels.state import INVERSE, POLICY_LIMIT, POLICY_MARKET


@inlined
def unit_of(rules, price):
    """``u(p)``: the price of a linear contract, ``-1/p`` of an inverse one."""
    return -1.0 / price if rules.contract == INVERSE else price


@inner
def set_trigger(rules, state, positions, tape, k):
    """Work out the trigger of a position whose terms have changed, and ask for the crowd to be sorted anew."""
    side = 1.0 if k < positions.longs else -1.0
    entry = positions.entry[positions.index[k]]
    collateral = side * positions.quantity[k] * (entry - positions.bankruptcy[k])
    entry_price = -1.0 / entry if rules.contract == INVERSE else entry
    positions.key[k] = -side * liquidation_price(
        side, positions.quantity[k], entry_price, collateral,
        rules.contract == INVERSE, rules.maintenance_on_entry != 0, tape.tier_rate, tape.tier_amount,
    )  # fmt: skip
    state.resort = 1


@inner
def rank_opponents(state, positions, side, unit):
    """Heap of the open positions on one side in deleveraging order: profit times effective leverage, largest first.

    ``profit = s (u(M) - u(e)) / |u(e)|``, ``leverage = |u(M)| / (s (u(M) - u_b))``; the score is their product for a
    profit, their quotient for a loss. Positions already under water cannot pay and are left out. Source: BitMEX,
    Bybit (docs/model.md section 7). Cost: one pass over that side.
    """
    first = state.head_long if side > 0.0 else state.head_short
    last = positions.longs if side > 0.0 else positions.key.size
    score = np.empty(last - first, np.float64)
    member = np.empty(last - first, np.int32)
    size = np.int64(0)
    for k in range(first, last):
        if positions.quantity[k] <= 0.0:
            continue
        margin = side * (unit - positions.bankruptcy[k])
        if margin <= 0.0:
            continue
        entry = positions.entry[positions.index[k]]
        profit = side * (unit - entry) / abs(entry)
        leverage = abs(unit) / margin
        score[size] = -(profit * leverage if profit > 0.0 else profit / leverage)
        member[size] = k
        size += 1
    heapify(score, member, size)
    return score, member, size


@inner
def close_against(rules, state, positions, tape, event, k, side):
    """Close as much of an event as opponent ``k`` holds, at the event's bankruptcy price; both accounts are paid."""
    open_quantity = event.quantity - event.filled
    closed = min(open_quantity, positions.quantity[k])
    event.filled = event.quantity if closed == open_quantity else event.filled + closed
    state.crowd_cash -= side * closed * positions.bankruptcy[k]
    state.crowd_quantity += side * closed
    state.settled_cash += side * (positions.bankruptcy[k] - event.bankruptcy) * closed
    book_fill(rules, state, event, side, closed, closed * event.bankruptcy, np.bool_(False))
    if side > 0.0:
        state.open_short -= closed
    else:
        state.open_long -= closed
    state.row_adl += closed
    inverse = rules.contract == INVERSE
    state.adl_notional += closed if inverse else closed * event.bankruptcy
    if closed == positions.quantity[k]:
        positions.quantity[k] = 0.0
    else:
        positions.quantity[k] -= closed
        if tape.tier_rate.size > 1:
            set_trigger(rules, state, positions, tape, k)


@inner
def match(rules, state, positions, tape, log, rows, first, last, side):
    """Close events ``rows[first:last]`` against ranked opponents at each event's bankruptcy price.

    An opponent whom that price would leave with less than nothing is passed over for this event, and stands in line
    again for the next. Both legs are closed; a partly closed opponent's share of the margin is paid out with the
    profit, so that with flat maintenance its prices stay; under tiers the smaller position has a new trigger, and the
    crowd has to be sorted anew.
    """
    score, member, size = rank_opponents(state, positions, -side, unit_of(rules, state.mark))
    passed, nearest = 0, -np.inf  # who was passed over waits behind the heap's end; the nearest price that suits one
    for j in range(first, last):
        event = log.events[rows[j]]
        while passed > 0 and nearest >= side * event.bankruptcy:
            size = push(score, member, size, score[size], member[size])
            passed -= 1
        if passed == 0:
            nearest = -np.inf
        while size > 0 and event.filled < event.quantity:
            k = np.int64(member[0])
            if side * (positions.bankruptcy[k] - event.bankruptcy) < 0.0:
                first_score, first_member = score[0], member[0]
                size = pop(score, member, size)
                score[size], member[size] = first_score, first_member
                passed += 1
                nearest = max(nearest, side * positions.bankruptcy[k])
                continue
            close_against(rules, state, positions, tape, event, k, side)
            if positions.quantity[k] == 0.0:
                size = pop(score, member, size)
                score[size], member[size] = score[size + passed], member[size + passed]


@inner
def dump(rules, state, tape, log, rows, first, last):
    """Sell at any price what nobody took over; returns how many events the book could not take (kept, in order)."""
    kept = first
    for j in range(first, last):
        row = np.int64(rows[j])
        open_quantity = log.events[row].quantity - log.events[row].filled
        if open_quantity <= 0.0:
            continue
        if work(rules, state, tape, log, row, open_quantity, np.bool_(True)) < open_quantity:
            rows[kept] = row
            kept += 1
    return kept - first


@inner
def socialise(rules, state, positions, tape):
    """Spread the shortfall over all winners in proportion to their profit; returns what they could not cover.

    ``share = min(1, shortfall / sum of profits)``; a winner's cash falls by ``share profit``, which moves its
    bankruptcy and liquidation prices nearer, so the crowd has to be sorted anew. Cost: two passes over the crowd.
    """
    unit = unit_of(rules, state.mark)
    total = 0.0
    for k in range(positions.key.size):
        if positions.quantity[k] > 0.0:
            side = 1.0 if k < positions.longs else -1.0
            total += max(0.0, side * positions.quantity[k] * (unit - positions.entry[positions.index[k]]))
    if total <= 0.0:
        return state.shortfall
    share = min(1.0, state.shortfall / total)
    for k in range(positions.key.size):
        side = 1.0 if k < positions.longs else -1.0
        profit = side * (unit - positions.entry[positions.index[k]])
        if positions.quantity[k] <= 0.0 or profit <= 0.0:
            continue
        positions.bankruptcy[k] += side * share * profit
        set_trigger(rules, state, positions, tape, k)
    state.crowd_cash -= share * total
    return state.shortfall - share * total if share == 1.0 else 0.0


@inner
def place_shortfall(rules, state, positions, tape):
    """Place the losses beyond the fund: over the winners, else as bad debt."""
    rest = state.shortfall
    if rules.socialise and not rules.adl:
        rest = socialise(rules, state, positions, tape)
    state.written_off -= rest
    state.bad_debt += rest
    state.shortfall = 0.0


@inner
def in_price_order(rows, priority, size):
    """Turn a heap of offers into a list, best offer first (which is a heap as well). Cost: O(size log size)."""
    order = np.empty(size, np.int32)
    best = np.empty(size, np.float64)
    for j in range(size):
        order[j] = rows[0]
        best[j] = priority[0]
        pop(priority, rows, size - j)
    for j in range(size):
        rows[j] = order[j]
        priority[j] = best[j]


@inner
def clear_side(rules, state, positions, tape, log, side):
    """Deleverage or sell on what the engine still holds of one side, if the fund can no longer carry it."""
    rows = log.queue_long if side > 0.0 else log.queue_short
    head = state.queue_long_head if side > 0.0 else state.queue_short_head
    tail = state.queue_long_tail if side > 0.0 else state.queue_short_tail
    due = tail
    if rules.policy == POLICY_MARKET:
        due = head
        while due < tail and log.events[rows[due]].tick + rules.delay_ticks <= state.tick:
            due += 1
    if due == head:
        return
    if rules.policy == POLICY_LIMIT:
        in_price_order(rows, log.priority_long if side > 0.0 else log.priority_short, tail)
    if rules.adl:
        match(rules, state, positions, tape, log, rows, head, due, side)
    kept = dump(rules, state, tape, log, rows, head, due)
    for j in range(due, tail):
        rows[head + kept + j - due] = rows[j]
    tail = head + kept + tail - due
    if rules.policy == POLICY_LIMIT:
        priority = log.priority_long if side > 0.0 else log.priority_short
        for j in range(head, tail):
            priority[j] = side * log.events[rows[j]].bankruptcy
    if side > 0.0:
        state.queue_long_tail = tail
    else:
        state.queue_short_tail = tail


@inner
def backstop(rules, state, positions, tape, log):
    """Step 6: place what the market left.

    Under `market`: whatever the fund could not carry. Under `limit` and `paced`: once fund plus marked inventory is
    below zero, the side of the inventory that is marked at a loss; the other goes on being worked. Without
    deleveraging, `paced` simply goes on and realises its losses.
    """
    if state.queue_long_tail > state.queue_long_head or state.queue_short_tail > state.queue_short_head:
        if rules.policy == POLICY_MARKET:
            clear_side(rules, state, positions, tape, log, 1.0)
            clear_side(rules, state, positions, tape, log, -1.0)
        elif rules.adl or rules.policy == POLICY_LIMIT:
            unit = unit_of(rules, state.mark)
            longs = state.engine_long * unit + state.engine_long_cash
            shorts = -state.engine_short * unit + state.engine_short_cash
            if rules.fund_start + state.fund_cash + longs + shorts < 0.0:
                if longs < 0.0:
                    clear_side(rules, state, positions, tape, log, 1.0)
                if shorts < 0.0:
                    clear_side(rules, state, positions, tape, log, -1.0)
    empty_queue(state, 1.0)
    empty_queue(state, -1.0)
    if state.shortfall > 0.0:
        place_shortfall(rules, state, positions, tape)
