"""Loans on their way from the sorted book of a pool to liquidation, and what a change leaves of them.

A loan stands in exactly one place: in trigger order behind the pool's head, in the heap of changed triggers, in the
heap of what may be liquidated (largest debt first), aside until the block is over, or nowhere once it is closed.
"""

from __future__ import annotations

from cascade_sim.kernels.auctions import vault_is_unsafe
from cascade_sim.kernels.health import account_net, health_factor, is_liquidatable
from cascade_sim.kernels.heap import pop, push
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.lending_state import FIXED_SPREAD, NOBODY


@melded
def reached(pool, key, changed_key):
    """Tell whether the oracle's price has reached any loan that waits. Cost: 2 ns."""
    if pool.head < pool.end and -key[pool.head] > pool.oracle:
        return True
    return pool.changed > 0 and -changed_key[pool.first] > pool.oracle


@inner
def ripen(pool, now, lending):
    """Move the loans whose trigger lies above the oracle's price to those that may be liquidated.

    ``trigger = debt / (collateral LT)``. Cost: a heap step a loan.
    """
    first, end = pool.first, pool.end
    ripe_key, ripe_slot = lending.ripe_key[first:end], lending.ripe_slot[first:end]
    while pool.head < end and -lending.key[pool.head] > pool.oracle:
        lending.since[pool.head] = now
        pool.ripe = push(ripe_key, ripe_slot, pool.ripe, -lending.debt[pool.head], pool.head)
        pool.head += 1
    changed_key, changed_slot = lending.changed_key[first:end], lending.changed_slot[first:end]
    while pool.changed > 0 and -changed_key[0] > pool.oracle:
        slot = changed_slot[0]
        pool.changed = pop(changed_key, changed_slot, pool.changed)
        lending.since[slot] = now
        pool.ripe = push(ripe_key, ripe_slot, pool.ripe, -lending.debt[slot], slot)


@inner
def may_be_liquidated(pool, collateral, debt, threshold):
    """Tell whether the pool's protocol lets a loan be liquidated at its oracle's price."""
    weighted = collateral * pool.oracle * threshold
    if pool.kind != FIXED_SPREAD:
        return vault_is_unsafe(collateral, pool.oracle * threshold, debt, 1.0)
    if pool.compound:
        return account_net(weighted, debt) < 0.0
    return is_liquidatable(health_factor(weighted, debt))


@inner
def put_aside(pool, lending):
    """Take the first loan off the heap until the block is over."""
    first, end = pool.first, pool.end
    lending.aside_slot[first + pool.aside] = lending.ripe_slot[first]
    pool.aside += 1
    pool.ripe = pop(lending.ripe_key[first:end], lending.ripe_slot[first:end], pool.ripe)


@inner
def take_back(pool, lending):
    """Put the loans that were put aside back on the heap."""
    first, end = pool.first, pool.end
    for k in range(first, first + pool.aside):
        slot = lending.aside_slot[k]
        ripe_key, ripe_slot = lending.ripe_key[first:end], lending.ripe_slot[first:end]
        pool.ripe = push(ripe_key, ripe_slot, pool.ripe, -lending.debt[slot], slot)
    pool.aside = 0


@inner
def next_ripe(pool, lending):
    """Return the slot of the largest loan that may be liquidated, or NOBODY; what has recovered goes back to wait."""
    first, end = pool.first, pool.end
    while pool.ripe > 0:
        slot = lending.ripe_slot[first]
        collateral, debt, threshold = lending.collateral[slot], lending.debt[slot], lending.threshold[slot]
        if may_be_liquidated(pool, collateral, debt, threshold):
            return slot
        trigger = debt / (collateral * threshold)
        if trigger > pool.oracle:  # by less than rounding
            put_aside(pool, lending)
        else:
            pool.ripe = pop(lending.ripe_key[first:end], lending.ripe_slot[first:end], pool.ripe)
            changed_key, changed_slot = lending.changed_key[first:end], lending.changed_slot[first:end]
            pool.changed = push(changed_key, changed_slot, pool.changed, -trigger, slot)
    return NOBODY


@inner
def lose(chain, pool, amount):
    """Book debt that no collateral stands behind any more; the backstop pays what it can."""
    pool.bad_debt += amount
    paid = min(amount, pool.backstop_left)
    pool.backstop_left -= paid
    pool.covered += paid
    pool.cash += paid
    chain.backstop_cash -= paid


@inner
def settle_loan(chain, pool, lending, slot, collateral, debt):
    """Leave this much of the loan on top of the heap, and close it once either is gone; returns the bad debt.

    Cost: two heap steps.
    """
    first, end = pool.first, pool.end
    pool.ripe = pop(lending.ripe_key[first:end], lending.ripe_slot[first:end], pool.ripe)
    bad = 0.0
    if debt <= 0.0:
        pool.returned += collateral
        left_collateral, left_debt = 0.0, 0.0
    elif collateral <= 0.0:
        bad = debt
        lose(chain, pool, bad)
        left_collateral, left_debt = 0.0, 0.0
    else:
        left_collateral, left_debt = collateral, debt
        ripe_key, ripe_slot = lending.ripe_key[first:end], lending.ripe_slot[first:end]
        pool.ripe = push(ripe_key, ripe_slot, pool.ripe, -debt, slot)
    pool.collateral += left_collateral - lending.collateral[slot]
    pool.debt += left_debt - lending.debt[slot]
    lending.collateral[slot] = left_collateral
    lending.debt[slot] = left_debt
    return bad


@inner
def health_of(pool, lending, slot):
    """Return a loan's health factor at the oracle's price; infinite once it is closed."""
    weighted = lending.collateral[slot] * pool.oracle * lending.threshold[slot]
    return health_factor(weighted, lending.debt[slot])
