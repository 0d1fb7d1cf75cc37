"""Bars that leap away from both bars beside them and are back at once: misprints more often than trades.

A bar is a spike if its highest price lies more than a log-distance above the highest of the bar before it and of the
bar after it, or its lowest as much below their lowest. A crash is none, however fast: the bar after it stays low, or
the fall reaches into the bar before it. A spike two bars wide is not found, and the first and last bar are not judged.
In the recorded bars of March 2020, May 2021, October 2024 and October 2025 (1 minute to 1 hour, BTC and ETH) the
largest such distance is 10.5 %; the ordinary limit is twice that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spikes:
    """Where bars leap away, and how far.

    Attributes
    ----------
    where : ndarray of bool, shape (bars,)
    price, reach, excess : ndarray of float64, shape (bars,)
        The bar's far price, the far price of the two bars beside it, and the log-distance between them (positive
        upward); of the direction in which the distance is larger.
    top, bottom : ndarray of float64, shape (bars,)
        Highest and lowest price of the two bars beside each; infinite where one is not known.
    """

    where: npt.NDArray[np.bool_]
    price: Floats
    reach: Floats
    excess: Floats
    top: Floats
    bottom: Floats


def spikes(prices: dict[str, Floats], limit: float) -> Spikes:
    """Find spikes.

    Parameters
    ----------
    prices : dict of str to ndarray of float64, shape (bars,)
        Columns of prices of bars in order; NaN where one is not to be looked at.
    limit : float
        Log-distance beyond both bars beside it, at which a bar is a spike.
    """
    every = np.array(list(prices.values()))
    high, low = np.asarray(np.fmax.reduce(every)), np.asarray(np.fmin.reduce(every))
    top, bottom = np.full(high.size, np.inf), np.full(high.size, -np.inf)
    top[1:-1] = np.maximum(high[:-2], high[2:])
    bottom[1:-1] = np.minimum(low[:-2], low[2:])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        up = np.nan_to_num(np.log(high / top), nan=-np.inf)
        down = np.nan_to_num(np.log(np.maximum(bottom, 0.0) / low), nan=-np.inf)
    rising = up >= down
    return Spikes(
        where=np.maximum(up, down) > limit,
        price=np.where(rising, high, low),
        reach=np.where(rising, top, bottom),
        excess=np.where(rising, up, -down),
        top=top,
        bottom=bottom,
    )


def clipped(prices: dict[str, Floats], found: Spikes) -> dict[str, Floats]:
    """Return the prices with every spike cut to the range of the two bars beside it."""
    return {
        name: np.where(found.where, np.clip(values, found.bottom, found.top), values) for name, values in prices.items()
    }
