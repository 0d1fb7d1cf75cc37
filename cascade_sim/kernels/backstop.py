"""Step 6 of a tick: losses that the market left go to deleveraged opponents, to all winners, or become bad debt."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.changes import set_trigger
from cascade_sim.kernels.heap import heapify, pop, push
from cascade_sim.kernels.jit import inlined, inner, melded
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


@melded
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


@melded
def bucket_of(score):
    """Bucket of a score, higher for higher: 32 to a doubling between 2^-32 and 2^32, and the same for losses."""
    size = abs(score)
    bucket = (np.float64(size).view(np.int64) >> 47) - (991 << 5)
    bucket = min(max(bucket, 0), 2047)
    return 2048 + bucket if score >= 0.0 else 2047 - bucket


@inner
def entries_by_slot(positions, entry, known):
    """Bring the entries into slot order, once after every sorting: a read in order later on instead of one anywhere."""
    if known[0] == 0:
        for k in range(positions.index.size):
            entry[k] = positions.entry[positions.index[k]]
        known[0] = 1


@inner
def list_opponents(rules, state, positions, moves, side, unit, score, member, held, entries):
    """List the open positions of one side with minus their scores, and add their quantities up by bucket."""
    held[:] = 0.0
    if moves is None:
        first = state.head_long if side > 0.0 else state.head_short
        last = positions.longs if side > 0.0 else positions.key.size
    else:
        first = 0 if side > 0.0 else positions.longs
        last = positions.longs if side > 0.0 else state.sorted_end
    quantities, bankruptcies, index = positions.quantity, positions.bankruptcy, positions.index
    size = np.int64(0)
    for k in range(first, last):
        quantity = quantities[k]
        if quantity <= 0.0:
            continue
        position = np.int64(index[k])
        rank = score_of(rules, side, unit, entries[k], bankruptcies[k])
        if np.isnan(rank):
            continue
        score[size] = -rank
        member[size] = k if moves is None else position
        size += 1
        held[bucket_of(rank)] += quantity
    if moves is not None:
        for k in range(state.sorted_end, state.next_slot):  # those opened since the crowd was sorted
            quantity = quantities[k]
            position = np.int64(index[k])
            if quantity <= 0.0 or (moves.terms[position].side > 0) != (side > 0.0):
                continue
            rank = score_of(rules, side, unit, entries[k], bankruptcies[k])
            if np.isnan(rank):
                continue
            score[size] = -rank
            member[size] = position
            size += 1
            held[bucket_of(rank)] += quantity
    return size


@inner
def bring_forward(score, member, size, held, wanted):
    """Bring those who rank highest and hold what is wanted between them to the front; returns how many they are."""
    lowest = held.size - 1
    total = held[lowest]
    while total < wanted and lowest > 0:
        lowest -= 1
        total += held[lowest]
    front = np.int64(0)
    for j in range(size):
        if bucket_of(-score[j]) >= lowest:
            score[front], score[j] = score[j], score[front]
            member[front], member[j] = member[j], member[front]
            front += 1
    return front


@inner
def rank_opponents(rules, state, positions, moves, side, unit, wanted, log):
    """Heap of the open positions on one side in deleveraging order, highest score first; returns (heap's size, all).

    Only as many as hold ``wanted`` are put in order, and the others stand behind them. Positions already under water
    cannot pay and are left out. Ties: as the crowd stands. Cost: one pass over that side.
    """
    score, member, held, entries = log.rank_score, log.rank_member, log.rank_held, log.rank_entry
    entries_by_slot(positions, entries, log.entries_known)
    count = list_opponents(rules, state, positions, moves, side, unit, score, member, held, entries)
    size = bring_forward(score, member, count, held, wanted)
    heapify(score, member, size)
    return size, count


@inner
def rank_rest(score, member, passed, front, count):
    """Put those who stand behind the first ``front`` in order as well, and who was passed over behind them."""
    rest = count - front
    for j in range(rest):
        score[passed + j] = score[front + j]
        member[passed + j] = member[front + j]
    swapped = min(passed, rest)
    for j in range(swapped):
        other = passed + rest - swapped + j
        score[j], score[other] = score[other], score[j]
        member[j], member[other] = member[other], member[j]
    heapify(score, member, rest)
    return rest


@melded
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
def match(rules, state, positions, tape, log, moves, rows, first, last, side):
    """Close events ``rows[first:last]`` against ranked opponents at each event's bankruptcy price.

    An opponent whom that price would leave with less than nothing is passed over for this event, and stands in line
    again for the next. Both legs are closed; a partly closed opponent's share of the margin is paid out with the
    profit, so that with flat maintenance its prices stay; under tiers the smaller position has a new trigger, and the
    crowd has to be sorted anew.
    """
    score, member = log.rank_score, log.rank_member
    wanted = 0.0
    for j in range(first, last):
        wanted += log.events[rows[j]].quantity - log.events[rows[j]].filled
    unit = unit_of(rules, state.mark)
    size, count = rank_opponents(rules, state, positions, moves, -side, unit, wanted, log)
    front = size
    passed, nearest = 0, -np.inf  # who was passed over waits behind the heap's end; the nearest price that suits one
    for j in range(first, last):
        event = log.events[rows[j]]
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
def held_by_band(rules, state, event, side):
    """Tell whether the price band, and not the fund, is what keeps a waiting event from being sold."""
    worst = worst_price(rules, state, event, side, event.quantity - event.filled, np.bool_(False))
    return side * ((state.band_low if side > 0.0 else state.band_high) - worst) > 0.0


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
    if due == head or (rules.band > 0.0 and held_by_band(rules, state, log.events[rows[head]], side)):
        return
    if rules.policy == POLICY_LIMIT:
        in_price_order(rows, log.priority_long if side > 0.0 else log.priority_short, tail, log.rank_score, log.rank_member)
    if rules.adl:
        match(rules, state, positions, tape, log, moves, rows, head, due, side)
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
    if state.shortfall > 0.0:
        place_shortfall(rules, state, positions, tape, moves)
