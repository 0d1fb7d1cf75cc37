"""The push with which a tick lands on its recorded price: a walk over the triggers that the price crosses.

Everything is written for one side: ``side`` +1 where longs fire as the mark falls, -1 where shorts fire as it rises.
Displacements are logs from the index, times ``side``. *Near* is the side of the book that forced orders eat, *far* the
other one; the mid stands at ``D = side centre + (far - near) / 2``.

With ``x_j`` the near distance at which the mark reaches the j-th trigger, ``L_j`` what the first ``j`` sell, and
``x_M`` the near distance at the recorded mid, a sale ``q`` before the rounds lands there if

    q = (Q(x_M) - eaten) / thinning - L_K    and    q >= (Q(x_(j+1)) - eaten) / thinning - L_j   for all j < K:

the chain has to run through. Where it would not, the smallest sale with which it does is taken, and the price
overshoots. Where even no sale is too much, none is made. Either way an order against the forced trades brings the price
back after the rounds. No order holds it up beforehand, and none takes the engine's offers out of the way: a rerun
without forced selling would be pushed up by those.
"""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.changes import side_of, stands
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.orders import price_of
from cascade_sim.kernels.quotes import imbalance, mark_price
from cascade_sim.kernels.reach import depth_to, distance_of, reach, resting
from cascade_sim.kernels.reduction import quantity_to_close
from cascade_sim.kernels.state import (
    MARGIN_CALL,
    MARK_INDEX,
    MARK_INDEX_EMA,
    MARK_LAST,
    MARK_MID,
    PARTIAL_NONE,
    POLICY_LIMIT,
    POLICY_MARKET,
    POLICY_NONE,
    POLICY_PACED,
    STOP_LOSS,
)

# How far beyond a trigger the mark is pushed, in log price, so that rounding cannot leave it standing.
BEYOND = 1e-12
# A push that moves a side by less than this is none.
LEAST = 1e-14


@melded
def near_of(rules, state, side):
    """Return (scale, distance, eaten, touch) of the near side."""
    if side > 0.0:
        return rules.scale_bid, state.distance_bid, state.eaten_bid, state.touch_bid
    return rules.scale_ask, state.distance_ask, state.eaten_ask, state.touch_ask


@melded
def far_of(state, side):
    """Return (distance, displacement of the best price times ``side``) of the far side."""
    if side > 0.0:
        return state.distance_ask, state.touch_ask + state.distance_ask
    return state.distance_bid, state.distance_bid - state.touch_bid


@melded
def trigger_of(positions, moves, k):
    """Price at which a position fires now."""
    return abs(moves.live[k]) if moves is not None else abs(positions.key[k])


@melded
def mark_displacement(rules, state, side, mid):
    """Displacement of the mark where the mid's is ``mid``; not for mark `last`. Both times ``side``."""
    if rules.mark == MARK_INDEX:
        return 0.0
    if rules.mark == MARK_MID:
        return mid
    average = side * state.premium_ema
    average += rules.mark_weight * (mid - average)
    return min(max(average, -rules.mark_cap), rules.mark_cap)


@melded
def distance_for(rules, state, side, far, touch, displacement):
    """Near distance at which the mark's displacement is the given one, the far side left as it is."""
    if rules.mark == MARK_LAST:
        return side * touch - displacement
    if rules.mark == MARK_INDEX:
        return -math.inf if displacement >= 0.0 else math.inf
    if rules.mark == MARK_INDEX_EMA:
        if displacement < -rules.mark_cap:
            return math.inf
        if displacement >= rules.mark_cap:
            return -math.inf
        average = side * state.premium_ema
        displacement = average + (displacement - average) / rules.mark_weight
    return far + 2.0 * (side * state.centre - displacement)


@inner
def expected(rules, state, tables, positions, moves, k, side, edge):
    """Quantity that a position is expected to bring to the book at once when it fires.

    ``edge`` is the best price of the near side at the recorded mid: under `limit` nothing sells below bankruptcy, with
    deleveraging not below what the fund can still bear.
    """
    quantity = positions.quantity[k]
    if moves is not None:
        position = np.int64(positions.index[k])
        if moves.kind[k] == MARGIN_CALL:
            return 0.0
        if moves.kind[k] == STOP_LOSS:
            return quantity
        if rules.partial != PARTIAL_NONE:
            mark, state.mark = state.mark, abs(moves.live[k])  # where it will fire
            entry = positions.entry[position]
            part = moves.terms[position].part
            quantity = quantity_to_close(rules, state, tables, quantity, side, positions.bankruptcy[k], entry, part)
            state.mark = mark
    if rules.policy == POLICY_PACED or (rules.policy == POLICY_MARKET and rules.delay_ticks > 0):
        return 0.0
    if rules.policy == POLICY_LIMIT or rules.adl:
        worst = positions.bankruptcy[k]
        if rules.policy == POLICY_MARKET:
            worst -= side * (max(rules.fund_start + state.fund_cash, 0.0) / quantity)
        if side * (edge - price_of(rules, worst)) <= 0.0:
            return 0.0
    return quantity * (1.0 - rules.absorb_share)


@inner
def gather_changed(state, positions, moves, side, limit):
    """Write the changed triggers that ``limit`` crosses, in order, into the batch; returns how many.

    The heap is walked as in `reach.offered`. Cost: O(n) entries in the way, and an insertion each.
    """
    down = side > 0.0
    key = moves.down_key if down else moves.up_key
    place = moves.down_position if down else moves.up_position
    size = state.down_size if down else state.up_size
    count, i = 0, 0
    while True:
        if i < size and key[i] <= limit and count < moves.batch_key.size:
            position = np.int64(place[i])
            k = np.int64(moves.slot[position])
            if stands(state, positions, moves, down, key[i], position) and (
                side_of(state, positions, moves, k, position) == down
            ):
                j = count
                while j > 0 and moves.batch_key[j - 1] > key[i]:
                    moves.batch_key[j] = moves.batch_key[j - 1]
                    moves.batch_slot[j] = moves.batch_slot[j - 1]
                    j -= 1
                moves.batch_key[j] = key[i]
                moves.batch_slot[j] = k
                count += 1
            i = 4 * i + 1
            continue
        while i > 0 and i % 4 == 0:
            i = (i - 1) >> 2
        if i == 0:
            return count
        i += 1


@melded
def next_crossed(state, positions, moves, side, at, changed, used, limit):
    """Return (slot, where the sorted crowd goes on, changed triggers used): slot -1 when ``limit`` crosses no more."""
    end = positions.longs if side > 0.0 else positions.key.size
    if moves is None:
        while at < end and positions.key[at] <= limit:
            at += 1
            if positions.quantity[at - 1] > 0.0:
                return at - 1, at, used
        return -1, at, used
    if side < 0.0:
        end = state.sorted_end
    while at < end and not (moves.live[at] == positions.key[at] and positions.quantity[at] > 0.0):
        at += 1
    stands_first = used < changed and (at >= end or moves.batch_key[used] < positions.key[at])
    if stands_first:
        return np.int64(moves.batch_slot[used]), at, used + 1
    if at < end and positions.key[at] <= limit:
        return at, at + 1, used
    return -1, at, used


@inner
def push_order(rules, state, positions, tables, queues, moves, side, shift, limit, x_end):
    """Signed quantity of the order with which the tick lands on the target where triggers of ``side`` are crossed.

    Every trigger sets a condition, and so does the target: the least sale before it that still sets it off. Where none
    is needed, what fires does more than the recorded move: the order is what that move needs by itself, if it goes
    against what fires, and the rest is left to be absorbed. NaN where it turns out that nobody fires.
    """
    scale, near, eaten, touch = near_of(rules, state, side)
    far = state.distance_ask if side > 0.0 else state.distance_bid
    beyond = BEYOND / rules.mark_weight if rules.mark == MARK_INDEX_EMA else BEYOND
    edge = state.index * math.exp(touch - side * x_end)
    changed, used = 0, 0
    if moves is not None:
        changed = gather_changed(state, positions, moves, side, limit)
    at = state.head_long if side > 0.0 else state.head_short
    sold, least_sale, first = 0.0, -math.inf, True
    while True:
        k, at, used = next_crossed(state, positions, moves, side, at, changed, used, limit)
        distance = x_end
        if k >= 0:
            reached = side * math.log(trigger_of(positions, moves, k) / state.index)
            distance = distance_for(rules, state, side, far, touch, reached)
            if rules.mark == MARK_LAST and first and side * math.log(mark_price(rules, state) / state.index) > reached:
                distance = max(distance, near)
            distance += beyond
        if distance > -math.inf:
            sale = (depth_to(rules, tables, scale, distance) - eaten) / state.thinning
            sale += resting(state, queues.desk, -side, state.index * math.exp(touch - side * distance))
            least_sale = max(least_sale, sale - sold)
        if k < 0:
            break
        first = False
        sold += expected(rules, state, tables, positions, moves, k, side, edge)
    if first:
        return math.nan
    if least_sale > 0.0:
        moved = distance_of(rules, tables, scale, eaten + least_sale * state.thinning) - near
        return -side * least_sale if moved >= LEAST else 0.0
    return reach(rules, state, tables, queues, shift) if side * shift >= LEAST else 0.0


@melded
def chain_mark(rules, state, side, near, far_quote, mid, reached, sold):
    """Displacement, times ``side``, of the mark before a trigger fires in a chain that news sets off.

    Mark `last` is held between the quotes: what has been sold leaves it at the near one; before that only the far
    quote takes it along, unless it stands beyond the trigger already.
    """
    if rules.mark != MARK_LAST:
        return mark_displacement(rules, state, side, mid)
    if sold <= 0.0 and side * math.log(state.last / state.index) > reached:
        return far_quote
    return side * (state.touch_bid if side > 0.0 else state.touch_ask) - near


@inner
def push_news(rules, state, positions, tables, moves, side, log_index, target, limit):
    """Log return of the index with which the tick lands on ``target`` where triggers of ``side`` may be crossed.

    News moves all quotes alike: the j-th trigger is reached by a return of ``ln(T_j / F)`` less the displacement that
    the mark has after ``j - 1`` sales, the recorded mid by what is left between it and the mid after all of them.
    News against what fires is no more than the recorded move. NaN where it turns out that nobody fires.
    """
    scale, near, eaten, touch = near_of(rules, state, side)
    far, far_quote = far_of(state, side)
    edge = math.exp(target - imbalance(state) + touch - side * near)
    changed, used = 0, 0
    if moves is not None:
        changed = gather_changed(state, positions, moves, side, limit)
    at = state.head_long if side > 0.0 else state.head_short
    sold, lowest = 0.0, math.inf
    while True:
        near = distance_of(rules, tables, scale, eaten + sold * state.thinning)
        mid = side * state.centre + 0.5 * (far - near)
        there = side * (target - log_index) - mid
        k, at, used = next_crossed(state, positions, moves, side, at, changed, used, limit)
        if k < 0:
            break
        reached = side * math.log(trigger_of(positions, moves, k) / state.index)
        mark = chain_mark(rules, state, side, near, far_quote, mid, reached, sold)
        if reached < there + mark:
            break
        lowest = min(lowest, reached - mark - BEYOND)
        sold += expected(rules, state, tables, positions, moves, k, side, edge)
    if lowest == math.inf:
        return math.nan
    return side * min(lowest, there, max(side * (target - log_index - imbalance(state)), 0.0))


@melded
def mark_at_target(rules, state, side, log_index, target, x_end):
    """Mark where the mid has come to the recorded one; for mark `last` the quote at which one would have traded."""
    shift = target - log_index - imbalance(state)
    if rules.push_news:
        if rules.mark == MARK_LAST:
            return (state.bid if side > 0.0 else state.ask) * math.exp(shift)
        return mark_price(rules, state) * math.exp(shift)
    if rules.mark == MARK_LAST:
        if side * shift > 0.0:
            return state.index * math.exp(side * (far_of(state, side)[1] + 2.0 * abs(shift)))
        return state.index * math.exp((state.touch_bid if side > 0.0 else state.touch_ask) - side * x_end)
    return state.index * math.exp(side * mark_displacement(rules, state, side, side * (target - log_index)))


@inner
def solve(rules, state, positions, tables, queues, moves, log_index, target):
    """Push with which the forward tick lands on a recorded mid: a signed quantity, or under ``push_news`` a log return.

    Parameters
    ----------
    log_index, target : log of the index, and of the recorded mid.

    Notes
    -----
    Exact where what fires is sold as `expected` says; the rest is left to the order after the rounds. Cost: 60 ns a
    tick on average (`benchmarks/replay.py`), of that a logarithm for each trigger that the price crosses.
    """
    shift = target - log_index - imbalance(state)
    x_long = state.distance_ask + 2.0 * (state.centre - (target - log_index))
    x_short = state.distance_bid + 2.0 * ((target - log_index) - state.centre)
    if rules.push_news and state.halted:
        return shift
    longs = shorts = False
    mark_long = mark_short = 0.0
    if rules.policy != POLICY_NONE or rules.moving:
        mark_long = mark_at_target(rules, state, 1.0, log_index, target, x_long)
        mark_short = mark_at_target(rules, state, -1.0, log_index, target, x_short)
        longs = mark_long <= state.next_long
        shorts = mark_short >= state.next_short
    longs_first = longs and (shift < 0.0 or not shorts)
    for turn in range(2):
        down = longs_first == (turn == 0)
        side = 1.0 if down else -1.0
        push = math.nan
        if longs if down else shorts:
            limit = -mark_long if down else mark_short
            if rules.push_news:
                push = push_news(rules, state, positions, tables, moves, side, log_index, target, limit)
            else:
                x_end = x_long if down else x_short
                push = push_order(rules, state, positions, tables, queues, moves, side, shift, limit, x_end)
        if not math.isnan(push):
            return push
    if rules.push_news:
        return shift
    return reach(rules, state, tables, queues, shift) if 2.0 * abs(shift) >= LEAST else 0.0
