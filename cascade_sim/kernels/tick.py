"""The order of a tick, and the loop over ticks."""

from __future__ import annotations

from cascade_sim.kernels.backstop import backstop
from cascade_sim.kernels.flow import background, send, send_plain, send_scheduled
from cascade_sim.kernels.jit import inner, kernel
from cascade_sim.kernels.liquidation import quiet, rounds
from cascade_sim.kernels.orders import plain
from cascade_sim.kernels.quotes import commit_mark, imbalance, mark_price, refill, requote
from cascade_sim.kernels.record import extremes, ledger, write_row
from cascade_sim.kernels.state import AT_START, EVENTS_FULL, FOREVER, MARK_INDEX_EMA, RUNNING, SHAPE_TABLE, UNSORTED


@inner
def look_at_outages(state, tape):
    """Set whether this tick is halted, and when that can change next. Cost: O(outages), at changes only."""
    now = state.tick
    state.halted = 0
    state.next_outage_tick = FOREVER
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
def close_tick(rules, state):
    """Step 7 but for the row: commit the mark's average, track extremes, check the ledger; returns its error."""
    if rules.mark == MARK_INDEX_EMA:
        commit_mark(rules, state)
    state.row_halted += state.halted
    extremes(state)
    state.tick += 1
    return ledger(rules, state)


@kernel
def advance(rules_row, state_row, positions, tape, log, until):
    """Advance to tick ``until``, or until Python has to act.

    Parameters
    ----------
    rules_row, state_row : one-row arrays of `state.RULES` and `state.STATE`.
    positions, tape, log : `state.Positions`, `state.Tape`, `state.Log`.
    until : tick to stop before.

    Returns
    -------
    RUNNING when ``until`` is reached; EVENTS_FULL when the event rows need room (the tick is taken up again where it
    stands); UNSORTED when terms have changed and the crowd has to be sorted anew before the next tick.

    Cost: O(1) a quiet tick, whatever the number of positions; O(1) a liquidation beside the book's cost.
    """
    rules = rules_row[0]
    state = state_row[0]
    path, log_path, noise, rows = tape.path, tape.log_path, tape.noise, log.rows
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
            if not state.halted:  # 3: exogenous orders
                level = log_path[now] + state.index_shift + imbalance(state)
                notional = background(rules, state, noise[now] if noise.size > 0 else 0.0, level)
                if notional != 0.0 and plain(rules, state, notional):
                    send_plain(rules, state, notional)
                elif notional != 0.0:
                    send(rules, state, tape, log, notional)
                if now >= state.next_order_tick:
                    send_scheduled(rules, state, tape, log)
            state.mark = mark_price(rules, state)  # 4
        if not state.halted and not quiet(rules, state):
            if rounds(rules, state, positions, tape, log) == EVENTS_FULL:  # 5
                return EVENTS_FULL
            backstop(rules, state, positions, tape, log)  # 6
        if state.forced_notional != 0.0:
            count_minute(rules, state, log.minutes)
        error = close_tick(rules, state)  # 7
        state.row_left -= 1
        if state.row_left == 0 or state.tick == path.size:
            write_row(rules, state, rows, error)
        if state.resort:
            return UNSORTED
    return RUNNING
