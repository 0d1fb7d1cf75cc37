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
def invited(rules, state, tape, quantity, side, bankruptcy, entry):
    """Tell whether the vault may take of a position: its equity is below ``below`` times its maintenance at the mark.

    ``s q (u(M) - u_b) < below MM``; a vault whose ``below`` is 1 takes of all.
    """
    if rules.absorb_below >= 1.0:
        return 1
    inverse = rules.contract == INVERSE
    unit = -1.0 / state.mark if inverse else state.mark
    basis = entry if rules.maintenance_on_entry else unit
    required = maintenance_margin(quantity if inverse else quantity * basis, tape.tier_rate, tape.tier_amount)
    if inverse:
        required *= -basis
    return 1 if side * quantity * (unit - bankruptcy) < rules.absorb_below * required else 0


@inner
def absorb(rules, state, event, side, want):
    """Have the vault take over part of a forced order at the bankruptcy price; returns the quantity.

    ``min(share want, leverage E / |u(M)| - s q_v)`` with ``E`` the vault's equity and ``q_v`` its inventory. What the
    position is worth above (below) its bankruptcy price is the vault's profit (loss). Cost: 10 ns.
    """
    unit = -1.0 / state.mark if rules.contract == INVERSE else state.mark
    if not event.vault:
        return 0.0
    event.vault = 0  # what it leaves it is not asked again
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
