"""The liquidation engine: orders, triggers, rounds, policies, and the fund. Model, sections 5 to 7."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace

from naive.defence import stop_out, take_profit, top_up
from naive.desk import Desk
from naive.halt import Halt
from naive.market import Market
from naive.offers import Offers
from naive.plain import price_of, quantity_of
from naive.reduction import quantity_to_close
from naive.throttle import Throttle
from naive.triggers import LONG, SHORT, crossed_down, crossed_up, set_trigger
from naive.vault import Vault


@dataclass(eq=False)
class Position:
    index: int
    side: float
    quantity: float
    trigger: float | None  # None while it has none
    bankruptcy: float
    entry: float  # the last two as u-values
    kind: str = "liquidation"
    wallet: float = 0.0
    top_up: float = 0.0
    call_at: float = 0.0
    stop: float = math.nan
    profit: float = math.nan
    answers: int = 0
    part: str = "untouched"  # "reduced" after a partial liquidation, "cooling" while it is left alone
    rests_until: int = 0
    reduced_at: int = -1  # tick of the last partial liquidation
    held_back: bool = False  # by the throttle
    liquidation: float = 0.0  # price of it, whatever the position waits for first

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
    vault: bool = False  # whether the vault may take of it

    @property
    def open(self) -> float:
        return self.quantity - self.filled


class Engine:
    def __init__(self, rules, tape, market: Market, positions: list[Position], desk: Desk):
        self.rules, self.tape, self.market, self.positions, self.desk = rules, tape, market, positions, desk
        self.tick = self.round = 0
        self.events: list[Event] = []
        self.waiting: dict[float, list[Event]] = {LONG: [], SHORT: []}
        self.offers = {LONG: Offers(), SHORT: Offers()}  # what waits under `limit`, as it lies
        self.inventory = {LONG: 0.0, SHORT: 0.0}
        self.inventory_cash = {LONG: 0.0, SHORT: 0.0}
        self.accounts = SimpleNamespace(
            crowd_cash=0.0, maker_cash=0.0, flow_cash=0.0, fund_cash=0.0, settled_cash=0.0, written_off=0.0,
            crowd_quantity=0.0, maker_quantity=0.0, flow_quantity=0.0, vault_cash=0.0, fees_cash=0.0,
            desk_cash=0.0, lending_cash=0.0, lending_quantity=0.0,
        )  # fmt: skip
        self.halt, self.throttle = Halt(rules), Throttle(rules)
        self.vault = Vault(rules, tape, self.accounts)
        self.open_quantity = {LONG: 0.0, SHORT: 0.0}
        self.forced, self.fired = {LONG: 0.0, SHORT: 0.0}, {LONG: 0.0, SHORT: 0.0}  # since the last row
        self.forced_notional = 0.0  # of this tick
        self.backlog_goes_first = False  # before a recorded price's push, and not in the rounds
        self.deleveraged = 0.0  # since the last row
        self.rounds_in_row = self.entered = self.exited = self.topped_up = 0.0  # since the last row
        self.topped_up_ever = self.returned = 0.0
        self.shortfall = 0.0
        self.fund_low = self.bad_debt = 0.0
        self.adl_forgone = self.socialised = self.overdrawn = self.overdrawn_paid = 0.0
        self.adl_notional = 0.0
        self.exhausted = 0
        self.stood: list[Position] = []  # the crowd's order before this tick's funding, if there was any

    @property
    def crowd(self) -> list[Position]:
        return [position for position in self.positions if position not in self.desk.positions]

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
        """An order meets density, resting orders and, under `limit`, the engine's offers, in price order."""
        low, high = self.market.band
        worst = max(worst, low) if direction < 0.0 else min(worst, high)
        asked, total, total_value = want, 0.0, 0.0
        while want > 0.0:
            offer, trade_with = self.best_offer(direction), self.trade_offer
            offered = price_of(self.rules, offer.bankruptcy) if offer else worst
            resting = self.desk.best(direction)
            if resting is not None and (offer is None or direction * (offered - resting.price) > 0.0):
                offer, offered, trade_with = resting, resting.price, self.trade_resting
            acceptable = offer is not None and not direction * (worst - offered) < 0.0
            filled, value = self.take(direction, want, offered if acceptable else worst)
            total += filled
            total_value += value
            want = 0.0 if filled >= want else want - filled
            if want <= 0.0 or not acceptable:
                break
            filled, value = trade_with(offer, want, offered)
            total += filled
            total_value += value
            want = 0.0 if filled >= want else want - filled
        return total if want > 0.0 else asked, total_value

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
            self.offers[offer.side].pop()
            if not self.waiting[offer.side]:
                self.inventory[offer.side] = 0.0
        else:
            offer.filled += filled
        return filled, value

    def trade_resting(self, order, want: float, price: float) -> tuple[float, float]:
        return self.desk.fill(self, order, want)

    def count_forced(self, side: float, filled: float, value: float) -> None:
        self.forced[side] += filled
        self.forced_notional += filled if self.rules.contract == "inverse" else value

    def take_over(self, position: Position, quantity: float, trigger: float) -> Event:
        """The position's cash moves to the engine with it: the trader is settled at the bankruptcy price."""
        side = position.side
        event = Event(self.tick, self.round, position.index, side, quantity, trigger, position.bankruptcy)
        event.vault = self.vault.invited(position, self.market.mark)
        self.events.append(event)
        position.quantity = 0.0 if quantity >= position.quantity else position.quantity - quantity
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

    def forced_order(self, event: Event, want: float, at_any_price: bool = False) -> tuple[float, float, float]:
        """Sell (buy back) that much of one event, the vault first, then the market.

        Returns what was filled, the market's gain over the bankruptcy price, still to be placed, and its value.
        """
        side = event.side
        everything = want == event.open
        absorbed = self.vault.absorb(self, event, want)
        if absorbed >= want:
            return want, 0.0, 0.0
        rest = want - absorbed
        filled, value = self.order(-side, rest, self.worst_price(event, rest, at_any_price))
        if filled < rest and self.at_the_end(side):
            self.exhausted = 1
        if filled <= 0.0:
            return absorbed, 0.0, 0.0
        self.count_forced(side, filled, value)
        event.filled = event.quantity if everything and filled >= rest else event.filled + filled
        done = want if filled >= rest else absorbed + filled
        return done, self.book_fill(event, filled, value), value

    def work(self, event: Event, want: float, at_any_price: bool = False) -> float:
        """Trade that much of an event for the fund's account, or the trader's; returns what was filled."""
        filled, change, value = self.forced_order(event, want, at_any_price)
        if change > 0.0 and self.rules.surplus_to_trader and self.rules.policy == "market":
            kept = self.after_fee(event, change, value)
            self.desk.pay_owner(self, event.position, kept)
            self.returned += kept
        else:
            event.fund_change += self.change_fund(change)
        return filled

    def work_part(self, event: Event, want: float) -> tuple[float, float]:
        """Trade part of a position that goes on; returns what was filled and what goes back into the position."""
        if not (self.rules.surplus_to_trader and self.rules.policy == "market"):
            return self.work(event, want), 0.0
        filled, change, value = self.forced_order(event, want)
        if change > 0.0:
            change = self.after_fee(event, change, value)
        self.accounts.crowd_cash += change
        self.returned += change
        return filled, change

    def at_the_end(self, side: float) -> bool:
        """Whether the book that takes what was a long's (a short's) has ended."""
        market = self.market
        if side == LONG:
            return market.bids.distance >= self.rules.until or market.bids.price <= market.lowest_price
        return market.asks.distance >= self.rules.until or market.asks.price >= market.highest_price

    def book_fill(self, event: Event, filled: float, value: float) -> float:
        """The engine is paid; returns the difference to the bankruptcy price."""
        side = event.side
        event.value += value
        cost = filled * event.bankruptcy
        self.inventory[side] -= filled
        self.inventory_cash[side] += side * cost
        return side * (value - cost)

    def after_fee(self, event: Event, change: float, value: float) -> float:
        """What a trader keeps of a surplus: the fund takes the liquidation fee, but never more than there is."""
        fee = min(self.rules.liquidation_fee * abs(value), change)
        if fee > 0.0:
            event.fund_change += self.change_fund(fee)
            change -= fee
        return change

    def change_fund(self, change: float) -> float:
        """What the fund cannot pay is a shortfall, which step 6 places; returns the fund's change."""
        accounts, start = self.accounts, self.rules.fund_start
        if start + accounts.fund_cash + change < 0.0:
            drawn = start + accounts.fund_cash
            self.shortfall += -change - drawn
            accounts.fund_cash = -start
            change = -drawn
        else:
            accounts.fund_cash += change
        self.fund_low = min(self.fund_low, accounts.fund_cash)
        return change

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
            pace = quantity_of(rules, rules.pace_notional, self.market.mark)
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
                self.offers[side].pop()

    def forget_dust(self) -> None:
        """Where nothing waits there is no inventory but what rounding has left."""
        for side in (LONG, SHORT):
            if not self.waiting[side]:
                self.inventory[side] = 0.0

    def crossed(self) -> list[tuple[Position, float, bool]]:
        """Everything that the mark has met, in firing order: (position, price, whether it hurts).

        First what falls reach, highest first, then what rises reach, lowest first; ties by index. Liquidations that
        the throttle has no room for are held back.
        """
        mark, batch = self.market.mark, []
        for position in self.throttle.let_in(mark):
            set_trigger(self.rules, self.tape, position)
        left = self.throttle.capacity(mark)
        for meets, side in ((crossed_down, LONG), (crossed_up, SHORT)):
            open_now = [position for position in self.positions if position.quantity > 0.0]
            hit = [(meets(position, mark), position) for position in open_now if meets(position, mark) is not None]
            for price, position in sorted(hit, key=lambda pair: (-side * pair[0], pair[1].index)):
                hurts = position.side == side
                if hurts and position.kind == "liquidation":
                    if left <= 0.0:
                        self.throttle.hold_back(position)
                        continue
                    left -= position.quantity
                batch.append((position, price, hurts))
        return batch

    def fire(self, position: Position, price: float, hurts: bool) -> None:
        if position.quantity <= 0.0:
            return  # closed earlier in this round
        if not hurts:
            take_profit(self, position)
        elif position.kind == "call":
            top_up(self, position)
        elif position.kind == "stop":
            stop_out(self, position)
        else:
            self.liquidate(position, price)

    def liquidate(self, position: Position, trigger: float) -> None:
        """Take over what the venue's rules say, as far as the throttle allows; what is left has a new trigger."""
        rules, mark, side = self.rules, self.market.mark, position.side
        wanted = position.quantity
        if rules.partial != "none":
            wanted = quantity_to_close(rules, self.tape, mark, position, self.tick)
        allowed = self.throttle.capacity(mark)
        closed = min(wanted, allowed)
        if closed <= 0.0:
            self.throttle.hold_back(position)
            return
        self.desk.liquidated(position.index)
        position.trigger = None
        self.throttle.use(closed, allowed, mark)
        event = self.take_over(position, closed, trigger)
        filled = change = 0.0
        if rules.policy == "limit" or (rules.policy == "market" and rules.delay_ticks == 0):
            if position.quantity > 0.0:
                filled, change = self.work_part(event, closed)
            else:
                filled = self.work(event, closed)
        if filled < closed:
            self.waiting[side].append(event)
            if rules.policy == "limit":
                self.offers[side].push((side * event.bankruptcy, len(self.events), event))
        if position.quantity > 0.0:
            position.bankruptcy -= side * change / position.quantity
            if closed == wanted:
                position.part, position.reduced_at = "reduced", self.tick
                if rules.cooldown_ticks > 0:
                    position.part, position.rests_until = "cooling", self.tick + rules.cooldown_ticks
            set_trigger(rules, self.tape, position)

    def rounds(self) -> bool:
        """Until nothing fires: all that one mark has met, then the next mark; returns whether the venue was halted."""
        self.round = 0
        if not self.backlog_goes_first:
            self.work_backlog()
        while True:
            self.retry_offers()
            self.desk.settle_fills(self)
            self.market.mark = self.market.mark_price()
            halted = self.halt.trips(self.tick, self.market.mark)
            batch = [] if halted else self.crossed()
            if not batch:
                break
            self.round += 1
            for position, price, hurts in batch:
                self.fire(position, price, hurts)
        self.rounds_in_row += self.round
        self.forget_dust()
        return halted
