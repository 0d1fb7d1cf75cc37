"""Buys in steps as the price falls, until its capital is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cascade_sim.mesa_bridge.strategies.checks import check_positive, check_share
from cascade_sim.mesa_bridge.strategies.sizes import carried
from cascade_sim.mesa_bridge.trader import TraderAgent

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel


class DipBuyer(TraderAgent):
    """Buys a share of its capital at every step by which the price has fallen below its highest, and holds.

    Step ``n`` is at ``reference (1 - dip)^n``, the reference being the highest mid that it has seen. Once the mid is
    there it sends a limit order at the step's price, so that it never pays more than the fall that it waits for. With
    the last step the capital is spent. How far a forced sale falls is then a question of the cash that waits for it
    (cash-in-the-market pricing: Allen and Gale 1994, American Economic Review 84, 933-955).

    Parameters
    ----------
    model : CascadeModel
    cash : float
        Its capital, margin currency; a `steps`-th part is spent at each step.
    dip : float
        Fall from one step to the next, a fraction of the price.
    steps : int
        Number of steps.
    leverage : float
        Of its orders. At 1 a fall liquidates it near 0 only, on an inverse contract near half of its entry price.
    """

    def __init__(
        self, model: CascadeModel, cash: float, *, dip: float = 0.01, steps: int = 5, leverage: float = 1.0
    ) -> None:
        check_positive(self, dip=dip, steps=steps)
        check_share(self, dip=dip)
        super().__init__(model, cash, leverage)
        self.dip = dip
        self.steps = steps
        self.share = cash / steps
        self.reference = self.mid
        self.taken = 0

    def step(self) -> None:
        """Send an order for every step that the mid has come to."""
        self.reference = max(self.reference, self.mid)
        while self.taken < self.steps and self.mid <= self.next_price:
            quantity = carried(self, min(self.share, self.available), self.next_price)
            if quantity > 0.0:
                self.limit("buy", quantity, self.next_price)
            self.taken += 1

    @property
    def next_price(self) -> float:
        """Price of the next step, quote."""
        return self.reference * (1.0 - self.dip) ** (self.taken + 1)
