"""Turnover: positions whose owners leave at a time of their own, and positions that are opened during the run."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.changes import set_profit, set_trigger
from cascade_sim.kernels.defend import close_at_market, round_profit, round_stop, taker_fee
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import order, price_of
from cascade_sim.kernels.quotes import mark_price
from cascade_sim.kernels.state import FOREVER, INVERSE, UNTOUCHED


@inner
def leave(rules, state, positions, tape, log, moves):
    """Close the positions whose time has come, if they are still open; after a halt the delayed ones as well.

    What the book does not take stays open for good.
    """
    while state.next_exit < moves.exit_tick.size and moves.exit_tick[state.next_exit] <= state.tick:
        position = np.int64(moves.exit_position[state.next_exit])
        k = np.int64(moves.slot[position])
        if k >= 0 and positions.quantity[k] > 0.0:
            side = 1.0 if moves.terms[position].side > 0 else -1.0
            close_at_market(rules, state, positions, tape, log, moves, k, side)
        state.next_exit += 1
    size = moves.exit_tick.size
    state.next_exit_tick = moves.exit_tick[state.next_exit] if state.next_exit < size else FOREVER


@inner
def open_position(rules, state, positions, tape, log, moves, entrant):
    """Open one position at market: ``C = |value| / leverage (1 + backing)`` behind what was filled."""
    side = 1.0 if entrant.side > 0 else -1.0
    state.mark = mark_price(rules, state)
    want = entrant.notional if rules.contract == INVERSE else entrant.notional / state.mark
    worst = math.inf if side > 0.0 else 0.0
    filled, value = order(rules, state, tape, log, side, want, worst)
    if filled <= 0.0:
        return
    unit = value / filled
    fee = taker_fee(rules, value)
    collateral = abs(value) / entrant.leverage
    state.crowd_cash -= side * value + fee
    state.fees_cash += fee
    state.crowd_quantity += side * filled
    if side > 0.0:
        state.open_long += filled
    else:
        state.open_short += filled
    state.row_entries += filled
    k, position = state.next_slot, entrant.position
    state.next_slot += 1
    positions.index[k] = position
    positions.key[k] = np.nan
    positions.quantity[k] = filled
    positions.bankruptcy[k] = unit - side * (collateral * (1.0 + entrant.backing)) / filled
    positions.entry[position] = unit
    moves.slot[position] = k
    terms = moves.terms[position]
    terms.part = UNTOUCHED
    terms.liquidation = 0.0
    terms.wallet = collateral * entrant.wallet
    terms.top_up = terms.wallet * entrant.top_up
    terms.call_at = entrant.call_at
    terms.answers = entrant.answers
    price = price_of(rules, unit)
    terms.stop = terms.profit = np.nan
    if entrant.stop_distance > 0.0:
        terms.stop = round_stop(price, side, entrant.stop_distance, entrant.stop_step, entrant.stop_beyond)
    if entrant.profit_distance > 0.0:
        terms.profit = round_profit(price, side, entrant.profit_distance, entrant.profit_step, entrant.profit_beyond)
        set_profit(state, moves, position, side, terms.profit)
    set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@inner
def arrive(rules, state, positions, tape, log, moves):
    """Open every position that is due; after a halt the delayed ones as well."""
    rows = moves.entrants
    while state.next_entrant < rows.size and rows[state.next_entrant].tick <= state.tick:
        open_position(rules, state, positions, tape, log, moves, rows[state.next_entrant])
        state.next_entrant += 1
    state.next_entrant_tick = rows[state.next_entrant].tick if state.next_entrant < rows.size else FOREVER
