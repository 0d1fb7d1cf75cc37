"""Pushes the price into a cluster of liquidations and buys from those who are sold out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cascade_sim.mesa_bridge.strategies.checks import check_positive
from cascade_sim.mesa_bridge.strategies.ladder import ladder_below
from cascade_sim.mesa_bridge.strategies.sizes import affordable
from cascade_sim.mesa_bridge.trader import TraderAgent

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel

# Clusters stand at round distances; a push that ends a hair beyond one does not miss it by a rounding.
HAIR = 1e-6


class Push(NamedTuple):
    """What to sell (base units or contracts), where to bid for it (quote), what that brings (margin currency)."""

    quantity: float
    price: float
    gain: float


class LiquidationHunter(TraderAgent):
    """Sells into the longs' liquidation map where their forced selling is worth more than the push costs.

    It looks down a ladder of prices. To bring the bid to rung ``k`` it has to sell the depth ``B_k`` above it; longs of
    quantity ``L_j`` are liquidated by rung ``j``. From rung to rung the chain runs on while ``B_k + L_{i-1} >= B_i``;
    at its end ``B_k + L_j - B_j`` of forced selling meets a bid that waits. So it weighs every pair: sell ``B_k`` at
    the market, bid for as much at rung ``j``; what the bid will miss is counted as bought at today's ask. The best
    pair is sent, if it gains enough. Trading that pays by setting off others' forced sales is the predatory trading of
    Brunnermeier and Pedersen (2005, Journal of Finance 60, 1825-1863); the chain is that of docs/model.md.

    It reckons with a mark that follows the trades (`last`, `mid`) and with liquidation at once; under an index mark it
    finds nothing to hunt. It foresees neither other strategies' orders nor a venue that deleverages because its fund
    runs dry: then less is sold than it counts on, and the hunt may lose.

    Parameters
    ----------
    model : CascadeModel
    cash : float
        Money at the start, margin currency.
    reach : float
        How far below the bid it looks, a log fraction.
    rung : float
        Step of the ladder, a log fraction.
    worth : float
        Gain from which on it pushes, a share of the notional that it sells.
    every : float
        Seconds between two looks at the map.
    patience : float
        Seconds after which it gives up its bid and buys back at the market what it is still short of.
    leverage : float
        Of its orders.
    """

    def __init__(
        self,
        model: CascadeModel,
        cash: float,
        *,
        reach: float = 0.1,
        rung: float = 0.001,
        worth: float = 0.001,
        every: float = 60.0,
        patience: float = 10.0,
        leverage: float = 10.0,
    ) -> None:
        check_positive(self, reach=reach, rung=rung, every=every, patience=patience)
        super().__init__(model, cash, leverage)
        self.rungs = rung * np.arange(1, round(reach / rung) + 1) * (1.0 + HAIR)
        self.worth = worth
        self.every = every
        self.patience = patience
        self._look_at = self._give_up_at = self.time_s

    def step(self) -> None:
        """Look for a push now and then; once it was made, wait for the bid, and give up in the end."""
        if self.halted:
            return
        if self.position == 0.0 and not self.open_orders:
            if self.time_s >= self._look_at and self.available > 0.0:
                self._look_at = self.time_s + self.every
                self._hunt()
        elif self.time_s >= self._give_up_at:
            # One after the other: a bid may be filled until its cancellation has arrived.
            self.cancel() if self.open_orders else self.close()

    def _hunt(self) -> None:
        push = self.best_push()
        if push is not None:
            self._give_up_at = self.time_s + self.patience
            self.sell(push.quantity)
            self.limit("buy", push.quantity, push.price)

    def best_push(self) -> Push | None:
        """Return the pair of push and bid that gains most within its means, or None where none is worth it."""
        if math.isinf(self.market.depth.bid):  # nothing moves a book without impact
            return None
        price, depth, proceeds, forced = ladder_below(self, self.rungs)
        sold = depth[:, np.newaxis]
        rung = np.arange(price.size)
        below = rung > rung[:, np.newaxis]
        # A rung is reached by what is sold above it: the push, and those who are liquidated before it.
        falls = sold + np.concatenate([[0.0], forced[:-1]]) >= depth
        reached = np.logical_and.accumulate(falls | ~below, axis=1) & (rung >= rung[:, np.newaxis])
        bought = np.minimum(sold + forced - depth, sold)
        late = self.market.unit(self.ask) * (sold - bought)
        fees = self.model.scenario.exchange.fees.taker * (abs(proceeds)[:, np.newaxis] + abs(late))
        gain = proceeds[:, np.newaxis] - self.market.unit(price) * bought - late - fees
        # Both orders are margined when they are sent, for the venue cannot know that one will close the other.
        means = 1.0 / (1.0 / affordable(self, "sell", self.mark) + 1.0 / affordable(self, "buy", price))
        book_ends = np.diff(depth, prepend=0.0)[:, np.newaxis] <= 0.0
        gain[~reached | (sold > means) | book_ends] = -math.inf
        push, bid = np.unravel_index(np.argmax(gain), gain.shape)
        if not gain[push, bid] > self.worth * abs(proceeds[push]):
            return None
        return Push(float(depth[push]), float(price[bid]), float(gain[push, bid]))
