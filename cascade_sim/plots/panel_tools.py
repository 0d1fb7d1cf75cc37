"""What the panels of a timeline have in common: lines and bands over the run's clock, second axes, limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cascade_sim.plots.aggregate import Floats, envelope, sum_by_bar, thin
from cascade_sim.plots.numbers import SECOND, bar_seconds
from cascade_sim.plots.reading import Recording, date_numbers
from cascade_sim.plots.ticks import AmountTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEW_ROWS = 40


def draw_level(
    ax: Axes,
    recording: Recording,
    values: Floats,
    start: float | None = None,
    *,
    fill: bool = False,
    **look: Any,
) -> None:
    """Draw a level over time, thinned to what a screen shows; with few rows every one of them gets a dot.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to.
    recording : Recording
        Whose rows the values belong to.
    values : ndarray, shape (n,)
        The level at the end of each row.
    start : float, optional
        The level before the first row.
    fill : bool
        Whether to shade down to zero.
    **look
        Passed to ``Axes.plot``.
    """
    moments, levels = recording.moments, values
    if start is not None and np.isfinite(start):
        moments, levels = np.concatenate([[recording.start], moments]), np.concatenate([[start], levels])
    dates, levels = thin(recording.dates(moments), levels)
    if fill:
        ax.fill_between(dates, levels, color=look.get("color"), alpha=0.16, linewidth=0)
    if levels.size <= _FEW_ROWS:
        look = {"marker": "o", "markersize": 3.5, **look}
    ax.plot(dates, levels, **look)


def draw_band(ax: Axes, recording: Recording, values: Floats, **look: Any) -> None:
    """Draw a noisy level: its mean as a line, and from its lowest to its highest as a band."""
    noisy = envelope(recording.dates(), values)
    if noisy.x.size < values.size:
        ax.fill_between(noisy.x, noisy.low, noisy.high, color=look.get("color"), alpha=0.22, linewidth=0)
    elif values.size <= _FEW_ROWS:
        look = {"marker": "o", "markersize": 3.5, **look}
    ax.plot(noisy.x, noisy.mean, **look)


@dataclass(frozen=True)
class Bars:
    """The bars of time that amounts are added up by.

    Attributes
    ----------
    moments : ndarray of int64, shape (n,)
        When each row of the recording ended.
    origin, length, count : int
        Start of the first bar and length of each, ns; how many.
    middles : ndarray, shape (count,)
        Their middles, matplotlib's date numbers.
    width : float
        How wide to draw one.
    """

    moments: NDArray[np.int64]
    origin: int
    length: int
    count: int
    middles: Floats
    width: float

    def sums(self, amounts: Floats) -> Floats:
        """Add a column's rows up by bars."""
        return sum_by_bar(self.moments, amounts, self.length, self.count, self.origin)


def time_bars(recording: Recording, most: int = 110) -> Bars:
    """Divide a recording into at most about ``most`` bars, on the clock's round times where rows allow it."""
    length = round(bar_seconds(recording.seconds, recording.step / SECOND, most) * SECOND)
    on_the_clock = length % recording.step == 0 and recording.start % recording.step == 0
    origin = recording.start - (recording.start % length if on_the_clock else 0)
    count = -(-(recording.end - origin) // length)
    edges = date_numbers(origin + length * np.arange(count + 1))
    width = float(edges[1] - edges[0])
    return Bars(recording.moments, origin, length, count, edges[:-1] + 0.5 * width, 0.86 * width)


def second_axis(ax: Axes, label: str, colour: str) -> Axes:
    """Add a right-hand axis of amounts whose label and numbers have the colour of its line."""
    right = ax.twinx()
    right.spines["right"].set_visible(True)
    right.set_ylabel(label, color=colour)
    right.tick_params(axis="y", labelcolor=colour)
    label_axis(right.yaxis, AmountTicks())
    return right


def from_zero(ax: Axes, *columns: Floats, room: float = 0.12) -> None:
    """Set the vertical limits so that zero and every finite value are inside, with room beyond them."""
    values = np.concatenate([column[np.isfinite(column)] for column in columns])
    low, high = min(float(values.min(initial=0.0)), 0.0), max(float(values.max(initial=0.0)), 0.0)
    span = (high - low) or 1.0
    ax.set_ylim((1.0 + room) * low, high + room * span)
