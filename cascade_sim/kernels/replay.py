"""Replays: the push that takes a tick to its recorded price, solved for and kept, and kept pushes sent again."""

from __future__ import annotations

import math

from cascade_sim.kernels.accounts import settle_fills
from cascade_sim.kernels.flow import book_flow
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import empty_queue, order
from cascade_sim.kernels.queues import work_backlog
from cascade_sim.kernels.quotes import imbalance, mark_price
from cascade_sim.kernels.reach import reach
from cascade_sim.kernels.solve import solve
from cascade_sim.kernels.state import RUNNING, TRACKED, UNREACHABLE

# A mid nearer to the recorded one than this, in log price, is left; further than this it has not been reached.
NEAR, FAR = 1e-12, 1e-9


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

    What waits is due whatever the push, so the push knows what it has done. Cost: 25 ns a tick.
    """
    now = state.tick
    state.backlog_done = 0
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
        replay.before[now] = replay.after[now] = 0.0
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


@inner
def in_this_tick(replay, now):
    """Net quantity that the base run sold by force in a tick, less what it bought."""
    if now == 0:
        return replay.sold[now] - replay.bought[now]
    return (replay.sold[now] - replay.sold[now - 1]) - (replay.bought[now] - replay.bought[now - 1])


@inner
def share_of_base(own, base):
    """Return forced trades so far over those of the run that the pushes are of, at most whole."""
    return own / base if own < base else 1.0


@inner
def push_after(rules, state, positions, tables, queues, moves, replay, log_path):
    """After the rounds: bring the mid to the recorded one, or send what did so when the push was solved for.

    An order against the tick's forced trades absorbs them. Under other rules it is sent in proportion to the forced
    trades that there have been so far. Returns UNREACHABLE where the book ends before the recorded price.
    """
    now = state.tick
    if rules.replay == TRACKED:
        replay.sold[now], replay.bought[now] = state.forced_sold, state.forced_bought
        shift = replay.target[now] - log_path - state.index_shift - imbalance(state)
        if math.isnan(shift):
            return RUNNING
        if state.halted:
            state.missed_ticks += 1 if abs(shift) > NEAR else 0
            state.tracked_ticks += 1 if abs(shift) <= NEAR else 0
            return RUNNING
        if abs(shift) > NEAR:
            replay.after[now] = reach(rules, state, tables, queues, shift)
    after = replay.after[now]
    if after != 0.0 and state.halted:
        state.missed_ticks += 1 if rules.push_news or replay.before[now] == 0.0 else 0
    elif after != 0.0:
        absorbs = after * in_this_tick(replay, now) > 0.0
        if absorbs and after > 0.0:
            after *= share_of_base(state.forced_sold, replay.sold[now])
        elif absorbs:
            after *= share_of_base(state.forced_bought, replay.bought[now])
        if after != 0.0:
            sold, bought = state.forced_sold, state.forced_bought
            send_quantity(rules, state, tables, queues, after, absorbs)
            state.forced_sold, state.forced_bought = sold, bought  # offers that it met are not what it answers
            settle_fills(rules, state, positions, tables, moves, queues.desk)
            state.mark = mark_price(rules, state)
    if rules.replay == TRACKED:
        error = abs(replay.target[now] - log_path - state.index_shift - imbalance(state))
        state.tracked_ticks += 1
        state.tracking_error = max(state.tracking_error, error)
        if error > FAR:
            return UNREACHABLE
    return RUNNING
