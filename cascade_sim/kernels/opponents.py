"""Who is deleveraged first: the open positions of one side in rank order, as many as are wanted."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.heap import heapify
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.state import INVERSE, RANKING_HYPERLIQUID, RANKING_NONE


@inner
def slot_of(rules, moves, member):
    """Slot of a member: itself where the scenario's crowd only shrinks, else looked up by its position.

    Who is first at one score is settled by the member, so strategies that do nothing change nothing of a crowd that
    only shrinks: they stand behind it.
    """
    if moves is None:
        return np.int64(member)
    return np.int64(moves.slot[member]) if rules.moving else np.int64(member)


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
    bucket = min(max(np.int64(bucket), np.int64(0)), np.int64(2047))
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
        member[size] = k if moves is None or not rules.moving else position
        size += 1
        held[bucket_of(rank)] += quantity
    if moves is not None:
        for k in range(state.sorted_end, state.next_slot):  # those opened since the crowd was sorted
            quantity = quantities[k]
            position = np.int64(index[k])
            if quantity <= 0.0 or (moves.terms[position].side > 0) != (side > 0.0):
                continue
            rank = score_of(rules, side, unit, positions.entry[position], bankruptcies[k])
            if np.isnan(rank):
                continue
            score[size] = -rank
            member[size] = position if rules.moving else k
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
def rank_opponents(rules, state, positions, moves, side, unit, wanted, ranks):
    """Heap of the open positions on one side in deleveraging order, highest score first; returns (heap's size, all).

    Only as many as hold ``wanted`` are put in order, and the others stand behind them. Positions already under water
    cannot pay and are left out. Ties: as the crowd stands. Cost: one pass over that side.
    """
    score, member, held, entries = ranks.rank_score, ranks.rank_member, ranks.rank_held, ranks.rank_entry
    entries_by_slot(positions, entries, ranks.entries_known)
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
