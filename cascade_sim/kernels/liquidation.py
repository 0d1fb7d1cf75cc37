"""Step 5 of a tick: triggers that the mark has crossed fire in price order, round after round, until none is left."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.accounts import settle_fills
from cascade_sim.kernels.changes import set_next_change
from cascade_sim.kernels.halt import trips
from cascade_sim.kernels.heat import count_on_map
from cascade_sim.kernels.jit import inlined, inner, kernel
from cascade_sim.kernels.moving import collect, fire_collected
from cascade_sim.kernels.orders import empty_queue, plain
from cascade_sim.kernels.queues import enqueue, retry_offers, work_backlog
from cascade_sim.kernels.quotes import mark_price
from cascade_sim.kernels.settle import take_over, work, work_plain
from cascade_sim.kernels.state import (
    AT_START,
    EVENTS_FULL,
    IN_ROUNDS,
    POLICY_LIMIT,
    POLICY_MARKET,
    POLICY_NONE,
    RUNNING,
    UNSORTED,
)
from cascade_sim.kernels.vault import invited

# What a round came to.
FIRED, NOTHING_LEFT, NO_ROOM = 0, 1, 2


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
def fire(rules, state, positions, tape, log, side, first, count):
    """Fire ``count`` positions of one side from ``first`` on, in trigger order; each is traded as the policy says.

    Cost: O(count), memory read in order, about 30 ns a liquidation under `market`.
    """
    at_once = rules.policy == POLICY_LIMIT or (rules.policy == POLICY_MARKET and rules.delay_ticks == 0)
    no_vault = rules.absorb_share == 0.0
    key, quantities, bankruptcies, index = positions.key, positions.quantity, positions.bankruptcy, positions.index
    events = log.events
    for k in range(first, first + count):
        quantity = quantities[k]
        if quantity <= 0.0:
            continue
        row = state.events
        event = events[row]
        take_over(state, event, side, index[k], quantity, -side * key[k], bankruptcies[k])
        if not no_vault:
            entry = positions.entry[index[k]]
            event.vault = invited(rules, state, tape, quantity, side, bankruptcies[k], entry)
        quantities[k] = 0.0
        if rules.heat_bins > 0:
            count_on_map(rules, positions.heat, abs(key[k]), quantity, 0.0)
        filled = 0.0
        if at_once and no_vault and plain(rules, state, -side):
            filled = work_plain(rules, state, log.desk, event, side, quantity)
        elif at_once:
            filled = work(rules, state, tape, log, row, quantity, np.bool_(False))
        if filled < quantity:
            enqueue(rules, state, log, side, row)


@inlined
def quiet(rules, state):
    """Tell whether no trigger is crossed and the engine holds nothing: the tick then touches no position."""
    if rules.policy == POLICY_NONE and not rules.moving:
        return True
    if state.queue_long_tail > state.queue_long_head or state.queue_short_tail > state.queue_short_head:
        return False
    if state.phase != AT_START or state.resort or state.held_head != state.held_tail:
        return False
    return state.mark > state.next_long and state.mark < state.next_short


@inner
def fire_crossed(rules, state, positions, tape, log):
    """Fire everything that the mark has crossed, longs before shorts, in a crowd that only shrinks.

    Returns FIRED, NOTHING_LEFT, or NO_ROOM before a round that would overflow the event rows.
    """
    longs = crossed(positions.key, state.head_long, positions.longs, -state.mark)
    shorts = crossed(positions.key, state.head_short, positions.key.size, state.mark)
    if longs + shorts == 0:
        return NOTHING_LEFT
    if state.events + longs + shorts > log.events.size:
        return NO_ROOM
    first_long, first_short = state.head_long, state.head_short
    state.head_long += longs
    state.head_short += shorts
    before = state.events
    state.round += 1
    fire(rules, state, positions, tape, log, 1.0, first_long, longs)
    fire(rules, state, positions, tape, log, -1.0, first_short, shorts)
    if state.events == before:  # all of them had been closed by deleveraging
        state.round -= 1
    return FIRED


@inner
def fire_changing(rules, state, positions, tape, log, moves):
    """As `fire_crossed`, for a crowd whose triggers change; taken up again where a full event buffer stopped it."""
    if state.batch_at == state.batch_size:
        collect(rules, state, positions, tape, moves)
        state.again = state.resort if state.batch_size == 0 else 0
        if state.again:  # what a full heap lost is found once the crowd has been sorted anew
            return FIRED
        if state.batch_size == 0:
            return NOTHING_LEFT
        state.round += 1
    return FIRED if fire_collected(rules, state, positions, tape, log, moves) else NO_ROOM


@inner
def rounds(rules, state, positions, tape, log, moves, window):
    """Run rounds until nothing fires; within a round every trigger meets the same mark, longs before shorts.

    Round 1 was pushed by news or flow, later rounds by forced selling. Returns EVENTS_FULL when the event rows need
    room and UNSORTED when the crowd has to be sorted anew, to be called again; else RUNNING.
    """
    if state.phase == AT_START:
        state.round = 0
        if state.backlog_done == 0:
            work_backlog(rules, state, tape, log)
        state.phase = IN_ROUNDS
    while True:
        midway = state.batch_at < state.batch_size
        if not midway:
            if state.resort:
                return UNSORTED
            if rules.policy == POLICY_LIMIT:
                retry_offers(rules, state, tape, log)
            settle_fills(rules, state, positions, tape, moves, log.desk)
            state.mark = mark_price(rules, state)
            if rules.halt_move > 0.0 and trips(rules, state, *window):
                break
        if moves is None:
            done = fire_crossed(rules, state, positions, tape, log)
        else:
            done = fire_changing(rules, state, positions, tape, log, moves)
        if done == NO_ROOM:
            return EVENTS_FULL
        if done == NOTHING_LEFT:
            break
    if moves is None:
        set_next(state, positions)
    else:
        set_next_change(state, positions, moves)
    empty_queue(state, 1.0)
    empty_queue(state, -1.0)
    state.row_rounds += state.round
    state.phase = AT_START
    return RUNNING
