"""Triggers that change: the live trigger of every position, and two heaps of changes beside the sorted crowd."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.heap import pop, push
from cascade_sim.kernels.heat import count_on_map
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.margin import liquidation_price
from cascade_sim.kernels.state import (
    COOLING_DOWN,
    INVERSE,
    LIQUIDATION,
    MARGIN_CALL,
    POLICY_NONE,
    STOP_LOSS,
)


@melded
def liquidation_trigger(rules, positions, tape, k, side, scale):
    """Mark at which the equity in slot ``k`` is ``scale`` times its maintenance requirement."""
    entry = positions.entry[positions.index[k]]
    collateral = side * positions.quantity[k] * (entry - positions.bankruptcy[k])
    entry_price = -1.0 / entry if rules.contract == INVERSE else entry
    return liquidation_price(
        side, positions.quantity[k], entry_price, collateral, rules.contract == INVERSE,
        rules.maintenance_on_entry != 0, tape.tier_rate, tape.tier_amount, scale,
    )  # fmt: skip


@melded
def adverse(rules, terms, side, liquidation, call):
    """First of liquidation, margin call and stop loss that a falling (rising) mark meets; returns (price, kind).

    At one price the trader acts before the venue: stop, then call, then liquidation.
    """
    price, kind = liquidation, LIQUIDATION
    if rules.policy == POLICY_NONE:
        price = 0.0 if side > 0.0 else math.inf
    elif terms.answers > 0 and terms.wallet > 0.0 and (call >= price if side > 0.0 else call <= price):
        price, kind = call, MARGIN_CALL
    if terms.stop >= price if side > 0.0 else terms.stop <= price:
        price, kind = terms.stop, STOP_LOSS
    return price, kind


@melded
def push_change(state, moves, down, key, position):
    """Put a trigger on the heap of its direction; a full heap asks for the crowd to be sorted anew. Cost: 15 ns."""
    if down:
        if state.down_size == moves.down_key.size:
            state.resort = 1
            return
        state.down_size = push(moves.down_key, moves.down_position, state.down_size, key, position)
        state.next_long = max(state.next_long, -key)
    else:
        if state.up_size == moves.up_key.size:
            state.resort = 1
            return
        state.up_size = push(moves.up_key, moves.up_position, state.up_size, key, position)
        state.next_short = min(state.next_short, key)


@melded
def move_on_map(rules, positions, k, before, after):
    """Count a position at its new liquidation price instead of the one before."""
    count_on_map(rules, positions.heat, before, positions.quantity[k], 0.0)
    count_on_map(rules, positions.heat, after, 0.0, positions.quantity[k])


@melded
def set_trigger(rules, state, positions, tape, moves, k, everybody):
    """Work out the trigger of a position whose terms have changed.

    A crowd without `Moves` is asked to be sorted anew, and so is one in which ``everybody`` changes. Cost: 40 ns a
    change, plus the heap's when it fires.
    """
    if moves is None:
        side = 1.0 if k < positions.longs else -1.0
        liquidation = liquidation_trigger(rules, positions, tape, k, side, 1.0)
        if rules.heat_bins > 0:
            move_on_map(rules, positions, k, abs(positions.key[k]), liquidation)
        positions.key[k] = -side * liquidation
        state.resort = 1
    else:
        position = np.int64(positions.index[k])
        terms = moves.terms[position]
        side = 1.0 if terms.side > 0 else -1.0
        left_alone = terms.part == COOLING_DOWN or terms.held
        liquidation = 0.0
        if rules.heat_bins > 0 or not left_alone:
            liquidation = liquidation_trigger(rules, positions, tape, k, side, 1.0)
        if rules.heat_bins > 0:
            move_on_map(rules, positions, k, terms.liquidation, liquidation)
            terms.liquidation = liquidation
        if left_alone:
            moves.live[k] = np.nan
            return
        call = 0.0
        if terms.answers > 0 and terms.wallet > 0.0:
            call = liquidation_trigger(rules, positions, tape, k, side, terms.call_at)
        price, kind = adverse(rules, terms, side, liquidation, call)
        moves.kind[k] = kind
        moves.live[k] = -side * price
        if everybody:
            state.resort = 1
        elif price > 0.0 if side > 0.0 else price < math.inf:
            push_change(state, moves, side > 0.0, -side * price, position)


@inner
def set_profit(state, moves, position, side, price):
    """Put a take-profit order on the heap of the other direction."""
    push_change(state, moves, side < 0.0, side * price, position)


@melded
def side_of(state, positions, moves, k, position):
    """Tell whether the position in slot ``k`` is a long one."""
    if k < state.sorted_end:
        return k < positions.longs
    return moves.terms[position].side > 0


@melded
def stands(state, positions, moves, down, key, position):
    """Tell whether a heap's entry still holds: the position is open, and this is its live trigger or its profit."""
    k = np.int64(moves.slot[position])
    if positions.quantity[k] <= 0.0:
        return False
    if side_of(state, positions, moves, k, position) == down:
        return moves.live[k] == key
    profit = moves.terms[position].profit
    return (-profit if down else profit) == key


@melded
def first_sorted(positions, moves, head, end):
    """First slot from ``head`` on whose place in the sorted crowd still holds."""
    while head < end and not (moves.live[head] == positions.key[head] and positions.quantity[head] > 0.0):
        head += 1
    return head


@melded
def clean(state, positions, moves, down):
    """Skip what no longer holds at the head of the sorted crowd and on top of the heap of one direction."""
    if down:
        state.head_long = first_sorted(positions, moves, state.head_long, positions.longs)
        while state.down_size > 0 and not stands(
            state, positions, moves, down, moves.down_key[0], np.int64(moves.down_position[0])
        ):
            state.down_size = pop(moves.down_key, moves.down_position, state.down_size)
    else:
        state.head_short = first_sorted(positions, moves, state.head_short, state.sorted_end)
        while state.up_size > 0 and not stands(
            state, positions, moves, down, moves.up_key[0], np.int64(moves.up_position[0])
        ):
            state.up_size = pop(moves.up_key, moves.up_position, state.up_size)


@inner
def set_next_change(state, positions, moves):
    """Remember the nearest trigger of each direction, changed ones and take-profits included."""
    clean(state, positions, moves, np.bool_(True))
    clean(state, positions, moves, np.bool_(False))
    down = positions.key[state.head_long] if state.head_long < positions.longs else math.inf
    up = positions.key[state.head_short] if state.head_short < state.sorted_end else math.inf
    if state.down_size > 0:
        down = min(down, moves.down_key[0])
    if state.up_size > 0:
        up = min(up, moves.up_key[0])
    state.next_long = -down
    state.next_short = up


@melded
def next_fired(state, positions, moves, down, limit):
    """Take the next crossed trigger of one direction off the crowd or the heap; returns (key, slot, whether any).

    In price order, ties by position; what is taken no longer holds. Cost: a read in order, or a heap step.
    """
    clean(state, positions, moves, down)
    head = state.head_long if down else state.head_short
    end = positions.longs if down else state.sorted_end
    key, position, from_heap = math.inf, np.int64(-1), False
    if head < end:
        key, position = positions.key[head], np.int64(positions.index[head])
    size = state.down_size if down else state.up_size
    if size > 0:
        other = moves.down_key[0] if down else moves.up_key[0]
        place = np.int64(moves.down_position[0] if down else moves.up_position[0])
        if position < 0 or other < key or (other == key and place < position):
            key, position, from_heap = other, place, True
    if position < 0 or key > limit:
        return key, head, False
    if not from_heap:
        if down:
            state.head_long += 1
        else:
            state.head_short += 1
        moves.live[head] = np.nan
        return key, head, True
    if down:
        state.down_size = pop(moves.down_key, moves.down_position, size)
    else:
        state.up_size = pop(moves.up_key, moves.up_position, size)
    k = np.int64(moves.slot[position])
    if side_of(state, positions, moves, k, position) == down:
        moves.live[k] = np.nan
    return key, k, True


@inner
def cool_down(rules, state, moves, position):
    """Leave a reduced position alone until the cooldown has passed: first in, first out, for it is the same for all."""
    moves.terms[position].part = COOLING_DOWN
    tail = state.waiting_tail
    moves.waiting_tick[tail] = state.tick + rules.cooldown_ticks
    moves.waiting_position[tail] = position
    state.waiting_tail = tail + 1 if tail + 1 < moves.waiting_tick.size else 0


@inner
def end_cooldown(state, moves, position):
    """Strike the cooldown of a position whose owner has closed it, and opens another in its place.

    Cost: O(positions that cool down).
    """
    size, at = moves.waiting_tick.size, state.waiting_head
    while at != state.waiting_tail and moves.waiting_position[at] != position:
        at = at + 1 if at + 1 < size else 0
    if at == state.waiting_tail:
        return
    after = at + 1 if at + 1 < size else 0
    while after != state.waiting_tail:
        moves.waiting_tick[at] = moves.waiting_tick[after]
        moves.waiting_position[at] = moves.waiting_position[after]
        at = after
        after = at + 1 if at + 1 < size else 0
    state.waiting_tail = at


@inner
def hold_back(state, moves, position):
    """Keep a liquidation, taken off the crowd, until the throttle opens: first in, first out."""
    moves.terms[position].held = 1
    tail = state.held_tail
    moves.held_position[tail] = position
    state.held_tail = tail + 1 if tail + 1 < moves.held_position.size else 0


@inner
def release_held(rules, state, positions, tape, moves, room):
    """Give as many of those that waited for the throttle as it has room for their triggers back."""
    while state.held_head != state.held_tail and room > 0.0:
        head = state.held_head
        position = np.int64(moves.held_position[head])
        state.held_head = head + 1 if head + 1 < moves.held_position.size else 0
        moves.terms[position].held = 0
        k = np.int64(moves.slot[position])
        if positions.quantity[k] > 0.0:
            set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))
            room -= positions.quantity[k]


@inner
def release(rules, state, positions, tape, moves):
    """Give the positions whose cooldown is over their triggers back."""
    while state.waiting_head != state.waiting_tail and moves.waiting_tick[state.waiting_head] <= state.tick:
        head = state.waiting_head
        position = np.int64(moves.waiting_position[head])
        state.waiting_head = head + 1 if head + 1 < moves.waiting_tick.size else 0
        moves.terms[position].part = state.tick
        k = np.int64(moves.slot[position])
        if positions.quantity[k] > 0.0:
            set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))
