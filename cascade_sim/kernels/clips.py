"""Maker's second auctions (Clip): the price of a lot falls until keepers take it, whole or in part."""

from __future__ import annotations

from cascade_sim.kernels.auctions import needs_redo, price, take
from cascade_sim.kernels.health import below
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.keepers import LEAST_SHARE, charge, depth_above, sell_at_once, worth
from cascade_sim.kernels.kicks import conclude, pay_reward, who_pays
from cascade_sim.kernels.lending_state import NOBODY, RESTARTED, TAKEN
from cascade_sim.kernels.oracle import mid_price


@inner
def wanted(rules, state, tables, auction, keeper, asked, cost):
    """Return how much of the lot a keeper can pay for, and sell above what it costs him; 0 for nothing."""
    cash = keeper.cash - cost
    if cash <= 0.0:
        return 0.0
    amount = auction.lot if asked <= 0.0 else min(auction.lot, cash / asked)
    if keeper.kept == 0.0:
        if state.halted:
            return 0.0
        floor = asked * (1.0 + keeper.margin) / (1.0 - rules.taker_fee)
        amount = min(amount, depth_above(rules, state, tables, floor))
    return amount


@inner
def buy_from(rules, state, tables, queues, chain, pool, lending, auction, action, asked, cost):
    """Let the keepers look at what the lot costs now; the first for whom it pays takes what he can."""
    chost = pool.dust * pool.chop
    for k in range(chain.eligible):
        keeper = lending.keepers[k]
        if state.tick - auction.kicked < keeper.latency_ticks:
            continue
        amount = wanted(rules, state, tables, auction, keeper, asked, cost)
        if not amount > 0.0:
            continue
        bought, owe, lot, tab, back, _, reverts = take(auction.lot, auction.tab, asked, amount, chost)
        if reverts or not bought > 0.0 or (lot > 0.0 and bought < LEAST_SHARE * auction.lot):
            continue
        if not worth(rules, state, tables, keeper.kept, bought) - owe * (1.0 + keeper.margin) >= cost:
            continue
        value = bought * mid_price(state)
        charge(chain, keeper, cost)
        keeper.cash -= owe
        keeper.quantity += bought
        pool.cash += owe
        pool.repaid += owe
        pool.seized += bought
        pool.litter -= auction.tab - tab
        pool.in_auction -= auction.lot - lot
        pool.returned += back
        pool.liquidated += value
        auction.returned += back
        auction.bid += owe
        auction.bids += 1
        auction.value += value
        auction.bidder = k
        auction.lot = lot
        auction.tab = tab
        if lot == 0.0:
            pool.litter -= tab
            action.bad_debt = conclude(chain, pool, auction, state.tick)
        action.what = TAKEN
        action.keeper = k
        action.quantity = bought
        action.paid = owe
        action.sold, action.value = sell_at_once(rules, state, tables, queues, keeper, bought)
        return True
    return False


@inner
def redo(state, chain, pool, lending, auction, action, cost):
    """Start an auction again at the oracle's price of now; the keeper is paid unless little is left of it."""
    k, _ = who_pays(chain, lending, cost, state.tick, 0, False)
    if k == NOBODY:
        return False
    keeper = lending.keepers[k]
    charge(chain, keeper, cost)
    auction.top = pool.oracle * pool.buf
    auction.kicked = state.tick
    auction.restarts += 1
    chost = pool.dust * pool.chop
    if not (below(auction.tab, chost, chost) or below(auction.lot * pool.oracle, chost, chost)):
        pay_reward(pool, keeper, auction.tab)
    action.what = RESTARTED
    action.keeper = k
    action.quantity = auction.lot
    return True


@inner
def visit_clip(rules, state, tables, queues, chain, pool, lending, auction, action, cost):
    """Look at an open auction: start it again where it is stale, else buy; returns whether anything was done."""
    elapsed = state.tick * rules.tick_s - auction.kicked * rules.tick_s
    asked = price(pool.curve, elapsed, auction.top, pool.tau, pool.cut, pool.step)
    if needs_redo(elapsed, asked, auction.top, pool.tail, pool.cusp):
        return redo(state, chain, pool, lending, auction, action, cost)
    return buy_from(rules, state, tables, queues, chain, pool, lending, auction, action, asked, cost)
