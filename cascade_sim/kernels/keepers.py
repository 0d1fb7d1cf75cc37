"""What keepers know and do in the market: what a sale would bring, what the book holds, the sale itself."""

from __future__ import annotations

import math

from cascade_sim.kernels.book import fill, quantity_at
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import order
from cascade_sim.kernels.state import SHAPE_INFINITE, SHAPE_TABLE

# Nobody sends a transaction for less than this share of what a loan or an auction would let him have.
LEAST_SHARE = 0.01


@inner
def depth_above(rules, state, tables, price):
    """Return the makers' quantity between the best bid and ``price``: ``(Q(x) - Q(x_b)) / thinning``. Cost: 20 ns."""
    limit = max(price, state.band_low)
    if state.bid <= limit:
        return 0.0
    if rules.shape == SHAPE_INFINITE:
        return math.inf
    x = min(state.touch_bid - math.log(limit / state.index), rules.until)
    if rules.shape == SHAPE_TABLE:
        q = quantity_at(rules, (tables.table_distance, tables.table_quantity), rules.scale_bid, x)
    else:
        q = quantity_at(rules, None, rules.scale_bid, x)
    return max(0.0, (q - state.eaten_bid) / state.thinning)


@inner
def worth(rules, state, tables, kept, quantity):
    """Return what a keeper gets for collateral, after fees: at the best bid if he holds it, else from the book.

    Nothing is traded. Who sells at once can expect nothing of a venue that stands still. Cost: 30 ns.
    """
    if kept > 0.0:
        return quantity * state.bid * (1.0 - rules.taker_fee)
    if state.halted:
        return 0.0
    side = -1.0, state.index, state.touch_bid, state.bid, state.distance_bid, state.eaten_bid
    if rules.shape == SHAPE_TABLE:
        table = (tables.table_distance, tables.table_quantity)
        out = fill(rules, table, rules.scale_bid, *side, state.thinning, quantity, state.band_low)
    else:
        out = fill(rules, None, rules.scale_bid, *side, state.thinning, quantity, state.band_low)
    return out[1] * (1.0 - rules.taker_fee)


@inner
def sell(rules, state, tables, queues, keeper, want):
    """Sell a keeper's collateral in the market, as far as there is one; returns (filled, received after fees)."""
    filled, value = order(rules, state, tables, queues, -1.0, want, 0.0)
    fee = rules.taker_fee * value
    keeper.cash += value - fee
    keeper.quantity = 0.0 if filled == keeper.quantity else keeper.quantity - filled
    keeper.sold += filled
    state.fees_cash += fee
    state.lending_cash += value - fee
    state.lending_quantity -= filled
    state.row_keeper_sold += filled
    return filled, value - fee


@inner
def sell_at_once(rules, state, tables, queues, keeper, quantity):
    """Sell what a keeper has just got, if he is of that kind and the venue trades; returns as `sell`."""
    if keeper.kept > 0.0 or state.halted:
        return 0.0, 0.0
    return sell(rules, state, tables, queues, keeper, quantity)


@inner
def charge(chain, keeper, cost):
    """Book the gas of a transaction, quote."""
    keeper.cash -= cost
    keeper.gas_paid += cost
    keeper.actions += 1
    chain.gas_spent += cost
