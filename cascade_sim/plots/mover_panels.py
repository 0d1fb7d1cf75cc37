"""Who moved the price of a replay, by bars of time and added up, and the news that was pushed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.movers import Mover, Pushes
from cascade_sim.plots.numbers import SECOND, human, percent, span_text
from cascade_sim.plots.panel_tools import Bars, draw_level, from_zero, time_bars
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import INK, PUSHED, is_narrow, panel_heading, say
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def bars_of(recording: Recording, narrow: bool) -> Bars:
    """Return bars of time wide enough to be seen one by one."""
    return time_bars(recording, 45 if narrow else 110)


def _per_bar(unit: str, bars: Bars) -> str:
    return f"{unit} per {span_text(bars.length / SECOND).removeprefix('1 ')}"


def movers_panel(ax: Axes, recording: Recording, movers: list[Mover], who: str) -> None:
    """Draw what each kind bought (upwards) or sold (downwards), net, in each bar of time, on top of each other."""
    narrow = is_narrow(ax)
    heading = "Bought (up) and sold (down)" if narrow else f"{who}: bought above zero, sold below"
    if not movers:
        panel_heading(ax, heading)
        say(ax, "nothing was bought or sold in this run")
        return
    bars = bars_of(recording, narrow)
    above, below = np.zeros(bars.count), np.zeros(bars.count)
    for mover in movers:
        net = bars.sums(mover.amounts)
        bottom = np.where(net >= 0.0, above, below)
        words = mover.words.partition(" after ")[0] if narrow else mover.words
        look: dict[str, Any] = {"color": mover.colour, "linewidth": 0, "label": words}
        ax.bar(bars.middles[net != 0], net[net != 0], bars.width, bottom=bottom[net != 0], **look)
        above, below = above + np.maximum(net, 0.0), below + np.minimum(net, 0.0)
    ax.axhline(0.0, color=INK, linewidth=0.6)
    from_zero(ax, above, below)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(_per_bar(recording.names.quote, bars))
    panel_heading(ax, heading)


def totals_panel(ax: Axes, recording: Recording, movers: list[Mover]) -> None:
    """Draw what each kind has bought less sold since the start; the legend says how much that is at the end."""
    if not movers:
        panel_heading(ax, "Added up")
        say(ax, "nothing was bought or sold in this run")
        return
    totals = [np.cumsum(mover.amounts) for mover in movers]
    ax.axhline(0.0, color=INK, linewidth=0.6)
    for mover, total in zip(movers, totals, strict=True):
        sign = "+" if total[-1] > 0 else ""
        label = f"{mover.short} {sign}{human(float(total[-1]))}"
        draw_level(ax, recording, total, 0.0, color=mover.colour, linewidth=1.7, label=label)
    from_zero(ax, *totals)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(recording.names.quote)
    panel_heading(ax, "Added up" if is_narrow(ax) else "Added up since the start")


def news_panel(ax: Axes, recording: Recording, pushes: Pushes) -> None:
    """Draw the news pushed in each bar of time, as a return of the index, and say how much that is in all."""
    inside = pushes.moments <= recording.end
    bars = replace(bars_of(recording, is_narrow(ax)), moments=pushes.moments[inside])
    returns = 100.0 * np.expm1(bars.sums(pushes.before[inside]))
    ax.bar(bars.middles, returns, bars.width, color=PUSHED, linewidth=0)
    ax.axhline(0.0, color=INK, linewidth=0.6)
    from_zero(ax, returns)
    label_axis(ax.yaxis, PlainTicks())
    ax.set_ylabel(_per_bar("%", bars))
    whole = float(np.expm1(pushes.before[inside].sum()))
    how = "solved for" if pushes.tracked else "sent again"
    panel_heading(ax, f"News pushed ({how})", note=f"in all {'+' if whole > 0 else ''}{percent(whole)}")
