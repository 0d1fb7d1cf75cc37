"""One snapshot of an order book's levels, and the cumulative depth that the book's `table` shape takes.

A book's table says how much stands between the touch and a log-distance x. A snapshot says what stands at each price
p_0 (the touch), p_1, ...: whoever has eaten q_0 + ... + q_i has moved the touch to p_(i+1), so the table's rows are
(|ln p_(i+1) / p_0|, q_0 + ... + q_i). Every point at which the touch can stand is exact; in between, where the book
has steps, the table is linear. What stands at the farthest price shown only says where the book shown ends, and its
quantity is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cascade_sim.errors import DataError

Floats = npt.NDArray[np.float64]
Side = Literal["bids", "asks", "mean"]


@dataclass(frozen=True)
class Level2:
    """A snapshot of an order book.

    Attributes
    ----------
    bids, asks : ndarray of float64, shape (levels, 2)
        Rows of price and quantity from the touch outward, as recorded.
    source : str
        The file, for messages.
    """

    bids: Floats
    asks: Floats
    source: str

    @property
    def mid(self) -> float:
        """Middle between best bid and best ask (their geometric mean), in quote currency."""
        return float(np.sqrt(self.bids[0, 0] * self.asks[0, 0]))

    @property
    def half_spread(self) -> float:
        """Half of the log-distance between best bid and best ask, as ``market.book.half_spread`` takes it."""
        return float(np.log(self.asks[0, 0] / self.bids[0, 0]) / 2)

    def table(self, side: Side) -> list[tuple[float, float]]:
        """Return one side, or the mean of both, as rows of ``market.book.levels``.

        Parameters
        ----------
        side : {'bids', 'asks', 'mean'}
            The scenario's book has one table for both of its sides. ``mean``: at every distance the mean of
            the two cumulative quantities, as far as both sides are shown.

        Returns
        -------
        list of (float, float)
            Log-distance from the touch and cumulative quantity, both increasing.

        Raises
        ------
        DataError
            If the side shows one price only, so that no distance is known.
        """
        if side == "mean":
            bids, asks = self._table("bids"), self._table("asks")
            end = min(bids[-1, 0], asks[-1, 0])
            distances = np.union1d(bids[:, 0], asks[:, 0])
            distances = distances[distances <= end]
            rows = np.column_stack((distances, (_depth(bids, distances) + _depth(asks, distances)) / 2))
        else:
            rows = self._table(side)
        return [(distance, quantity) for distance, quantity in rows.tolist()]

    def _table(self, side: Literal["bids", "asks"]) -> Floats:
        levels = self.bids if side == "bids" else self.asks
        if len(levels) < 2:
            raise DataError(f"{self.source}: {side} show one price only; a table needs two or more")
        distances = np.abs(np.log(levels[1:, 0] / levels[0, 0]))
        return np.column_stack((distances, np.cumsum(levels[:-1, 1])))


def _depth(table: Floats, distances: Floats) -> Floats:
    return np.interp(distances, np.append(0.0, table[:, 0]), np.append(0.0, table[:, 1]))
