"""Liquidation at a fixed spread: a keeper repays part of a loan for collateral and a bonus (Aave, Compound)."""

from __future__ import annotations

from cascade_sim.kernels.health import closable, health_factor, raises_health, seize_tokens, seizure
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.keepers import LEAST_SHARE, charge, depth_above, sell_at_once, worth
from cascade_sim.kernels.lending_state import LIQUIDATED, NOBODY
from cascade_sim.kernels.loans import health_of, next_ripe, put_aside, settle_loan
from cascade_sim.kernels.oracle import mid_price


@inner
def gain_of(pool):
    """Return the collateral that a liquidator gets per unit of debt, both at the oracle's price."""
    if pool.compound:
        return (1.0 + pool.bonus) * (1.0 - pool.protocol_fee)
    return 1.0 + pool.bonus * (1.0 - pool.protocol_fee)


@inner
def repayment(rules, state, tables, pool, keeper, limit, cost):
    """Return what a keeper would repay of a loan that allows ``limit``; 0 where it does not pay.

    As much as his cash, and for who sells at once the book, can bear: down to the price
    ``w = oracle / gain (1 + margin) / (1 - fee)`` every unit returns what he asks for. He comes if
    ``value - repay (1 + margin) >= gas``. Cost: 60 ns.
    """
    cash = keeper.cash - cost
    if cash <= 0.0:
        return 0.0
    repay = min(limit, cash)
    gain = gain_of(pool)
    if keeper.kept == 0.0:
        if state.halted:
            return 0.0
        floor = pool.oracle / gain * (1.0 + keeper.margin) / (1.0 - rules.taker_fee)
        repay = min(repay, depth_above(rules, state, tables, floor) * pool.oracle / gain)
    if not repay > 0.0 or repay < LEAST_SHARE * limit:
        return 0.0
    value = worth(rules, state, tables, keeper.kept, repay * gain / pool.oracle)
    return repay if value - repay * (1.0 + keeper.margin) >= cost else 0.0


@inner
def seize(pool, collateral, repay, most, capped):
    """Return (repaid, seized, protocol fee) of a liquidation; where all collateral goes, exactly all of it."""
    if pool.compound:
        if repay >= capped:
            seized = collateral
        else:
            seized = min(collateral, seize_tokens(repay, 1.0, pool.oracle, 1.0, 1.0 + pool.bonus))
        return repay, seized, seized * pool.protocol_fee
    given = most if repay >= capped else repay
    repaid, seized, _, fee, _ = seizure(given, 1.0, pool.oracle, pool.bonus, collateral, pool.protocol_fee)
    return repaid, seized, fee


@inner
def carry_out_call(rules, state, tables, queues, chain, pool, keeper, lending, action, slot, repay, most, cost):
    """Do a liquidation and sell what it brings; fills the action's row. Cost: 0.2 us, mostly two heap steps."""
    collateral, debt, threshold = lending.collateral[slot], lending.debt[slot], lending.threshold[slot]
    capped = collateral * pool.oracle / (1.0 + pool.bonus)
    mid = mid_price(state)
    health = health_factor(collateral * pool.oracle * threshold, debt)
    toxic = 0 if raises_health(health, threshold, pool.bonus) else 1
    repaid, seized, fee = seize(pool, collateral, repay, most, capped)
    part = seized - fee
    charge(chain, keeper, cost)
    keeper.cash -= repaid
    keeper.quantity += part
    pool.cash += repaid
    pool.repaid += repaid
    pool.fees += fee
    pool.seized += seized
    pool.liquidated += seized * mid
    pool.liquidations += 1
    pool.toxic += toxic
    collateral_left = 0.0 if seized >= collateral else collateral - seized
    debt_left = 0.0 if repaid >= debt else debt - repaid
    action.bad_debt = settle_loan(chain, pool, lending, slot, collateral_left, debt_left)
    action.health = health
    action.health_after = health_of(pool, lending, slot)
    action.toxic = toxic
    action.mid = mid
    action.quantity = seized
    action.paid = repaid
    action.sold, action.value = sell_at_once(rules, state, tables, queues, keeper, part)


@inner
def liquidate_next(rules, state, tables, queues, chain, pool, lending, action, cost):
    """Let the keepers look at a pool's loans, the largest first; returns whether one was liquidated.

    Where the largest is not worth anybody's while, no smaller one is: the bonus is the same and gas is too.
    """
    while True:
        slot = next_ripe(pool, lending)
        if slot == NOBODY:
            return False
        collateral, debt = lending.collateral[slot], lending.debt[slot]
        factor = pool.close_factor
        if not pool.compound:
            health = health_factor(collateral * pool.oracle * lending.threshold[slot], debt)
            value = collateral * pool.oracle
            factor = closable(pool.close_factor, pool.whole_at, health, value, debt, pool.whole_under)
        most = factor * debt
        limit = min(most, collateral * pool.oracle / (1.0 + pool.bonus))
        young = False
        for k in range(chain.eligible):
            keeper = lending.keepers[k]
            if state.tick - lending.since[slot] < keeper.latency_ticks:
                young = True
                continue
            repay = repayment(rules, state, tables, pool, keeper, limit, cost)
            if repay > 0.0:
                action.what = LIQUIDATED
                action.keeper = k
                action.loan = lending.index[slot]
                carry_out_call(
                    rules, state, tables, queues, chain, pool, keeper, lending, action, slot, repay, most, cost
                )
                action.collateral_left = lending.collateral[slot]
                action.debt_left = lending.debt[slot]
                return True
        if not young:
            return False
        put_aside(pool, lending)
