"""Step 7 of a tick: extremes over all ticks, the ledger, and the row that is written every few ticks."""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.quotes import imbalance


@inner
def extremes(state):
    """Track drawdown, run-up and the recovery from the low, over every tick. Cost: 3 ns."""
    mark = state.mark
    if mark > state.mark_peak:
        state.mark_peak = mark
    elif 1.0 - mark / state.mark_peak > state.max_drawdown:
        state.max_drawdown = 1.0 - mark / state.mark_peak
        state.low_peak = state.mark_peak
        state.low_mark = mark
        state.low_tick = state.tick
        state.half_recovered_tick = -1
    if state.half_recovered_tick < 0 and state.low_tick >= 0:
        if mark >= 0.5 * (state.low_peak + state.low_mark):
            state.half_recovered_tick = state.tick
    if mark < state.mark_trough:
        state.mark_trough = mark
    elif mark / state.mark_trough - 1.0 > state.max_runup:
        state.max_runup = mark / state.mark_trough - 1.0
    if state.index > state.index_peak:
        state.index_peak = state.index
    elif 1.0 - state.index / state.index_peak > state.index_drawdown:
        state.index_drawdown = 1.0 - state.index / state.index_peak


@inner
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
        - state.shortfall
    )
    quantity = (
        state.crowd_quantity
        + state.maker_quantity
        + state.flow_quantity
        + state.engine_long
        - state.engine_short
    )
    error = abs(cash) / rules.open_interest_margin
    if error > state.ledger_error:
        state.ledger_error = error
    if abs(quantity) > state.imbalance:
        state.imbalance = abs(quantity)
    return error


@inner
def write_row(rules, state, row, error):
    """Write the row (columns of `state.ROW`) and start the next: levels as they stand, flows since the last row."""
    state.mid = state.index * math.exp(imbalance(state))
    row[0] = state.mark
    row[1] = state.index
    row[2] = state.mid
    row[3] = state.bid
    row[4] = state.ask
    row[5] = state.multiplier
    row[6] = state.row_flow
    row[7] = state.row_forced_sell
    row[8] = state.row_forced_buy
    row[9] = state.row_count_long
    row[10] = state.row_count_short
    row[11] = state.row_rounds
    row[12] = state.open_long + state.open_short
    row[13] = rules.fund_start + state.fund_cash
    row[14] = state.row_adl
    row[15] = state.bad_debt
    row[16] = state.engine_long - state.engine_short
    row[17] = state.row_halted
    row[18] = error
    state.row_flow = 0.0
    state.row_forced_sell = 0.0
    state.row_forced_buy = 0.0
    state.row_count_long = 0.0
    state.row_count_short = 0.0
    state.row_rounds = 0.0
    state.row_adl = 0.0
    state.row_halted = 0.0
