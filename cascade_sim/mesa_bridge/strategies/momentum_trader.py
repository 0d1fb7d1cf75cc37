"""Follows the trend: a crossover of two exponential averages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cascade_sim.mesa_bridge.strategies.checks import check_positive
from cascade_sim.mesa_bridge.strategies.sizes import affordable, open_quantity
from cascade_sim.mesa_bridge.trader import TraderAgent

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel


class MomentumTrader(TraderAgent):
    """Is long while the fast average of the mid is above the slow one, short while it is below.

    The signal is ``ln(fast / slow)`` of two exponential averages of the mid. Beyond the threshold it works its way to
    the limit, one order a tick; when the signal changes its sign it closes. Crossing averages are a rule tested by
    Brock, Lakonishok and LeBaron (1992, Journal of Finance 47, 1731-1764); followers of the trend beside followers of
    value are the two kinds of agents of Chiarella (1992, Annals of Operations Research 37, 101-123).

    Parameters
    ----------
    model : CascadeModel
    cash : float
        Money at the start, margin currency.
    position_limit : float
        Largest position, long or short, base units (contracts of an inverse contract).
    size : float, optional
        Largest order of a tick, same unit; a tenth of the limit if left out.
    fast, slow : float
        Time constants of the averages, seconds.
    threshold : float
        Log distance of the averages at which it starts, a fraction.
    leverage : float
        Of its orders.
    """

    def __init__(
        self,
        model: CascadeModel,
        cash: float,
        *,
        position_limit: float,
        size: float | None = None,
        fast: float = 10.0,
        slow: float = 60.0,
        threshold: float = 0.001,
        leverage: float = 5.0,
    ) -> None:
        size = position_limit / 10.0 if size is None else size
        check_positive(self, position_limit=position_limit, size=size, fast=fast, slow=slow)
        super().__init__(model, cash, leverage)
        self.position_limit = position_limit
        self.size = size
        self.threshold = threshold
        tick = model.scenario.clock.tick
        self._weights = 1.0 - math.exp(-tick / fast), 1.0 - math.exp(-tick / slow)
        self._fast = self._slow = self.mid

    def step(self) -> None:
        """Trade one order towards the position that the signal asks for."""
        self._fast += self._weights[0] * (self.mid - self._fast)
        self._slow += self._weights[1] * (self.mid - self._slow)
        if self.halted:
            return
        coming = self.position + open_quantity(self, "buy") - open_quantity(self, "sell")
        wanted = self._target(coming) - coming
        side = "buy" if wanted > 0.0 else "sell"
        quantity = min(abs(wanted), self.size, affordable(self, side, self.mark))
        if quantity > 0.0:
            (self.buy if side == "buy" else self.sell)(quantity)

    @property
    def signal(self) -> float:
        """Log distance of the fast average from the slow one."""
        return math.log(self._fast / self._slow)

    def _target(self, position: float) -> float:
        if abs(self.signal) > self.threshold:
            return math.copysign(self.position_limit, self.signal)
        return position if self.signal * position > 0.0 else 0.0
