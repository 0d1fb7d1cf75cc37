"""Maker's first auctions (Flip): rising bids for a lot, then a shrinking lot for the full sum; the last bid wins."""

from __future__ import annotations

import math

from cascade_sim.kernels.auctions import dent_is_accepted, phase, tend_is_accepted
from cascade_sim.kernels.health import below
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.keepers import charge, sell_at_once, worth
from cascade_sim.kernels.kicks import conclude, who_pays
from cascade_sim.kernels.lending_state import BID, DEALT, LOWERED, NOBODY, RESTARTED
from cascade_sim.kernels.oracle import mid_price

SMALLEST_BID = 1e-18  # one unit of the contract's money


@inner
def next_bid(rules, state, tables, pool, auction, keeper, cost):
    """Return what a keeper bids for the lot, 0 for nothing: between the least step and what the lot is worth to him.

    His valuation is ``v = worth / (1 + margin) - gas``, at most the tab; his first bid is a share of it, ``opening``.
    """
    value = worth(rules, state, tables, keeper.kept, auction.lot) / (1.0 + keeper.margin) - cost
    value = min(auction.tab, value)
    if not value > 0.0:
        return 0.0
    bid = min(auction.tab, max(auction.bid * pool.beg, keeper.opening * value, SMALLEST_BID))
    if bid > value or keeper.cash < bid + cost or not tend_is_accepted(bid, auction.bid, pool.beg, auction.tab):
        return 0.0
    return bid


@inner
def next_lot(rules, state, tables, pool, auction, keeper, cost):
    """Return the smaller lot for which a keeper still pays the whole tab, 0 for none."""
    unit = worth(rules, state, tables, keeper.kept, auction.lot) / (1.0 + keeper.margin) / auction.lot
    lot = auction.lot / pool.beg
    if keeper.opening * unit > 0.0:
        lot = min(lot, auction.tab / (keeper.opening * unit))
    value = worth(rules, state, tables, keeper.kept, lot) / (1.0 + keeper.margin) - cost
    if value < auction.tab or keeper.cash < auction.tab + cost:
        return 0.0
    return lot if dent_is_accepted(lot, auction.lot, pool.beg, auction.tab, auction.tab) else 0.0


@inner
def outbid(chain, lending, auction, k, paid, cost, now):
    """Let keeper ``k`` take the place of the last bidder, who gets his money back."""
    keeper = lending.keepers[k]
    charge(chain, keeper, cost)
    keeper.cash -= paid
    if auction.bidder != NOBODY:
        lending.keepers[auction.bidder].cash += auction.bid
    auction.bidder = k
    auction.last = now
    auction.bids += 1


@inner
def bid_on(rules, state, tables, chain, pool, lending, auction, action, cost):
    """Let the keepers look at an open auction in their order; the first who bids does. Cost: 60 ns a keeper."""
    now = state.tick
    rising = below(auction.bid, auction.tab, auction.tab)
    seen = auction.kicked if auction.last == NOBODY else auction.last
    for k in range(chain.eligible):
        keeper = lending.keepers[k]
        if k == auction.bidder or now - seen < keeper.latency_ticks:
            continue
        if rising:
            bid = next_bid(rules, state, tables, pool, auction, keeper, cost)
            if bid > 0.0:
                action.what = BID
                outbid(chain, lending, auction, k, bid, cost, now)
                pool.cash += bid - auction.bid
                auction.bid = bid
                action.keeper = k
                return True
        else:
            lot = next_lot(rules, state, tables, pool, auction, keeper, cost)
            if lot > 0.0:
                action.what = LOWERED
                outbid(chain, lending, auction, k, auction.bid, cost, now)
                pool.returned += auction.lot - lot
                pool.in_auction -= auction.lot - lot
                auction.returned += auction.lot - lot
                auction.lot = lot
                action.keeper = k
                return True
    return False


@inner
def deal(rules, state, tables, queues, chain, pool, lending, auction, action, cost):
    """Hand the lot to the last bidder; he sends the transaction. Returns whether he could."""
    k = auction.bidder
    keeper = lending.keepers[k]
    if k >= chain.eligible or keeper.cash < cost:
        return False
    charge(chain, keeper, cost)
    lot = auction.lot
    keeper.quantity += lot
    pool.in_auction -= lot
    pool.litter -= auction.tab
    pool.repaid += auction.bid
    pool.seized += lot
    auction.value = lot * mid_price(state)
    pool.liquidated += auction.value
    action.bad_debt = conclude(chain, pool, auction, state.tick)
    auction.lot = 0.0
    action.what = DEALT
    action.keeper = k
    action.quantity = lot
    action.paid = auction.bid
    action.sold, action.value = sell_at_once(rules, state, tables, queues, keeper, lot)
    return True


@inner
def visit_flip(rules, state, tables, queues, chain, pool, lending, auction, action, cost):
    """Look at an open auction: end it, start it again or bid on it; returns whether anything was done."""
    dt = rules.tick_s
    last = math.inf if auction.last == NOBODY else auction.last * dt
    is_open, finished, restart = phase(state.tick * dt, auction.kicked * dt, last, pool.ttl, pool.tau)
    if finished:
        return deal(rules, state, tables, queues, chain, pool, lending, auction, action, cost)
    if restart:
        k, _ = who_pays(chain, lending, cost, state.tick, 0, False)
        if k == NOBODY:
            return False
        charge(chain, lending.keepers[k], cost)
        auction.kicked = state.tick
        auction.restarts += 1
        action.what = RESTARTED
        action.keeper = k
        action.quantity = auction.lot
        return True
    if not is_open or not bid_on(rules, state, tables, chain, pool, lending, auction, action, cost):
        return False
    action.quantity = auction.lot
    action.paid = auction.bid
    return True
