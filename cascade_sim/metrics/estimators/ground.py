"""The ground that a run's mark won, with the map in it and the book over it: what structural estimators look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cascade_sim.engine.lending_frames import only_positions
from cascade_sim.metrics.estimators import structural
from cascade_sim.metrics.estimators.phases import Phase
from cascade_sim.metrics.estimators.result import Estimate, nothing
from cascade_sim.metrics.estimators.structural import Floats, SideMap
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

NET = "structural, fed back"
# The timeline states the depth within this share of the best price.
WITHIN = 0.01
_CROWD_MOVES = "the map is the crowd's before the run: who came, left or added margin since is not in it"
# Columns of the timeline that are there only where triggers may change.
_MOVING = "entries"


class Ground(NamedTuple):
    """Map, move and book of one side of a run, one row for every row of the timeline.

    Attributes
    ----------
    ticks : ndarray of int64, shape (rows,)
        Last tick of each row.
    crowd : SideMap
    place, reached : ndarray of float64, shape (rows,)
        Log-distance of the mark from the start price at the row's end, and the largest so far.
    density : ndarray of float64, shape (rows,)
        Quantity of the book per unit of log price.
    note : str
        What to mind about the map.
    """

    ticks: np.ndarray
    crowd: SideMap
    place: Floats
    reached: Floats
    density: Floats
    note: str


def ground_of(run: Run, side: float) -> Ground | str:
    """Return the ground of a run's fall (side 1: longs, bids) or rise (-1), or why there is none to speak of."""
    start, frame, crowd = run.scenario.market.price, run.timeline, run.crowd_map
    if crowd is None:
        return "the run has no map of a crowd"
    if "bid_depth" not in frame:
        return "the book has no depth"
    of_side = crowd["side"].to_numpy() == side
    trigger, quantity = (crowd[name].to_numpy()[of_side] for name in ("trigger_price", "quantity"))
    place = -side * np.log(frame["mark"].to_numpy() / start)
    ticks = frame["tick"].to_numpy()
    reached = np.maximum.accumulate(np.maximum(np.maximum(place, _fired(run, side, ticks, start)), 0.0))
    note = _CROWD_MOVES if _MOVING in frame else ""
    return Ground(
        ticks, structural.side_map(trigger, quantity, start, side), place, reached, density_of(run, side), note
    )


def density_of(run: Run, side: float) -> Floats:
    """Return what one side of the book holds per unit of log price, on the average of the next 1 %, row by row.

    A flat book's is the same everywhere, so that this is exact for it.
    """
    name = "bid" if side > 0.0 else "ask"
    notional, best = run.timeline[f"{name}_depth"].to_numpy(), run.timeline[name].to_numpy()
    if run.scenario.market.contract == "inverse":
        return np.asarray(notional / abs(np.log1p(-side * WITHIN)))
    return np.asarray(notional / (WITHIN * best))


def _fired(run: Run, side: float, ticks: np.ndarray, start: float) -> Floats:
    """Return how far the triggers lay that fired in each row: the mark was there, wherever it ended."""
    events = only_positions(run.liquidations)
    mine = (events["side"] == ("long" if side > 0.0 else "short")).to_numpy()
    row = np.searchsorted(ticks, events["tick"].to_numpy()[mine])
    far = np.zeros(ticks.size)
    inside = row < ticks.size
    distance = -side * np.log(events["trigger_price"].to_numpy()[mine] / start)
    np.maximum.at(far, row[inside], distance[inside])
    return far


def feedback(scenario: Scenario) -> tuple[float | None, str]:
    """Return which share of a liquidation's sale moves the mark, or None and the reason where no number says it.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    share : float or None
        1 for a mark of the last price and 1/2 for the mid, less what a vault takes off the book.
    words : str
    """
    mark, liquidation = scenario.market.mark.kind, scenario.exchange.liquidation
    if liquidation.policy not in ("market", "paced"):
        return None, f"the policy {liquidation.policy} does not sell all of a position into the book"
    if mark not in ("last", "mid"):
        return None, f"a mark of kind {mark} does not follow the book one for one"
    if liquidation.absorb is not None and liquidation.absorb.below < 1.0:
        return None, "the vault takes some positions and others not"
    taken = 0.0 if liquidation.absorb is None else liquidation.absorb.share
    share = (1.0 if mark == "last" else 0.5) * (1.0 - taken)
    return share, f"structural times {share:.3g}, the share of a sale that moves the mark"


def of_ground(ground: Ground | str, phase: Phase, scenario: Scenario) -> list[Estimate]:
    """Return the structural estimates of a phase: over the ground won, ahead of the mark, and what is fed back."""
    if isinstance(ground, str):
        return [nothing(name, ground) for name in (structural.METHOD, structural.AHEAD, NET)]
    first, last = np.searchsorted(ground.ticks, [phase.begin, phase.end]).tolist()
    rows = slice(first, last)
    begin = float(ground.reached[first - 1]) if first else 0.0
    density = ground.density[rows]
    found = structural.walked(ground.crowd, ground.reached[rows], density, begin)
    ratios = structural.ahead(ground.crowd, ground.place[rows], ground.reached[rows], density, WITHIN)
    ratios = ratios[np.isfinite(ratios)]
    ahead = nothing(structural.AHEAD, "there is no row in which the book's depth is known")
    if ratios.size:
        mean = float(ratios.mean())
        ahead = Estimate(mean, None, None, float(ratios.size), structural.AHEAD, "average of the rows")
    return [_noted(found, ground.note), ahead, _fed_back(found, scenario)]


def _noted(found: Estimate, note: str) -> Estimate:
    words = "; ".join(filter(None, (found.note, note)))
    return Estimate(found.value, found.low, found.high, found.n, found.method, words)


def _fed_back(found: Estimate, scenario: Scenario) -> Estimate:
    share, words = feedback(scenario)
    if share is None or found.value is None:
        return nothing(NET, words if share is None else found.note)
    value, low, high = (None if each is None else share * each for each in (found.value, found.low, found.high))
    return Estimate(value, low, high, found.n, NET, words)
