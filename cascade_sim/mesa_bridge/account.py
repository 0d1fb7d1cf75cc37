"""What a strategy has: cash, a position with its margin, and orders in the market."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from cascade_sim.mesa_bridge.books import Books
from cascade_sim.mesa_bridge.market import Depth, Market

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel
    from cascade_sim.mesa_bridge.order import Order


def _of_the_market(name: str) -> Any:
    return property(attrgetter(f"model.market.{name}"), doc=getattr(Market, name).__doc__)


class Account:
    """The account of a strategy, read from the arrays of the market.

    Attributes
    ----------
    account : int
        Its place among the accounts of the market.
    leverage : float
        Of what it opens from now on.
    deposit : float
        What it began with, margin currency.
    """

    model: CascadeModel
    account: int

    tick: int = _of_the_market("tick")
    time_s: float = _of_the_market("time_s")
    mark: float = _of_the_market("mark")
    index: float = _of_the_market("index")
    mid: float = _of_the_market("mid")
    bid: float = _of_the_market("bid")
    ask: float = _of_the_market("ask")
    last: float = _of_the_market("last")
    halted: bool = _of_the_market("halted")
    depth: Depth = _of_the_market("depth")
    depth_multiplier: float = _of_the_market("depth_multiplier")

    def _start(self, cash: float, leverage: float) -> None:
        self.deposit = cash
        self.leverage = leverage
        self.forget_books()

    def forget_books(self) -> None:
        """Look the account up again: the market was built anew, for more strategies."""
        self._books: Books | None = None

    @property
    def books(self) -> Books:
        """Where the market's arrays hold this account."""
        if self._books is None:
            self._books = Books(self.model.world, self.account)
        return self._books

    @property
    def cash(self) -> float:
        """Free balance, margin currency; part of it may be set aside for open orders."""
        return self.books.cash()

    @property
    def liquidations(self) -> int:
        """How often its position was liquidated, whole or in part."""
        return self.books.liquidations()

    @property
    def position(self) -> float:
        """Signed quantity, long positive: base units (linear) or contracts (inverse)."""
        return self.books.held()

    @property
    def entry_price(self) -> float:
        """Average entry price, quote per base; NaN without a position."""
        books = self.books
        return books.price_of(books.entry()) if books.held() else math.nan

    @property
    def collateral(self) -> float:
        """Margin of the open position, margin currency."""
        books = self.books
        held = books.held()
        return held * (books.entry() - books.bankruptcy()) if held else 0.0

    @property
    def equity(self) -> float:
        """Cash, margin and unrealised profit at the mark, margin currency."""
        return self.books.equity()

    @property
    def profit(self) -> float:
        """Equity less what it began with, margin currency."""
        return self.books.equity() - self.deposit

    @property
    def liquidation_price(self) -> float:
        """Mark price at which its position is liquidated, quote per base; NaN where there is none."""
        return self.books.liquidation_price()

    @property
    def open_orders(self) -> list[Order]:
        """Orders that can still be filled, in the order in which they were sent."""
        return self.model.desk.of(self.account)

    @property
    def available(self) -> float:
        """Cash that is not set aside for the margin of open orders, margin currency."""
        orders = self.open_orders
        if not orders:
            return self.cash
        held = self.position
        reserved = 0.0
        for direction in (1.0, -1.0):
            closable = max(-direction * held, 0.0)
            for order in orders:
                if order.direction == direction:
                    price = self.model.market.mark if order.price is None else order.price
                    reserved += self._margin(order.quantity, closable, price, order.leverage)
                    closable = max(closable - order.quantity, 0.0)
        return max(self.cash - reserved, 0.0)

    def margin_for(self, direction: float, quantity: float, price: float) -> float:
        """Return the cash that an order needs beyond what it closes, margin currency.

        Parameters
        ----------
        direction : float
            +1 buy, -1 sell.
        quantity : float
            Base units or contracts.
        price : float
            Quote per base: the limit, or the mark for a market order. What the book then costs beyond it comes out of
            the margin, so the position begins with a higher leverage.
        """
        closable = max(-direction * self.position, 0.0)
        if closable > 0.0:
            for order in self.open_orders:
                if order.direction == direction:
                    closable = max(closable - order.quantity, 0.0)
        return self._margin(quantity, closable, price, self.leverage)

    def _margin(self, quantity: float, closable: float, price: float, leverage: float) -> float:
        books = self.books
        opened = max(quantity - closable, 0.0)
        value = opened / price if books.inverse else opened * price
        return value / leverage + books.taker_fee * value
