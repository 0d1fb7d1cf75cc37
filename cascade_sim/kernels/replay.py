"""Replays: the push that takes a tick to its recorded price, solved for and kept, and kept pushes sent again."""

from __future__ import annotations

import math

from cascade_sim.kernels.accounts import settle_fills
from cascade_sim.kernels.flow import book_flow
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import empty_queue, order
from cascade_sim.kernels.queues import work_backlog
from cascade_sim.kernels.quotes import imbalance, mark_price
from cascade_sim.kernels.reach import end_of_way, engine_offers, reach
from cascade_sim.kernels.solve import solve
from cascade_sim.kernels.state import RUNNING, TRACKED, UNREACHABLE

# A mid nearer to the recorded one than this, in log price, is left; further than this it has not been reached.
NEAR, FAR = 1e-12, 1e-9
# In the state's `backlog_done`: this tick's order before the mark could not be sent, and has been counted as missed.
MISSED = 2


@inner
def send_quantity(rules, state, tables, queues, signed, absorbs):
    """Send a market order given as signed quantity; booked as flow, or as what absorbs forced trades."""
    direction = 1.0 if signed > 0.0 else -1.0
    worst = math.inf if signed > 0.0 else 0.0
    filled, value = order(rules, state, tables, queues, direction, abs(signed), worst)
    if absorbs:
        state.flow_cash -= direction * value
        state.flow_quantity += direction * filled
        state.row_absorbed += direction * filled
        state.absorbed += filled
        state.absorbed_ticks += 1
    else:
        book_flow(state, direction, filled, value)


@inner
def send_news(state, path, log_return):
    """Move the index, and the quotes with it, by a log return."""
    state.index_shift += log_return
    state.index = path * math.exp(state.index_shift)
    state.bid = state.index * math.exp(state.touch_bid - state.distance_bid)
    state.ask = state.index * math.exp(state.touch_ask + state.distance_ask)


@inner
def push_before(rules, state, positions, tables, queues, moves, replay, path, log_path):
    """End of a tick's orders: what waits in the engine is worked, then the push is solved for or read, and sent.

    What waits is due whatever the push, so the push knows what it has done. Cost: as `solve`, and an order.
    """
    now = state.tick
    state.backlog_done = 0
    state.sold_before, state.bought_before = state.row_forced_sell, state.row_forced_buy
    if not state.halted and (
        state.queue_long_tail > state.queue_long_head or state.queue_short_tail > state.queue_short_head
    ):
        state.round = 0
        state.mark = mark_price(rules, state)
        work_backlog(rules, state, tables, queues)
        empty_queue(state, 1.0)
        empty_queue(state, -1.0)
        settle_fills(rules, state, positions, tables, moves, queues.desk)
        state.backlog_done = 1
    if rules.replay == TRACKED:
        replay.before[now] = replay.after[now] = replay.absorbs[now] = 0.0
        if math.isnan(replay.target[now]):
            return
        if rules.push_news or not state.halted:
            replay.before[now] = solve(
                rules, state, positions, tables, queues, moves, log_path + state.index_shift, replay.target[now]
            )
    push = replay.before[now]
    if rules.push_news and push != 0.0:
        send_news(state, path, push)
    elif push != 0.0 and not state.halted:
        send_quantity(rules, state, tables, queues, push, False)
        settle_fills(rules, state, positions, tables, moves, queues.desk)
    elif push != 0.0:
        state.missed_ticks += 1
        state.backlog_done = MISSED


@inner
def back_to(rules, state, tables, queues, shift):
    """Return the order that moves the mid by ``shift``, and whether it goes against forced trades.

    It does where it meets offers of the engine, and where forced trades of this tick went the other way.
    """
    direction, _, price = end_of_way(state, shift)
    offers = engine_offers(rules, state, queues, direction, price)
    sold = state.row_forced_sell > state.sold_before
    bought = state.row_forced_buy > state.bought_before
    against = sold and not bought if direction > 0.0 else bought and not sold
    return reach(rules, state, tables, queues, shift) + direction * offers, offers > 0.0 or against


@inner
def absorbing(rules, state, tables, queues, replay, shift):
    """Absorbing order of a run under other rules, from what absorbed in the replay up to now and is not used yet.

    It answers forced trades only, and does not take the price beyond the recorded one.
    """
    now = state.tick
    after = replay.after[now] if replay.absorbs[now] > 0.0 else 0.0
    state.buyers += max(after, 0.0)
    state.sellers += max(-after, 0.0)
    ready = state.buyers if shift > 0.0 else state.sellers
    if ready == 0.0 or abs(shift) <= NEAR or state.halted:
        return 0.0
    needed, against = back_to(rules, state, tables, queues, shift)
    if not against:
        return 0.0
    if shift > 0.0:
        after = min(ready, needed)
        state.buyers -= after
        return after
    after = min(ready, -needed)
    state.sellers -= after
    return -after


@inner
def push_after(rules, state, positions, tables, queues, moves, replay, log_path):
    """After the rounds: bring the mid to the recorded one, or send what did so when the push was solved for.

    Returns UNREACHABLE where the book ends before the recorded price.
    """
    now = state.tick
    tracked = rules.replay == TRACKED
    shift = replay.target[now] - log_path - state.index_shift - imbalance(state)
    if math.isnan(shift):
        return RUNNING
    if tracked and abs(shift) > NEAR and not state.halted:
        replay.after[now], against = back_to(rules, state, tables, queues, shift)
        replay.absorbs[now] = 1.0 if against else 0.0
    after, absorbs = replay.after[now], replay.absorbs[now] > 0.0
    missed = state.halted and (abs(shift) > NEAR if tracked else after != 0.0)
    if not tracked and (absorbs or after == 0.0):
        after, absorbs = absorbing(rules, state, tables, queues, replay, shift), True
    if state.halted:
        state.missed_ticks += 1 if missed and state.backlog_done != MISSED else 0
        state.tracked_ticks += 1 if tracked and not missed else 0
        return RUNNING
    if after != 0.0:
        send_quantity(rules, state, tables, queues, after, absorbs)
        settle_fills(rules, state, positions, tables, moves, queues.desk)
        state.mark = mark_price(rules, state)
    if tracked:
        error = abs(replay.target[now] - log_path - state.index_shift - imbalance(state))
        state.tracked_ticks += 1
        state.tracking_error = max(state.tracking_error, error)
        if error > FAR:
            return UNREACHABLE
    return RUNNING
