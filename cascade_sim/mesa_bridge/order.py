"""A strategy's order, from sending it to its last fill."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.desk import OrderDesk


class Order:
    """One order; it goes on telling what became of it.

    Attributes
    ----------
    id : int
        Number of the order, from 1, over all strategies.
    account : int
        Place of its sender's account.
    side : str
        ``"buy"`` or ``"sell"``.
    """

    __slots__ = (
        "_desk",
        "_final",
        "_price",
        "account",
        "cancelled",
        "direction",
        "id",
        "leverage",
        "place",
        "sent",
        "side",
    )

    def __init__(
        self, desk: OrderDesk, number: int, account: int, direction: float, price: float, leverage: float, place: int
    ) -> None:
        self._desk = desk
        self._final: tuple[float, float] | None = None
        self._price = price
        self.id = number
        self.account = account
        self.direction = direction
        self.side = "buy" if direction > 0.0 else "sell"
        self.leverage = leverage
        self.place = place
        self.sent = False
        self.cancelled = False

    @property
    def price(self) -> float | None:
        """The limit, quote per base; None for a market order."""
        return self._price if 0.0 < self._price < math.inf else None

    @property
    def is_open(self) -> bool:
        """Whether something of it can still be filled."""
        return self._final is None

    @property
    def quantity(self) -> float:
        """What is still open, base units or contracts."""
        return 0.0 if self._final is not None else float(self._desk.left[self.place])

    @property
    def filled(self) -> float:
        """What has been filled, base units or contracts."""
        return self._fills()[0]

    @property
    def average_price(self) -> float:
        """Average price of what has been filled, quote per base; NaN before that."""
        filled, value = self._fills()
        if filled == 0.0:
            return math.nan
        return -filled / value if self._desk.inverse else value / filled

    def _fills(self) -> tuple[float, float]:
        if self._final is not None:
            return self._final
        return float(self._desk.filled[self.place]), float(self._desk.value[self.place])

    def conclude(self) -> None:
        """Keep what it came to: its place goes to another order."""
        self._final = self._fills()

    def __repr__(self) -> str:
        price = "market" if self.price is None else f"limit {self.price:g}"
        return f"<Order {self.id}: {self.side} {price}, {self.filled:g} filled, {self.quantity:g} open>"
