"""The Borel law: how large a cascade is that one liquidation started, when each sets off ``R`` more on average."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Stirling's series for ln n!, 1/(12 n) - 1/(360 n^3) + ..., is exact to 1e-16 from here on.
_STIRLING_FROM = 16
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
# exp of minus that series, in powers of 1/n.
_RECIPROCAL = (1.0, -1 / 12, 1 / 288, 139 / 51840, -571 / 2488320)
# Below this decay per unit of size the tail is an integral, above it a sum of at most 80,000 terms.
_SLOW = 0.01
_SUMMED_UP_TO = 1000
_ASYMPTOTIC_FROM = 40.0
_SMALLEST_LOG = 745.0


def borel_pmf(n: npt.ArrayLike, ratio: float) -> Floats:
    """Return the probability that a cascade started by one liquidation has ``n`` in all.

    ``P(n) = exp(-R n) (R n)^(n-1) / n!``, for ``n = 1, 2, ...``

    Parameters
    ----------
    n : array_like of int, any shape
        Sizes; below 1 the probability is 0.
    ratio : float
        Branching ratio ``R``: how many each liquidation sets off on average, Poisson distributed; 0 or more.

    Returns
    -------
    ndarray of float64, shape of n
        With a relative error below 1e-14 times ``1 - ln P``. For ``R > 1`` the sum is below 1: the rest are cascades
        without end.

    Raises
    ------
    ValueError
        If the ratio is negative or not finite.

    Notes
    -----
    Computed as ``exp(-a n - s(n)) / (R n sqrt(2 pi n))`` with ``a = R - 1 - ln R`` and Stirling's series ``s(n)``, in
    which no large numbers cancel.

    References
    ----------
    E. Borel, Sur l'emploi du théorème de Bernoulli pour faciliter le calcul d'une infinité de coefficients, Comptes
    Rendus 214 (1942) 452-456.
    """
    check_ratio(ratio)
    size = np.asarray(n, dtype=np.float64)
    if ratio == 0.0:
        return np.where(size == 1.0, 1.0, 0.0)
    return np.where(size >= 1.0, np.exp(scaled_log_pmf(np.maximum(size, 1.0), ratio)) / ratio, 0.0)


def scaled_log_pmf(size: Floats, ratio: float) -> Floats:
    """Return ``ln(R P(n))`` of `borel_pmf`, for sizes of at least 1 and a ratio above 0."""
    return np.asarray(
        -_decay(ratio) * size - log_factorial_rest(size) - 0.5 * np.log(2.0 * np.pi * size) - np.log(size)
    )


def borel_survival(n: npt.ArrayLike, ratio: float) -> Floats:
    """Return the probability that a cascade started by one liquidation has at least ``n`` in all.

    Parameters
    ----------
    n : array_like of int, any shape
        Sizes.
    ratio : float
        Branching ratio ``R``, 0 or more. Above 1 the cascades without end are counted in: the result tends to their
        probability instead of to 0.

    Returns
    -------
    ndarray of float64, shape of n
        With a relative error below 1e-11 for all sizes up to 1e12, as long as the result is above 1e-290.

    Raises
    ------
    ValueError
        If the ratio is negative or not finite.

    Notes
    -----
    Sums run from the far end, so that a small tail is not the difference of large numbers. Where the law falls slowly,
    the tail beyond ``n >= 1000`` is its integral with Euler and Maclaurin's corrections; its leading term is
    ``erfc``. At ``R = 1`` it tends to ``sqrt(2 / (pi n))``.
    """
    check_ratio(ratio)
    size = np.maximum(np.ceil(np.asarray(n, dtype=np.float64)), 1.0)
    if ratio == 0.0:
        return np.where(size <= 1.0, 1.0, 0.0)
    endless = endless_share(ratio)
    decay = _decay(ratio)
    if decay >= _SLOW:
        last = math.ceil((_SMALLEST_LOG + 45.0) / decay)
        beyond = 0.0
    else:
        last = _SUMMED_UP_TO - 1
        beyond = float(_tail(np.array([float(_SUMMED_UP_TO)]), ratio)[0])
    terms = borel_pmf(np.arange(1, last + 1), ratio)
    sums = np.append(np.cumsum(np.append(beyond, terms[::-1]))[::-1], 0.0)
    near = size <= last + 1
    finite = sums[np.where(near, size, 1.0).astype(np.int64) - 1]
    far = np.zeros(size.shape)
    if decay < _SLOW and not near.all():
        far[~near] = _tail(size[~near], ratio)
    return np.where(size <= 1.0, 1.0, endless + np.where(near, finite, far))


def endless_share(ratio: float) -> float:
    """Return the share of cascades that never end: the largest root of ``x = 1 - exp(-R x)``, 0 for ``R <= 1``."""
    if ratio <= 1.0:
        return 0.0
    share = 1.0
    for _ in range(200):
        step = (share + math.expm1(-ratio * share)) / (1.0 - ratio * math.exp(-ratio * share))
        share -= step
        if abs(step) <= 1e-16 * share:
            break
    return share


def borel_ratio(sizes: npt.ArrayLike) -> tuple[float, float]:
    """Return the maximum likelihood estimate of the branching ratio from cascade sizes, and its standard error.

    ``R = 1 - 1 / mean(n)``; the error is ``sqrt(R (1 - R) / number of cascades)``, as the law's variance is
    ``R / (1 - R)^3``.

    Parameters
    ----------
    sizes : array_like of int, shape (k,)
        Liquidations of each cascade, at least one each.

    Raises
    ------
    ValueError
        If there are none, or one is below 1.
    """
    size = np.asarray(sizes, dtype=np.float64)
    if not size.size or not (size >= 1.0).all():
        raise ValueError("sizes must be counts of at least one, and there must be some")
    ratio = 1.0 - 1.0 / float(size.mean())
    return ratio, math.sqrt(ratio * (1.0 - ratio) / size.size)


def check_ratio(ratio: float) -> None:
    """Refuse a branching ratio that is negative or not finite."""
    if not 0.0 <= ratio < math.inf:
        raise ValueError(f"ratio must be 0 or more and finite, not {ratio}")


def _decay(ratio: float) -> float:
    """``R - 1 - ln R``, by which the law falls per unit of size; accurate near R = 1."""
    return (ratio - 1.0) - math.log1p(ratio - 1.0) if ratio > 0.5 else ratio - 1.0 - math.log(ratio)


def log_factorial_rest(n: Floats) -> Floats:
    """Return ``ln n! - (n ln n - n + ln(2 pi n) / 2)``, by Stirling's series; ``n`` at least 1."""
    inverse = 1.0 / n
    square = inverse * inverse
    series = np.zeros(n.shape)
    for coefficient in reversed(_STIRLING):
        series = coefficient + square * series
    series *= inverse
    small = n < _STIRLING_FROM
    if small.any():
        series = series.copy()
        exact = [math.lgamma(k + 1.0) - (k * math.log(k) - k + 0.5 * math.log(2.0 * math.pi * k)) for k in n[small]]
        series[small] = exact
    return np.asarray(series)


def _tail(n: Floats, ratio: float) -> Floats:
    """Sum the law from ``n >= 1000`` to infinity where it falls slowly.

    With ``x = n / u^2`` the integral is ``2 C / sqrt(n)`` times ``sum_j c_j n^-j I_j``; ``C = 1 / (R sqrt(2 pi))``, and
    ``I_j`` is the integral of ``u^(2j) exp(-b / u^2)`` over [0, 1], ``b = a n``. ``I_0`` is known and
    ``(2j + 1) I_j = exp(-b) - 2 b I_(j-1)``.
    """
    decay = _decay(ratio)
    b = decay * n
    integral = _leading(b)
    series = np.zeros(n.shape)
    for power, coefficient in enumerate(_RECIPROCAL):
        series += coefficient * integral / n**power
        integral = (np.exp(-b) - 2.0 * b * integral) / (2 * power + 3)
    whole = 2.0 / (ratio * np.sqrt(2.0 * np.pi * n)) * series
    slope = decay + 1.5 / n - 1.0 / (12.0 * n * n)
    bend, turn = -1.5 / n**2, 3.0 / n**3
    third = -(slope**3) + 3.0 * slope * bend - turn
    return np.asarray(whole + borel_pmf(n, ratio) * (0.5 + slope / 12.0 + third / 720.0))


def _leading(b: Floats) -> Floats:
    """``I_0 = exp(-b) - sqrt(pi b) erfc(sqrt b)``; for large ``b`` its asymptotic series."""
    erfc = np.array([math.erfc(math.sqrt(each)) for each in b])
    plain = np.exp(-b) - np.sqrt(np.pi * b) * erfc
    large = np.maximum(b, _ASYMPTOTIC_FROM)
    term, series = np.ones(b.shape), np.zeros(b.shape)
    for power in range(1, 30):
        term = -term * (2 * power - 1) / (2.0 * large)
        series -= term
    return np.where(b < _ASYMPTOTIC_FROM, plain, np.exp(-b) * series)
