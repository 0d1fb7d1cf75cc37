"""Rounds of a crowd whose triggers change: collect what the mark has crossed, then let it happen in order."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.changes import cool_down, hold_back, next_fired, release_held, set_trigger, side_of
from cascade_sim.kernels.defend import stop_out, take_profit, top_up
from cascade_sim.kernels.heat import count_on_map
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.orders import meet_offers, plain, take
from cascade_sim.kernels.owners import announce
from cascade_sim.kernels.queues import enqueue
from cascade_sim.kernels.reduction import quantity_to_close
from cascade_sim.kernels.settle import (
    book_fill,
    change_fund,
    count_fill,
    keep_fee,
    take_over,
    work,
    work_plain,
    worst_price,
)
from cascade_sim.kernels.state import (
    LIQUIDATION,
    MARGIN_CALL,
    PARTIAL_NONE,
    POLICY_LIMIT,
    POLICY_MARKET,
)
from cascade_sim.kernels.throttle import capacity, use
from cascade_sim.kernels.vault import absorb, invited


@melded
def collect(rules, state, positions, tape, moves):
    """Take everything that the mark has crossed off the crowd: first what falls reach, then what rises reach.

    With a throttle no more liquidations than the window still has room for; the others wait for it to open. Where
    giving them their triggers back fills a heap up, nothing is collected before the crowd has been sorted anew.
    """
    size = 0
    left = capacity(rules, state)
    if rules.throttle > 0.0 and not state.again:
        release_held(rules, state, positions, tape, moves, left)
    for down in (True, False):
        limit = -state.mark if down else state.mark
        while not state.resort:
            key, k, crossed = next_fired(state, positions, moves, down, limit)
            if not crossed:
                break
            if rules.throttle > 0.0 and moves.kind[k] == LIQUIDATION:
                position = np.int64(positions.index[k])
                if side_of(state, positions, moves, k, position) == down:
                    if left <= 0.0:
                        hold_back(state, moves, position)
                        continue
                    left -= positions.quantity[k]
            moves.batch_key[size] = key
            moves.batch_slot[size] = k
            size += 1
        if down:
            state.batch_down = size
    state.batch_at = 0
    state.batch_size = size


@inner
def work_part(rules, state, tape, log, row, want, to_position):
    """Sell (buy back) a part of a position at once; returns (filled, what goes back into the position)."""
    event = log.events[row]
    side = 1.0 if event.side > 0 else -1.0
    absorbed = 0.0
    if rules.absorb_share > 0.0:
        absorbed = absorb(rules, state, event, side, want)
        if absorbed >= want:
            return want, 0.0
    rest = want - absorbed
    worst = worst_price(rules, state, event, side, rest, np.bool_(False))
    if plain(rules, state, -side):
        filled, value = take(rules, state, None, -side, rest, worst)
    else:
        filled, value = meet_offers(rules, state, tape, log, -side, rest, worst)
    if not count_fill(rules, state, event, side, rest, filled, value):
        return absorbed, 0.0
    change = book_fill(rules, state, event, side, filled, value)
    done = absorbed + filled
    if filled >= rest:  # to the bit, whatever the sum rounds to
        event.filled = event.quantity
        done = want
    if not to_position:
        event.fund_change += change_fund(rules, state, change)
        return done, 0.0
    if change > 0.0:
        change = keep_fee(rules, state, event, change, value)
    state.crowd_cash += change
    state.returned += change
    return done, change


@melded
def liquidate(rules, state, positions, tape, log, moves, k, side, key):
    """Liquidate a position: whole or in part, as far as the throttle allows; what is left of it has a new trigger.

    Cost: as a liquidation of a crowd that only shrinks, plus 20 ns for its terms.
    """
    position = np.int64(positions.index[k])
    quantity, bankruptcy = positions.quantity[k], positions.bankruptcy[k]
    wanted = quantity
    if rules.partial != PARTIAL_NONE:
        entry = positions.entry[position]
        wanted = quantity_to_close(rules, state, tape, quantity, side, bankruptcy, entry, moves.terms[position].part)
    allowed = capacity(rules, state)
    closed = min(wanted, allowed)
    if closed <= 0.0:
        hold_back(state, moves, position)
        return
    announce(state, log.desk, position)
    use(rules, state, log, closed, allowed)
    row = state.events
    event = log.events[row]
    take_over(state, event, side, position, closed, -side * key, bankruptcy)
    if rules.absorb_share > 0.0:
        event.vault = invited(rules, state, tape, quantity, side, bankruptcy, positions.entry[position])
    positions.quantity[k] = 0.0 if closed >= quantity else quantity - closed
    if rules.heat_bins > 0:
        count_on_map(rules, positions.heat, moves.terms[position].liquidation, quantity, positions.quantity[k])
    filled, change = 0.0, 0.0
    at_once = rules.policy == POLICY_LIMIT or (rules.policy == POLICY_MARKET and rules.delay_ticks == 0)
    if at_once and positions.quantity[k] > 0.0:
        to_position = rules.surplus_to_trader != 0 and rules.policy == POLICY_MARKET
        filled, change = work_part(rules, state, tape, log, row, closed, to_position)
    elif at_once and rules.absorb_share == 0.0 and plain(rules, state, -side):
        filled = work_plain(rules, state, log.desk, event, side, closed)
    elif at_once:
        filled = work(rules, state, tape, log, row, closed, np.bool_(False))
    if filled < closed:
        enqueue(rules, state, log, side, row)
    if positions.quantity[k] > 0.0:
        positions.bankruptcy[k] -= side * change / positions.quantity[k]
        if closed < wanted:  # the throttle let only a part of it through
            set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))
        else:
            moves.terms[position].part = state.tick + 1
            if rules.cooldown_ticks > 0:
                cool_down(rules, state, moves, position)
            if rules.cooldown_ticks == 0 or rules.heat_bins > 0:  # what cools down has none, but a place on the map
                set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@inner
def fire_collected(rules, state, positions, tape, log, moves):
    """Let what was collected happen, in order; returns False, to be called again, when the event rows are full."""
    while state.batch_at < state.batch_size:
        if state.events == log.events.size:
            return False
        j = state.batch_at
        key, k = moves.batch_key[j], np.int64(moves.batch_slot[j])
        state.batch_at += 1
        if positions.quantity[k] <= 0.0:
            continue
        position = np.int64(positions.index[k])
        is_long = side_of(state, positions, moves, k, position)
        side = 1.0 if is_long else -1.0
        if is_long != (j < state.batch_down):
            take_profit(rules, state, positions, tape, log, moves, k, side, position)
        elif moves.kind[k] == LIQUIDATION:
            liquidate(rules, state, positions, tape, log, moves, k, side, key)
        elif moves.kind[k] == MARGIN_CALL:
            top_up(rules, state, positions, tape, moves, k, position)
        else:
            stop_out(rules, state, positions, tape, log, moves, k, side, position)
    return True
