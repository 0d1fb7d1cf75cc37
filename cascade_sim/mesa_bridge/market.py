"""What a strategy sees of the market, as it stands after the last tick."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.kernels.depth import depth_within
from cascade_sim.kernels.state import INVERSE, SHAPE_INFINITE

# Depth without a distance is the depth within this share of each touch.
NEAR = 0.01


class Depth(NamedTuple):
    """What the makers show on each side, quote notional."""

    bid: float
    ask: float


class Market:
    """Prices, depth and time of one market; strategies and the model share it.

    Parameters
    ----------
    world : World
        Read, never changed.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        # Reading a column of the one row takes a third of picking the number from the row.
        names = ("tick", "mark", "index", "bid", "ask", "last", "halted", "thinning")
        (
            self._tick, self._mark, self._index, self._bid, self._ask, self._last, self._halted, self._thinning,
        ) = (world.state[name].item for name in names)  # fmt: skip
        self.inverse = int(world.rules["contract"][0]) == INVERSE
        self.tick_s = float(world.rules["tick_s"][0])

    @property
    def tick(self) -> int:
        """Ticks that are done."""
        return self._tick()

    @property
    def time_s(self) -> float:
        """Seconds since the start."""
        return self._tick() * self.tick_s

    @property
    def mark(self) -> float:
        """Mark price, at which margin is measured, quote per base."""
        return self._mark()

    @property
    def index(self) -> float:
        """Price of the outside world, quote per base."""
        return self._index()

    @property
    def bid(self) -> float:
        """The makers' best bid, quote per base."""
        return self._bid()

    @property
    def ask(self) -> float:
        """The makers' best ask, quote per base."""
        return self._ask()

    @property
    def mid(self) -> float:
        """Middle of the makers' quotes (geometric), quote per base."""
        return math.sqrt(self._bid() * self._ask())

    @property
    def last(self) -> float:
        """Price of the last trade, quote per base."""
        return self._last()

    @property
    def halted(self) -> bool:
        """Whether the last tick was an outage or a trading halt."""
        return bool(self._halted())

    @property
    def depth_multiplier(self) -> float:
        """Share of the full depth that the makers show."""
        return 1.0 / self._thinning()

    @property
    def depth(self) -> Depth:
        """What the makers show within 1 % of each touch, quote notional."""
        return self.depth_within(NEAR)

    def depth_within(self, share: float) -> Depth:
        """Return what the makers show within a share of each touch.

        Parameters
        ----------
        share : float
            Distance from the touch as a fraction of its price.

        Returns
        -------
        Depth
            Quote notional of bids and asks; infinite for a book without end.
        """
        if int(self._world.rules["shape"][0]) == SHAPE_INFINITE:
            return Depth(math.inf, math.inf)
        state, tape = self._world.state, self._world.tape
        multiplier, found = 1.0 / state["thinning"], np.empty(2)
        for place, (side, direction) in enumerate((("bid", -1.0), ("ask", 1.0))):
            columns = state[side].copy(), state[f"distance_{side}"].copy(), multiplier
            depth_within(
                self._world.rules, tape.table_distance, tape.table_quantity, direction, share, *columns,
                found[place : place + 1],
            )  # fmt: skip
        return Depth(float(found[0]), float(found[1]))

    def unit(self, price: Any) -> Any:
        """Return ``u(p)`` of a price or of an array of prices: itself (linear) or ``-1/p`` (inverse).

        A quantity is worth ``q u`` in margin currency.
        """
        return -1.0 / price if self.inverse else price
