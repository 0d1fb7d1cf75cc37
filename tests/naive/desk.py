"""Accounts that send orders of their own: resting orders, what is filled of them, and how an account is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from naive.plain import unit_of
from naive.triggers import LONG, SHORT, set_trigger


class Instruction(NamedTuple):
    """What an account asks for: ``send``, ``cancel`` (the order of that number) or ``top_up``."""

    kind: str
    account: int
    direction: float = 0.0
    quantity: float = 0.0
    price: float = 0.0  # the worst that is accepted
    rests: bool = False  # whether what is not filled waits in the book
    leverage: float = 1.0
    amount: float = 0.0
    order: int = -1  # orders are numbered as they are sent


@dataclass(eq=False)
class Order:
    account: int
    direction: float
    price: float
    leverage: float
    quantity: float  # still open
    rests: bool
    pending: float = 0.0  # filled, but not yet booked on the account
    filled: float = 0.0
    value: float = 0.0


class Desk:
    """The accounts, their orders, and what they have asked for."""

    def __init__(self, cash=(), instructions=None):
        self.cash = list(cash)
        self.liquidations = [0 for _ in self.cash]
        self.positions: list = []  # by account
        self.coming = dict(instructions or {})  # by tick
        self.orders: list[Order] = []
        self.resting: dict[float, list[Order]] = {LONG: [], SHORT: []}  # bids and asks, best first
        self.touched: list[Order] = []
        self.waiting: list[Instruction] = []

    def account_of(self, index: int) -> int | None:
        """Account that holds the crowd's position of this index."""
        first = self.positions[0].index if self.positions else index + 1
        return index - first if index >= first else None

    def pay(self, engine, account: int, amount: float) -> None:
        self.cash[account] += amount
        engine.accounts.desk_cash += amount

    def pay_owner(self, engine, index: int, amount: float) -> None:
        """What a position is worth when the venue has closed it belongs to its owner, who is gone or has an account."""
        account = self.account_of(index)
        if account is None:
            engine.accounts.settled_cash += amount
        else:
            self.pay(engine, account, amount)

    def receive(self, tick: int) -> None:
        """Take in what is asked for before a tick; it is done once the venue trades."""
        for asked in self.coming.pop(tick, ()):
            if asked.kind == "send":
                asked = asked._replace(order=len(self.orders))
                terms = asked.account, asked.direction, asked.price, asked.leverage, asked.quantity, asked.rests
                self.orders.append(Order(*terms))
            self.waiting.append(asked)

    def best(self, direction: float) -> Order | None:
        """The resting order that an order in this direction would meet first."""
        waiting = self.resting[-direction]
        return waiting[0] if waiting else None

    def fill(self, engine, order: Order, want: float) -> tuple[float, float]:
        """Trade a resting order at its own price; its account is settled later."""
        filled = min(want, order.quantity)
        if order.pending == 0.0:
            self.touched.append(order)
        order.pending += filled
        order.quantity = 0.0 if filled == order.quantity else order.quantity - filled
        if order.quantity == 0.0:
            self.resting[order.direction].remove(order)
        engine.market.last = order.price
        return filled, filled * unit_of(engine.rules, order.price)

    def settle_fills(self, engine) -> None:
        for order in self.touched:
            filled, value = order.pending, order.pending * unit_of(engine.rules, order.price)
            self.trade(engine, order, filled, value, 0.0)
            order.filled += filled
            order.value += value
            order.pending = 0.0
        self.touched = []

    def trade(self, engine, order: Order, quantity: float, value: float, fee_rate: float) -> None:
        """Close what the account holds against the trade, and open what is left of it."""
        account, direction = order.account, order.direction
        position = self.positions[account]
        fee = fee_rate * abs(value)
        closed = closed_value = 0.0
        if position.quantity > 0.0 and direction == -position.side:
            closed = min(quantity, position.quantity)
            closed_value = value if closed == quantity else value * (closed / quantity)
            self.close(engine, account, position, closed, closed_value)
        opened = quantity - closed
        if opened > 0.0:
            self.open(engine, order, position, opened, value - closed_value, fee)
        fee = min(fee, self.cash[account])
        self.pay(engine, account, -fee)
        engine.accounts.fees_cash += fee
        if position.quantity > 0.0:
            set_trigger(engine.rules, engine.tape, position)

    def close(self, engine, account: int, position, closed: float, value: float) -> None:
        """The account gets what the position is worth; what it owes beyond its cash is the fund's loss."""
        side, accounts = position.side, engine.accounts
        cash = side * closed * position.bankruptcy
        accounts.crowd_cash += cash
        accounts.crowd_quantity -= side * closed
        engine.open_quantity[side] -= closed
        position.quantity = 0.0 if closed == position.quantity else position.quantity - closed
        self.pay(engine, account, side * value - cash)
        owed = self.cash[account]
        if owed < 0.0:
            engine.overdrawn -= owed
            engine.overdrawn_paid -= engine.change_fund(owed)
            accounts.desk_cash -= owed
            self.cash[account] = 0.0

    def open(self, engine, order: Order, position, opened: float, value: float, fee: float) -> None:
        """Open a position or add to it, with as much of the margin as the account can pay."""
        side, accounts, account = order.direction, engine.accounts, order.account
        collateral = min(abs(value) / order.leverage, max(self.cash[account] - fee, 0.0))
        held = position.quantity
        if held == 0.0:
            position.side, position.bankruptcy = side, 0.0
            position.entry = value / opened
            position.part, position.reduced_at, position.rests_until = "untouched", -1, 0
        else:
            position.entry = (held * position.entry + value) / (held + opened)
        position.bankruptcy = (held * position.bankruptcy + (value - side * collateral)) / (held + opened)
        position.quantity = held + opened
        self.pay(engine, account, -collateral)
        accounts.crowd_cash += collateral - side * value
        accounts.crowd_quantity += side * opened
        engine.open_quantity[side] += opened

    def cross(self, engine) -> None:
        """Makers whose quotes have come within a resting order's price trade with it, at that price.

        A side whose best order stands outside the price band waits.
        """
        market, accounts, (low, high) = engine.market, engine.accounts, engine.market.band
        for direction, makers in ((LONG, market.asks), (SHORT, market.bids)):
            waiting = self.resting[direction]
            while waiting and direction * (waiting[0].price - makers.price) >= 0.0:
                order = waiting[0]
                if not low <= order.price <= high:
                    break
                wanted = order.quantity
                filled, value = engine.take(direction, wanted, order.price)
                if filled > 0.0:
                    _, at_its_price = self.fill(engine, order, filled)
                    accounts.maker_cash += direction * (at_its_price - value)
                if filled < wanted or filled == 0.0:
                    break
        self.settle_fills(engine)

    def carry_out(self, engine) -> None:
        """Do what has been asked for, in that order; after a halt the delayed instructions as well."""
        for instruction in self.waiting:
            if instruction.kind == "send":
                self.send(engine, self.orders[instruction.order])
            elif instruction.kind == "cancel":
                self.take_out(self.orders[instruction.order])
            else:
                self.top_up(engine, instruction.account, instruction.amount)
            self.settle_fills(engine)
        self.waiting = []

    def send(self, engine, order: Order) -> None:
        """The sender is settled before those it traded with; what is left waits behind orders of the same price."""
        engine.market.mark = engine.market.mark_price()
        filled, value = engine.order(order.direction, order.quantity, order.price)
        if filled > 0.0:
            self.trade(engine, order, filled, value, engine.rules.taker_fee)
            order.quantity = 0.0 if filled >= order.quantity else order.quantity - filled
            order.filled += filled
            order.value += value
        self.settle_fills(engine)
        if not order.rests:
            order.quantity = 0.0
        elif order.quantity > 0.0:
            waiting = self.resting[order.direction]
            waiting.append(order)
            waiting.sort(key=lambda other: -other.direction * other.price)  # stable: the first come stays the first

    def take_out(self, order: Order) -> None:
        waiting = self.resting[order.direction]
        if order in waiting:
            waiting.remove(order)
            order.quantity = 0.0

    def top_up(self, engine, account: int, amount: float) -> None:
        position = self.positions[account]
        amount = min(amount, self.cash[account])
        if position.quantity <= 0.0:
            return
        position.bankruptcy -= position.side * amount / position.quantity
        self.pay(engine, account, -amount)
        engine.accounts.crowd_cash += amount
        set_trigger(engine.rules, engine.tape, position)

    def liquidated(self, index: int) -> None:
        """An account that is liquidated loses its resting orders, but not what has been filled of them."""
        account = self.account_of(index)
        if account is None:
            return
        self.liquidations[account] += 1
        for waiting in self.resting.values():
            for order in [order for order in waiting if order.account == account]:
                self.take_out(order)
