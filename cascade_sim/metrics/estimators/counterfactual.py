"""What the run without forced selling says: how much larger the move became, and what the flow says of no feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.metrics.cascade import SMALLEST_MOVE
from cascade_sim.metrics.estimators.flow import delay_of, hawkes_of
from cascade_sim.metrics.estimators.ground import Ground
from cascade_sim.metrics.estimators.phases import Phase
from cascade_sim.metrics.estimators.result import Estimate, nothing
from cascade_sim.metrics.estimators.structural import Floats

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

AMPLIFICATION, METHOD = "amplification", "flow, Hawkes, no feedback"
WITHOUT = "no_forced_selling"
_AMPLIFIED = "1 - 1 / A, how far from the start price with forced selling over how far without it, refill included"
_TRUE = (
    "the same crowd under the price of no_forced_selling, where R is 0: what is above 0 is the price's own clustering"
)


def of_amplification(run: Run, side: float) -> Estimate:
    """Return ``1 - 1 / A``: the constant ratio that would amplify a move in a book without refill as much.

    Parameters
    ----------
    run : Run
        With a counterfactual ``no_forced_selling``.
    side : float
        1 for a fall, -1 for a rise.

    Notes
    -----
    ``A`` is the largest log-distance of the mark from the start price, at rows of the timeline, over that of the
    counterfactual. Unlike ``amplification`` in the summary it does not begin at the highest price so far: the map that
    the ratio speaks of begins at the start price.
    """
    other = run.counterfactuals.get(WITHOUT)
    if other is None:
        return nothing(AMPLIFICATION, f"the run has no counterfactual {WITHOUT}")
    with_it, without = (float(_places(each, side).max(initial=0.0)) for each in (run, other))
    if without < SMALLEST_MOVE:
        return nothing(AMPLIFICATION, f"without forced selling the mark moved less than {SMALLEST_MOVE:g}")
    return Estimate(1.0 - without / with_it, None, None, 0.0, AMPLIFICATION, _AMPLIFIED)


def _places(run: Run, side: float) -> Floats:
    """Return how far the mark is from the start price in the direction of the move, row by row."""
    return np.asarray(-side * np.log(run.timeline["mark"].to_numpy() / run.scenario.market.price))


def without_feedback(run: Run, ground: Ground | str, phase: Phase, side: float) -> Estimate:
    """Return the Hawkes estimate of when a price without forced selling would have met a run's triggers.

    Parameters
    ----------
    run : Run
        With a counterfactual ``no_forced_selling``.
    ground : Ground or str
        Of the run; a reason where it has none.
    phase : Phase
    side : float
        1 for longs met by a fall, -1 for shorts met by a rise.

    Returns
    -------
    Estimate
        Of counts in rows of the timeline, with the delay that the run's own flow is judged by where rows are ticks.

    Notes
    -----
    Triggers are met at new lows, and new lows of a price that wanders come in clusters, with nobody selling by force.
    An estimate from the flow of liquidations can be believed as far as it lies above this one.
    """
    other = run.counterfactuals.get(WITHOUT)
    if other is None:
        return nothing(METHOD, f"the run has no counterfactual {WITHOUT}")
    if isinstance(ground, str):
        return nothing(METHOD, ground)
    ticks = other.timeline["tick"].to_numpy()
    reached = np.maximum.accumulate(np.maximum(_places(other, side), 0.0))
    met = np.searchsorted(ground.crowd.depth, reached, side="right")
    first, last = np.searchsorted(ticks, [phase.begin, phase.end]).tolist()
    rows = np.repeat(np.arange(last - first), np.diff(met, prepend=0)[first:last])
    if not rows.size:
        return nothing(METHOD, "no trigger would have been met")
    # Rows longer than a tick hide the delay between generations.
    every_tick = ticks.size == int(ticks[-1]) + 1
    found = hawkes_of(rows, np.ones(rows.size), last - first, delay_of(run.scenario) if every_tick else None)
    if found.value is None:
        return nothing(METHOD, found.note)
    return Estimate(found.value, found.low, found.high, found.n, METHOD, _TRUE)
