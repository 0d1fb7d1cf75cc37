"""The liquidation engine: triggers, rounds, policies, and the fund. Model, sections 5 to 7."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace

from naive.market import Market
from naive.plain import price_of

LONG, SHORT = 1.0, -1.0


@dataclass(eq=False)
class Position:
    index: int
    side: float
    quantity: float
    trigger: float
    bankruptcy: float
    entry: float  # the last two as u-values

    def in_order(self) -> tuple[float, int]:
        """Longs fire from the highest trigger down, shorts from the lowest up; ties by index."""
        return -self.side * self.trigger, self.index


@dataclass(eq=False)
class Event:
    tick: int
    round: int
    position: int
    side: float
    quantity: float
    trigger: float
    bankruptcy: float
    filled: float = 0.0
    value: float = 0.0
    fund_change: float = 0.0

    @property
    def open(self) -> float:
        return self.quantity - self.filled


class Engine:
    def __init__(self, rules, tape, market: Market, positions: list[Position]):
        self.rules, self.tape, self.market, self.positions = rules, tape, market, positions
        self.tick = 0
        self.round = 0
        self.events: list[Event] = []
        self.waiting: dict[float, list[Event]] = {LONG: [], SHORT: []}
        self.inventory = {LONG: 0.0, SHORT: 0.0}
        self.inventory_cash = {LONG: 0.0, SHORT: 0.0}
        self.accounts = SimpleNamespace(
            crowd_cash=0.0, maker_cash=0.0, flow_cash=0.0, fund_cash=0.0, settled_cash=0.0, written_off=0.0,
            crowd_quantity=0.0, maker_quantity=0.0, flow_quantity=0.0,
        )  # fmt: skip
        self.open_quantity = {LONG: 0.0, SHORT: 0.0}
        self.forced = {LONG: 0.0, SHORT: 0.0}  # since the last row
        self.fired = {LONG: 0.0, SHORT: 0.0}  # since the last row
        self.forced_notional = 0.0  # of this tick
        self.deleveraged = 0.0  # since the last row
        self.rounds_in_row = 0.0
        self.shortfall = 0.0
        self.fund_low = 0.0
        self.bad_debt = 0.0
        self.adl_notional = 0.0
        self.exhausted = 0

    def best_offer(self, side: float) -> Event | None:
        """What was taken over from longs is offered cheapest first, from shorts dearest first; ties by event."""
        if self.rules.policy != "limit" or not self.waiting[side]:
            return None
        return min(self.waiting[side], key=lambda event: side * event.bankruptcy)

    def take(self, direction: float, want: float, worst: float) -> tuple[float, float]:
        filled, value = self.market.take(direction, want, worst)
        self.accounts.maker_cash += direction * value
        self.accounts.maker_quantity -= direction * filled
        return filled, value

    def order(self, direction: float, want: float, worst: float) -> tuple[float, float]:
        """An order meets the makers' density and, under `limit`, the engine's offers, in price order."""
        total, total_value = 0.0, 0.0
        while want > 0.0:
            offer = self.best_offer(direction)
            offered = price_of(self.rules, offer.bankruptcy) if offer else worst
            acceptable = offer is not None and not direction * (worst - offered) < 0.0
            filled, value = self.take(direction, want, offered if acceptable else worst)
            total += filled
            total_value += value
            want = 0.0 if filled >= want else want - filled
            if want <= 0.0 or not acceptable:
                break
            filled, value = self.trade_offer(offer, want, offered)
            total += filled
            total_value += value
            want = 0.0 if filled >= want else want - filled
        return total, total_value

    def trade_offer(self, offer: Event, want: float, price: float) -> tuple[float, float]:
        filled = min(want, offer.open)
        value = filled * offer.bankruptcy
        offer.value += value
        self.market.last = price
        self.inventory[offer.side] -= filled
        self.inventory_cash[offer.side] += offer.side * value
        self.count_forced(offer.side, filled, value)
        if filled == offer.open:
            offer.filled = offer.quantity
            self.waiting[offer.side].remove(offer)
            if not self.waiting[offer.side]:
                self.inventory[offer.side] = 0.0
        else:
            offer.filled += filled
        return filled, value

    def count_forced(self, side: float, filled: float, value: float) -> None:
        self.forced[side] += filled
        self.forced_notional += filled if self.rules.contract == "inverse" else value

    def take_over(self, position: Position) -> Event:
        """The position's cash moves to the engine with it: the trader is settled at the bankruptcy price."""
        side, quantity = position.side, position.quantity
        event = Event(self.tick, self.round, position.index, side, quantity, position.trigger, position.bankruptcy)
        self.events.append(event)
        position.quantity = 0.0
        cash = side * quantity * event.bankruptcy
        self.accounts.crowd_cash += cash
        self.accounts.crowd_quantity -= side * quantity
        self.inventory[side] += quantity
        self.inventory_cash[side] -= cash
        self.open_quantity[side] -= quantity
        self.fired[side] += 1.0
        return event

    def worst_price(self, event: Event, want: float, at_any_price: bool) -> float:
        if not at_any_price and self.rules.policy == "limit":
            return price_of(self.rules, event.bankruptcy)
        if not at_any_price and self.rules.adl:
            fund = max(self.rules.fund_start + self.accounts.fund_cash, 0.0)
            return price_of(self.rules, event.bankruptcy - event.side * (fund / want))
        return 0.0 if event.side == LONG else math.inf

    def work(self, event: Event, want: float, at_any_price: bool = False) -> float:
        """Sell (buy back) that much of one event; returns what was filled."""
        side = event.side
        filled, value = self.order(-side, want, self.worst_price(event, want, at_any_price))
        if filled < want and self.at_the_end(side):
            self.exhausted = 1
        if filled <= 0.0:
            return 0.0
        self.count_forced(side, filled, value)
        event.filled = event.quantity if filled == event.open else event.filled + filled
        self.book_fill(event, filled, value, self.rules.surplus_to_trader and self.rules.policy == "market")
        return filled

    def at_the_end(self, side: float) -> bool:
        """Whether the book that takes what was a long's (a short's) has ended."""
        market = self.market
        if side == LONG:
            return market.bids.distance >= self.rules.until or market.bids.price <= market.lowest_price
        return market.asks.distance >= self.rules.until or market.asks.price >= market.highest_price

    def book_fill(self, event: Event, filled: float, value: float, to_trader: bool) -> None:
        """The difference to the bankruptcy price is the fund's; beyond the fund it is a shortfall."""
        side, accounts = event.side, self.accounts
        event.value += value
        cost = filled * event.bankruptcy
        self.inventory[side] -= filled
        self.inventory_cash[side] += side * cost
        change = side * (value - cost)
        if change > 0.0 and to_trader:
            accounts.settled_cash += change
            return
        if self.rules.fund_start + accounts.fund_cash + change < 0.0:
            drawn = self.rules.fund_start + accounts.fund_cash
            self.shortfall += -change - drawn
            accounts.fund_cash = -self.rules.fund_start
            event.fund_change -= drawn
        else:
            accounts.fund_cash += change
            event.fund_change += change
        self.fund_low = min(self.fund_low, accounts.fund_cash)

    def due(self, event: Event) -> bool:
        return self.rules.policy != "market" or event.tick + self.rules.delay_ticks <= self.tick

    def work_waiting(self, side: float, budget: float) -> None:
        """First come, first served; what the market will not take keeps its place."""
        for event in list(self.waiting[side]):
            if budget <= 0.0 or not self.due(event):
                break
            open_quantity = event.open
            want = min(open_quantity, budget)
            filled = self.work(event, want)
            budget -= want
            if filled == open_quantity:
                self.waiting[side].remove(event)

    def work_backlog(self) -> None:
        """What waits from earlier ticks goes first, as fast as the policy allows."""
        rules = self.rules
        if rules.policy == "market":
            budgets = {LONG: math.inf, SHORT: math.inf}
        elif rules.policy == "paced" and rules.pace_share > 0.0:
            budgets = {side: self.inventory[side] * rules.pace_share for side in (LONG, SHORT)}
        elif rules.policy == "paced":
            pace = rules.pace_notional if rules.contract == "inverse" else rules.pace_notional / self.market.mark
            total = self.inventory[LONG] + self.inventory[SHORT]
            budgets = {side: pace * self.inventory[side] / total if total > 0.0 else 0.0 for side in (LONG, SHORT)}
        else:
            return
        for side in (LONG, SHORT):
            self.work_waiting(side, budgets[side])

    def retry_offers(self) -> None:
        """Under `limit`, sell into bids (buy from asks) that have come within reach of what waits."""
        for side in (LONG, SHORT):
            while (offer := self.best_offer(side)) is not None:
                price = price_of(self.rules, offer.bankruptcy)
                reached = price <= self.market.bids.price if side == LONG else price >= self.market.asks.price
                open_quantity = offer.open
                if not reached or self.work(offer, open_quantity) < open_quantity:
                    break
                self.waiting[side].remove(offer)

    def crossed(self, side: float) -> list[Position]:
        """Open positions of one side whose trigger the mark has met, in firing order."""
        mark = self.market.mark
        hit = [
            position
            for position in self.positions
            if position.side == side and position.quantity > 0.0 and side * position.trigger >= side * mark
        ]
        return sorted(hit, key=Position.in_order)

    def fire(self, position: Position) -> None:
        quantity = position.quantity
        event = self.take_over(position)
        at_once = self.rules.policy == "limit" or (self.rules.policy == "market" and self.rules.delay_ticks == 0)
        if not at_once or self.work(event, quantity) < quantity:
            self.waiting[position.side].append(event)

    def rounds(self) -> None:
        """Until nothing fires: all triggers that one mark has met, longs before shorts, then the next mark."""
        self.round = 0
        self.work_backlog()
        while True:
            self.retry_offers()
            self.market.mark = self.market.mark_price()
            longs, shorts = self.crossed(LONG), self.crossed(SHORT)
            if not longs and not shorts:
                break
            self.round += 1
            for position in longs + shorts:
                self.fire(position)
        self.rounds_in_row += self.round
