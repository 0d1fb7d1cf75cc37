"""An axis of a sweep's picture: the values of one key at their real places, or in a row where they are words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import human
from cascade_sim.plots.style import is_narrow, panel_inches, text_inches
from cascade_sim.plots.sweep_reading import distinct, is_log, is_numeric, is_share, short_key, short_words
from cascade_sim.plots.ticks import AmountTicks, ShortTicks, label_axis, log_amounts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_BETWEEN_LABELS, _LINE = 0.1, 0.2
_DIGITS = 3


@dataclass(frozen=True)
class SweepAxis:
    """Where the values of a key stand.

    Attributes
    ----------
    key : str
    values : list
        Numbers ascending, or words in their order.
    kind : str
        ``linear``, ``log`` or ``words``.
    share : bool
        Whether its numbers are fractions, to be written in per cent.
    edges : ndarray, shape (n + 1,), optional
        Where cells meet, if they are not to meet half way between values.
    """

    key: str
    values: list[Any]
    kind: str
    share: bool = False
    given_edges: Floats | None = None

    @property
    def places(self) -> Floats:
        """Return the place of each value; words stand at 0, 1, 2."""
        return np.arange(len(self.values), dtype=float) if self.kind == "words" else np.array(self.values, dtype=float)

    @property
    def edges(self) -> Floats:
        """Return where cells begin and end: half way between neighbours, in logarithms on a logarithmic axis."""
        return self.plain(self.straight_edges) if self.given_edges is None else self.given_edges

    @property
    def straight(self) -> Floats:
        """Return the places in the measure in which the axis is even."""
        return np.log(self.places) if self.kind == "log" else self.places

    @property
    def straight_edges(self) -> Floats:
        """Return the edges in that measure."""
        if self.given_edges is not None:
            return np.log(self.given_edges) if self.kind == "log" else self.given_edges
        at = self.straight
        if at.size == 1:
            half = 0.5 if self.kind == "words" else (0.1 if self.kind == "log" else 0.05 * abs(float(at[0])) or 0.5)
            return np.array([at[0] - half, at[0] + half])
        middle = 0.5 * (at[:-1] + at[1:])
        return np.concatenate([[2.0 * at[0] - middle[0]], middle, [2.0 * at[-1] - middle[-1]]])

    def plain(self, straight: Floats) -> Floats:
        """Return places for what was found in the even measure."""
        return np.exp(straight) if self.kind == "log" else straight

    def cell_of(self, column: pd.Series) -> Any:
        """Return the number of the cell of each row; -1 for none."""
        if self.kind == "words":
            return column.astype(str).map({str(value): cell for cell, value in enumerate(self.values)}).to_numpy()
        given = column.to_numpy(dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.searchsorted(self.straight_edges, np.log(given) if self.kind == "log" else given) - 1
        return np.clip(found, 0, len(self.values) - 1)

    def ranges(self) -> list[str]:
        """Write the cells, where they are not single values, as ranges."""
        if self.given_edges is None:
            return self.words()
        ends = SweepAxis(self.key, self.given_edges.tolist(), self.kind, self.share).words()
        return [f"{low} – {high}" for low, high in pairwise(ends)]

    def words(self) -> list[str]:
        """Write the values."""
        if self.kind == "words":
            return short_words(self.values)
        scale, sign = (100.0, " %") if self.share else (1.0, "")
        return [f"{text}{sign}" for text in _plain_words([scale * value for value in self.values])]


def axis_of(result: Any, key: str, points: pd.DataFrame, most: int | None = None) -> SweepAxis:
    """Return the axis of a key over some points; with more than ``most`` numbers it is cut into so many even cells."""
    values = distinct(points[key])
    if not is_numeric(points[key]):
        return SweepAxis(key, [str(value) for value in values], "words")
    numbers = np.array(values, dtype=float)
    kind = "log" if numbers.size and is_log(result, key, numbers) else "linear"
    share = is_share(result, key)
    if most is not None and numbers.size > most:
        span = np.log(numbers[[0, -1]]) if kind == "log" else numbers[[0, -1]]
        straight = np.linspace(float(span[0]), float(span[1]), most + 1)
        middle, edges = 0.5 * (straight[:-1] + straight[1:]), straight
        if kind == "log":
            middle, edges = np.exp(middle), np.exp(edges)
        return SweepAxis(key, middle.tolist(), kind, share, edges)
    return SweepAxis(key, values, kind, share)


def _plain_words(values: list[float]) -> list[str]:
    """Write numbers, each with the digits that it needs."""
    if max(map(abs, values), default=0.0) < 1e4:
        return ShortTicks().format_ticks([float(f"{value:.{_DIGITS}g}") for value in values])
    return [human(value) for value in values]


def set_axis(ax: Axes, axis: SweepAxis, which: str) -> None:
    """Set a panel's axis: its scale, its limits, its name, and the values themselves as ticks where they fit.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    axis : SweepAxis
    which : str
        ``x`` or ``y``.
    """
    mine: Any = ax.xaxis if which == "x" else ax.yaxis
    edges = axis.edges
    if axis.kind == "log":
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    (ax.set_xlim if which == "x" else ax.set_ylim)(float(edges[0]), float(edges[-1]))
    words = axis.words()
    if which == "x" and axis.kind == "words":
        words = [word.replace(" ", "\n", 1) for word in words]
    shown = _shown(ax, axis, words, which)
    if shown is not None or axis.kind == "words":
        kept = range(len(words)) if shown is None else shown
        mine.set_major_locator(FixedLocator([float(axis.places[each]) for each in kept]))
        mine.set_major_formatter(FixedFormatter([words[each] for each in kept]))
        mine.set_minor_locator(NullLocator())
        if shown is None and which == "x":
            ax.tick_params(axis="x", labelrotation=90)
    elif axis.kind == "log":
        log_amounts(mine, dense=float(edges[-1]) < 30.0 * float(edges[0]))
    else:
        label_axis(mine, AmountTicks())
    mine.set_minor_formatter(NullFormatter())
    size = 7.0 if is_narrow(ax) else 8.5
    room = panel_inches(ax) if which == "x" else float(ax.bbox.height) / float(ax.figure.dpi)
    name = short_key(axis.key, lambda each: text_inches(each, size) <= room)
    (ax.set_xlabel if which == "x" else ax.set_ylabel)(name)


def turned_inches(axis: SweepAxis, length: float, narrow: bool) -> float:
    """Return how much more room words need below a panel because they have to be turned; 0 where they need not be."""
    if axis.kind != "words":
        return 0.0
    size = 7.0 if narrow else 8.5
    words = axis.words()
    longest = max(text_inches(line, size) for word in words for line in word.replace(" ", "\n", 1).split("\n"))
    return max(longest, 0.2) if longest + _BETWEEN_LABELS > length / len(words) else 0.0


def _shown(ax: Axes, axis: SweepAxis, words: list[str], which: str) -> list[int] | None:
    """Return which values are labelled: all, or every second or third where that fits; None where none of it does."""
    size = 7.0 if is_narrow(ax) else 8.5
    box = ax.bbox.width if which == "x" else ax.bbox.height
    length = float(box) / float(ax.figure.dpi)
    edges = axis.straight_edges
    at = (axis.straight - edges[0]) / (edges[-1] - edges[0]) * length
    lines = [max(text_inches(line, size) for line in word.split("\n")) for word in words]
    taken = np.array([line + _BETWEEN_LABELS if which == "x" else _LINE for line in lines])
    for step in (1,) if axis.kind == "words" else (1, 2, 3):
        kept = np.arange(0, len(words), step)
        apart = np.diff(at[kept])
        if (apart >= 0.5 * (taken[kept][:-1] + taken[kept][1:])).all():
            return kept.tolist()
    return None
