"""The order book over time: what the makers offer near the price, and how far apart bid and ask are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.panel_tools import draw_band, from_zero, second_axis
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import ASK, BID, DEPTH, SPREAD, panel_heading
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, ShortTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNCHANGED = 1e-9
_TELLING = 1e-6


def spread_percent(recording: Recording) -> Floats:
    """Ask less bid as a percentage of the price halfway between them."""
    bid, ask = recording.column("bid"), recording.column("ask")
    return 200.0 * (ask - bid) / (ask + bid)


def changes(values: Floats) -> bool:
    """Tell whether a column holds more than one value."""
    known = values[np.isfinite(values)]
    return bool(known.size and np.ptp(known) > max(_UNCHANGED, _TELLING * float(np.abs(known).max())))


def depth_sides(recording: Recording) -> tuple[Floats, Floats] | None:
    """Return the makers' notional within 1 % of the best bid and ask; None where the run has none."""
    bid, ask = recording.column("bid_depth"), recording.column("ask_depth")
    return (bid, ask) if np.isfinite(bid).any() or np.isfinite(ask).any() else None


def has_book(recording: Recording) -> bool:
    """Tell whether depth or spread changed at all."""
    sides = depth_sides(recording) or (recording.column("depth_multiplier"),)
    return any(changes(values) for values in (*sides, spread_percent(recording)))


def book_panel(ax: Axes, recording: Recording) -> None:
    """Draw the makers' depth and the spread, the latter only if it changed.

    Depth is what stands within 1 % of the best bid and ask, in quote; in runs that did not record it, the share
    of the full depth that is there, if that changed.
    """
    sides, spread = depth_sides(recording), spread_percent(recording)
    share = 100.0 * recording.column("depth_multiplier")
    side = ax
    if sides is not None:
        for values, colour, dashes, label in (
            (sides[0], BID, "solid", "bids within 1 %"),
            (sides[1], ASK, (0, (4, 1.4)), "asks within 1 %"),
        ):
            draw_band(ax, recording, values, color=colour, linewidth=1.4, linestyle=dashes, label=label)
        from_zero(ax, *sides)
        label_axis(ax.yaxis, AmountTicks())
        ax.set_ylabel(recording.names.quote)
    elif changes(share):
        draw_band(ax, recording, share, color=DEPTH, linewidth=1.5, label="makers' depth")
        ax.set_ylim(0, 112)
        ax.set_yticks([0, 25, 50, 75, 100])
        ax.set_ylabel("% of normal")
    if changes(spread):
        side = second_axis(ax, "% of price", SPREAD) if ax.lines else ax
        draw_band(side, recording, spread, color=SPREAD, linewidth=1.2, label="spread, bid to ask")
        spread_scale(side, spread)
    panel_heading(ax, "Order book")


def spread_scale(ax: Axes, spread: Floats) -> None:
    """Give a spread an axis from zero, or a logarithmic one where it spans more than a factor of twenty."""
    known = spread[np.isfinite(spread)]
    if known.size and known.min() > 0 and known.max() > 20 * known.min():
        ax.set_yscale("log")
        ax.set_ylim(known.min() / 1.6, known.max() * 2.2)
        ax.minorticks_off()
        ax.yaxis.set_major_formatter(ShortTicks())
    else:
        from_zero(ax, spread)
        label_axis(ax.yaxis, PlainTicks())
    ax.set_ylabel("% of price")
