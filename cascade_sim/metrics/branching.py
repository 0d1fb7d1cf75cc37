"""The branching ratio: how much forced selling each unit of forced selling sets off."""

from __future__ import annotations

import math

import numpy as np

# 97.5 % quantile of the standard normal distribution.
Z_95 = 1.959963984540054


def wilson(share: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson's interval for a share observed on ``n`` (possibly effective, fractional) trials.

    Parameters
    ----------
    share : float
        Observed share in [0, 1].
    n : float
        Number of trials, positive.
    z : float
        Normal quantile; the default gives 95 %.

    Returns
    -------
    low, high : float

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209-212.
    """
    centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
    half = z / (1.0 + z * z / n) * math.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def poisson_score(rate: float, exposure: float, z: float = Z_95) -> tuple[float, float]:
    """Return the score interval for a Poisson rate observed on an exposure (possibly effective, fractional).

    All rates ``r`` with ``(rate - r)^2 <= z^2 r / exposure``.

    Parameters
    ----------
    rate : float
        Events counted over the exposure, 0 or more; may lie above 1.
    exposure : float
        Positive.
    z : float
        Normal quantile; the default gives 95 %.

    Returns
    -------
    low, high : float

    References
    ----------
    G. Barker, A comparison of nine confidence intervals for a Poisson parameter when the expected number of events is
    at most 5, The American Statistician 56 (2002) 85-89: the interval named after scores.
    """
    centre = rate + z * z / (2.0 * exposure)
    half = z * math.sqrt(rate / exposure + z * z / (4.0 * exposure * exposure))
    return max(0.0, centre - half), centre + half


def generation_ratio(quantity: np.ndarray, rounds: np.ndarray) -> tuple[float, float, float] | None:
    """Estimate the branching ratio from generations: later rounds' share of all forced quantity.

    Parameters
    ----------
    quantity : ndarray of float64, shape (n,)
        Forced quantity of each liquidation.
    rounds : ndarray of int, shape (n,)
        Its round: 1 was pushed by news or flow, later ones by forced selling.

    Returns
    -------
    (ratio, low, high) or None
        With a 95 % interval, `poisson_score` on the effective number ``(sum q)^2 / sum q^2``; None without
        liquidations.

    Notes
    -----
    In a branching process of mean ``R`` the first generation is a share ``1 - R`` of all, so the share of later
    generations estimates ``R``. Every liquidation is one trial: where triggers lie at random, what it sets off is a
    Poisson number of mean ``R q / E[q]``, so that ``later - R total`` is a sum of independent errors of variance
    ``R sum q^2``. It is not a binomial number on all liquidations, since they hang together in cascades: that interval
    would be too narrow by the root of ``1 - R``. The upper end may lie above 1.
    """
    later = float(quantity[rounds > 1].sum())
    return ratio_of_sums(float(quantity.sum()), later, float(np.square(quantity).sum()))


def ratio_of_sums(total: float, later: float, squared: float) -> tuple[float, float, float] | None:
    """Return what `generation_ratio` does, from the sums of the quantities, of the later ones, and of squares."""
    if total <= 0.0:
        return None
    ratio = later / total
    low, high = poisson_score(ratio, total * total / squared)
    return ratio, low, high
