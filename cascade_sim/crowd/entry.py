"""At what prices the traders of a cohort got in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cascade_sim.crowd.arrays import Floats
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.normal import normal_quantile
from cascade_sim.crowd.path_survivors import PricePath, price_path
from cascade_sim.scenario import Scenario


class Entries(NamedTuple):
    """Entry prices, and the mark that each trader must have survived.

    Attributes
    ----------
    price : ndarray of float64, shape (n,)
        Entry prices in quote currency.
    worst : ndarray of float64, shape (n,), or float
        The mark farthest against the trader from its opening to the start, the start included. Who would
        have been liquidated there does not stand.
    """

    price: Floats
    worst: Floats | float


Draw = Callable[[Luck], Entries]


def entry_draw(scenario: Scenario, name: str) -> Draw:
    """Return the function that gives the traders of a cohort their entry prices from their luck.

    Parameters
    ----------
    scenario : Scenario
    name : str
        The cohort.

    Returns
    -------
    callable
        From `Luck` to `Entries` with ``luck.size`` rows.

    Raises
    ------
    DataError, ScenarioError
        If a recorded path cannot be read, or holds nothing before the start.
    """
    cohort = scenario.crowd[name]
    start = scenario.market.price
    kind = cohort.entry.kind
    if kind == "path":
        draw = _along_path(price_path(scenario, name), 1 if cohort.side == "long" else -1)
    else:
        draw = _KINDS[kind](cohort.entry, start)
    return draw if cohort.entry.snap is None else _snapped(draw, cohort.entry.snap)


def _market(entry: Any, start: float) -> Draw:
    return lambda luck: Entries(np.full(luck.size, start), start)


def _lognormal(entry: Any, start: float) -> Draw:
    centre = start if entry.at is None else entry.at

    def draw(luck: Luck) -> Entries:
        return Entries(centre * np.exp(entry.width * normal_quantile(luck.uniform("entry"))), start)

    return draw


def _clusters(entry: Any, start: float) -> Draw:
    centres = np.array(entry.at, dtype=np.float64)
    edges = np.cumsum(np.concatenate([[0.0], entry.weights or np.ones(centres.size)]))
    edges /= edges[-1]

    def draw(luck: Luck) -> Entries:
        share = luck.uniform("entry")
        cluster = np.searchsorted(edges[1:-1], share, side="right")
        price = centres[cluster]
        if entry.width > 0:
            # What the choice of the cluster leaves of the number is uniform again.
            left = (share - edges[cluster]) / (edges[cluster + 1] - edges[cluster])
            price *= np.exp(entry.width * normal_quantile(np.clip(left, 2.0**-54, 1.0 - 2.0**-53)))
        return Entries(price, start)

    return draw


def _along_path(path: PricePath, side: int) -> Draw:
    def draw(luck: Luck) -> Entries:
        opened = path.opening_times(luck.uniform("entry"))
        price = path.price_at(opened)
        return Entries(price, path.worst_since(opened, price, side))

    return draw


def _snapped(draw: Draw, snap: Any) -> Draw:
    def snapped(luck: Luck) -> Entries:
        price, worst = draw(luck)
        round_price = snap.to * np.maximum(np.rint(price / snap.to), 1.0)
        if snap.share < 1.0:
            round_price = np.where(luck.uniform("entry.snap") < snap.share, round_price, price)
        return Entries(round_price, worst)

    return snapped


_KINDS: dict[str, Callable[[Any, float], Draw]] = {
    "market": _market,
    "lognormal": _lognormal,
    "clusters": _clusters,
}
