"""Whose a position is: what it pays out goes to a strategy's wallet, or to a trader who leaves the venue with it."""

from __future__ import annotations

from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.resting import cancel_all


@inner
def account_of(desk, position):
    """Place of the strategy's account that holds a position; negative for the crowd's."""
    return position - desk.accounts[0].position


@inner
def pay_owner(state, desk, position, amount):
    """Pay out what a liquidation or deleveraging leaves the owner, margin currency."""
    if desk is None:
        state.settled_cash += amount
    else:
        account = account_of(desk, position)
        if account < 0:
            state.settled_cash += amount
        else:
            desk.accounts[account].cash += amount
            state.desk_cash += amount


@inner
def announce(state, desk, position):
    """Take a strategy's orders out before its position is liquidated, as venues do."""
    if desk is not None:
        account = account_of(desk, position)
        if account >= 0:
            cancel_all(state, desk, account)
            desk.accounts[account].liquidations += 1
