"""What events before an event still exert on it: sums of exponentials, for many rates of decay at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Factors below this change no sum that is kept to the last bit.
_FORGOTTEN = 1e-20


def sums_before(gap: Floats, weight: Floats, decay: Floats, lead: float = 0.0) -> Floats:
    """Return ``A_i = sum over j < i of w_j exp(-decay (t_i - t_j - lead))`` for every decay.

    Parameters
    ----------
    gap : ndarray of float64, shape (n - 1,)
        ``t_(i+1) - t_i``, not negative, and at least `lead`.
    weight : ndarray of float64, shape (n,)
    decay : ndarray of float64, shape (rates,)
        Per unit of time; infinity leaves only what is exactly `lead` before.
    lead : float
        Delay after which an event begins to count.

    Returns
    -------
    ndarray of float64, shape (rates, n)

    Notes
    -----
    ``A_(i+1) = exp(-decay gap_i) A_i + exp(-decay (gap_i - lead)) w_i`` is a chain of linear maps, composed in pairs,
    pairs of pairs and so on; all factors are at most 1, so that nothing overflows. Cost: O(n log n) for each rate.
    """
    found = np.zeros((decay.size, gap.size + 1))
    if not gap.size:
        return found
    factor = _power(decay, gap)
    value = _power(decay, gap - lead) * weight[:-1]
    step = 1
    while step < gap.size:
        value[:, step:] += factor[:, step:] * value[:, :-step].copy()
        factor[:, step:] *= factor[:, :-step].copy()
        factor[:, :step] = 0.0
        if factor.max() < _FORGOTTEN:
            break
        step *= 2
    found[:, 1:] = value
    return found


def _power(decay: Floats, time: Floats) -> Floats:
    """``exp(-decay time)``, 1 at time 0 even for an infinite decay."""
    with np.errstate(invalid="ignore", under="ignore"):
        return np.where(time == 0.0, 1.0, np.exp(-decay[:, None] * time))
