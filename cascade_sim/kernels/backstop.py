"""Step 6 of a tick: losses that the market left go to deleveraged opponents, to all winners, or become bad debt."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.changes import set_trigger
from cascade_sim.kernels.heap import heapify, pop, push
from cascade_sim.kernels.jit import allocating, inlined, inner
from cascade_sim.kernels.orders import empty_queue
from cascade_sim.kernels.settle import book_fill, change_fund, work, worst_price
from cascade_sim.kernels.state import INVERSE, POLICY_LIMIT, POLICY_MARKET, RANKING_HYPERLIQUID, RANKING_NONE


@inlined
def unit_of(rules, price):
    """``u(p)``: the price of a linear contract, ``-1/p`` of an inverse one."""
    return -1.0 / price if rules.contract == INVERSE else price


@inner
def slot_of(moves, member):
    """Slot of an opponent: itself in a crowd that only shrinks, else looked up by its position."""
    return np.int64(member) if moves is None else np.int64(moves.slot[member])


@inner
def score_of(rules, side, unit, entry, bankruptcy):
    """Rank of an open position among those to be deleveraged, highest first; NaN where it has nothing left to pay.

    profit_leverage: ``profit = s (u(M) - u(e)) / |u(e)|``, ``leverage = |u(M)| / (s (u(M) - u_b))``; their product for
    a profit, their quotient for a loss (BitMEX, Bybit). hyperliquid: ``M / e`` (``e / M`` for a short) times that
    leverage. none: 0 for all, so that they are taken as they stand (dYdX v4 has no ranking).
    """
    margin = side * (unit - bankruptcy)
    if margin <= 0.0:
        return np.nan
    if rules.ranking == RANKING_NONE:
        return 0.0
    leverage = abs(unit) / margin
    if rules.ranking == RANKING_HYPERLIQUID:
        rises = side > 0.0 if rules.contract != INVERSE else side < 0.0
        return (unit / entry if rises else entry / unit) * leverage
    profit = side * (unit - entry) / abs(entry)
    return profit * leverage if profit > 0.0 else profit / leverage


@allocating
def rank_opponents(rules, state, positions, moves, side, unit):
    """Heap of the open positions on one side in deleveraging order, highest score first.

    Positions already under water cannot pay and are left out. Ties: as the crowd stands. Cost: one pass over that side.
    """
    if moves is None:
        first = state.head_long if side > 0.0 else state.head_short
        last = positions.longs if side > 0.0 else positions.key.size
        extra = last
    else:
        first = 0 if side > 0.0 else positions.longs
        last = positions.longs if side > 0.0 else state.sorted_end
        extra = last + state.next_slot - state.sorted_end
    score = np.empty(extra - first, np.float64)
    member = np.empty(extra - first, np.int32)
    size = np.int64(0)
    for j in range(first, extra):
        k = j if j < last else state.sorted_end + j - last  # those opened since the crowd was sorted stand behind
        if positions.quantity[k] <= 0.0:
            continue
        position = np.int64(positions.index[k])
        if moves is not None and (moves.terms[position].side > 0) != (side > 0.0):
            continue
        rank = score_of(rules, side, unit, positions.entry[position], positions.bankruptcy[k])
        if np.isnan(rank):
            continue
        score[size] = -rank
        member[size] = k if moves is None else position
        size += 1
    heapify(score, member, size)
    return score, member, size


@inner
def close_against(rules, state, positions, tape, moves, event, k, side):
    """Close as much of an event as opponent ``k`` holds, at the event's bankruptcy price; both accounts are paid."""
    open_quantity = event.quantity - event.filled
    closed = min(open_quantity, positions.quantity[k])
    event.filled = event.quantity if closed == open_quantity else event.filled + closed
    state.crowd_cash -= side * closed * positions.bankruptcy[k]
    state.crowd_quantity += side * closed
    state.settled_cash += side * (positions.bankruptcy[k] - event.bankruptcy) * closed
    event.fund_change += change_fund(
        rules, state, book_fill(rules, state, event, side, closed, closed * event.bankruptcy)
    )
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
            set_trigger(rules, state, positions, tape, moves, k, False)


@inner
def held_by_band(rules, state, event, side):
    """Tell whether the price band, and not the fund, is what keeps a waiting event from being sold."""
    edge = state.band_low if side > 0.0 else state.band_high
    best = state.bid if side > 0.0 else state.ask
    open_quantity = event.quantity - event.filled
    if rules.band == 0.0 or rules.policy != POLICY_MARKET or side * (best - edge) > 0.0 or open_quantity <= 0.0:
        return False
    return side * (edge - worst_price(rules, state, event, side, open_quantity, np.bool_(False))) > 0.0


@allocating
def match(rules, state, positions, tape, log, moves, rows, first, last, side):
    """Close events ``rows[first:last]`` against ranked opponents at each event's bankruptcy price.

    An opponent whom that price would leave with less than nothing is passed over for this event, and stands in line
    again for the next. Both legs are closed; a partly closed opponent's share of the margin is paid out with the
    profit, so that with flat maintenance its prices stay; under tiers the smaller position has a new trigger, and the
    crowd has to be sorted anew.
    """
    score, member, size = rank_opponents(rules, state, positions, moves, -side, unit_of(rules, state.mark))
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
        while size > 0 and event.filled < event.quantity:
            k = slot_of(moves, member[0])
            if side * (positions.bankruptcy[k] - event.bankruptcy) < 0.0:
                first_score, first_member = score[0], member[0]
                size = pop(score, member, size)
                score[size], member[size] = first_score, first_member
                passed += 1
                nearest = max(nearest, side * positions.bankruptcy[k])
                continue
            close_against(rules, state, positions, tape, moves, event, k, side)
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
def profit_of(rules, positions, moves, member, unit):
    """Profit per unit of quantity of an open position, with its slot and side; (0, 0, 0) where there is none."""
    if moves is None:
        k = np.int64(member)
        side = 1.0 if k < positions.longs else -1.0
    else:
        k = np.int64(moves.slot[member])
        side = 1.0 if moves.terms[member].side > 0 else -1.0
    if k < 0 or positions.quantity[k] <= 0.0:
        return 0.0, np.int64(0), 0.0
    return max(0.0, side * (unit - positions.entry[positions.index[k]])), k, side


@inner
def socialise(rules, state, positions, tape, moves):
    """Spread the shortfall over all winners in proportion to their profit; returns what they could not cover.

    ``share = min(1, shortfall / sum of profits)``; a winner's cash falls by ``share profit``, which moves its
    bankruptcy and liquidation prices nearer, so the crowd has to be sorted anew. Cost: two passes over the crowd.
    """
    unit = unit_of(rules, state.mark)
    members = positions.key.size if moves is None else moves.slot.size
    total = 0.0
    for j in range(members):
        profit, k, side = profit_of(rules, positions, moves, j, unit)
        if profit > 0.0:
            total += positions.quantity[k] * profit
    if total <= 0.0:
        return state.shortfall
    share = min(1.0, state.shortfall / total)
    for j in range(members):
        profit, k, side = profit_of(rules, positions, moves, j, unit)
        if profit > 0.0:
            positions.bankruptcy[k] += side * share * profit
            set_trigger(rules, state, positions, tape, moves, k, True)
    state.crowd_cash -= share * total
    return state.shortfall - share * total if share == 1.0 else 0.0


@inner
def place_shortfall(rules, state, positions, tape, moves):
    """Place the losses beyond the fund: over the winners, else as bad debt."""
    rest = state.shortfall
    if rules.socialise and not rules.adl:
        rest = socialise(rules, state, positions, tape, moves)
    state.written_off -= rest
    state.bad_debt += rest
    state.shortfall = 0.0


@allocating
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
def clear_side(rules, state, positions, tape, log, moves, side):
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
        match(rules, state, positions, tape, log, moves, rows, head, due, side)
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
def backstop(rules, state, positions, tape, log, moves):
    """Step 6: place what the market left.

    Under `market`: whatever the fund could not carry. Under `limit` and `paced`: once fund plus marked inventory is
    below zero, the side of the inventory that is marked at a loss; the other goes on being worked. Without
    deleveraging, `paced` simply goes on and realises its losses.
    """
    if state.queue_long_tail > state.queue_long_head or state.queue_short_tail > state.queue_short_head:
        if rules.policy == POLICY_MARKET:
            clear_side(rules, state, positions, tape, log, moves, 1.0)
            clear_side(rules, state, positions, tape, log, moves, -1.0)
        elif rules.adl or rules.policy == POLICY_LIMIT:
            unit = unit_of(rules, state.mark)
            longs = state.engine_long * unit + state.engine_long_cash
            shorts = -state.engine_short * unit + state.engine_short_cash
            if rules.fund_start + state.fund_cash + longs + shorts < 0.0:
                if longs < 0.0:
                    clear_side(rules, state, positions, tape, log, moves, 1.0)
                if shorts < 0.0:
                    clear_side(rules, state, positions, tape, log, moves, -1.0)
    empty_queue(state, 1.0)
    empty_queue(state, -1.0)
