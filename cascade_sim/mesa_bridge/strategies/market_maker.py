"""Quotes on both sides of the mid, leaning against what it holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cascade_sim.mesa_bridge.strategies.checks import check_positive
from cascade_sim.mesa_bridge.strategies.sizes import affordable, open_quantity
from cascade_sim.mesa_bridge.trader import TraderAgent

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel


class MarketMaker(TraderAgent):
    """Quotes on both sides of the mid, shifts them against its inventory, and leaves when the price jumps.

    Bid and ask rest at ``mid exp(-h (1 + lean))`` and ``mid exp(h (1 - lean))`` with the half-spread ``h`` and
    ``lean = skew position / inventory_limit``: whoever is long asks for less and bids for less. That the shift is
    linear in the inventory is the result of Avellaneda and Stoikov (2008, Quantitative Finance 8, 217-224: the
    reservation price ``s - q gamma sigma^2 (T - t)``); their factor of risk and time is `skew` here, chosen.

    Parameters
    ----------
    model : CascadeModel
    cash : float
        Money at the start, margin currency.
    size : float
        Quantity of each quote, base units (contracts of an inverse contract).
    inventory_limit : float
        Largest position, long or short, in the same unit. It is never exceeded.
    half_spread : float
        Half of its spread, as a log fraction.
    skew : float
        From 0 (no leaning) to 1: at the limit the side that adds is twice as far from the mid, the other at the mid.
    calm : float
        Largest log move of the mid in a tick at which it still quotes, a fraction.
    pause : float
        Seconds without quotes after a larger move.
    leverage : float
        Of its orders.
    """

    def __init__(
        self,
        model: CascadeModel,
        cash: float,
        *,
        size: float,
        inventory_limit: float,
        half_spread: float = 0.0005,
        skew: float = 1.0,
        calm: float = 0.005,
        pause: float = 10.0,
        leverage: float = 5.0,
    ) -> None:
        check_positive(self, size=size, inventory_limit=inventory_limit, half_spread=half_spread, calm=calm)
        super().__init__(model, cash, leverage)
        self.size = size
        self.inventory_limit = inventory_limit
        self.half_spread = half_spread
        self.skew = skew
        self.calm = calm
        self.pause = pause
        self._mid_before = self.mid
        self._back_at = -math.inf

    def step(self) -> None:
        """Cancel the quotes and, in calm times, send new ones."""
        if abs(math.log(self.mid / self._mid_before)) > self.calm:
            self._back_at = self.time_s + self.pause
        self._mid_before = self.mid
        if self.halted:
            return
        # The old quotes may be filled before their cancellation arrives, so they take up room until then.
        room_to_buy = self.inventory_limit - self.position - open_quantity(self, "buy")
        room_to_sell = self.inventory_limit + self.position - open_quantity(self, "sell")
        self.cancel()
        if self.time_s < self._back_at:
            return
        lean = self.skew * self.position / self.inventory_limit
        self._quote("buy", room_to_buy, self.mid * math.exp(-self.half_spread * (1.0 + lean)))
        self._quote("sell", room_to_sell, self.mid * math.exp(self.half_spread * (1.0 - lean)))

    def _quote(self, side: str, room: float, price: float) -> None:
        quantity = min(self.size, room, affordable(self, side, price))
        if quantity > 0.0:
            self.limit(side, quantity, price)
