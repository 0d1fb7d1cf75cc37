"""What the flow says where there is no feedback: the same crowd, met by the price without forced selling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.metrics.estimators import hawkes
from cascade_sim.metrics.estimators.ground import Ground
from cascade_sim.metrics.estimators.phases import Phase
from cascade_sim.metrics.estimators.result import Estimate, nothing

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

METHOD = "flow, Hawkes, no feedback"
WITHOUT = "no_forced_selling"
_TRUE = (
    "the same crowd under the price of no_forced_selling, where R is 0: what is above 0 is the price's own clustering"
)


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
        Of counts in rows of the timeline.

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
    place = -side * np.log(other.timeline["mark"].to_numpy() / run.scenario.market.price)
    met = np.searchsorted(ground.crowd.depth, np.maximum.accumulate(np.maximum(place, 0.0)), side="right")
    first, last = np.searchsorted(ticks, [phase.begin, phase.end]).tolist()
    counts = np.diff(met, prepend=0)[first:last]
    rows = np.flatnonzero(counts)
    found = hawkes.from_counts(rows, counts[rows].astype(np.float64), last - first)
    if found.value is None:
        return nothing(METHOD, found.note)
    return Estimate(found.value, found.low, found.high, found.n, METHOD, _TRUE)
