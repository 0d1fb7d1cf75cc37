"""The order book over time: how much of the makers' depth is there, and how far apart bid and ask are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.panel_tools import draw_band, from_zero, second_axis
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import DEPTH, SPREAD, panel_heading
from cascade_sim.plots.ticks import PlainTicks, ShortTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNCHANGED = 1e-9


def _spread_percent(recording: Recording) -> Floats:
    """Ask less bid as a percentage of the price halfway between them."""
    bid, ask = recording.column("bid"), recording.column("ask")
    return 200.0 * (ask - bid) / (ask + bid)


def changes(values: Floats) -> bool:
    """Tell whether a column holds more than one value."""
    known = values[np.isfinite(values)]
    return bool(known.size and np.ptp(known) > _UNCHANGED)


def has_book(recording: Recording) -> bool:
    """Tell whether depth or spread changed at all."""
    return changes(recording.column("depth_multiplier")) or changes(_spread_percent(recording))


def book_panel(ax: Axes, recording: Recording) -> None:
    """Draw the makers' depth as a percentage of normal, and the spread, each only if it changed."""
    depth, spread = 100.0 * recording.column("depth_multiplier"), _spread_percent(recording)
    side = ax
    if changes(depth):
        draw_band(ax, recording, depth, color=DEPTH, linewidth=1.5, label="makers' depth")
        ax.set_ylim(0, 112)
        ax.set_yticks([0, 25, 50, 75, 100])
        ax.set_ylabel("% of normal")
        side = second_axis(ax, "% of price", SPREAD) if changes(spread) else ax
    if changes(spread):
        draw_band(side, recording, spread, color=SPREAD, linewidth=1.2, label="spread, bid to ask")
        known = spread[np.isfinite(spread)]
        if known.min() > 0 and known.max() > 20 * known.min():
            side.set_yscale("log")
            side.set_ylim(known.min() / 1.6, known.max() * 2.2)
            side.minorticks_off()
            side.yaxis.set_major_formatter(ShortTicks())
        else:
            from_zero(side, spread)
            label_axis(side.yaxis, PlainTicks())
        side.set_ylabel("% of price")
    panel_heading(ax, "Order book")
