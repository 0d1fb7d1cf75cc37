"""Step 6 of a tick: what the market left is closed against deleveraged opponents, or sold on at any price."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.changes import set_trigger
from cascade_sim.kernels.heap import pop, push
from cascade_sim.kernels.heat import count_on_map
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.opponents import rank_opponents, rank_rest, slot_of
from cascade_sim.kernels.orders import empty_queue, price_of, unit_of
from cascade_sim.kernels.owners import pay_owner
from cascade_sim.kernels.settle import book_fill, change_fund, work, worst_price
from cascade_sim.kernels.state import INVERSE, POLICY_LIMIT, POLICY_MARKET


@melded
def close_against(rules, state, positions, tape, moves, desk, event, k, side):
    """Close as much of an event as opponent ``k`` holds, at the event's bankruptcy price; both accounts are paid."""
    open_quantity = event.quantity - event.filled
    held = positions.quantity[k]
    closed = min(open_quantity, held)
    event.filled = event.quantity if closed == open_quantity else event.filled + closed
    state.crowd_cash -= side * closed * positions.bankruptcy[k]
    state.crowd_quantity += side * closed
    gain = side * (positions.bankruptcy[k] - event.bankruptcy) * closed
    pay_owner(state, desk, np.int64(positions.index[k]), gain)
    event.fund_change += change_fund(
        rules, state, book_fill(rules, state, event, side, closed, closed * event.bankruptcy)
    )
    if side > 0.0:
        state.open_short -= closed
    else:
        state.open_long -= closed
    state.row_adl += closed
    inverse = rules.contract == INVERSE
    state.adl_notional += closed if inverse else closed * price_of(rules, event.bankruptcy)
    state.adl_forgone += side * closed * (event.bankruptcy - unit_of(rules, state.mark))
    positions.quantity[k] = 0.0 if closed == held else held - closed
    if rules.heat_bins > 0:
        price = abs(positions.key[k]) if moves is None else moves.terms[positions.index[k]].liquidation
        count_on_map(rules, positions.heat, price, held, positions.quantity[k])
    if closed < held and tape.tier_rate.size > 1:
        set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@inner
def held_by_band(rules, state, event, side):
    """Tell whether the price band, and not the fund, is what keeps a waiting event from being sold."""
    edge = state.band_low if side > 0.0 else state.band_high
    best = state.bid if side > 0.0 else state.ask
    open_quantity = event.quantity - event.filled
    if rules.band == 0.0 or rules.policy != POLICY_MARKET or side * (best - edge) > 0.0 or open_quantity <= 0.0:
        return False
    return side * (edge - worst_price(rules, state, event, side, open_quantity, np.bool_(False))) > 0.0


@inner
def match(rules, state, positions, tape, log, ranks, moves, rows, first, last, side):
    """Close events ``rows[first:last]`` against ranked opponents at each event's bankruptcy price.

    An opponent whom that price would leave with less than nothing is passed over for this event, and stands in line
    again for the next. Both legs are closed; a partly closed opponent's share of the margin is paid out with the
    profit, so that with flat maintenance its prices stay; under tiers the smaller position has a new trigger, and the
    crowd has to be sorted anew.
    """
    score, member = ranks.rank_score, ranks.rank_member
    wanted = 0.0
    for j in range(first, last):
        wanted += log.events[rows[j]].quantity - log.events[rows[j]].filled
    unit = unit_of(rules, state.mark)
    size, count = rank_opponents(rules, state, positions, moves, -side, unit, wanted, ranks)
    front = size
    passed, nearest = 0, -np.inf  # who was passed over waits behind the heap's end; the nearest price that suits one
    for j in range(first, last):
        event = log.events[rows[j]]
        if held_by_band(rules, state, event, side):
            continue
        while passed > 0 and nearest >= side * event.bankruptcy:
            size = push(score, member, size, score[size], member[size])
            passed -= 1
        if passed == 0:
            nearest = -np.inf
        while event.filled < event.quantity:
            if size == 0:
                if front == count:
                    break
                size = rank_rest(score, member, passed, front, count)
                front = count = size + passed
            k = slot_of(rules, moves, member[0])
            if side * (positions.bankruptcy[k] - event.bankruptcy) < 0.0:
                first_score, first_member = score[0], member[0]
                size = pop(score, member, size)
                score[size], member[size] = first_score, first_member
                passed += 1
                nearest = max(nearest, side * positions.bankruptcy[k])
                continue
            close_against(rules, state, positions, tape, moves, log.desk, event, k, side)
            if positions.quantity[k] == 0.0:
                size = pop(score, member, size)
                score[size], member[size] = score[size + passed], member[size + passed]


@inner
def dump(rules, state, tape, log, rows, first, last, side):
    """Sell at any price what nobody took over; returns how many events the book could not take (kept, in order)."""
    kept = first
    for j in range(first, last):
        row = np.int64(rows[j])
        open_quantity = log.events[row].quantity - log.events[row].filled
        if open_quantity <= 0.0:
            continue
        if held_by_band(rules, state, log.events[row], side):
            rows[kept] = row
            kept += 1
            continue
        if work(rules, state, tape, log, row, open_quantity, np.bool_(True)) < open_quantity:
            rows[kept] = row
            kept += 1
    return kept - first


@inner
def in_price_order(rows, priority, size, best, order):
    """Turn a heap of offers into a list, best offer first (which is a heap as well). Cost: O(size log size)."""
    for j in range(size):
        order[j] = rows[0]
        best[j] = priority[0]
        pop(priority, rows, size - j)
    for j in range(size):
        rows[j] = order[j]
        priority[j] = best[j]


@inner
def clear_side(rules, state, positions, tape, log, ranks, moves, side):
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
        in_price_order(
            rows, log.priority_long if side > 0.0 else log.priority_short, tail, ranks.rank_score, ranks.rank_member
        )
    if rules.adl:
        match(rules, state, positions, tape, log, ranks, moves, rows, head, due, side)
    kept = dump(rules, state, tape, log, rows, head, due, side)
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
def backstop(rules, state, positions, tape, log, ranks, moves):
    """Step 6: place what the market left.

    Under `market`: whatever the fund could not carry. Under `limit` and `paced`: once fund plus marked inventory is
    below zero, the side of the inventory that is marked at a loss; the other goes on being worked. Without
    deleveraging, `paced` simply goes on and realises its losses.
    """
    if state.queue_long_tail > state.queue_long_head or state.queue_short_tail > state.queue_short_head:
        if rules.policy == POLICY_MARKET:
            clear_side(rules, state, positions, tape, log, ranks, moves, 1.0)
            clear_side(rules, state, positions, tape, log, ranks, moves, -1.0)
        elif rules.adl or rules.policy == POLICY_LIMIT:
            unit = unit_of(rules, state.mark)
            longs = state.engine_long * unit + state.engine_long_cash
            shorts = -state.engine_short * unit + state.engine_short_cash
            if rules.fund_start + state.fund_cash + longs + shorts < 0.0:
                if longs < 0.0:
                    clear_side(rules, state, positions, tape, log, ranks, moves, 1.0)
                if shorts < 0.0:
                    clear_side(rules, state, positions, tape, log, ranks, moves, -1.0)
    empty_queue(state, 1.0)
    empty_queue(state, -1.0)
