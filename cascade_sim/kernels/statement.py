"""What all strategies have, in one call: reading ten accounts one by one from Python costs ten times a tick."""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import kernel
from cascade_sim.kernels.orders import unit_of

# Columns of a statement.
POSITION, CASH, EQUITY, COLLATERAL, LIQUIDATION_PRICE, LIQUIDATIONS = range(6)


@kernel
def write_statements(rules_row, state_row, accounts, slot, terms, quantity, bankruptcy, entry, live, rows):
    """Write the statements of the first accounts.

    Parameters
    ----------
    rules_row, state_row : one-row arrays of `rules.RULES` and `state.STATE`.
    accounts : array of `desk.ACCOUNT`.
    slot, terms, live : of `state.Moves`.
    quantity, bankruptcy, entry : of `state.Positions`.
    rows : float64, shape (accounts, 6), written
        Signed quantity; free cash, equity at the mark and collateral, margin currency; liquidation price, quote per
        base, NaN where there is none; how often it was liquidated.

    Cost: 3 us, and 5 ns an account.
    """
    rules, state = rules_row[0], state_row[0]
    unit = unit_of(rules, state.mark)
    for place in range(rows.shape[0]):
        account = accounts[place]
        k = slot[account.position]
        held = quantity[k] if terms[account.position].side > 0 else -quantity[k]
        rows[place, POSITION] = held
        rows[place, CASH] = account.cash
        rows[place, EQUITY] = account.cash
        rows[place, COLLATERAL] = 0.0
        rows[place, LIQUIDATION_PRICE] = math.nan
        rows[place, LIQUIDATIONS] = account.liquidations
        if held != 0.0:
            price = -math.copysign(1.0, held) * live[k]
            rows[place, EQUITY] = account.cash + held * (unit - bankruptcy[k])
            rows[place, COLLATERAL] = held * (entry[account.position] - bankruptcy[k])
            if 0.0 < price < math.inf:
                rows[place, LIQUIDATION_PRICE] = price
        else:
            rows[place, POSITION] = 0.0
