"""The order of a tick, and the loop over ticks."""

from __future__ import annotations

from cascade_sim.kernels.accounts import settle_fills
from cascade_sim.kernels.arrivals import arrive, leave
from cascade_sim.kernels.backstop import backstop
from cascade_sim.kernels.chain import block, due, write_chain_row
from cascade_sim.kernels.changes import release
from cascade_sim.kernels.flow import background, send, send_plain, send_scheduled
from cascade_sim.kernels.funding import measure_premium, pay_funding
from cascade_sim.kernels.halt import trips, watch
from cascade_sim.kernels.heat import write_frame
from cascade_sim.kernels.instructions import carry_out, cross
from cascade_sim.kernels.jit import borrowing, inner
from cascade_sim.kernels.liquidation import quiet, rounds
from cascade_sim.kernels.orders import plain
from cascade_sim.kernels.quotes import commit_mark, imbalance, mark_price, refill, requote
from cascade_sim.kernels.record import extremes, ledger, write_row
from cascade_sim.kernels.replay import push_after, push_before
from cascade_sim.kernels.shortfall import place_shortfall
from cascade_sim.kernels.state import (
    AT_START,
    BEFORE_PUSH,
    FOREVER,
    IN_BLOCK,
    IN_ROUNDS,
    MARK_INDEX_EMA,
    RUNNING,
    SHAPE_TABLE,
    UNSORTED,
    Queues,
    Ranks,
    Replay,
    Tables,
)
from cascade_sim.kernels.throttle import next_slice
from cascade_sim.kernels.vault import unwind


@inner
def look_at_outages(state, tape):
    """Set whether this tick is halted, by an outage or a trading halt, and when that can change next.

    Cost: O(outages), at changes only.
    """
    now = state.tick
    state.halted = 1 if now < state.halt_until else 0
    state.next_outage_tick = state.halt_until if now < state.halt_until else FOREVER
    for k in range(tape.outage_from.size):
        if tape.outage_from[k] <= now < tape.outage_to[k]:
            state.halted = 1
        for change in (tape.outage_from[k], tape.outage_to[k]):
            if now < change < state.next_outage_tick:
                state.next_outage_tick = change


@inner
def count_minute(rules, state, minutes):
    """Add the tick's forced notional to its clock minute; a tick belongs to the minute of its middle."""
    minutes[int((rules.start_in_minute_s + (state.tick + 0.5) * rules.tick_s) / 60.0)] += state.forced_notional
    state.forced_notional = 0.0


@inner
def set_band(rules, state):
    """Set the prices beyond which nothing trades in this tick: a share from the index, or from the last tick's mark."""
    middle = state.mark if rules.band_of_mark else state.index
    state.band_low = max(middle * (1.0 - rules.band), rules.lowest_price)
    state.band_high = min(middle * (1.0 + rules.band), rules.highest_price)


@inner
def turn_over(rules, state, positions, tape, log, moves):
    """Wake the positions that have cooled down, close those whose owners leave, and open those that arrive."""
    if state.waiting_head != state.waiting_tail:
        release(rules, state, positions, tape, moves)
    if state.tick >= state.next_exit_tick:
        leave(rules, state, positions, tape, log, moves)
    if state.tick >= state.next_entrant_tick:
        arrive(rules, state, positions, tape, log, moves)


@inner
def close_tick(rules, state):
    """Step 7 but for the row: commit the mark's average, track extremes, check the ledger; returns its error."""
    if rules.mark == MARK_INDEX_EMA:
        commit_mark(rules, state)
    state.row_halted += state.halted
    extremes(state)
    state.tick += 1
    return ledger(rules, state)


@borrowing
def advance(rules_row, state_row, positions, tape, log, moves, desk, lending, until):
    """Advance to tick ``until``, or until Python has to act.

    Parameters
    ----------
    rules_row, state_row : one-row arrays of `rules.RULES` and `state.STATE`.
    positions, tape, log : `state.Positions`, `state.Tape`, `state.Log`.
    moves : `state.Moves`, or None for a crowd that only shrinks: the loop is compiled for either.
    desk : `desk.Desk`, or None for a market without strategies; with it there are moves.
    lending : `lending_state.Lending`, or None for a market without loans beside it.
    until : tick to stop before.

    Returns
    -------
    RUNNING when ``until`` is reached; EVENTS_FULL when the event rows need room (the tick is taken up again where it
    stands); ACTIONS_FULL and AUCTIONS_FULL of `lending_state` likewise; UNSORTED when terms have changed and the crowd
    has to be sorted anew before the next tick; UNREACHABLE when the book ends before a recorded price.

    Cost: O(1) a quiet tick, whatever the number of positions; O(1) a liquidation beside the book's cost.
    """
    rules = rules_row[0]
    state = state_row[0]
    path, log_path, noise, rows = tape.path, tape.log_path, tape.noise, log.rows
    tables = Tables(tape.table_distance, tape.table_quantity, tape.tier_rate, tape.tier_amount)
    queues = Queues(
        log.events, log.queue_long, log.queue_short, log.priority_long, log.priority_short, log.throttled, desk
    )
    replay = Replay(tape.target, tape.push_before, tape.push_after, tape.push_absorbs)
    ranks = Ranks(log.rank_score, log.rank_member, log.rank_held, log.rank_entry, log.entries_known)
    window = log.high_tick, log.high_mark, log.low_tick, log.low_mark
    heat, frames = positions.heat, log.frames
    # The numbers are the steps of a tick (docs/model.md). Tuples of arrays are handed on only where something happens:
    # passing them to every helper every tick would cost ten times the tick.
    while state.tick < until:
        now = state.tick
        if state.phase == AT_START:
            # 1, 2: news, and what happened to the book since the last tick
            if rules.shape == SHAPE_TABLE:
                refill(rules, state, (tape.table_distance, tape.table_quantity))
            elif rules.refill_kept < 1.0:
                refill(rules, state, None)
            requote(rules, state, path[now], log_path[now])
            if now >= state.next_outage_tick:
                look_at_outages(state, tape)
            if rules.band > 0.0:
                set_band(rules, state)
            if rules.throttle > 0.0:
                next_slice(rules, state, log.throttled)
            if not state.halted:  # 3: orders
                if desk is not None:
                    cross(rules, state, positions, tables, moves, desk)
                level = log_path[now] + state.index_shift + imbalance(state)
                notional = background(rules, state, noise[now] if noise.size > 0 else 0.0, level)
                if notional != 0.0 and plain(rules, state, notional):
                    send_plain(rules, state, notional)
                elif notional != 0.0:
                    send(rules, state, tables, queues, notional)
                if now >= state.next_order_tick:
                    send_scheduled(rules, state, tables, queues, tape.order_tick, tape.order_notional)
                if state.vault_quantity != 0.0 and rules.absorb_unwind > 0.0:
                    unwind(rules, state, tables, queues)
                if desk is not None:
                    carry_out(rules, state, positions, tables, queues, moves, desk)
                if moves is not None:
                    waits = state.waiting_head != state.waiting_tail
                    if waits or now >= state.next_exit_tick or now >= state.next_entrant_tick:
                        turn_over(rules, state, positions, tables, queues, moves)
                        settle_fills(rules, state, positions, tables, moves, desk)
        if lending is not None and due(state, lending):
            status = block(rules, state, tables, queues, lending)
            state.phase = AT_START if status == RUNNING else IN_BLOCK
            if status != RUNNING:
                return status
            settle_fills(rules, state, positions, tables, moves, desk)
        if rules.replay and state.resort and state.phase == AT_START:
            # the push has to know all triggers, those that a full heap lost too
            state.phase = BEFORE_PUSH
            return UNSORTED
        if state.phase != IN_ROUNDS:
            if rules.replay:
                push_before(rules, state, positions, tables, queues, moves, replay, path[now], log_path[now])
                state.phase = AT_START
            state.mark = mark_price(rules, state)  # 4
            if rules.halt_move > 0.0 and not state.halted:
                trips(rules, state, log.high_tick, log.high_mark, log.low_tick, log.low_mark)
        if not state.halted and not quiet(rules, state):
            status = rounds(rules, state, positions, tables, queues, moves, window)  # 5
            if status != RUNNING:
                return status
            if not state.halted:
                backstop(rules, state, positions, tables, queues, ranks, moves)  # 6
                settle_fills(rules, state, positions, tables, moves, desk)
        if rules.replay:
            status = push_after(rules, state, positions, tables, queues, moves, replay, log_path[now])
            if status != RUNNING:
                return status
        if rules.funding:
            if not state.halted:
                if rules.shape == SHAPE_TABLE:
                    measure_premium(rules, state, (tape.table_distance, tape.table_quantity))
                else:
                    measure_premium(rules, state, None)
            if state.tick + 1 == state.next_funding_tick:
                pay_funding(rules, state, positions, tables, moves)
        if state.shortfall > 0.0:
            place_shortfall(rules, state, positions, tables, moves)
        if state.forced_notional != 0.0:
            count_minute(rules, state, log.minutes)
        if rules.halt_move > 0.0 and not state.halted:
            watch(rules, state, log.high_tick, log.high_mark, log.low_tick, log.low_mark)
        error = close_tick(rules, state)  # 7
        state.row_left -= 1
        if state.row_left == 0 or state.tick == path.size:
            write_row(rules, state, rows, error)
            if lending is not None:
                write_chain_row(state, lending, state.row - 1)
        if rules.heat_bins > 0:
            state.frame_left -= 1
            if state.frame_left == 0 or state.tick == path.size:
                write_frame(rules, state, heat, frames)
        if state.resort:
            return UNSORTED
    return RUNNING
