"""Off-book absorption: a backstop vault takes part of what is liquidated at the bankruptcy price, and unwinds it."""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.margin import maintenance_margin
from cascade_sim.kernels.orders import order
from cascade_sim.kernels.state import INVERSE


@inner
def vault_equity(rules, state, unit):
    """Capital, cash and inventory of the vault at a mark whose ``u`` is ``unit``, in the margin currency."""
    return rules.absorb_capital + state.vault_cash + state.vault_quantity * unit


@inner
def health(rules, tape, event, side, unit):
    """Equity over maintenance of what is being liquidated, at the mark: ``s q (u(M) - u_b) / MM``."""
    quantity = event.quantity
    inverse = rules.contract == INVERSE
    notional = quantity if inverse else quantity * unit
    required = maintenance_margin(notional, tape.tier_rate, tape.tier_amount)
    if inverse:
        required *= -unit
    equity = side * quantity * (unit - event.bankruptcy)
    return equity / required if required > 0.0 else math.inf


@inner
def absorb(rules, state, tape, event, side, want):
    """Have the vault take over part of a forced order at the bankruptcy price; returns the quantity.

    ``min(share want, leverage E / |u(M)| - s q_v)`` with ``E`` the vault's equity and ``q_v`` its inventory, for
    positions whose equity has fallen below ``below`` times maintenance. What the position is worth above (below) its
    bankruptcy price is the vault's profit (loss). Cost: 10 ns.
    """
    unit = -1.0 / state.mark if rules.contract == INVERSE else state.mark
    if rules.absorb_below < 1.0 and health(rules, tape, event, side, unit) >= rules.absorb_below:
        return 0.0
    room = rules.absorb_leverage * vault_equity(rules, state, unit) / abs(unit) - side * state.vault_quantity
    taken = min(rules.absorb_share * want, room)
    if taken <= 0.0:
        return 0.0
    cost = taken * event.bankruptcy
    state.vault_quantity += side * taken
    state.vault_cash -= side * cost
    event.filled = event.quantity if taken == event.quantity - event.filled else event.filled + taken
    event.value += cost
    if side > 0.0:
        state.engine_long -= taken
        state.engine_long_cash += cost
    else:
        state.engine_short -= taken
        state.engine_short_cash -= cost
    state.row_vault += taken
    return taken


@inner
def unwind(rules, state, tape, log):
    """Sell (buy back) a share of the vault's inventory in the market, as its half-life says."""
    side = 1.0 if state.vault_quantity > 0.0 else -1.0
    want = abs(state.vault_quantity) * rules.absorb_unwind
    worst = 0.0 if side > 0.0 else math.inf
    filled, value = order(rules, state, tape, log, -side, want, worst)
    state.vault_quantity -= side * filled
    state.vault_cash += side * value
