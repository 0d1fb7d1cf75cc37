"""Where to look: points that fill the space, points that a stand-in for the runs proposes, then least squares."""

from __future__ import annotations

import contextlib

import numpy as np

from cascade_sim.calibration.evaluate import Evaluator, SpentError
from cascade_sim.calibration.surrogate import proposals
from cascade_sim.streams import stream

STREAM, PROPOSALS = "calibration.design", "calibration.proposals"
# Points that fill the space: so many a parameter, and no more than this share of the evaluations.
DESIGN_EACH, DESIGN_SHARE = 10, 0.3
# Share of the evaluations after which nothing is proposed any more.
PROPOSED_UNTIL = 0.7
# Differences for the Jacobian, shares of a range: first coarse, because runs jump, then finer from where that led.
STEPS = (0.04, 0.01)
# Of the sensitivity at the end, to both sides.
SENSITIVITY_STEP = 0.04
MOST_STARTS = 5
# Sum of squared errors below which the fit is far within every tolerance.
GOOD_ENOUGH = 1e-4
_APART = 0.15
_MOST_ITERATIONS = 15
_TOLERANCE = 1e-4


def search(evaluator: Evaluator, seed: int = 0) -> None:
    """Evaluate points until the evaluations are spent, less those kept for the sensitivity, or nothing is gained.

    Parameters
    ----------
    evaluator : Evaluator
        Holds what was found afterwards.
    seed : int
        Of the points that fill the space.

    Notes
    -----
    The start; a scrambled Halton sequence (Owen 2017, arXiv:1706.02808; `scipy.stats.qmc.Halton`); what a stand-in
    proposes (`surrogate.proposals`); then `scipy.optimize.least_squares` (a trust region with bounds; Branch, Coleman
    and Li 1999) from the best points that lie apart, its Jacobian by differences that are wider than the jumps of a run
    and are evaluated beside each other.
    Which points are asked for depends on results alone, not on who runs them or how often the search was stopped.
    """
    size = len(evaluator.asked.parameters)
    whole = evaluator.most
    kept = min(2 * size, max(0, whole - size - 2))
    evaluator.most = whole - kept
    start = [each.unit(each.start) for each in evaluator.asked.parameters]
    with contextlib.suppress(SpentError):
        evaluator.many([start], "start")
        evaluator.many(
            _filling(size, max(2 * size, min(DESIGN_EACH * size, round(DESIGN_SHARE * whole))), seed), "design"
        )
        _propose(evaluator, round(PROPOSED_UNTIL * whole), stream(seed, PROPOSALS))
        _descend(evaluator)
    evaluator.most = whole


def _filling(size: int, count: int, seed: int) -> np.ndarray:
    from scipy.stats import qmc

    return qmc.Halton(d=size, scramble=True, rng=stream(seed, STREAM)).random(count)


def _propose(evaluator: Evaluator, until: int, chance: np.random.Generator) -> None:
    before = -1
    # A batch of points that are all known already ends it, too: there is nothing left to propose.
    while before < len(evaluator.seen) < until and evaluator.best.objective > GOOD_ENOUGH:
        before = len(evaluator.seen)
        evaluator.many(proposals(list(evaluator.seen.values()), chance), "proposed")


def _descend(evaluator: Evaluator) -> None:
    ends: list[np.ndarray] = []
    for _ in range(MOST_STARTS):
        ranked = sorted(evaluator.seen.values(), key=lambda each: each.objective)
        apart = (
            np.array(each.unit)
            for each in ranked
            if all(np.max(np.abs(np.array(each.unit) - end)) > _APART for end in ends)
        )
        begin = next(apart, None)
        if begin is None or ranked[0].objective < GOOD_ENOUGH:
            return
        ends.append(begin)
        for step in STEPS:
            begin = _least_squares(evaluator, begin, step)
        ends.append(begin)


def _least_squares(evaluator: Evaluator, begin: np.ndarray, step: float) -> np.ndarray:
    from scipy.optimize import least_squares

    def errors(point: np.ndarray) -> np.ndarray:
        return evaluator.many([point], "search")[0].errors

    def jacobian(point: np.ndarray) -> np.ndarray:
        steps = np.where(point + step <= 1.0, step, -step)
        beside = evaluator.many(
            [point + step * row for row, step in zip(np.eye(point.size), steps, strict=True)], "search"
        )
        here = errors(point)
        return np.stack([(each.errors - here) / step for each, step in zip(beside, steps, strict=True)], axis=1)

    found = least_squares(
        errors,
        begin,
        jac=jacobian,
        bounds=(0.0, 1.0),
        ftol=_TOLERANCE,
        xtol=_TOLERANCE,
        gtol=None,
        max_nfev=_MOST_ITERATIONS,
    )
    return np.asarray(found.x)
