"""A block of the chain: congestion and gas, oracles, and the keepers' transactions, pool after pool in turn."""

from __future__ import annotations

import math

from cascade_sim.kernels.clips import visit_clip
from cascade_sim.kernels.flips import visit_flip
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.keepers import sell
from cascade_sim.kernels.kicks import join, kick, leave_queue
from cascade_sim.kernels.lending_state import (
    ACTIONS_FULL,
    AUCTIONS_FULL,
    CLIP,
    FIXED_SPREAD,
    NOBODY,
    SOLD,
)
from cascade_sim.kernels.liquidate import liquidate_next
from cascade_sim.kernels.loans import reached, ripen, take_back
from cascade_sim.kernels.oracle import look, mid_price
from cascade_sim.kernels.quotes import imbalance
from cascade_sim.kernels.state import AT_START, IN_BLOCK, RUNNING


@melded
def congest(state, chain, window_from, window_to, window_share):
    """Set what congestion leaves of a block, and its gas price: ``share C`` and ``gas / share``.

    ``share = max(floor, 1 / (1 + (sigma / sigma_0)^power))`` with the deviation of the log mid from its average, both
    exponentially weighted over the blocks as a book's withdrawal is over ticks; or what a window gives, if lower.
    """
    chain.share = 1.0
    if chain.congests:
        gap = math.log(state.index) + imbalance(state) - chain.level_mean
        chain.level_mean += chain.weight * gap
        chain.level_variance = (1.0 - chain.weight) * (chain.level_variance + chain.weight * gap * gap)
        ratio = chain.level_variance / (chain.volatility * chain.volatility)
        if chain.power != 2.0:
            ratio = math.pow(ratio, 0.5 * chain.power)
        chain.share = max(chain.floor, 1.0 / (1.0 + ratio))
    for k in range(window_from.size):
        if window_from[k] <= state.tick < window_to[k]:
            chain.share = min(chain.share, window_share[k])
    chain.gas_now = chain.gas_price / chain.share
    chain.gas_high = max(chain.gas_high, chain.gas_now)
    chain.left = min(chain.left, chain.most_gas) + chain.capacity * chain.share


@inner
def begin_action(state, chain, lending, pool, oracle, cost):
    """Clear the next action row, to be kept if something is done."""
    action = lending.actions[chain.actions]
    action.tick = state.tick
    action.block = chain.block
    action.pool = pool
    action.loan = action.keeper = action.auction = NOBODY
    action.toxic = 0
    action.quantity = action.paid = action.sold = action.value = action.bad_debt = 0.0
    action.health = action.health_after = action.collateral_left = action.debt_left = math.nan
    action.oracle = oracle
    action.mid = 0.0
    action.gas = cost
    return action


@melded
def holds_anything(keepers):
    """Tell whether any keeper has collateral that he will sell."""
    some = False
    for k in range(keepers.size):
        some |= keepers[k].quantity > 0.0 and keepers[k].kept < 1.0
    return some


@inner
def sell_held(rules, state, tables, queues, chain, lending):
    """Sell the block's share of what keepers hold."""
    for k in range(lending.keepers.size):
        keeper = lending.keepers[k]
        if keeper.quantity > 0.0 and keeper.kept < 1.0:
            action = begin_action(state, chain, lending, NOBODY, math.nan, 0.0)
            want = keeper.quantity * (1.0 - keeper.kept)
            action.what = SOLD
            action.keeper = k
            action.mid = mid_price(state)
            action.quantity = want
            action.sold, action.value = sell(rules, state, tables, queues, keeper, want)
            chain.actions += 1


@melded
def start(rules, state, tables, queues, chain, lending):
    """Do what comes before the transactions of a block."""
    congest(state, chain, lending.window_from, lending.window_to, lending.window_share)
    mid = mid_price(state)
    chain.token = chain.token_price if chain.token_price > 0.0 else mid
    eligible = 0
    while eligible < lending.keepers.size and lending.keepers[eligible].gas_limit >= chain.gas_now:
        eligible += 1
    chain.eligible = eligible
    if holds_anything(lending.keepers) and not state.halted:
        sell_held(rules, state, tables, queues, chain, lending)
        mid = mid_price(state)
    for p in range(lending.pools.size):
        pool = lending.pools[p]
        look(rules, state, chain, pool, lending.pending_tick[p], lending.pending_price[p], mid)
        pool.to_visit = pool.open
        if reached(pool, lending.key, lending.changed_key):
            ripen(pool, state.tick, lending)
    chain.midway = 1
    chain.pool = 0
    chain.idle = 0


@inner
def visit(rules, state, tables, queues, chain, pool, lending, action, cost):
    """Look at the pool's next open auctions until something is done at one; returns whether it was."""
    while pool.to_visit > 0:
        pool.to_visit -= 1
        row = leave_queue(pool, lending.auctions)
        auction = lending.auctions[row]
        action.auction = row
        action.loan = lending.index[auction.slot]
        action.mid = mid_price(state)
        if pool.kind == CLIP:
            acted = visit_clip(rules, state, tables, queues, chain, pool, lending, auction, action, cost)
        else:
            acted = visit_flip(rules, state, tables, queues, chain, pool, lending, auction, action, cost)
        if auction.ended == NOBODY:
            join(pool, lending.auctions, row)
        if acted:
            return True
    return False


@inner
def step(rules, state, tables, queues, chain, p, lending):
    """Do one transaction of a pool, if any keeper finds one worth his while; returns whether one was done."""
    pool = lending.pools[p]
    cost = pool.gas * chain.gas_now * 1e-9 * chain.token
    action = begin_action(state, chain, lending, p, pool.oracle, cost)
    if pool.kind == FIXED_SPREAD:
        acted = liquidate_next(rules, state, tables, queues, chain, pool, lending, action, cost)
    else:
        acted = visit(rules, state, tables, queues, chain, pool, lending, action, cost)
        if not acted:
            acted = kick(state, chain, pool, p, lending, action, cost)
    if acted:
        chain.actions += 1
    return acted


@melded
def block(rules, state, tables, queues, lending):
    """Do a block, or go on with one that a full buffer stopped.

    Returns
    -------
    RUNNING when it is done; ACTIONS_FULL or AUCTIONS_FULL where rows need room, to be called again.

    Melted into the tick, or handing its arrays on would cost more than all else in a block: 60 ns where nothing is
    liquidated, 0.3 us a transaction.
    """
    chain = lending.chain[0]
    if not chain.midway:
        if chain.actions + lending.keepers.size >= lending.actions.size:
            return ACTIONS_FULL
        start(rules, state, tables, queues, chain, lending)
    pools = lending.pools.size
    while chain.eligible > 0 and chain.idle < pools:
        if chain.actions >= lending.actions.size:
            return ACTIONS_FULL
        if chain.auctions >= lending.auctions.size:
            return AUCTIONS_FULL
        p = chain.pool
        pool = lending.pools[p]
        gas, waits = pool.gas, pool.ripe + pool.to_visit > 0
        if waits and chain.left >= gas and step(rules, state, tables, queues, chain, p, lending):
            chain.left -= gas
            chain.idle = 0
        else:
            chain.idle += 1
        chain.pool = (p + 1) % pools
    for p in range(pools):
        if lending.pools[p].aside > 0:
            take_back(lending.pools[p], lending)
    chain.midway = 0
    chain.block += 1
    chain.next_block = state.tick + chain.interval_ticks
    return RUNNING


@melded
def due(state, lending):
    """Tell whether a block ends with this tick's orders, or waits for room to go on. Cost: 1 ns."""
    return state.phase == IN_BLOCK or (state.phase == AT_START and state.tick >= lending.chain[0].next_block)


@inner
def write_chain_row(state, lending, row):
    """Write a recorded row: columns `CHAIN_ROW`, then `POOL_ROW` for every pool."""
    chain, rows = lending.chain[0], lending.rows
    profit, inventory = 0.0, 0.0
    for k in range(lending.keepers.size):
        keeper = lending.keepers[k]
        profit += keeper.cash - keeper.capital + keeper.quantity * state.mark
        inventory += keeper.quantity
    rows[row, 0] = chain.gas_now
    rows[row, 1] = chain.share
    rows[row, 2] = profit
    rows[row, 3] = inventory
    for p in range(lending.pools.size):
        pool, at = lending.pools[p], 4 + 6 * p
        rows[row, at] = pool.oracle
        rows[row, at + 1] = pool.liquidated
        rows[row, at + 2] = pool.bad_debt
        rows[row, at + 3] = pool.collateral
        rows[row, at + 4] = pool.debt
        rows[row, at + 5] = pool.open
