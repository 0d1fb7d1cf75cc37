"""The moments at which the loans of a pool are shown, and the bins of health factor that show them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cascade_sim.metrics.health_factors import START, LoanHistory
from cascade_sim.plots.aggregate import Floats, weighted_edge
from cascade_sim.plots.lending_reading import PoolRules
from cascade_sim.plots.reading import Recording

_WIDTHS = (0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
_SHOWN = 0.95
_LEAST_TOP = 1.25
_APART, _NO_FALL = 0.02, 1e-3
# Of the debt, so that one forgotten loan does not make the rest small.
_FORGOTTEN = 1e-3


class Moment(NamedTuple):
    """A row of the timeline (or `START`) and what is special about it."""

    row: int
    words: str

    def at(self, recording: Recording) -> int:
        """Return when that is, ns since 1970."""
        return recording.start if self.row == START else int(recording.moments[self.row])


def moments_of(history: LoanHistory, auctions: bool) -> list[Moment]:
    """Return start, before the first change, the oracle's low, after the last change, and end.

    Of moments that no clock tells apart (within a fiftieth of the run) the one that says most is kept.
    """
    last = history.ticks.size - 1
    wanted = [Moment(START, "at the start"), Moment(last, "at the end")]
    what = "auction" if auctions else "liquidation"
    if np.isfinite(history.oracle).any() and np.nanmin(history.oracle) < (1.0 - _NO_FALL) * history.first_oracle:
        wanted.append(Moment(int(np.nanargmin(history.oracle)), "the oracle's low"))
    if history.changed.size:
        wanted.append(Moment(max(history.row_of_change(0) - 1, START), f"before the first {what}"))
        wanted.append(Moment(history.row_of_change(-1), f"after the last {what}"))
    kept: list[Moment] = []
    for each in wanted:
        same = next((number for number, other in enumerate(kept) if other.row == each.row), None)
        if same is not None:
            kept[same] = Moment(each.row, f"{kept[same].words}, {each.words}")
        elif all(abs(each.row - other.row) > _APART * last for other in kept):
            kept.append(each)
    return sorted(kept)


class Bins(NamedTuple):
    """Bins of health factor, of which one ends at 1 exactly."""

    edges: Floats
    width: float


def health_bins(history: LoanHistory, moments: list[Moment], pool: PoolRules, most: int) -> Bins:
    """Choose at most so many bins that hold most debt of the start, and what was in danger at the moments shown."""
    standing = history.at(START)
    open_ = np.isfinite(standing.health)
    top = weighted_edge(standing.health[open_], standing.debt[open_], _SHOWN) if open_.any() else _LEAST_TOP
    low = min(0.97 * pool.threshold if np.isnan(pool.toxic) else 0.97 * pool.toxic, 0.97)
    for each in moments:
        then = history.at(each.row)
        some = np.isfinite(then.health)
        if then.debt.sum() > 0:
            low = min(low, _lowest(then.health[some], then.debt[some]))
    top = max(top, _LEAST_TOP)
    width = next((width for width in _WIDTHS if (top - low) / width <= most), (top - low) / most)
    first, last = int(np.floor(max(low, 0.0) / width)), int(np.ceil(top / width))
    return Bins(np.asarray(width * np.arange(first, last + 1), dtype=np.float64), width)


def _lowest(health: Floats, debt: Floats) -> float:
    order = np.argsort(health)
    total = np.cumsum(debt[order])
    return float(health[order][np.searchsorted(total, _FORGOTTEN * total[-1])])


def sampled_rows(rows: int, most: int) -> NDArray[np.int64]:
    """Return at most so many rows, evenly spread, the last one among them."""
    step = max(-(-rows // most), 1)
    return np.arange(rows - 1, -1, -step)[::-1].astype(np.int64)
