"""What waits in the engine: first come first served, or under `limit` as offers in price order."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.heap import pop, push
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import plain, price_of
from cascade_sim.kernels.settle import work, work_plain
from cascade_sim.kernels.state import INVERSE, POLICY_LIMIT, POLICY_MARKET, POLICY_PACED


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
        if rules.absorb_share == 0.0 and plain(rules, state, -side):
            filled = work_plain(rules, state, log.desk, event, side, want)
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
