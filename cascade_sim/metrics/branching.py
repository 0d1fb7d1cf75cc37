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
        With Wilson's 95 % interval on the effective number ``(sum q)^2 / sum q^2``; None without liquidations.

    Notes
    -----
    In a branching process of mean ``R`` the first generation is a share ``1 - R`` of all, so the share of later
    generations estimates ``R``.
    """
    later = float(quantity[rounds > 1].sum())
    return ratio_of_sums(float(quantity.sum()), later, float(np.square(quantity).sum()))


def ratio_of_sums(total: float, later: float, squared: float) -> tuple[float, float, float] | None:
    """Return what `generation_ratio` does, from the sums of the quantities, of the later ones, and of squares."""
    if total <= 0.0:
        return None
    ratio = later / total
    effective = total * total / squared
    low, high = wilson(min(ratio, 1.0), effective)
    return ratio, low, high
