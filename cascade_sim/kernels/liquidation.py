"""Step 5 of a tick: triggers that the mark has crossed fire in price order, round after round, until none is left."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.heap import pop, push
from cascade_sim.kernels.jit import inlined, inner, kernel
from cascade_sim.kernels.orders import plain, price_of
from cascade_sim.kernels.quotes import mark_price
from cascade_sim.kernels.settle import take_over, work, work_plain
from cascade_sim.kernels.state import (
    AT_START,
    EVENTS_FULL,
    IN_ROUNDS,
    INVERSE,
    POLICY_LIMIT,
    POLICY_MARKET,
    POLICY_NONE,
    POLICY_PACED,
    RUNNING,
)


@inner
def crossed(key, head, end, limit):
    """Count the entries from ``head`` whose key is at or below ``limit``. Cost: O(log count), galloping."""
    if head >= end or key[head] > limit:
        return 0
    step, low = 1, head
    while low + step < end and key[low + step] <= limit:
        low += step
        step *= 2
    high = min(low + step, end)
    while low + 1 < high:
        middle = (low + high) // 2
        if key[middle] <= limit:
            low = middle
        else:
            high = middle
    return low + 1 - head


@kernel
def set_next(state, positions):
    """Remember the nearest trigger of each side, so that a quiet tick touches no position."""
    if state.head_long < positions.longs:
        state.next_long = -positions.key[state.head_long]
    else:
        state.next_long = -math.inf
    if state.head_short < positions.key.size:
        state.next_short = positions.key[state.head_short]
    else:
        state.next_short = math.inf


@inner
def enqueue(rules, state, log, side, row):
    """Let an event wait: in price order (best offer first) under `limit`, else first come first served."""
    if side > 0.0:
        if rules.policy == POLICY_LIMIT:
            size = state.queue_long_tail
            state.queue_long_tail = push(log.priority_long, log.queue_long, size, log.events[row].bankruptcy, row)
        else:
            log.queue_long[state.queue_long_tail] = row
            state.queue_long_tail += 1
    elif rules.policy == POLICY_LIMIT:
        size = state.queue_short_tail
        state.queue_short_tail = push(log.priority_short, log.queue_short, size, -log.events[row].bankruptcy, row)
    else:
        log.queue_short[state.queue_short_tail] = row
        state.queue_short_tail += 1


@inner
def fire(rules, state, positions, tape, log, side, first, count):
    """Fire ``count`` positions of one side from ``first`` on, in trigger order; each is traded as the policy says.

    Cost: O(count), memory read in order, about 30 ns a liquidation under `market`.
    """
    at_once = rules.policy == POLICY_LIMIT or (rules.policy == POLICY_MARKET and rules.delay_ticks == 0)
    key, quantities, bankruptcies, index = positions.key, positions.quantity, positions.bankruptcy, positions.index
    events = log.events
    for k in range(first, first + count):
        quantity = quantities[k]
        if quantity <= 0.0:
            continue
        row = state.events
        event = events[row]
        take_over(state, event, side, index[k], quantity, -side * key[k], bankruptcies[k])
        quantities[k] = 0.0
        filled = 0.0
        if at_once and plain(rules, state, -side):
            filled = work_plain(rules, state, event, side, quantity)
        elif at_once:
            filled = work(rules, state, tape, log, row, quantity, np.bool_(False))
        if filled < quantity:
            enqueue(rules, state, log, side, row)


@inner
def work_queue(rules, state, tape, log, queue, head, tail, budget):
    """Work a first-come queue up to ``budget``; returns the new head. Events that the market will not take stay.

    Under `market` only events whose delay has passed are due. What could not be filled moves to the front of the
    rest, in its order.
    """
    k, kept, events = head, head, log.events
    while k < tail and budget > 0.0:
        row = np.int64(queue[k])
        event = events[row]
        if rules.policy == POLICY_MARKET and event.tick + rules.delay_ticks > state.tick:
            break
        open_quantity = event.quantity - event.filled
        want = min(open_quantity, budget)
        side = 1.0 if event.side > 0 else -1.0
        if plain(rules, state, -side):
            filled = work_plain(rules, state, event, side, want)
        else:
            filled = work(rules, state, tape, log, row, want, np.bool_(False))
        budget -= want
        if filled < open_quantity:
            queue[kept] = row
            kept += 1
        k += 1
    moved = kept - head
    for j in range(moved):
        queue[k - 1 - j] = queue[kept - 1 - j]
    return k - moved


@inner
def work_backlog(rules, state, tape, log):
    """Before this tick's triggers, work what waits from earlier ticks, as the policy allows."""
    if rules.policy == POLICY_MARKET:
        state.queue_long_head = work_queue(
            rules, state, tape, log, log.queue_long, state.queue_long_head, state.queue_long_tail, math.inf
        )
        state.queue_short_head = work_queue(
            rules, state, tape, log, log.queue_short, state.queue_short_head, state.queue_short_tail, math.inf
        )
    elif rules.policy == POLICY_PACED:
        longs, shorts = state.engine_long * rules.pace_share, state.engine_short * rules.pace_share
        if rules.pace_share == 0.0:
            budget = rules.pace_notional
            if rules.contract != INVERSE:
                budget /= state.mark
            total = state.engine_long + state.engine_short
            if total > 0.0:
                longs, shorts = budget * state.engine_long / total, budget * state.engine_short / total
        state.queue_long_head = work_queue(
            rules, state, tape, log, log.queue_long, state.queue_long_head, state.queue_long_tail, longs
        )
        state.queue_short_head = work_queue(
            rules, state, tape, log, log.queue_short, state.queue_short_head, state.queue_short_tail, shorts
        )


@inner
def retry_offers(rules, state, tape, log):
    """Under `limit`, sell into the bids (buy from the asks) whatever offers they reach, best offer first."""
    while state.queue_long_tail > 0:
        row = np.int64(log.queue_long[0])
        open_quantity = log.events[row].quantity - log.events[row].filled
        if price_of(rules, log.events[row].bankruptcy) > state.bid:
            break
        if work(rules, state, tape, log, row, open_quantity, np.bool_(False)) < open_quantity:
            break
        state.queue_long_tail = pop(log.priority_long, log.queue_long, state.queue_long_tail)
    while state.queue_short_tail > 0:
        row = np.int64(log.queue_short[0])
        open_quantity = log.events[row].quantity - log.events[row].filled
        if price_of(rules, log.events[row].bankruptcy) < state.ask:
            break
        if work(rules, state, tape, log, row, open_quantity, np.bool_(False)) < open_quantity:
            break
        state.queue_short_tail = pop(log.priority_short, log.queue_short, state.queue_short_tail)


@inlined
def quiet(rules, state):
    """Tell whether no trigger is crossed and the engine holds nothing: the tick then touches no position."""
    if rules.policy == POLICY_NONE:
        return True
    if state.queue_long_tail > state.queue_long_head or state.queue_short_tail > state.queue_short_head:
        return False
    if state.phase != AT_START:
        return False
    return state.mark > state.next_long and state.mark < state.next_short


@inner
def rounds(rules, state, positions, tape, log):
    """Run rounds until nothing fires; within a round every trigger meets the same mark, longs before shorts.

    Round 1 was pushed by news or flow, later rounds by forced selling. Returns EVENTS_FULL, before the round that
    would overflow the event rows, to be called again with more room; else RUNNING.
    """
    if state.phase == AT_START:
        state.round = 0
        work_backlog(rules, state, tape, log)
        state.phase = IN_ROUNDS
    while True:
        if rules.policy == POLICY_LIMIT:
            retry_offers(rules, state, tape, log)
        state.mark = mark_price(rules, state)
        longs = crossed(positions.key, state.head_long, positions.longs, -state.mark)
        shorts = crossed(positions.key, state.head_short, positions.key.size, state.mark)
        if longs + shorts == 0:
            break
        if state.events + longs + shorts > log.events.size:
            return EVENTS_FULL
        first_long, first_short = state.head_long, state.head_short
        state.head_long += longs
        state.head_short += shorts
        before = state.events
        state.round += 1
        fire(rules, state, positions, tape, log, 1.0, first_long, longs)
        fire(rules, state, positions, tape, log, -1.0, first_short, shorts)
        if state.events == before:  # all of them had been closed by deleveraging
            state.round -= 1
    set_next(state, positions)
    state.row_rounds += state.round
    state.phase = AT_START
    return RUNNING
