"""Step 7 of a tick: extremes over all ticks, the ledger, and the row that is written every few ticks."""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import inlined, kernel, melded
from cascade_sim.kernels.quotes import imbalance
from cascade_sim.kernels.state import INVERSE


@melded
def extremes(state):
    """Track drawdown, run-up and the recovery from the low, over every tick. Cost: 3 ns."""
    mark = state.mark
    if mark > state.mark_peak:
        state.mark_peak = mark
    elif mark < state.mark_peak * (1.0 - state.max_drawdown):
        state.max_drawdown = 1.0 - mark / state.mark_peak
        state.low_peak = state.mark_peak
        state.low_mark = mark
        state.low_tick = state.tick
        state.half_recovered_tick = -1
    falling = state.half_recovered_tick < 0 and state.low_tick >= 0
    if falling and mark >= 0.5 * (state.low_peak + state.low_mark):
        state.half_recovered_tick = state.tick
    if mark < state.mark_trough:
        state.mark_trough = mark
    elif mark > state.mark_trough * (1.0 + state.max_runup):
        state.max_runup = mark / state.mark_trough - 1.0
    if state.index > state.index_peak:
        state.index_peak = state.index
    elif state.index < state.index_peak * (1.0 - state.index_drawdown):
        state.index_drawdown = 1.0 - state.index / state.index_peak


@melded
def ledger(rules, state):
    """Sum all accounts' changes of cash, and all signed quantities; both are zero but for rounding. Cost: 4 ns."""
    cash = (
        state.crowd_cash
        + state.maker_cash
        + state.flow_cash
        + state.engine_long_cash
        + state.engine_short_cash
        + state.fund_cash
        + state.settled_cash
        + state.written_off
        + state.vault_cash
        + state.fees_cash
        + state.desk_cash
        + state.lending_cash
        - state.shortfall
    )
    quantity = (
        state.crowd_quantity
        + state.maker_quantity
        + state.flow_quantity
        + state.engine_long
        - state.engine_short
        + state.vault_quantity
        + state.lending_quantity
    )
    error = abs(cash) / rules.open_interest_margin
    if error > state.ledger_error:
        state.ledger_error = error
    if abs(quantity) > state.imbalance:
        state.imbalance = abs(quantity)
    return error


@inlined
def fill_row(rules, state, rows, row, error):
    """Write a row (columns of `state.ROW`): levels as they stand, flows since the last row was finished."""
    state.mid = state.index * math.exp(imbalance(state))
    rows[row, 0] = state.mark
    rows[row, 1] = state.index
    rows[row, 2] = state.mid
    rows[row, 3] = state.bid
    rows[row, 4] = state.ask
    rows[row, 5] = 1.0 / state.thinning
    rows[row, 6] = state.row_flow
    rows[row, 7] = state.row_forced_sell
    rows[row, 8] = state.row_forced_buy
    rows[row, 9] = state.row_count_long
    rows[row, 10] = state.row_count_short
    rows[row, 11] = state.row_rounds
    rows[row, 12] = state.open_long + state.open_short
    rows[row, 13] = rules.fund_start + state.fund_cash
    rows[row, 14] = state.row_adl
    rows[row, 15] = state.bad_debt
    rows[row, 16] = state.engine_long - state.engine_short
    rows[row, 17] = state.row_halted
    rows[row, 18] = error
    rows[row, 19] = state.funding_rate
    rows[row, 20] = state.row_entries
    rows[row, 21] = state.row_exits
    rows[row, 22] = state.row_top_ups
    rows[row, 23] = state.row_vault
    rows[row, 24] = state.vault_quantity
    unit = -1.0 / state.mark if rules.contract == INVERSE else state.mark
    rows[row, 25] = state.vault_cash + state.vault_quantity * unit
    rows[row, 26] = state.fees_cash
    rows[row, 27] = state.distance_bid
    rows[row, 28] = state.distance_ask
    rows[row, 29] = state.row_absorbed
    rows[row, 30] = state.row_keeper_sold


@inlined
def write_row(rules, state, rows, error):
    """Write the row that is due, and start the next."""
    fill_row(rules, state, rows, state.row, error)
    state.row_flow = 0.0
    state.row_forced_sell = 0.0
    state.row_forced_buy = 0.0
    state.row_count_long = 0.0
    state.row_count_short = 0.0
    state.row_rounds = 0.0
    state.row_adl = 0.0
    state.row_halted = 0.0
    state.row_entries = 0.0
    state.row_exits = 0.0
    state.row_top_ups = 0.0
    state.row_vault = 0.0
    state.row_absorbed = 0.0
    state.row_keeper_sold = 0.0
    state.row += 1
    state.row_left = rules.row_ticks


@kernel
def row_so_far(rules_row, state_row, rows):
    """Write the row that is still being recorded into ``rows[0]``. Cost: 0.1 us."""
    rules, state = rules_row[0], state_row[0]
    fill_row(rules, state, rows, 0, ledger(rules, state))
