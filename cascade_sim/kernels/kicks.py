"""An auction begins: part of an unsafe loan goes to it, and it joins the queue of the open ones of its pool."""

from __future__ import annotations

from cascade_sim.kernels.auctions import bark, bite, reward
from cascade_sim.kernels.health import health_factor
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.keepers import charge
from cascade_sim.kernels.lending_state import CLIP, KICKED, NOBODY
from cascade_sim.kernels.loans import health_of, lose, next_ripe, put_aside, settle_loan
from cascade_sim.kernels.oracle import mid_price


@inner
def join(pool, auctions, row):
    """Put an open auction at the end of its pool's queue."""
    auctions[row].next = NOBODY
    if pool.last_open == NOBODY:
        pool.first_open = row
    else:
        auctions[pool.last_open].next = row
    pool.last_open = row


@inner
def leave_queue(pool, auctions):
    """Take the first open auction off its pool's queue and return its row."""
    row = pool.first_open
    pool.first_open = auctions[row].next
    if pool.first_open == NOBODY:
        pool.last_open = NOBODY
    return row


@inner
def who_pays(chain, lending, cost, now, event, seek_age):
    """Return the first keeper who can send a transaction that brings nothing by itself, and whether any is too slow.

    With ``seek_age`` he must have had his latency since the tick ``event``.
    """
    young = False
    for k in range(chain.eligible):
        keeper = lending.keepers[k]
        if seek_age and now - event < keeper.latency_ticks:
            young = True
        elif keeper.cash >= cost:
            return k, young
    return NOBODY, young


@inner
def pay_reward(pool, keeper, tab):
    """Pay a keeper for starting an auction, ``tip + chip tab``."""
    paid = reward(tab, pool.tip, pool.chip)
    pool.cash -= paid
    keeper.cash += paid


@inner
def kick(state, chain, pool, number, lending, action, cost):
    """Start an auction of a pool's largest unsafe loan; returns whether one was started.

    Cat: ``bite``, at most a lot each; Dog: ``bark``, the whole as far as there is room. Cost: 0.2 us.
    """
    while True:
        slot = next_ripe(pool, lending)
        if slot == NOBODY:
            return False
        k, young = who_pays(chain, lending, cost, state.tick, lending.since[slot], True)
        if k == NOBODY:
            if not young:
                return False
            put_aside(pool, lending)
            continue
        collateral, debt = lending.collateral[slot], lending.debt[slot]
        room = pool.room - pool.litter
        if pool.kind == CLIP:
            lot, tab, collateral_left, debt_left, reverts = bark(collateral, debt, 1.0, pool.chop, room, pool.dust)
        else:
            lot, tab, collateral_left, debt_left, reverts = bite(
                collateral, debt, 1.0, pool.chop, pool.dunk, pool.lump, room, pool.dust
            )
        if reverts:
            return False
        keeper = lending.keepers[k]
        charge(chain, keeper, cost)
        row = chain.auctions
        auction = lending.auctions[row]
        auction.pool = number
        auction.slot = slot
        auction.bidder = NOBODY
        auction.kicker = k
        auction.bids = auction.restarts = 0
        auction.ended = NOBODY
        auction.first_kicked = auction.kicked = state.tick
        auction.last = NOBODY
        auction.start_lot = auction.lot = lot
        auction.start_tab = auction.tab = tab
        auction.principal = debt - debt_left
        auction.top = pool.oracle * pool.buf if pool.kind == CLIP else 0.0
        auction.bid = auction.returned = auction.value = 0.0
        chain.auctions += 1
        join(pool, lending.auctions, row)
        pool.open += 1
        pool.litter += tab
        pool.in_auction += lot
        if pool.kind == CLIP:
            pay_reward(pool, keeper, tab)
        action.what = KICKED
        action.keeper = k
        action.loan = lending.index[slot]
        action.auction = row
        action.mid = mid_price(state)
        action.quantity = lot
        weighted = collateral * pool.oracle * lending.threshold[slot]
        action.health = health_factor(weighted, debt)
        action.bad_debt = settle_loan(chain, pool, lending, slot, collateral_left, debt_left)
        action.health_after = health_of(pool, lending, slot)
        action.collateral_left = lending.collateral[slot]
        action.debt_left = lending.debt[slot]
        return True


@inner
def conclude(chain, pool, auction, now):
    """Close an auction: what it raised beyond the debt is surplus, what it lacks is bad debt, which is returned."""
    pool.open -= 1
    pool.liquidations += 1
    auction.ended = now
    if auction.bid < 0.001 * auction.value:
        pool.zero_bids += 1
        pool.zero_bid_value += auction.value
    bad = auction.principal - auction.bid
    if bad > 0.0:
        lose(chain, pool, bad)
        return bad
    pool.surplus -= bad
    return 0.0
