"""Making long recordings small before they are drawn, without losing a peak."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def thin(x: ArrayLike, y: ArrayLike, buckets: int = 1500) -> tuple[Floats, Floats]:
    """Reduce a line to what a screen can show: the lowest and the highest point of each bucket.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        The line's points in drawing order; ``y`` may hold NaN, which breaks the line.
    buckets : int
        How many runs of neighbouring points to summarise.

    Returns
    -------
    x, y : ndarray, shape (m,)
        The points themselves when there are at most ``2 * buckets`` of them; otherwise two per bucket, plus
        the first and the last of all, so m <= 2 * buckets + 2. Every extreme of ``y`` is among them. A bucket
        of NaN stays NaN.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    count = y.size
    if count <= 2 * buckets:
        return x, y
    size = -(-count // buckets)
    padded = np.full(-(-count // size) * size, np.nan)
    padded[:count] = y
    rows = padded.reshape(-1, size)
    missing = np.isnan(rows)
    lowest = np.argmin(np.where(missing, np.inf, rows), axis=1)
    highest = np.argmax(np.where(missing, -np.inf, rows), axis=1)
    first = np.arange(rows.shape[0]) * size
    kept = np.sort(np.stack([first + lowest, first + highest], axis=1), axis=1).ravel()
    kept = np.concatenate([[0], np.minimum(kept, count - 1), [count - 1]])
    return x[kept], y[kept]


class Envelope(NamedTuple):
    """A noisy line summed up: at each place its lowest, mean and highest value, each of shape (m,)."""

    x: Floats
    low: Floats
    mean: Floats
    high: Floats


def envelope(x: ArrayLike, y: ArrayLike, buckets: int = 400) -> Envelope:
    """Sum a noisy line up by runs of neighbouring points, for a line inside a band.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        The line's points; NaN in ``y`` is passed over.
    buckets : int
        Most places wanted. A line of at most twice as many points is returned as it is, three times.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if y.size <= 2 * buckets:
        return Envelope(x, y, y, y)
    size = -(-y.size // buckets)
    first = np.arange(0, y.size, size)
    known = np.isfinite(y)
    count = np.add.reduceat(known.astype(np.float64), first)
    total = np.add.reduceat(np.where(known, y, 0.0), first)
    mean = np.divide(total, count, out=np.full(count.size, np.nan), where=count > 0)
    low, high = np.fmin.reduceat(y, first), np.fmax.reduceat(y, first)
    last = np.append(first[1:], y.size) - 1
    places = 0.5 * (x[first] + x[last])
    places[0], places[-1] = x[0], x[-1]
    return Envelope(places, low, mean, high)


def sum_by_bar(moments: NDArray[np.int64], amounts: ArrayLike, length: int, bars: int, origin: int) -> Floats:
    """Add amounts up by bars of time.

    Parameters
    ----------
    moments : ndarray of int64, shape (n,)
        When each row ended, ns since 1970. A row that ends on a bar's edge belongs to the bar that ends
        there.
    amounts : array_like, shape (n,)
        What to add; NaN counts as nothing.
    length : int
        Length of a bar, ns.
    bars : int
        Number of bars; rows outside them are an error of the caller.
    origin : int
        Where the first bar starts, ns since 1970.

    Returns
    -------
    ndarray, shape (bars,)
    """
    bar = -((origin - moments) // length) - 1
    known = np.nan_to_num(np.asarray(amounts, dtype=np.float64))
    return np.bincount(bar, weights=known, minlength=bars).astype(np.float64)


def weighted_edge(values: ArrayLike, weights: ArrayLike, share: float) -> float:
    """Return the value below which a share of the weight lies, to within a thousandth of the values' range.

    Parameters
    ----------
    values, weights : array_like, shape (n,)
        Finite values (not empty) and their non-negative weights.
    share : float
        Between 0 and 1.

    Returns
    -------
    float
        One of the edges of 1000 equal classes, never beyond the values' own range.
    """
    least, greatest = float(np.min(values)), float(np.max(values))
    # Numbers that are the same but for rounding leave no room for classes between them.
    if greatest - least <= 1e-9 * max(abs(least), abs(greatest)):
        return greatest
    weight, edges = np.histogram(values, bins=1000, weights=weights)
    total = weight.sum()
    if not total > 0:
        return float(edges[-1])
    return float(edges[1:][min(int(np.searchsorted(np.cumsum(weight), share * total)), 999)])
