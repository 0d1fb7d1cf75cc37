"""Points that a smooth stand-in for the runs expects to be good, a few beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cascade_sim.calibration.evaluate import Evaluation

BATCH_APART = (0.0, 0.02, 0.05, 0.1)
"""How far, in ranges, points of a batch keep from all others: the first goes where it is best, the last explores."""

# Nearer than this a point would tell nothing new.
_LEAST_APART = 0.004
_ANYWHERE, _NEAR_EACH, _BEST = 1_000, 150, 5
_NEAR = (0.02, 0.1)
# Errors beyond this many tolerances are as bad as this: a run that goes off must not bend the rest.
_FARTHEST = 10.0
_SMOOTHING = 1e-6


def proposals(seen: Sequence[Evaluation], chance: np.random.Generator) -> list[np.ndarray]:
    """Return the next points to evaluate.

    Parameters
    ----------
    seen : sequence of Evaluation
        All evaluations so far, at least as many as parameters and one more.
    chance : numpy.random.Generator
        Draws the candidates.

    Returns
    -------
    list of ndarray
        As many as `BATCH_APART` says, in the unit cube.

    Notes
    -----
    Each target's error is interpolated by radial basis functions (`scipy.interpolate.RBFInterpolator`, linear kernel),
    not their sum of squares: the errors are nearly straight where the sum is bent. Candidates are drawn anywhere and
    around the best points; those expected to be best are taken, each at its distance from all points that are known
    (after Regis and Shoemaker 2007, INFORMS Journal on Computing 19, 497).
    """
    from scipy.interpolate import RBFInterpolator
    from scipy.spatial import cKDTree

    units = np.array([each.unit for each in seen])
    errors = np.clip([each.errors for each in seen], -_FARTHEST, _FARTHEST)
    model = RBFInterpolator(units, errors, kernel="linear", smoothing=_SMOOTHING)
    size = units.shape[1]
    ranked = np.argsort([each.objective for each in seen], kind="stable")[:_BEST]
    drawn = [chance.random((_ANYWHERE, size))]
    for place in ranked:
        drawn += [units[place] + chance.normal(0.0, width, (_NEAR_EACH, size)) for width in _NEAR]
    candidates = np.clip(np.concatenate(drawn), 0.0, 1.0)
    expected = np.sum(model(candidates) ** 2, axis=1)
    distance, _ = cKDTree(units).query(candidates, p=np.inf)
    chosen: list[np.ndarray] = []
    for apart in BATCH_APART:
        allowed = distance >= max(apart, _LEAST_APART)
        best = int(np.argmin(np.where(allowed, expected, np.inf))) if allowed.any() else int(np.argmax(distance))
        chosen.append(candidates[best])
        distance = np.minimum(distance, np.max(np.abs(candidates - candidates[best]), axis=1))
    return chosen
