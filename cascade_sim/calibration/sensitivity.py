"""What a fit has learnt: how targets move with parameters, and which directions no target sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cascade_sim.calibration.evaluate import Evaluation, Evaluator, SpentError
from cascade_sim.calibration.search import SENSITIVITY_STEP

SEEN = 6.0
"""Least singular value of a direction that is identified: the targets, together, move by so many tolerances over the
range. Below it they tell less than half of what the range alone says (`RANGE_DEVIATION`)."""

RANGE_DEVIATION = 12.0**-0.5
"""Standard deviation of a parameter of which nothing is known but its range, in ranges."""

_SIDES = 1.959963984540054
_PART = 0.3


@dataclass(frozen=True)
class Sensitivity:
    """The targets' changes around the best point, linear.

    Attributes
    ----------
    jacobian : ndarray, shape (targets, parameters)
        Change of a figure in its tolerances, per range of a parameter. For a range the tolerance is that of the target
        and half of the range.
    values : ndarray, shape (parameters,)
        Singular values, the largest first.
    directions : ndarray, shape (parameters, parameters)
        A row a singular value: how far each parameter moves, in shares of its range.
    deviations : ndarray, shape (parameters,)
        Standard deviation of each parameter given the targets and its range, in ranges.
    low, high : ndarray, shape (parameters,)
        Ends of the intervals, in shares of the range.
    """

    jacobian: np.ndarray
    values: np.ndarray
    directions: np.ndarray
    deviations: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def identified(self) -> np.ndarray:
        """Which parameters the targets tell more of than half of what their ranges say."""
        return self.deviations <= 0.5 * RANGE_DEVIATION


def sensitivity_of(evaluator: Evaluator, best: Evaluation) -> Sensitivity | None:
    """Return the sensitivity at a point, or None where evaluations are spent.

    Notes
    -----
    Central differences of `search.SENSITIVITY_STEP` of each range to both sides, one-sided at an end. Intervals are
    what the tolerances and the ranges allow, if tolerances are standard deviations and figures are linear: the point
    plus and minus 1.96 deviations of ``(J'J + 12)^-1``, cut at the ends. The 12 is the range: the inverse variance of
    what is equally likely between its ends; without it a direction that nothing sees would spoil all others.
    """
    point = np.array(best.unit)
    up = np.minimum(point + SENSITIVITY_STEP, 1.0)
    down = np.maximum(point - SENSITIVITY_STEP, 0.0)
    size = point.size
    points = [np.where(np.arange(size) == place, ends, point) for ends in (up, down) for place in range(size)]
    try:
        found = evaluator.many(points, "sensitivity")
    except SpentError:
        return None
    widths = np.array([target.width for _, target in evaluator.asked.targets])
    columns = [
        (found[place].compared - found[size + place].compared) / (up[place] - down[place]) for place in range(size)
    ]
    return from_jacobian(np.nan_to_num(np.stack(columns, axis=1) / widths[:, None]), point)


def from_jacobian(jacobian: np.ndarray, point: np.ndarray) -> Sensitivity:
    """Return directions and intervals of a Jacobian, shape (targets, parameters), at a point of the unit cube."""
    size = point.size
    _, values, directions = np.linalg.svd(np.vstack([jacobian, np.zeros((size, size))]), full_matrices=False)
    deviations = np.sqrt(np.sum(directions**2 / (values**2 + RANGE_DEVIATION**-2)[:, None], axis=0))
    low = np.maximum(0.0, point - _SIDES * deviations)
    high = np.minimum(1.0, point + _SIDES * deviations)
    return Sensitivity(jacobian, values, directions, deviations, low, high)


def in_words(direction: np.ndarray, names: list[str]) -> str:
    """Say which parameters a direction moves, and which way."""
    direction = direction if direction[np.argmax(np.abs(direction))] > 0 else -direction
    ups = [name for name, part in zip(names, direction, strict=True) if part > _PART]
    downs = [name for name, part in zip(names, direction, strict=True) if part < -_PART]
    if len(ups) + len(downs) == 1:
        return f"{ups[0]} alone"
    together = " and ".join(ups) + (" together" if len(ups) > 1 and not downs else "")
    return f"{together} up, {' and '.join(downs)} down" if downs else f"{together} up"
