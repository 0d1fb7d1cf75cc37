"""The liquidation map over time: which prices it covers, and what was recorded of it as a frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.engine.frames import tick_times
from cascade_sim.engine.world import World
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.record import Heatmap

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.crowd import Crowd

# Of each side's notional, what the bins hold at the least of what lies within a factor of two of the price.
SHARE_COVERED = 0.98
FARTHEST = math.log(2.0)
# Room beyond the prices that the index takes: the venue's own may go further.
BEYOND = 0.1
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
# The counts of all bins add up to at most 2^60, an eighth of what an integer holds; arrivals are given room for prices
# that fall far below the one at the start, which makes a notional more base units.
LARGEST_COUNT = 2.0**60
ARRIVALS_ROOM = 64.0


class Bins(NamedTuple):
    """Equally wide price bins: the lower edge of the first, the width, and how many."""

    low: float
    width: float
    number: int


def _reach(distance: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]) -> float:
    """Log-distance within which most of what lies within a factor of two is liquidated; 0 where nothing is."""
    near = (distance > 0.0) & (distance <= FARTHEST)
    held, edges = np.histogram(distance[near], bins=1000, range=(0.0, FARTHEST), weights=weight[near])
    total = float(held.sum())
    if total <= 0.0:
        return 0.0
    return float(edges[1:][int(np.searchsorted(np.cumsum(held), SHARE_COVERED * total))])


def choose_bins(heatmap: Heatmap, price: float, crowd: Crowd, path: npt.NDArray[np.float64]) -> Bins:
    """Choose the prices that the map covers.

    Parameters
    ----------
    heatmap : Heatmap
        What it says of the range holds.
    price : float
        At the start, quote per base.
    crowd : Crowd
        Its triggers decide how far from the price there is something to see.
    path : ndarray of float, shape (ticks,)
        The index path; all of it is covered and a tenth beyond it, and where traders arrive the crowd's distances
        around it.

    Returns
    -------
    Bins
        With round edges, unless the scenario gives both ends.
    """
    lowest, highest = min(price, float(path.min())), max(price, float(path.max()))
    with np.errstate(divide="ignore"):
        distance = np.log(price / crowd.trigger)
    longs = crowd.side > 0
    down, up = _reach(distance[longs], crowd.quantity[longs]), _reach(-distance[~longs], crowd.quantity[~longs])
    if crowd.entrants.size:
        margin, notional = 1.0 / np.maximum(crowd.entrants["leverage"], 1.0), crowd.entrants["notional"]
        bought = crowd.entrants["side"] > 0
        down = max(down, _reach(-np.log1p(-np.minimum(margin[bought], 0.99)), notional[bought]))
        up = max(up, _reach(np.log1p(margin[~bought]), notional[~bought]))
        low, high = lowest * math.exp(-down), highest * math.exp(up)
    else:
        low, high = price * math.exp(-down), price * math.exp(up)
    low, high = min(low, (1.0 - BEYOND) * lowest), max(high, (1.0 + BEYOND) * highest)
    low, high = heatmap.from_ or low, heatmap.to or high
    if high <= low:  # one end is given, beyond all that was chosen
        low, high = (low, 2.0 * low) if heatmap.from_ is not None else (0.5 * high, high)
    if heatmap.from_ is not None and heatmap.to is not None:
        return Bins(low, (high - low) / heatmap.bins, heatmap.bins)
    return _rounded(low, high, heatmap.bins, heatmap.from_, heatmap.to)


def _rounded(low: float, high: float, number: int, first: float | None, last: float | None) -> Bins:
    """Widen the bins to a round width, and move the edges to multiples of it where none is given."""
    least = (high - low) / (number - 1 if first is None and last is None else number)
    power = 10.0 ** math.floor(math.log10(least))
    width = next(factor * power for factor in ROUND if factor * power >= least * (1.0 - 1e-9))
    if first is not None:
        return Bins(first, width, number)
    if last is not None:
        low = last - width * number
    else:
        spare = number - (high - low) / width
        low = width * math.floor(low / width - 0.5 * max(spare - 1.0, 0.0))
    return Bins(max(low, 0.0), width, number)


def heat_rules(scenario: Scenario, rules: np.ndarray, crowd: Crowd, path: npt.NDArray[np.float64]) -> None:
    """Tell the rules which map to keep, where the scenario asks for one.

    Parameters
    ----------
    scenario : Scenario
    rules : ndarray of RULES, shape (1,)
        Written.
    crowd : Crowd
    path : ndarray of float, shape (ticks,)
        The index path.
    """
    heatmap = scenario.record.heatmap
    if heatmap is None:
        return
    bins = choose_bins(heatmap, scenario.market.price, crowd, path)
    highest = 1.0 if scenario.market.contract == "inverse" else bins.low + bins.width * bins.number
    arriving = float(crowd.entrants["notional"].sum())
    if scenario.market.contract != "inverse":
        arriving /= scenario.market.price
    most = (float(crowd.quantity.sum()) + ARRIVALS_ROOM * arriving) * highest
    rules["heat_bins"] = bins.number
    rules["heat_low"] = bins.low
    rules["heat_per_price"] = 1.0 / bins.width
    rules["heat_scale"] = 2.0 ** math.floor(math.log2(LARGEST_COUNT / most)) if most > 0.0 else 1.0
    rules["frame_ticks"] = max(1, round(heatmap.every / scenario.clock.tick))


def heatmap_frame(world: World, scenario: Scenario) -> pd.DataFrame | None:
    """Return the recorded map: a row a frame, indexed by the UTC time of its end, a column a bin; None if not recorded.

    Values are quote notional at the liquidation price; columns are labelled by the bins' middles.
    """
    import pandas as pd

    rules = world.rules[0]
    bins, frame_ticks = int(rules["heat_bins"]), int(rules["frame_ticks"])
    if bins == 0:
        return None
    done = int(world.state["frame"][0])
    last = np.minimum((np.arange(done, dtype=np.int64) + 1) * frame_ticks, world.ticks) - 1
    middle = rules["heat_low"] + (np.arange(bins) + 0.5) / rules["heat_per_price"]
    values = world.log.frames[:done] / rules["heat_scale"]
    frame = pd.DataFrame(values, index=tick_times(scenario, last), columns=pd.Index(middle, name="price"))
    frame.attrs["units"] = {"values": "quote notional per bin", "price": "quote per base, middle of the bin"}
    return frame
