"""The time axis that all panels share, and the shading of the times at which the venue stood still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.dates import UTC, AutoDateLocator, ConciseDateFormatter

from cascade_sim.plots.numbers import SECOND, moment, span_text
from cascade_sim.plots.reading import Interval, Recording, date_numbers
from cascade_sim.plots.style import FAINT, HALT, panel_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARGIN = 0.008
_TICK, _MOST = 0.62, 12


class SparseDates(AutoDateLocator):
    """Round moments, no more of them than a panel of some width has room for.

    Parameters
    ----------
    width : float
        Of the panel, inches.
    """

    def __init__(self, width: float) -> None:
        self.most = min(max(int(width / _TICK), 2), _MOST)
        # With fewer than twice as many intervals matplotlib finds no round one for some lengths, and warns.
        wanted = max(self.most, 5)
        super().__init__(tz=UTC, minticks=(wanted - 1) // 2, maxticks=wanted)

    def __call__(self) -> Sequence[float]:
        """Return the moments, as date numbers."""
        moments = super().__call__()
        return moments[:: max(-(-len(moments) // self.most), 1)]


def share_clock(axes: list[Axes], recording: Recording) -> None:
    """Give panels that share their x axis one UTC clock from start to end, labelled below the last."""
    clock_between(axes, recording.start, recording.end)


def clock_between(axes: list[Axes], start: int, end: int) -> None:
    """Give panels that share their x axis one UTC clock between two moments, ns since 1970."""
    bottom = axes[-1]
    first, last = date_numbers([start, end])
    bottom.set_xlim(first - _MARGIN * (last - first), last + _MARGIN * (last - first))
    locator = SparseDates(panel_inches(bottom))
    formatter = ConciseDateFormatter(
        locator,
        tz=UTC,
        formats=["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S.%f"],
        zero_formats=["", "%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M:%S"],
        show_offset=False,
    )
    bottom.xaxis.set_major_locator(locator)
    bottom.xaxis.set_major_formatter(formatter)
    bottom_only(axes)
    bottom.set_xlabel("time, UTC")


def bottom_only(axes: list[Axes]) -> None:
    """Write the numbers of a shared x axis below the last panel only, and draw its grid in all."""
    bottom = axes[-1]
    for ax in axes:
        ax.tick_params(axis="x", labelbottom=ax is bottom, length=3.5 if ax is bottom else 0)
        ax.grid(True, axis="x", color=FAINT, linewidth=0.5)


def halt_words(halts: list[Interval], seconds: bool) -> str:
    """Say when the venue stood still, in the few words of a legend."""
    if len(halts) == 1:
        begin, end = (moment(edge, seconds) for edge in halts[0])
        return f"venue down {begin}–{end}"
    whole = sum(end - begin for begin, end in halts) / SECOND
    return f"venue down {len(halts)} times, {span_text(whole)} in all"


def shade_halts(
    axes: list[Axes], halts: list[Interval], low: float = 0.0, high: float = 1.0, colour: str = HALT
) -> None:
    """Shade the times at which the venue stood still through all panels.

    Parameters
    ----------
    axes : list of matplotlib.axes.Axes
        The panels.
    halts : list of (int, int)
        From and to, ns since 1970.
    low, high : float
        Where the shade begins and ends, as shares of a panel's height; above 1 it lies outside the panel.
    colour : str
        Its colour.
    """
    if not halts:
        return
    times = date_numbers(np.asarray(halts))
    boxes = [[(begin, low), (begin, high), (end, high), (end, low)] for begin, end in times]
    for ax in axes:
        shade = PolyCollection(boxes, facecolor=colour, linewidth=0, zorder=0.4, transform=ax.get_xaxis_transform())
        shade.set_clip_on(high <= 1.0)
        ax.add_collection(shade, autolim=False)
