"""How sure a figure is: bootstrap intervals of means, order-statistic intervals of quantiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from cascade_sim.metrics.branching import wilson
from cascade_sim.streams import stream

# From so many runs on the percentile interval is used: bias and skewness are lost beside its width, and BCa's
# jackknife costs the square of the number of runs.
PLAIN_FROM = 500
# Numbers that one call of the bootstrap may hold at once; 32 MB.
_AT_ONCE = 4_000_000
# An expanded level stays below 1: what two or three runs would need, no resample has.
_WIDEST = 1.0 - 1e-9


def bootstrap_means(
    samples: np.ndarray, level: float = 0.95, resamples: int = 2_000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return bootstrap intervals for the mean of every row.

    Parameters
    ----------
    samples : ndarray of float64, shape (rows, n)
        Finite; a row is a sample of independent runs. Its order does not matter.
    level : float
        Confidence level in (0, 1).
    resamples : int
        Resamples drawn; the same for every row, from the named stream ``sweeps.bootstrap`` of the seed.
    seed : int

    Returns
    -------
    low, high : ndarray of float64, shape (rows,)
        NaN where there is one run only, which says nothing about the next;
        the value itself where all are equal.

    Notes
    -----
    Bias-corrected and accelerated (BCa) below 500 runs, percentile from there on, and for few runs at a high level.
    Read at a level expanded for the number of runs, as Student's t does it for the normal interval; without it the
    intervals of few runs cover too seldom. A bootstrap sees no value that did not occur: where a rare run carries the
    mean it is too narrow all the same.

    References
    ----------
    B. Efron, Better bootstrap confidence intervals, JASA 82 (1987) 171-185.
    T. C. Hesterberg, What teachers should know about the bootstrap, The American Statistician 69 (2015) 371-386.
    """
    samples = np.sort(np.atleast_2d(np.asarray(samples, dtype=np.float64)), axis=1)
    rows, n = samples.shape
    low, high = np.full(rows, np.nan), np.full(rows, np.nan)
    if n < 2:
        return low, high
    least = samples[:, 0]
    width = samples[:, -1] - least
    low[width == 0.0] = high[width == 0.0] = least[width == 0.0]
    uneven = np.flatnonzero(width > 0.0)
    # Resamples of all rows share their places, so a row's interval depends on its own values only.
    step = max(1, _AT_ONCE // (n * min(resamples, max(n, 1_000))))
    for begin in range(0, uneven.size, step):
        part = uneven[begin : begin + step]
        # Scaled to [0, 1], so that tiny or huge units cannot under- or overflow in the third moments of BCa.
        scaled = (samples[part] - least[part, None]) / width[part, None]
        lows, highs = _bootstrapped(
            scaled,
            lambda drawn: drawn.mean(axis=-1),
            expanded_level(level, n),
            resamples,
            seed,
            _method(level, n),
        )
        low[part], high[part] = least[part] + width[part] * lows, least[part] + width[part] * highs
    return low, high


@lru_cache(maxsize=1_000)
def expanded_level(level: float, n: int) -> float:
    """Return the level at which to read a bootstrap of ``n`` values so that it covers ``level`` of normal samples."""
    from scipy.stats import norm

    return float(min(2.0 * norm.cdf(_expanded_quantile(level, n)) - 1.0, _WIDEST))


def _expanded_quantile(level: float, n: int) -> float:
    from scipy.stats import t

    return float(np.sqrt(n / (n - 1.0)) * t.ppf(0.5 + level / 2.0, n - 1))


def _method(level: float, n: int) -> str:
    """Return which bootstrap to take; BCa's ends fold over where acceleration times quantile comes near 1."""
    # A sample's skewness is at most (n - 2) / sqrt(n - 1), its acceleration the skewness over 6 sqrt(n).
    acceleration = (n - 2.0) / (6.0 * np.sqrt(n * (n - 1.0)))
    return "BCa" if n < PLAIN_FROM and acceleration * _expanded_quantile(level, n) < 0.5 else "percentile"


def bootstrapped_tail(
    samples: np.ndarray, figure: Callable[[np.ndarray], np.ndarray], level: float, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return percentile-bootstrap intervals of any figure of every row.

    Parameters
    ----------
    samples : ndarray of float64, shape (rows, n)
    figure : callable
        Takes an array of shape (..., n), returns one of shape (...).
    level, resamples, seed
        As for `bootstrap_means`.

    Returns
    -------
    low, high : ndarray of float64, shape (rows,)
    """
    ends = [_bootstrapped(row[None, :], figure, level, resamples, seed, "percentile") for row in samples]
    low, high = np.asarray(ends, dtype=np.float64).reshape(-1, 2).T
    return low, high


def _bootstrapped(
    samples: np.ndarray,
    figure: Callable[[np.ndarray], np.ndarray],
    level: float,
    resamples: int,
    seed: int,
    method: str,
) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import bootstrap

    found = bootstrap(
        (samples,),
        lambda drawn, axis: figure(drawn),
        axis=-1,
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, _AT_ONCE // samples.size),
        confidence_level=level,
        method=method,
        rng=stream(seed, "sweeps.bootstrap"),
    ).confidence_interval
    return found.low, found.high


def wilson_shares(hits: np.ndarray, trials: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's intervals for many shares at once; NaN where nothing was tried.

    Parameters
    ----------
    hits, trials : ndarray of int, shape (n,)
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    low, high : ndarray of float64, shape (n,)
    """
    z = normal_quantile(level)
    pairs = zip(np.asarray(hits).tolist(), np.asarray(trials).tolist(), strict=True)
    ends = [wilson(k / n, n, z) if n > 0 else (np.nan, np.nan) for k, n in pairs]
    low, high = np.asarray(ends, dtype=np.float64).reshape(-1, 2).T
    return low, high


@lru_cache
def normal_quantile(level: float) -> float:
    """Return ``z`` such that a standard normal lies within ``-z .. z`` with probability ``level``."""
    from scipy.stats import norm

    return float(norm.ppf(0.5 + level / 2.0))


@lru_cache(maxsize=10_000)
def quantile_ranks(n: int, share: float, level: float = 0.95) -> tuple[int | None, int | None]:
    """Return the ranks of the two values of a sorted sample that enclose a quantile, whatever the distribution.

    Parameters
    ----------
    n : int
        Independent runs.
    share : float
        The quantile, in (0, 1).
    level : float
        Confidence level; each side is missed with probability at most ``(1 - level) / 2``.

    Returns
    -------
    low, high : int or None
        One-based ranks; None where no value of the sample can bound that side.

    References
    ----------
    W. R. Thompson, On confidence ranges for the median, Annals of Mathematical Statistics 7 (1936) 122-128.
    """
    from scipy.stats import binom

    if n < 1:
        return None, None
    tail = (1.0 - level) / 2.0
    low, high = int(binom.ppf(tail, n, share)), int(binom.ppf(1.0 - tail, n, share)) + 1
    return low if low >= 1 else None, high if high <= n else None


def runs_needed(share: float, level: float = 0.95) -> int:
    """Return how many runs it takes until both ends of a quantile's interval exist.

    Parameters
    ----------
    share : float
        The quantile, in (0, 1): 0.95 needs 72 runs at a level of 95 %, 0.99 needs 368.
    level : float
        Confidence level in (0, 1).
    """
    outer = max(share, 1.0 - share)
    return int(np.ceil(np.log((1.0 - level) / 2.0) / np.log(outer) - 1e-9))
