"""A strategy's trade changes its position, its margin and its wallet."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.changes import end_cooldown, set_trigger
from cascade_sim.kernels.heat import count_on_map
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.settle import change_fund
from cascade_sim.kernels.state import COOLING_DOWN, INVERSE, UNTOUCHED
from cascade_sim.kernels.values import unit_value


@inner
def count_open(state, side, quantity):
    """Count a change of the open quantity of one side."""
    state.crowd_quantity += side * quantity
    if side > 0.0:
        state.open_long += quantity
    else:
        state.open_short += quantity


@inner
def close_part(rules, state, positions, terms, account, k, closed, value):
    """Close part of a position: ``s (integral u dq - closed u_b)`` goes to the wallet, its margin's share included.

    What the wallet cannot pay of a loss beyond the margin is the fund's, as for a position that its owner closes.
    """
    side = 1.0 if terms.side > 0 else -1.0
    held = positions.quantity[k]
    cash = side * closed * positions.bankruptcy[k]
    gain = side * value - cash
    state.crowd_cash += cash
    count_open(state, side, -closed)
    left = 0.0 if closed == held else held - closed
    if rules.heat_bins > 0:
        count_on_map(rules, positions.heat, terms.liquidation, held, left)
    positions.quantity[k] = left
    account.cash += gain
    state.desk_cash += gain
    if account.cash < 0.0:
        state.overdrawn -= account.cash
        state.overdrawn_paid -= change_fund(rules, state, account.cash)
        state.desk_cash -= account.cash
        account.cash = 0.0


@inner
def open_part(rules, state, positions, terms, account, k, side, opened, value, leverage, fee):
    """Open a position or add to one, with ``C = |value| / leverage`` of margin, or what the wallet has after the fee.

    The entry is the average, ``u_e = (Q u_e + value) / (Q + q)``, and the margins add up:
    ``u_b = (Q u_b + value - s C) / (Q + q)``.
    """
    held = positions.quantity[k]
    position = positions.index[k]
    collateral = min(abs(value) / leverage, max(account.cash - fee, 0.0))
    bankruptcy = positions.bankruptcy[k]
    if held == 0.0:
        terms.side = int(side)
        terms.part = UNTOUCHED
        terms.liquidation = 0.0
        bankruptcy = 0.0
        positions.entry[position] = value / opened
    else:
        positions.entry[position] = (held * positions.entry[position] + value) / (held + opened)
    positions.bankruptcy[k] = (held * bankruptcy + (value - side * collateral)) / (held + opened)
    if rules.heat_bins > 0:
        count_on_map(rules, positions.heat, terms.liquidation, held, held + opened)
    positions.quantity[k] = held + opened
    account.cash -= collateral
    state.desk_cash -= collateral
    state.crowd_cash += collateral - side * value
    count_open(state, side, opened)


@inner
def trade(rules, state, positions, tape, moves, desk, order, quantity, value, fee_rate):
    """Book a fill of an order on its account: first against what it holds of the other side, then as a new position.

    Parameters
    ----------
    order : row of `desk.ORDER`.
    quantity, value : what was filled, and the integral of ``u dq`` over it.
    fee_rate : fraction of the value.

    Notes
    -----
    Cost: 60 ns and the trigger's.
    """
    account = desk.accounts[order.account]
    position = account.position
    k = np.int64(moves.slot[position])
    terms = moves.terms[position]
    fee = fee_rate * abs(value)
    opened, rest = quantity, value
    held = positions.quantity[k]
    if held > 0.0 and order.direction * terms.side < 0.0:
        closed = min(quantity, held)
        share = value if closed == quantity else value * (closed / quantity)
        close_part(rules, state, positions, terms, account, k, closed, share)
        opened = quantity - closed
        rest = value - share
    if opened > 0.0:
        if positions.quantity[k] == 0.0 and terms.part == COOLING_DOWN:
            end_cooldown(state, moves, position)
        open_part(rules, state, positions, terms, account, k, order.direction, opened, rest, order.leverage, fee)
    fee = min(fee, account.cash)
    account.cash -= fee
    state.desk_cash -= fee
    state.fees_cash += fee
    if positions.quantity[k] > 0.0:
        set_trigger(rules, state, positions, tape, moves, k, np.bool_(False))


@inner
def settle_fills(rules, state, positions, tape, moves, desk):
    """Book what resting orders were filled since the last call, in the order in which they were met."""
    if desk is not None:
        for j in range(state.touched):
            order = desk.orders[desk.touched[j]]
            filled = order.pending
            value = filled * unit_value(order.price, rules.contract == INVERSE)
            order.pending = 0.0
            order.filled += filled
            order.value += value
            trade(rules, state, positions, tape, moves, desk, order, filled, value, 0.0)
        state.touched = 0
