"""The branching ratio from generations: the share of what forced selling itself has set off."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from cascade_sim.metrics.branching import Z_95, generation_ratio, poisson_score
from cascade_sim.metrics.estimators.result import Estimate, nothing

METHOD = "generation"
BY_CLUSTERS = "generation, by clusters"
NOBODY = "nothing was liquidated"
# From this bias on, the note names it.
_MENTIONED = 0.005


def from_rounds(quantity: npt.ArrayLike, rounds: npt.ArrayLike) -> Estimate:
    """Estimate from the round of every liquidation.

    ``R = sum of q in rounds 2 and later / sum of q``

    Parameters
    ----------
    quantity : array_like of float, shape (n,)
        Forced quantities.
    rounds : array_like of int, shape (n,)
        1: pushed from outside; later ones: by the round before.

    Returns
    -------
    Estimate
        With the interval of `cascade_sim.metrics.branching.generation_ratio`; ``n`` is ``(sum q)^2 / sum q^2``.

    Notes
    -----
    The expected value is ``R m / (m + 1)`` with ``m`` liquidations of equal size in round 1, exactly: ``(1 + 1/m)``
    times the share is unbiased under the law of Borel and Tanner. The share itself is kept, being the maximum
    likelihood estimate and below 1; the note names the bias where it is larger than 0.005. For unequal sizes ``m`` is
    the first round's quantity over ``sum q^2 / sum q``.
    """
    size, number = np.asarray(quantity, np.float64), np.asarray(rounds)
    found = generation_ratio(size, number)
    if found is None:
        return nothing(METHOD, NOBODY)
    total, squared = float(size.sum()), float(np.square(size).sum())
    roots = float(size[number <= 1].sum()) * total / squared
    return Estimate(*found, total * total / squared, METHOD, _bias_in_words(found[0], roots))


def from_sizes(sizes: npt.ArrayLike) -> Estimate:
    """Estimate from the sizes of clusters that one liquidation each has started: ``1 - 1 / mean``.

    Parameters
    ----------
    sizes : array_like of int, shape (k,)
        Liquidations of each cluster, at least 1.

    Returns
    -------
    Estimate
        As `from_rounds` with one liquidation in round 1 for every cluster.
    """
    size = np.asarray(sizes, np.float64)
    if not size.size:
        return nothing(METHOD, NOBODY)
    total = float(size.sum())
    ratio = 1.0 - size.size / total
    return Estimate(ratio, *poisson_score(ratio, total), total, METHOD, _bias_in_words(ratio, size.size))


def by_clusters(quantity: npt.ArrayLike, rounds: npt.ArrayLike, cluster: npt.ArrayLike) -> Estimate:
    """Estimate as `from_rounds`, with an interval that takes clusters, and nothing else, to be independent.

    Parameters
    ----------
    quantity, rounds : array_like, shape (n,)
        As in `from_rounds`.
    cluster : array_like of int, shape (n,)
        To which cluster each belongs, such as the tick in which it fired.

    Returns
    -------
    Estimate
        ``n`` is the number of clusters; without an interval where there is only one.

    Notes
    -----
    Clusters are renewal units: with later quantity ``L_u`` of ``T_u`` in all, the errors ``L_u - R T_u`` have mean 0,
    and the delta method gives the ratio's variance as ``k / (k - 1) sum (L_u - R T_u)^2 / (sum T_u)^2``. It holds where
    offspring are not Poisson, as on lattices or in crowded places of a map, and needs some hundred clusters.
    """
    size, number = np.asarray(quantity, np.float64), np.asarray(rounds)
    if not size.size or size.sum() <= 0.0:
        return nothing(BY_CLUSTERS, NOBODY)
    _, place = np.unique(np.asarray(cluster), return_inverse=True)
    total = np.bincount(place, weights=size)
    later = np.bincount(place, weights=np.where(number > 1, size, 0.0))
    count, ratio = total.size, float(later.sum() / total.sum())
    if count == 1:
        return Estimate(
            ratio, None, None, 1.0, BY_CLUSTERS, "one cluster alone does not say how far the next would differ"
        )
    error = math.sqrt(count / (count - 1.0) * float(np.square(later - ratio * total).sum())) / float(total.sum())
    return Estimate(ratio, max(0.0, ratio - Z_95 * error), ratio + Z_95 * error, float(count), BY_CLUSTERS)


def _bias_in_words(ratio: float, roots: float) -> str:
    bias = ratio / (roots + 1.0)
    return f"{roots:.3g} in round 1, so low by about {bias:.2g}" if bias > _MENTIONED else ""
