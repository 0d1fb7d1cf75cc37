"""Before the first tick: what each position's nearest trigger is, and the heaps of take-profit orders."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.changes import adverse, push_change, set_next_change
from cascade_sim.kernels.heap import heapify
from cascade_sim.kernels.jit import kernel
from cascade_sim.kernels.margin import liquidation_price
from cascade_sim.kernels.state import INVERSE


@kernel
def opening_triggers(rules_row, quantity, bankruptcy, entry, tier_rate, tier_amount, terms, trigger):
    """Replace liquidation prices by the first of liquidation, margin call and stop loss, and write which it is.

    Parameters
    ----------
    rules_row : one-row array of `rules.RULES`.
    quantity, bankruptcy, entry : array of float, shape (n,)
        In the order in which the crowd was built; the last two as u-values.
    tier_rate, tier_amount : array of float, shape (brackets,)
    terms : array of `records.TERMS`, shape (n,) or more
        ``kind`` is written.
    trigger : array of float, shape (n,)
        Liquidation prices; written.

    Notes
    -----
    Cost: 5 ns a position, 20 ns for one that answers margin calls.
    """
    rules = rules_row[0]
    inverse = rules.contract == INVERSE
    for i in range(trigger.size):
        row = terms[i]
        side = 1.0 if row.side > 0 else -1.0
        call = 0.0
        if row.answers > 0 and row.wallet > 0.0:
            collateral = side * quantity[i] * (entry[i] - bankruptcy[i])
            entry_price = -1.0 / entry[i] if inverse else entry[i]
            call = liquidation_price(
                side, quantity[i], entry_price, collateral, inverse, rules.maintenance_on_entry != 0,
                tier_rate, tier_amount, row.call_at,
            )  # fmt: skip
        trigger[i], row.kind = adverse(rules, row, side, trigger[i], call)


@kernel
def heap_profits(state_row, positions, moves):
    """Empty the heaps of changes and fill them with the take-profit orders of what is open. Cost: O(positions)."""
    state = state_row[0]
    down, up = np.int64(0), np.int64(0)
    for k in range(state.next_slot):
        position = np.int64(positions.index[k])
        price = moves.terms[position].profit
        if positions.quantity[k] <= 0.0 or not 0.0 < price < math.inf:
            continue
        if moves.terms[position].side > 0:
            moves.up_key[up] = price
            moves.up_position[up] = position
            up += 1
        else:
            moves.down_key[down] = -price
            moves.down_position[down] = position
            down += 1
    heapify(moves.down_key, moves.down_position, down)
    heapify(moves.up_key, moves.up_position, up)
    state.down_size = down
    state.up_size = up


@kernel
def heap_accounts(state_row, positions, moves):
    """Put the triggers of strategies' positions, which stand behind the sorted crowd, on the heaps."""
    state = state_row[0]
    for k in range(state.next_slot - state.accounts, state.next_slot):
        position = np.int64(positions.index[k])
        side = 1.0 if moves.terms[position].side > 0 else -1.0
        price = -side * moves.live[k]
        fires = price > 0.0 if side > 0.0 else price < math.inf  # NaN: it waits for something else first
        if positions.quantity[k] > 0.0 and fires:
            push_change(state, moves, side > 0.0, moves.live[k], position)


@kernel
def settle_next(state_row, positions, moves):
    """Remember the nearest trigger of each direction."""
    set_next_change(state_row[0], positions, moves)
