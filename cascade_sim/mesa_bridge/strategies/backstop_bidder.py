"""Rests bids far below the market, to take over what is sold by force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.mesa_bridge.strategies.checks import check_positive, check_share
from cascade_sim.mesa_bridge.strategies.sizes import carried, open_quantity
from cascade_sim.mesa_bridge.trader import TraderAgent

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel


class BackstopBidder(TraderAgent):
    """Bids for its whole capital below the market, before anybody has to sell, and sells on after the recovery.

    Where the dip buyer comes after the fall, these bids stand in the book while it happens: forced selling that reaches
    one ends there until the bid is used up. They follow the mid up, never down. What was taken over is offered at a
    markup on its price once the bid has come back to that. Maker's keepers and the liquidation vaults of perpetual
    exchanges do so outside of the book; this one competes within it.

    Parameters
    ----------
    model : CascadeModel
    cash : float
        Its capital, margin currency; each bid has an equal share of it.
    nearest, farthest : float
        Distances of the first and the last bid below the mid, fractions of the price.
    bids : int
        Number of bids, evenly spaced; one stands at `nearest`.
    markup : float
        What it asks for above its entry price, a fraction.
    leverage : float
        Of its orders. At 1 a fall liquidates it near 0 only, on an inverse contract near half of its entry price.
    """

    def __init__(
        self,
        model: CascadeModel,
        cash: float,
        *,
        nearest: float = 0.02,
        farthest: float = 0.1,
        bids: int = 5,
        markup: float = 0.01,
        leverage: float = 1.0,
    ) -> None:
        check_positive(self, bids=bids)
        check_share(self, nearest=nearest, farthest=farthest, markup=markup)
        super().__init__(model, cash, leverage)
        self.distances = np.linspace(nearest, farthest, bids)
        self.markup = markup
        self._reference = self.mid
        self._offered = 0.0

    def step(self) -> None:
        """Bid; hold what was taken over until it can be sold on; then bid anew."""
        if self.halted:
            return
        if self.position > 0.0:
            self._sell_on()
        elif not self.open_orders:
            if self.available > 0.0:
                self._bid()
        elif self._used() or self.mid > self._reference * (1.0 + 0.1 * self.distances[0]):
            # New bids wait for the next tick, when it is known whether one of these was filled on its way out.
            self.cancel()

    def _bid(self) -> None:
        self._reference = self.mid
        share = self.available / self.distances.size
        for distance in self.distances:
            price = self._reference * (1.0 - float(distance))
            self.limit("buy", carried(self, min(share, self.available), price), price)
        self._offered = open_quantity(self, "buy")

    def _used(self) -> bool:
        return open_quantity(self, "buy") < self._offered

    def _sell_on(self) -> None:
        target = self.entry_price * (1.0 + self.markup)
        if self.bid >= target and not open_quantity(self, "sell"):
            self.limit("sell", self.position, target)
