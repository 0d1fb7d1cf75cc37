"""Traders who defend themselves: top-ups at margin calls, and orders that close a position at market."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.changes import set_trigger
from cascade_sim.kernels.heat import count_on_map
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.orders import meet_offers, plain, take
from cascade_sim.kernels.settle import change_fund


@melded
def top_up(rules, state, positions, tape, moves, k, position):
    """Answer a margin call from the wallet: ``A = min(top_up, wallet)``, ``u_b -= s A / q``; then a new trigger."""
    terms = moves.terms[position]
    amount = min(terms.top_up, terms.wallet)
    terms.wallet -= amount
    terms.answers -= 1
    positions.bankruptcy[k] -= terms.side * amount / positions.quantity[k]
    state.row_top_ups += amount
    state.topped_up += amount
    set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@inner
def taker_fee(rules, value):
    """Fee on a trade of a value in margin currency."""
    return rules.taker_fee * abs(value)


@melded
def close_at_market(rules, state, positions, tape, log, moves, k, side):
    """Close a position of its owner's will, as far as the book goes.

    The owner gets ``s (integral u dq - filled u_b)`` less the taker fee; where that is negative, the fund pays. What is
    left has a new trigger where its bracket may be another.
    """
    want = positions.quantity[k]
    worst = 0.0 if side > 0.0 else math.inf
    if plain(rules, state, -side):
        filled, value = take(rules, state, None, -side, want, worst)
    else:
        filled, value = meet_offers(rules, state, tape, log, -side, want, worst)
    if filled > 0.0:
        cash = side * filled * positions.bankruptcy[k]
        equity = side * value - cash
        state.crowd_cash += cash
        state.crowd_quantity -= side * filled
        if side > 0.0:
            state.open_long -= filled
        else:
            state.open_short -= filled
        fee = min(taker_fee(rules, value), max(equity, 0.0))
        state.fees_cash += fee
        if equity >= 0.0:
            state.settled_cash += equity - fee
        else:
            state.overdrawn -= equity
            state.overdrawn_paid -= change_fund(rules, state, equity)
        state.row_exits += filled
        positions.quantity[k] = 0.0 if filled >= want else want - filled
        if rules.heat_bins > 0:
            price = moves.terms[positions.index[k]].liquidation
            count_on_map(rules, positions.heat, price, want, positions.quantity[k])
    if positions.quantity[k] > 0.0 and tape.tier_rate.size > 1:
        set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@melded
def stop_out(rules, state, positions, tape, log, moves, k, side, position):
    """Fire a stop-loss order: what the book does not take stays open without it."""
    moves.terms[position].stop = np.nan
    close_at_market(rules, state, positions, tape, log, moves, k, side)
    if positions.quantity[k] > 0.0:
        set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@inner
def take_profit(rules, state, positions, tape, log, moves, k, side, position):
    """Fire a take-profit order; what the book does not take keeps its other trigger."""
    moves.terms[position].profit = np.nan
    close_at_market(rules, state, positions, tape, log, moves, k, side)


@inner
def round_stop(price, side, distance, step, beyond):
    """Price of a stop-loss order: ``p (1 - s d)``, and where a step is given just beyond the next round number."""
    target = price * (1.0 - side * distance)
    if step > 0.0:
        rounded = math.floor(target / step) if side > 0.0 else math.ceil(target / step)
        target = rounded * step * (1.0 - side * beyond)
    return target


@inner
def round_profit(price, side, distance, step, beyond):
    """Price of a take-profit order: ``p (1 + s d)``, and where a step is given just before the next round number."""
    target = price * (1.0 + side * distance)
    if step > 0.0:
        rounded = math.ceil(target / step) if side > 0.0 else math.floor(target / step)
        target = rounded * step * (1.0 - side * beyond)
    return target
