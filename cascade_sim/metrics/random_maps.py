"""Laws of cascades on random trigger maps: how many liquidations a sale sets off, and how far the price falls.

Triggers are a Poisson process below the price, position sizes are independent, and the book is flat: each liquidation
sweeps a stretch of the price in which the next triggers lie. Read with the drop for time, that is the busy period of a
server with Poisson arrivals (M/G/1): triggers are customers, and what a position's sale sweeps is its service time.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from cascade_sim.metrics.borel import Floats, check_ratio, log_factorial_rest, scaled_log_pmf


def generalised_poisson_pmf(n: npt.ArrayLike, ratio: float, first: float) -> Floats:
    """Return the probability that a sale sets off ``n`` liquidations of equal size.

    ``P(n) = th (th + n R)^(n-1) exp(-th - n R) / n!``, for ``n = 0, 1, ...``

    Parameters
    ----------
    n : array_like of int, any shape
        Numbers of liquidations; below 0 the probability is 0.
    ratio : float
        Branching ratio ``R``: how many triggers lie on average in what one liquidation sweeps; 0 or more.
    first : float
        ``th``: how many lie on average in what the sale itself sweeps; above 0.

    Returns
    -------
    ndarray of float64, shape of n
        For ``R > 1`` the sum is below 1: the rest are cascades without end, ``1 - exp(-th x)`` with ``x`` the
        `endless_share`.

    Raises
    ------
    ValueError
        If the ratio is negative, `first` is not above 0, or one is not finite.

    Notes
    -----
    Computed as ``th exp(-th) (1 + th / (n R))^(n-1)`` times `borel_pmf`, in logarithms that cancel nothing large.

    References
    ----------
    P. C. Consul and G. C. Jain, A generalization of the Poisson distribution, Technometrics 15 (1973) 791-799.
    """
    check_ratio(ratio)
    if not 0.0 < first < math.inf:
        raise ValueError(f"first must be above 0 and finite, not {first}")
    count = np.asarray(n, dtype=np.float64)
    known = np.maximum(count, 1.0)
    if ratio == 0.0:
        logs = known * np.log(first / known) + known - first - 0.5 * np.log(2.0 * np.pi * known)
        logs -= log_factorial_rest(known)
    else:
        logs = math.log(first / ratio) - first + (known - 1.0) * np.log1p(first / (known * ratio))
        logs += scaled_log_pmf(known, ratio)
    return np.where(count >= 1.0, np.exp(logs), np.where(count == 0.0, math.exp(-first), 0.0))


def exponential_sizes_pmf(n: npt.ArrayLike, ratio: float) -> Floats:
    """Return the probability that a cascade started by one liquidation has ``n``, sizes being exponential.

    ``P(n) = C(2n-2, n-1) R^(n-1) / (n (1 + R)^(2n-1))``, for ``n = 1, 2, ...``

    Parameters
    ----------
    n : array_like of int, any shape
        Sizes of cascades; below 1 the probability is 0.
    ratio : float
        Branching ratio ``R``, 0 or more.

    Returns
    -------
    ndarray of float64, shape of n
        For ``R > 1`` the sum is ``1 / R``: the rest are cascades without end. At ``R = 1`` it falls as
        ``n^(-3/2) / (2 sqrt(pi))``.

    Raises
    ------
    ValueError
        If the ratio is negative or not finite.

    References
    ----------
    L. Takács, Introduction to the Theory of Queues, Oxford University Press, New York 1962, chapter 1: customers served
    in a busy period of an M/M/1 queue.
    """
    check_ratio(ratio)
    size = np.asarray(n, dtype=np.float64)
    if ratio == 0.0:
        return np.where(size == 1.0, 1.0, 0.0)
    # C(2m, m) = 4^m / sqrt(pi m) exp(s(2m) - 2 s(m)), and 4 R / (1 + R)^2 = 1 - ((1 - R) / (1 + R))^2.
    later = np.maximum(size - 1.0, 1.0)
    decay = math.log1p(-(((1.0 - ratio) / (1.0 + ratio)) ** 2))
    logs = later * decay + log_factorial_rest(2.0 * later) - 2.0 * log_factorial_rest(later)
    logs -= np.log(later + 1.0) + 0.5 * np.log(np.pi * later)
    return np.where(size > 1.0, np.exp(logs), np.where(size == 1.0, 1.0, 0.0)) / (1.0 + ratio)


def drop_moments(swept: float, ratio: float, relative_square: float = 1.0) -> tuple[float, float]:
    """Return mean and variance of the drop that a sale comes to, in the stretch that an average liquidation sweeps.

    ``x0 / (1 - R)`` and ``x0 R m2 / (1 - R)^3``

    Parameters
    ----------
    swept : float
        ``x0``: the drop of the sale alone, in that unit.
    ratio : float
        Branching ratio ``R``, at least 0 and below 1.
    relative_square : float
        ``m2 = E[S^2] / E[S]^2`` of the positions' sizes: 1 for equal, 2 for exponential ones.

    Raises
    ------
    ValueError
        If the ratio is not at least 0 and below 1.

    References
    ----------
    L. Takács, as above: the busy period of an M/G/1 queue that begins with the work ``x0``.
    """
    if not 0.0 <= ratio < 1.0:
        raise ValueError(f"ratio must be at least 0 and below 1, not {ratio}: the drop has no mean")
    return swept / (1.0 - ratio), swept * ratio * relative_square / (1.0 - ratio) ** 3
