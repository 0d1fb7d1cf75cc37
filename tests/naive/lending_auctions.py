"""Maker's auctions in a pool: who starts one, who bids, and how it ends. Rules of one auction: `naive.auctions`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from naive import auctions as rules
from naive.lending import below
from naive.lending_keepers import NOBODY
from naive.lending_pool import Loan, Maker

CURVES = ("linear", "stair", "exponential")
NEXT_TO_NOTHING = 0.001  # share of its value that a winning bid has to be above, to be a bid at all


@dataclass(eq=False)
class Auction:
    number: int
    pool: int
    loan: Loan
    kicker: int
    first_kicked: int
    kicked: int
    start_lot: float
    start_tab: float
    principal: float
    top: float
    lot: float
    tab: float
    bidder: int = NOBODY
    bids: int = 0
    restarts: int = 0
    ended: int = NOBODY
    last: int = NOBODY
    bid: float = 0.0
    returned: float = 0.0
    value: float = 0.0

    @property
    def slot(self) -> int:
        return self.loan.slot


class AuctionPool(Maker):
    def step(self) -> bool:
        while self.to_visit > 0:
            self.to_visit -= 1
            auction = self.auctions.pop(0)
            acted = self.visit(auction)
            if auction.ended == NOBODY:
                self.auctions.append(auction)
            if acted:
                return True
        return self.kick()

    def visit(self, auction: Auction) -> bool:
        raise NotImplementedError

    def grab(self, loan: Loan) -> tuple:
        raise NotImplementedError

    def kick(self) -> bool:
        while (loan := self.next_ripe()) is not None:
            young, starter = False, None
            for keeper in self.run.eligible_keepers:
                if not keeper.ready(loan.since):
                    young = True
                elif keeper.cash >= self.cost:
                    starter = keeper
                    break
            if starter is not None:
                return self.start(loan, starter)
            if not young:
                return False
            self.wait(loan)
        return False

    def start(self, loan: Loan, keeper) -> bool:
        lot, tab, collateral, debt, reverts = self.grab(loan)
        if reverts:
            return False
        run, health = self.run, self.health(loan)
        auction = Auction(
            len(run.auctions), self.number, loan, keeper.number, run.now, run.now, lot, tab, loan.debt - debt,
            self.start_price(), lot, tab,
        )  # fmt: skip
        action = run.act("kicked", keeper, self, auction, quantity=lot, health=health)
        keeper.charge(self.cost)
        run.auctions.append(auction)
        self.auctions.append(auction)
        self.litter += tab
        self.in_auction += lot
        self.pay_starter(keeper, tab)
        action.bad_debt = self.leave(loan, collateral, debt)
        action.health_after = math.inf if loan.where == "closed" else self.health(loan)
        action.collateral_left, action.debt_left = loan.collateral, loan.debt
        return True

    def start_price(self) -> float:
        return 0.0

    def pay_starter(self, keeper, tab: float) -> None:
        """Nothing, unless the pool says so."""

    def start_again(self, auction: Auction) -> bool:
        for keeper in self.run.eligible_keepers:
            if keeper.cash >= self.cost:
                self.run.act("restarted", keeper, self, auction, quantity=auction.lot)
                keeper.charge(self.cost)
                auction.kicked = self.run.now
                auction.restarts += 1
                self.started_again(auction, keeper)
                return True
        return False

    def started_again(self, auction: Auction, keeper) -> None:
        """Nothing else, unless the pool says so."""

    def settle(self, auction: Auction, for_nothing: bool) -> float:
        """The auction is over; returns what is lost of the debt."""
        if for_nothing:
            self.zero_bids += 1
            self.zero_bid_value += auction.value
        self.liquidations += 1
        auction.ended = self.run.now
        if auction.principal - auction.bid > 0.0:
            return self.lose(auction.principal - auction.bid)
        self.surplus += auction.bid - auction.principal
        return 0.0


class Flip(AuctionPool):
    def grab(self, loan: Loan) -> tuple:
        terms = (self.chop, self.dunk, self.lump, self.room - self.litter, self.dust)
        return rules.bite(loan.collateral, loan.debt, 1.0, *terms)

    def visit(self, auction: Auction) -> bool:
        run = self.run
        last = None if auction.last == NOBODY else run.seconds(auction.last)
        times = run.seconds(run.now), run.seconds(auction.kicked), last
        is_open, finished, restart = rules.phase(*times, self.ttl, self.tau)
        if finished:
            return self.deal(auction)
        if restart:
            return self.start_again(auction)
        return is_open and self.ask_for_bids(auction)

    def deal(self, auction: Auction) -> bool:
        winner = self.run.keepers[auction.bidder]
        if winner not in self.run.eligible_keepers or not winner.cash >= self.cost:
            return False
        lot, mid = auction.lot, self.run.market.mid()
        action = self.run.act("dealt", winner, self, auction, quantity=lot, paid=auction.bid)
        winner.charge(self.cost)
        winner.quantity += lot
        self.in_auction -= lot
        self.litter -= auction.tab
        self.repaid += auction.bid
        self.seized += lot
        auction.value = lot * mid
        self.liquidated += auction.value
        action.bad_debt = self.settle(auction, auction.bid < NEXT_TO_NOTHING * lot * mid)
        auction.lot = 0.0
        winner.sell_what_it_won(action, lot)
        return True

    def ask_for_bids(self, auction: Auction) -> bool:
        since = auction.kicked if auction.last == NOBODY else auction.last
        for keeper in self.run.eligible_keepers:
            if keeper.number == auction.bidder or not keeper.ready(since):
                continue
            raising = below(auction.bid, auction.tab, auction.tab)
            if (self.tend if raising else self.dent)(auction, keeper):
                return True
        return False

    def tend(self, auction: Auction, keeper) -> bool:
        """More money for all of the lot."""
        bid, tab = auction.bid, auction.tab
        value = min(tab, keeper.worth(auction.lot) / (1.0 + keeper.margin) - self.cost)
        if not value > 0.0:
            return False
        want = min(tab, max(bid * self.beg, keeper.opening * value, 1e-18))
        affordable = want <= value and keeper.cash >= want + self.cost
        if not (affordable and rules.tend_accepted(want, bid, self.beg, tab)):
            return False
        self.run.act("bid", keeper, self, auction, quantity=auction.lot, paid=want)
        self.outbid(auction, keeper, want)
        self.cash += want - bid
        auction.bid = want
        return True

    def dent(self, auction: Auction, keeper) -> bool:
        """The same money for less of the lot."""
        lot, tab, bid = auction.lot, auction.tab, auction.bid
        unit = keeper.worth(lot) / (1.0 + keeper.margin) / lot
        next_lot = lot / self.beg
        if keeper.opening * unit > 0.0:
            next_lot = min(next_lot, tab / (keeper.opening * unit))
        worth_it = keeper.worth(next_lot) / (1.0 + keeper.margin) - self.cost >= tab
        affordable = worth_it and keeper.cash >= tab + self.cost
        if not (affordable and rules.dent_accepted(next_lot, lot, self.beg, tab, tab)):
            return False
        self.run.act("lowered", keeper, self, auction, quantity=next_lot, paid=bid)
        self.outbid(auction, keeper, bid)
        self.returned += lot - next_lot
        auction.returned += lot - next_lot
        self.in_auction -= lot - next_lot
        auction.lot = next_lot
        return True

    def outbid(self, auction: Auction, keeper, paid: float) -> None:
        """The keeper pays, and the one before gets its money back."""
        keeper.charge(self.cost)
        keeper.cash -= paid
        if auction.bidder != NOBODY:
            self.run.keepers[auction.bidder].cash += auction.bid
        auction.bidder, auction.last = keeper.number, self.run.now
        auction.bids += 1


class Clip(AuctionPool):
    @property
    def chost(self) -> float:
        return self.dust * self.chop

    def grab(self, loan: Loan) -> tuple:
        return rules.bark(loan.collateral, loan.debt, 1.0, self.chop, self.room - self.litter, self.dust)

    def start_price(self) -> float:
        return self.oracle * self.buf

    def pay_starter(self, keeper, tab: float) -> None:
        reward = self.tip + self.chip * tab
        self.cash -= reward
        keeper.cash += reward

    def started_again(self, auction: Auction, keeper) -> None:
        auction.top = self.start_price()
        amounts = auction.tab, auction.lot * self.oracle
        if not any(below(amount, self.chost, self.chost) for amount in amounts):
            self.pay_starter(keeper, auction.tab)

    def visit(self, auction: Auction) -> bool:
        run = self.run
        elapsed = run.seconds(run.now) - run.seconds(auction.kicked)
        price = rules.price(CURVES[self.curve], elapsed, auction.top, self.tau, self.cut, self.stair)
        if rules.needs_redo(elapsed, price, auction.top, self.tail, self.cusp):
            return self.start_again(auction)
        return any(keeper.ready(auction.kicked) and self.buy(auction, keeper, price) for keeper in run.eligible_keepers)

    def wanted(self, auction: Auction, keeper, price: float) -> float:
        cash = keeper.cash - self.cost
        if cash <= 0.0 or (keeper.sells_at_once and self.run.halted):
            return 0.0
        amount = auction.lot if price <= 0.0 else min(auction.lot, cash / price)
        if keeper.sells_at_once:
            limit = price * (1.0 + keeper.margin) / (1.0 - self.run.rules.taker_fee)
            amount = min(amount, self.run.available(limit))
        return amount

    def buy(self, auction: Auction, keeper, price: float) -> bool:
        amount, lot, tab = self.wanted(auction, keeper, price), auction.lot, auction.tab
        if not amount > 0.0:
            return False
        bought, owe, lot_left, tab_left, back, _, reverts = rules.take(lot, tab, price, amount, self.chost)
        if reverts or not bought > 0.0 or (lot_left > 0.0 and bought < 0.01 * lot):
            return False
        if not keeper.worth(bought) - owe * (1.0 + keeper.margin) >= self.cost:
            return False
        mid = self.run.market.mid()
        action = self.run.act("taken", keeper, self, auction, quantity=bought, paid=owe)
        keeper.charge(self.cost)
        keeper.cash -= owe
        keeper.quantity += bought
        self.cash += owe
        self.repaid += owe
        self.seized += bought
        self.litter -= tab - tab_left
        self.in_auction -= lot - lot_left
        self.returned += back
        auction.returned += back
        auction.bid += owe
        auction.bids += 1
        auction.bidder = keeper.number
        auction.value += bought * mid
        self.liquidated += bought * mid
        auction.lot, auction.tab = float(lot_left), float(tab_left)
        if lot_left == 0.0:
            self.litter -= tab_left
            action.bad_debt = self.settle(auction, auction.bid < NEXT_TO_NOTHING * auction.value)
        keeper.sell_what_it_won(action, bought)
        return True
