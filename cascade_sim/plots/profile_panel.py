"""The profile beside a heatmap: what waits at each price in the last frame, and what waited in the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from cascade_sim.plots.frames import Frames
from cascade_sim.plots.numbers import moment
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import FAINT, INK, LONG, MUTED, SHORT
from cascade_sim.plots.ticks import AmountTicks

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def profile_panel(ax: Axes, recording: Recording, frames: Frames, narrow: bool) -> None:
    """Draw the last frame as bars, longs below the last mark and shorts above it, and the first as a line.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Shares its price axis with the map.
    recording : Recording
        The run.
    frames : Frames
        What was recorded.
    narrow : bool
        Whether there is room for a few words only.
    """
    mark = recording.column("mark")
    mark = mark[np.isfinite(mark)]
    last = float(mark[-1]) if mark.size else recording.start_price
    middles = 0.5 * (frames.prices[:-1] + frames.prices[1:])
    below = middles < last
    ax.grid(True, axis="x", color=FAINT)
    for chosen, colour, words in ((below, LONG, "longs"), (~below, SHORT, "shorts")):
        amount = np.where(chosen, frames.last, 0.0)
        if amount.any():
            look = {"orientation": "horizontal", "fill": True, "color": colour, "linewidth": 0, "label": words}
            ax.stairs(amount, frames.prices, **look)  # type: ignore[arg-type]
    ax.stairs(frames.first, frames.prices, orientation="horizontal", color=INK, linewidth=0.7)
    ax.axhline(last, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
    ax.set_xlim(0, 1.06 * (max(frames.first.max(), frames.last.max()) or 1.0))
    ax.xaxis.set_major_locator(MaxNLocator(2 if narrow else 3, steps=[1, 2, 2.5, 5, 10], prune="lower"))
    ax.xaxis.set_major_formatter(AmountTicks())
    ax.tick_params(axis="y", labelleft=False, length=0)
    quote = recording.names.quote
    first = moment(frames.first_at, recording.shows_seconds)
    if narrow:
        ax.set_xlabel(f"{quote} per bin,\nline: {first}", fontsize=7)
    else:
        ax.set_xlabel(f"{quote} per bin; line: at {first}")
    if not frames.last.any():
        ax.text(0.5, 0.5, "nothing\nleft", transform=ax.transAxes, ha="center", color=MUTED, fontsize=8.5)
    ax.set_title("At the end", loc="left", fontsize=8.0 if narrow else 10.0, fontweight="bold", color=INK, pad=4.5)
