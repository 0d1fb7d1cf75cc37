"""Trigger maps written directly: at which log-distance from the start price a cohort is liquidated."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats
from cascade_sim.crowd.normal import normal_quantile

Quantile = Callable[[Floats], Floats]


def map_quantile(liquidation: Any, traders: int) -> Quantile:
    """Return the quantile function of a map: from shares of its mass to log-distances.

    Parameters
    ----------
    liquidation : a map of `cascade_sim.scenario`
        ``uniform``: ``from + (to - from) v``; ``exponential``: ``from - scale ln(1 - v)``; ``gaussian``:
        ``at + width Phi^-1(v)``, conditioned on lying beyond the start price; ``points``: each point for its
        share of the mass.
    traders : int
        How many triggers will be placed. Evenly placed Gaussian triggers follow the plain quantiles as long
        as all of those lie beyond the start price, that is, as long as the mass on the wrong side is less
        than a trader's.

    Returns
    -------
    callable
        From shares in (0, 1) to log-distances, ndarray of float64 of one shape.
    """
    if liquidation.kind == "uniform":
        return lambda share: liquidation.from_ + (liquidation.to - liquidation.from_) * share
    if liquidation.kind == "exponential":
        return lambda share: liquidation.from_ - liquidation.scale * np.log1p(-share)
    if liquidation.kind == "points":
        points, edges = np.array(liquidation.at), np.cumsum(point_weights(liquidation))[:-1]
        return lambda share: points[np.searchsorted(edges, share, side="right")]
    wrong = 0.5 * math.erfc(liquidation.at / liquidation.width / math.sqrt(2.0))
    if liquidation.placed == "even" and wrong * traders < liquidation.offset:
        wrong = 0.0
    return lambda share: liquidation.at + liquidation.width * normal_quantile(wrong + (1.0 - wrong) * share)


def point_weights(liquidation: Any) -> Floats:
    """Return the points' shares of the open interest, which sum to 1."""
    weights = np.array(liquidation.weights or [1.0] * len(liquidation.at), dtype=np.float64)
    return weights / weights.sum()


def traders_per_point(weights: Floats, traders: int) -> npt.NDArray[np.int64]:
    """Return how many traders stand at each point: in proportion to the weights, at least one each.

    Parameters
    ----------
    weights : ndarray of float64, shape (points,)
        Shares that sum to 1.
    traders : int
        Not less than the number of points.

    Notes
    -----
    Largest remainders. Where the shares are not whole numbers of traders, sizes make up for it.
    """
    spare = traders - weights.size
    wanted = np.maximum(weights * traders - 1.0, 0.0)
    wanted *= spare / wanted.sum() if wanted.sum() > 0 else 0.0
    counts = np.floor(wanted + 1e-9).astype(np.int64)
    order = np.argsort(-(wanted - counts), kind="stable")
    counts[order[: spare - int(counts.sum())]] += 1
    return counts + 1
