"""A pool's oracle: what it samples, when it sends a price, and when the pool comes to see it."""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import melded
from cascade_sim.kernels.lending_state import SOURCE_INDEX, SOURCE_MARK
from cascade_sim.kernels.quotes import imbalance, mark_price


@melded
def mid_price(state):
    """Return the mid of the market at this moment."""
    return state.index * math.exp(imbalance(state))


@melded
def sampled(rules, state, source, mid):
    """Return the price that an oracle reads."""
    if source == SOURCE_MARK:
        return mark_price(rules, state)
    return state.index if source == SOURCE_INDEX else mid


@melded
def look(rules, state, chain, pool, pending_tick, pending_price, mid):
    """Let the prices under way arrive, and send a new one where it is due and its gas is not too dear.

    Due after ``heartbeat``, or once the price is ``deviation`` away from the last that was sent; in force ``delay``
    later. Cost: 5 ns.
    """
    now = state.tick
    while pool.pending_head != pool.pending_tail and pending_tick[pool.pending_head] <= now:
        pool.oracle = pending_price[pool.pending_head]
        pool.pending_head = (pool.pending_head + 1) % pending_tick.size
    price = sampled(rules, state, pool.source, mid)
    if now - pool.posted_tick >= pool.heartbeat_ticks or abs(price / pool.posted - 1.0) >= pool.deviation:
        if chain.gas_now > pool.oracle_gas_limit:
            pool.oracle_stuck += 1
        else:
            pool.posted = price
            pool.posted_tick = now
            pool.oracle_updates += 1
            if pool.delay_ticks == 0:
                pool.oracle = price
            else:
                pending_tick[pool.pending_tail] = now + pool.delay_ticks
                pending_price[pool.pending_tail] = price
                pool.pending_tail = (pool.pending_tail + 1) % pending_tick.size
    if pool.oracle - mid > pool.oracle_over:
        pool.oracle_over = pool.oracle - mid
