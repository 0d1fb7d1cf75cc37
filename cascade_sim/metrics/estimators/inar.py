"""The branching ratio from counts in bins that depend on the counts before: an integer-valued autoregression."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from cascade_sim.metrics.branching import Z_95
from cascade_sim.metrics.estimators.fano import CONSTANT
from cascade_sim.metrics.estimators.result import Estimate, nothing

METHOD = "flow, INAR"


def from_counts(counts: npt.ArrayLike, lags: int = 1) -> Estimate:
    """Estimate the sum of the coefficients of ``X_t = innovations + sum_k a_k o X_(t-k)``.

    Parameters
    ----------
    counts : array_like of float, shape (bins,)
        Liquidations in bins of equal length, which should be no longer than the delay from one liquidation to those
        that it sets off: what is set off within the same bin is not seen.
    lags : int
        Bins in which a liquidation may go on to set off others.

    Returns
    -------
    Estimate
        By conditional least squares, with an interval that allows for any variance of the errors; ``n`` is the number
        of bins that have all their lags.

    References
    ----------
    M. Kirchner, An estimation procedure for the Hawkes process, Quantitative Finance 17 (2017) 571-595.
    """
    count = np.asarray(counts, np.float64)
    n = count.size - lags
    if n <= 3 * (lags + 1) or not count.sum() > 0.0:
        return nothing(METHOD, f"fewer bins than {lags} lags need, or nothing was liquidated in them")
    past = np.column_stack([np.ones(n), *(count[lags - k : count.size - k] for k in range(1, lags + 1))])
    inverse = np.linalg.pinv(past.T @ past)
    coefficients = inverse @ (past.T @ count[lags:])
    errors = count[lags:] - past @ coefficients
    # Heteroscedasticity-consistent: the variance of a count grows with those before it.
    direction = past @ (inverse[:, 1:].sum(axis=1))
    error = math.sqrt(n / (n - lags - 1.0) * float(np.square(direction * errors).sum()))
    value = float(coefficients[1:].sum())
    return Estimate(value, value - Z_95 * error, value + Z_95 * error, float(n), METHOD, CONSTANT)
