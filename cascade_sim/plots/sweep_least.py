"""Where along a key what lenders lose is least: a value, or a range of values that are as good."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.sweep_axis import SweepAxis

# Of the range of all values: what lies this close to the least is as good.
_AS_GOOD = 0.01
_LOSSES = ("bad_debt", "shortfall", "under_water")


class Least(NamedTuple):
    """The first and the last of neighbouring places whose values are as good as the least one, counted from 0."""

    first: int
    last: int

    def words(self, axis: SweepAxis) -> str:
        """Write the places: ``8 %``, ``8 % to 12 %``."""
        named = axis.words()
        return named[self.first] if self.first == self.last else f"{named[self.first]} to {named[self.last]}"


def is_loss(value: str) -> bool:
    """Tell whether an output is one that somebody wants to be small: bad debt, of the exchange or of a pool."""
    return value.endswith(_LOSSES)


def least_of(values: Floats) -> Least | None:
    """Find the least of some values along a key, if there is more on both sides of it.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In the order of the key; NaN where nothing is known.

    Returns
    -------
    Least or None
        None where values only fall or only rise, or too few are known to say.
    """
    known = np.flatnonzero(np.isfinite(values))
    if known.size < 3:
        return None
    found = values[known]
    good = found <= found.min() + _AS_GOOD * (found.max() - found.min())
    first = last = int(np.argmin(found))
    while first > 0 and good[first - 1]:
        first -= 1
    while last < found.size - 1 and good[last + 1]:
        last += 1
    if first == 0 or last == found.size - 1:
        return None
    return Least(int(known[first]), int(known[last]))
