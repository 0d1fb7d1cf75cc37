"""A strategy of one's own: a Mesa agent with a margin account in the market."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from cascade_sim.errors import StrategyError
from cascade_sim.mesa_bridge.account import Account
from cascade_sim.mesa_bridge.order import Order
from cascade_sim.mesa_bridge.turns import guarded

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.desk import OrderDesk
    from cascade_sim.mesa_bridge.market import Market
    from cascade_sim.mesa_bridge.model import CascadeModel

_DIRECTIONS = {"buy": 1.0, "sell": -1.0}


class TraderAgent(Account, mesa.Agent):
    """A trader with an isolated-margin account; subclass it and write ``step``.

    In ``step`` it sees the market as it stands after the last tick, and sends orders that are carried out in the coming
    one, in the order in which they were sent: after the background flow, before triggers fire. What it opens has its
    own margin, ``value / leverage``; it is liquidated like everybody else, and then its orders are cancelled.

    Parameters
    ----------
    model : CascadeModel
    cash : float
        What it begins with, margin currency (quote, or base for an inverse contract).
    leverage : float
        Of the positions that it opens, until `set_leverage`.

    Raises
    ------
    StrategyError
        Cash is negative or not a number, leverage is below 1 or above the venue's maximum, or the market is already
        running and has no room left.
    """

    model: CascadeModel

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = guarded(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, model: CascadeModel, cash: float, leverage: float = 1.0) -> None:
        mesa.Agent.__init__(self, model)
        try:
            self._start(self._number("cash", cash, zero=True), self._leverage_number(leverage))
            self.account = model.open_account(self)
        except StrategyError:
            self.model.deregister_agent(self)
            raise

    @property
    def market(self) -> Market:
        """Prices, depth and time; its main entries are the strategy's own as well (``self.mark``)."""
        return self.model.market

    @property
    def desk(self) -> OrderDesk:
        """Where its orders go."""
        return self.model.desk

    def buy(self, quantity: float | None = None, *, notional: float | None = None) -> Order:
        """Send a market order to buy; see `sell`."""
        return self._send(1.0, self._size(quantity, notional), None)

    def sell(self, quantity: float | None = None, *, notional: float | None = None) -> Order:
        """Send a market order to sell.

        Parameters
        ----------
        quantity : float, optional
            Base units (linear) or contracts (inverse).
        notional : float, optional
            Instead of the quantity: quote notional by the mark.

        Returns
        -------
        Order
            What the book does not take in the coming tick is dropped.

        Raises
        ------
        StrategyError
            It is not a positive number, or what it would open cannot be margined with the cash that is free.
        """
        return self._send(-1.0, self._size(quantity, notional), None)

    def limit(self, side: str, quantity: float, price: float) -> Order:
        """Send a limit order: it takes what the book has up to its price, and what is left rests there.

        Parameters
        ----------
        side : {"buy", "sell"}
        quantity : float
            Base units (linear) or contracts (inverse).
        price : float
            Quote per base.

        Returns
        -------
        Order

        Raises
        ------
        StrategyError
            As for `sell`; its margin is set aside until it is filled or cancelled.
        """
        if side not in _DIRECTIONS:
            raise self.error(f"a limit order has the side {side!r}; give 'buy' or 'sell'")
        return self._send(_DIRECTIONS[side], self._number("quantity", quantity), self._number("price", price))

    def close(self) -> Order | None:
        """Send a market order against the whole position; None where there is none."""
        held = self.position
        if held == 0.0:
            return None
        return self.sell(held) if held > 0.0 else self.buy(-held)

    def cancel(self, order: Order | None = None) -> None:
        """Take an order out of the book, or all of them; one that is closed already is left alone."""
        for each in self.open_orders if order is None else [order]:
            if each.account != self.account:
                raise self.error(f"order {each.id} is another strategy's; cancel one of its own")
            self.desk.cancel(each)

    def set_leverage(self, leverage: float) -> None:
        """Set the leverage of what it opens from now on; `top_up` changes the margin of what is open."""
        self.leverage = self._leverage_number(leverage)

    def top_up(self, amount: float) -> None:
        """Move free cash into the margin of the open position, in the coming tick.

        Parameters
        ----------
        amount : float
            Margin currency.

        Raises
        ------
        StrategyError
            There is no position, or less cash is free.
        """
        paid = self._number("amount", amount)
        if self.position == 0.0:
            raise self.error("there is no position to top up")
        if paid > self.available:
            raise self.error(f"cannot top up {paid:g}: {self.available:g} is free; give less")
        self.desk.top_up(self.account, paid)

    def step(self) -> None:
        """Do nothing; a subclass says what is done."""

    def remove(self) -> None:
        """Leave the model: its orders are cancelled, and its position stays with the venue's margin rules."""
        self.cancel()
        mesa.Agent.remove(self)

    def error(self, message: str) -> StrategyError:
        """Return an error that says who it concerns and when."""
        return StrategyError(f"{type(self).__name__} {self.unique_id} in tick {self.model.ticks_done}: {message}")

    def _send(self, direction: float, quantity: float, price: float | None) -> Order:
        needed = self.margin_for(direction, quantity, self.market.mark if price is None else price)
        if needed > self.available * (1.0 + 1e-12):
            word = "buy" if direction > 0.0 else "sell"
            raise self.error(
                f"cannot margin the order to {word} {quantity:g}: it needs {needed:,.6g}, {self.available:,.6g} of "
                f"{self.cash:,.6g} is free; order less, or set a higher leverage than {self.leverage:g}"
            )
        worst = (math.inf if direction > 0.0 else 0.0) if price is None else price
        return self.desk.send(self.account, direction, quantity, worst, self.leverage, price is not None)

    def _size(self, quantity: float | None, notional: float | None) -> float:
        if (quantity is None) == (notional is None):
            raise self.error("an order has a quantity or a notional; give one of the two")
        if quantity is not None:
            return self._number("quantity", quantity)
        given = self._number("notional", notional)
        return given if self.market.inverse else given / self.market.mark

    def _number(self, what: str, value: Any, *, zero: bool = False) -> float:
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            number = float(value)
            if 0.0 < number < math.inf or (zero and number == 0.0):
                return number
        raise self.error(f"{what} is {value!r}; give a {'non-negative' if zero else 'positive'} finite number")

    def _leverage_number(self, value: Any) -> float:
        leverage = self._number("leverage", value)
        most = self.model.scenario.exchange.max_leverage
        if leverage < 1.0 or (most is not None and leverage > most):
            raise self.error(f"leverage is {leverage:g}; give a number from 1{'' if most is None else f' to {most:g}'}")
        return leverage
