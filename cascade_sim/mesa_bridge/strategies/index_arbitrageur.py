"""Trades the gap between the venue and the rest of the world."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cascade_sim.mesa_bridge.strategies.checks import check_positive, check_share
from cascade_sim.mesa_bridge.strategies.sizes import affordable, open_quantity
from cascade_sim.mesa_bridge.trader import TraderAgent

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel


class IndexArbitrageur(TraderAgent):
    """Buys below the index and sells above it, beyond its costs; closes where the mid is back at the index.

    While ``mid < index exp(-costs)`` it bids for what its limit leaves, at that price: the book gives what it has
    there, and the rest waits as a bid for a tick. So every unit is opened at least `costs` better than the index that
    it saw, and closed at that or better. The hedge on the other venue, which would make the gain certain, is outside
    of the model: what it gains or loses while the index moves is its own. Limits on this trade (capital, margin,
    costs) are those of Shleifer and Vishny (1997, Journal of Finance 52, 35-55).

    Parameters
    ----------
    model : CascadeModel
    cash : float
        Money at the start, margin currency.
    position_limit : float
        Largest position, long or short, base units (contracts of an inverse contract).
    costs : float
        Gap below which it does not trade, a log fraction: fees, the hedge's costs, and what it wants to earn.
    leverage : float
        Of its orders.
    """

    def __init__(
        self, model: CascadeModel, cash: float, *, position_limit: float, costs: float = 0.001, leverage: float = 5.0
    ) -> None:
        check_positive(self, position_limit=position_limit)
        check_share(self, costs=costs)
        super().__init__(model, cash, leverage)
        self.position_limit = position_limit
        self.costs = costs

    def step(self) -> None:
        """Cancel what still waits, then trade against the gap."""
        if self.halted:
            return
        # What is being cancelled may be filled before the cancellation arrives, so it takes up room until then.
        bids, asks = open_quantity(self, "buy"), open_quantity(self, "sell")
        self.cancel()
        if self.gap < -self.costs:
            self._offer("buy", self.position_limit - self.position - bids, self.index * math.exp(-self.costs))
        elif self.gap > self.costs:
            self._offer("sell", self.position_limit + self.position - asks, self.index * math.exp(self.costs))
        elif self.position * self.gap > 0.0:
            closing, waiting = ("sell", asks) if self.position > 0.0 else ("buy", bids)
            self._offer(closing, abs(self.position) - waiting, self.index)

    @property
    def gap(self) -> float:
        """Log distance of the mid from the index."""
        return math.log(self.mid / self.index)

    def _offer(self, side: str, room: float, price: float) -> None:
        quantity = min(room, affordable(self, side, price))
        if quantity > 0.0:
            self.limit(side, quantity, price)
