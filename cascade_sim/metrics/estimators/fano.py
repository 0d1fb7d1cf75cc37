"""The branching ratio from how much counts of liquidations spread: the Fano factor."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from cascade_sim.metrics.branching import Z_95
from cascade_sim.metrics.estimators.result import Estimate, nothing

METHOD = "flow, Fano factor"
CONSTANT = "assumes that pushes from outside come at a constant rate"
_FEWEST = 5
_LARGEST = 0.9999
_HALVINGS = 60


def from_counts(counts: npt.ArrayLike, delay: float = 0.0) -> Estimate:
    """Estimate ``1 - F^(-1/2)``, with ``F`` the variance of counts in windows over their mean.

    Parameters
    ----------
    counts : array_like of float, shape (k,)
        Liquidations in windows of equal length, long beside a cascade.
    delay : float
        Mean delay from a liquidation to one that it sets off, as a fraction of a window. If it is above 0, the ratio
        whose `expected` value is the found one is given: windows cut cascades in two, and so spread too little.

    Returns
    -------
    Estimate
        With ``n`` the number of windows. Below 0 where counts spread less than those of a Poisson process.

    Notes
    -----
    For pushes at a constant rate and windows without end ``F = 1 / (1 - R)^2``. The root of a variance is low by the
    factor that is usual for normal counts, which is taken out. The interval is a jackknife of ``ln F`` over windows. A
    rate of pushes that changes spreads the counts as well, and reads as a larger ratio.

    References
    ----------
    A. G. Hawkes, Spectra of some self-exciting and mutually exciting point processes, Biometrika 58 (1971) 83-90.
    """
    count = np.asarray(counts, np.float64)
    k = count.size
    if k < _FEWEST or not count.sum() > 0.0:
        return nothing(METHOD, f"fewer than {_FEWEST} windows, or nothing was liquidated in them")
    centred = np.square(count - count.mean())
    left = (centred.sum() - k / (k - 1.0) * centred) / (k - 2.0)
    others = (count.sum() - count) / (k - 1.0)
    if not (left > 0.0).all() or not (others > 0.0).all():
        return nothing(METHOD, "all liquidations fell into one window, or all windows have the same count")
    logs = np.log(left / others)
    error = math.sqrt((k - 1.0) / k * float(np.square(logs - logs.mean()).sum()))
    log = math.log(float(count.var(ddof=1) / count.mean()))
    root = math.exp(0.5 * math.log(2.0 / (k - 1.0)) + math.lgamma(0.5 * (k - 1.0)) - math.lgamma(0.5 * (k - 2.0)))
    value, low, high = (
        _corrected(1.0 - root * math.exp(-0.5 * each), delay) for each in (log, log - Z_95 * error, log + Z_95 * error)
    )
    return Estimate(value, low, high, float(k), METHOD, CONSTANT)


def expected(ratio: float, delay: float) -> float:
    """Return what `from_counts` without a delay tends to with many windows, for offspring at exponential delays.

    ``1 - F^(-1/2)``, ``F = 1 + R (2 - R) / (1 - R)^2 (1 - (1 - exp(-k)) / k)``, ``k = (1 - R) / delay``

    Parameters
    ----------
    ratio : float
        ``R``, from 0 to below 1.
    delay : float
        Mean delay as a fraction of a window, above 0.
    """
    k = (1.0 - ratio) / delay
    whole = ratio * (2.0 - ratio) / (1.0 - ratio) ** 2
    return 1.0 - (1.0 + whole * (1.0 + math.expm1(-k) / k)) ** -0.5


def _corrected(value: float, delay: float) -> float:
    """Return the ratio whose expected value is the given one, by halving; values below 0 stay as they are."""
    if delay <= 0.0 or value <= 0.0:
        return value
    low, high = 0.0, _LARGEST
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if expected(middle, delay) < value else (low, middle)
    return high
