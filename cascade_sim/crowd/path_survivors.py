"""Entries along a recorded price path, and what stands of them at the start of the run.

A trader opens at a uniformly random time on the path and closes by choice after an exponential holding
time. The age of a position that has not been closed by the start therefore has the density ``exp(-age /
holding)`` up to the length of the path: it is drawn from that law outright, so that nobody has to be thrown
away for having closed. Who would have been liquidated is found by comparing with the worst mark since the
opening, and drawn again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cascade_sim.crowd.arrays import Floats
from cascade_sim.errors import ScenarioError
from cascade_sim.history.candles import read_candles
from cascade_sim.scenario import Scenario


@dataclass(frozen=True)
class PricePath:
    """A price path, log-linear between its points, that ends at the start of the run.

    Attributes
    ----------
    times : ndarray of float64, shape (points,)
        Seconds from the start, increasing, the last 0.
    prices : ndarray of float64, shape (points,)
        Quote per base unit.
    start_price : float
        The mark at the start, which survivors must have survived too.
    holding : float
        Mean time to a voluntary close in seconds; infinity: nobody closes.
    """

    times: Floats
    prices: Floats
    start_price: float
    holding: float

    def opening_times(self, share: Floats) -> Floats:
        """Return opening times, in seconds from the start, of positions that nobody has closed by choice.

        Parameters
        ----------
        share : ndarray of float64, shape (n,)
            In (0, 1); larger numbers are older positions.
        """
        length = -self.times[0]
        if math.isinf(self.holding):
            return -length * share
        return self.holding * np.log1p(share * math.expm1(-length / self.holding))

    def price_at(self, opened: Floats) -> Floats:
        """Return the path's price at some times."""
        return np.exp(np.interp(opened, self.times, self._logs))

    def worst_since(self, opened: Floats, price: Floats, side: int) -> Floats:
        """Return the lowest (for longs) or highest (for shorts) mark from the openings to the start.

        Parameters
        ----------
        opened, price : ndarray of float64, shape (n,)
            Opening times and the path's prices at them.
        side : int
            +1 for longs, -1 for shorts.
        """
        later = self._lowest if side > 0 else self._highest
        worst = later[np.searchsorted(self.times, opened, side="right")]
        return np.minimum(worst, price) if side > 0 else np.maximum(worst, price)

    @cached_property
    def _logs(self) -> Floats:
        return np.log(self.prices)

    @cached_property
    def _lowest(self) -> Floats:
        return np.minimum.accumulate(np.append(self.prices, self.start_price)[::-1])[::-1]

    @cached_property
    def _highest(self) -> Floats:
        return np.maximum.accumulate(np.append(self.prices, self.start_price)[::-1])[::-1]


def price_path(scenario: Scenario, name: str) -> PricePath:
    """Return the path along which a cohort got in, cut at the start of the run.

    Parameters
    ----------
    scenario : Scenario
    name : str
        A cohort with ``entry: {kind: path}``, from points or from a candle file whose closes count at their
        bar's end.

    Raises
    ------
    DataError
        If the file cannot be used.
    ScenarioError
        If nothing of the path lies before the start.
    """
    entry: Any = scenario.crowd[name].entry
    if entry.file is not None:
        file, begin = Path(scenario.base_dir or ".") / entry.file, scenario.clock.start.timestamp()
        times, prices = read_candles(file, entry.column, entry.repair, (-math.inf, begin))
        times = times - begin
    else:
        times = np.array([scenario.clock.seconds(moment) for moment, _ in entry.points])
        prices = np.array([price for _, price in entry.points], dtype=np.float64)
    before = int(np.searchsorted(times, 0.0))
    if before == 0:
        message = "nothing of the path lies before the start of the run"
        fix = "begin the path earlier (a time before the start is negative) or change clock.start"
        raise ScenarioError([scenario.problem(f"crowd.{name}.entry", message, fix)])
    last = math.exp(np.interp(0.0, times, np.log(prices)))
    return PricePath(
        np.append(times[:before], 0.0), np.append(prices[:before], last), scenario.market.price, entry.holding
    )
