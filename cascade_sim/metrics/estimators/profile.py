"""The likelihood of a self-exciting process, profiled down to its branching ratio.

For a given rate of decay the intensity is ``mu + R c_i`` with known ``c_i``, and the logarithm of the likelihood
``sum w_i ln(mu + R c_i) - mu T - R K`` is concave in both. Its form is the same for times and for counts in bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 60
_EXACT = 1e-10


@dataclass(frozen=True)
class Terms:
    """What the likelihood needs, one row for every rate of decay.

    Attributes
    ----------
    weight : ndarray of float64, shape (n,)
        ``w``: events at each place.
    exerted : ndarray of float64, shape (rates, n)
        ``c``: the intensity there from earlier events, if each set off one.
    whole : ndarray of float64, shape (rates,)
        ``K``: how many would have been set off within the time watched, if each event set off one.
    length : float
        ``T``: the time watched, or the number of bins.
    """

    weight: Floats
    exerted: Floats
    whole: Floats
    length: float

    def joined(self, other: Terms) -> Terms:
        """Return the terms of these rates and then of others, for the same events."""
        exerted, whole = (np.concatenate(pair) for pair in ((self.exerted, other.exerted), (self.whole, other.whole)))
        return Terms(self.weight, exerted, whole, self.length)

    def picked(self, rows: npt.NDArray[np.intp]) -> Terms:
        """Return the terms of some rates."""
        return Terms(self.weight, self.exerted[rows], self.whole[rows], self.length)


def best(terms: Terms) -> tuple[Floats, Floats]:
    """Return for every rate the largest logarithm of the likelihood, and the ratio at which it lies.

    Notes
    -----
    Scaling both parameters shows that ``mu T + R K`` is the number of events where it is largest; what is left is
    concave in ``R`` alone, and Newton's steps are halved at the edge of what is possible.
    """
    number = terms.weight.sum()
    slope = terms.exerted - (terms.whole / terms.length)[:, None]
    start = number / terms.length
    most = number / np.maximum(terms.whole, 1e-300)
    ratio = np.minimum(0.3, 0.5 * most)
    for _ in range(_STEPS):
        share = slope / (start + ratio[:, None] * slope)
        first = (terms.weight * share).sum(axis=1)
        second = (terms.weight * share * share).sum(axis=1)
        wanted = ratio + first / np.maximum(second, 1e-300)
        wanted = np.clip(wanted, 0.5 * ratio * (ratio > 1e-9), 0.5 * (ratio + most))
        moved = np.abs(wanted - ratio).max(initial=0.0)
        ratio = wanted
        if moved < _EXACT:
            break
    values = (terms.weight * np.log(start + ratio[:, None] * slope)).sum(axis=1) - number
    return values, ratio


def given(terms: Terms, ratio: float) -> Floats:
    """Return for every rate the largest logarithm of the likelihood for a given ratio.

    Notes
    -----
    The best ``mu`` solves ``sum w / (mu + R c) = T``; Newton's steps are taken on the reciprocals, which are concave
    and for equal ``c`` a straight line.
    """
    pushed = ratio * terms.exerted
    number = terms.weight.sum()
    least = 1e-12 * number / terms.length
    mu = np.maximum((number - ratio * terms.whole) / terms.length, least)
    for _ in range(_STEPS):
        share = 1.0 / (mu[:, None] + pushed)
        total = (terms.weight * share).sum(axis=1)
        wanted = mu + (total / terms.length - 1.0) * total / (terms.weight * share * share).sum(axis=1)
        wanted = np.maximum(wanted, least)
        moved = np.abs(wanted / mu - 1.0).max(initial=0.0)
        mu = wanted
        if moved < _EXACT:
            break
    log = (terms.weight * np.log(mu[:, None] + pushed)).sum(axis=1)
    return np.asarray(log - mu * terms.length - ratio * terms.whole)


def peak(place: Floats, values: Floats) -> tuple[float, float]:
    """Return where a curve given at some places is highest, and how high: a parabola through the three highest."""
    k = int(np.argmax(values))
    if k in (0, values.size - 1) or not np.isfinite(values[k - 1 : k + 2]).all():
        return float(place[k]), float(values[k])
    x, y = place[k - 1 : k + 2] - place[k], values[k - 1 : k + 2] - values[k]
    left, right = y[0] / x[0], y[2] / x[2]
    bend = (right - left) / (x[2] - x[0])
    if bend >= 0.0:
        return float(place[k]), float(values[k])
    tilt = left - bend * x[0]
    return float(place[k] - tilt / (2.0 * bend)), float(values[k] - tilt * tilt / (4.0 * bend))
