"""What a sale would meet on its way down: the makers' depth, and who is liquidated by when."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cascade_sim.mesa_bridge.trader import TraderAgent


class Ladder(NamedTuple):
    """Rungs below the bid, arrays of shape (n,).

    Attributes
    ----------
    price : quote.
    depth : quantity that has to be sold to bring the bid down to the rung.
    proceeds : what that sale is worth, the integral of ``u dq``, margin currency.
    forced : quantity of the crowd that is liquidated once the bid is there.
    """

    price: np.ndarray
    depth: np.ndarray
    proceeds: np.ndarray
    forced: np.ndarray


def ladder_below(trader: TraderAgent, distances: np.ndarray) -> Ladder:
    """Return what stands at log-distances below the bid; exact for a book of constant density.

    Cost: two calls a rung and one pass over the positions within reach.
    """
    price = trader.bid * np.exp(-distances)
    notional = np.diff([trader.market.depth_within(1.0 - p / trader.bid).bid for p in price], prepend=0.0)
    above = np.concatenate([[trader.bid], price[:-1]])
    mean = (above - price) / np.log(above / price)
    quantity = notional if trader.market.inverse else notional / mean
    proceeds = np.cumsum(quantity * trader.market.unit(mean))
    return Ladder(price, np.cumsum(quantity), proceeds, _liquidated(trader, price))


def _liquidated(trader: TraderAgent, price: np.ndarray) -> np.ndarray:
    kind = trader.model.scenario.market.mark.kind
    mark = {"last": price, "mid": np.sqrt(price * trader.ask)}.get(kind)
    if mark is None:  # an index does not follow a sale here
        return np.zeros(price.size)
    # From rung to rung, so that nobody is counted twice.
    highest = np.minimum(np.nextafter(np.concatenate([[math.inf], mark[:-1]]), 0.0), trader.mark)
    between = trader.model.crowd.liquidatable_between
    return np.cumsum([between(float(low), float(high)) for low, high in zip(mark, highest, strict=True)])
