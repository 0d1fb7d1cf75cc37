"""What happens to the crowd over time: who is closed by force, and how much stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.plots.aggregate import sum_by_bar
from cascade_sim.plots.numbers import SECOND, bar_seconds, human, percent, span_text
from cascade_sim.plots.panel_tools import draw_level, from_zero, second_axis
from cascade_sim.plots.reading import Recording, date_numbers
from cascade_sim.plots.style import INK, LONG, MUTED, OPEN_INTEREST, SHORT, panel_heading, say
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def liquidation_panel(ax: Axes, recording: Recording) -> None:
    """Draw the notional closed by force in each bar of time, shorts on top of longs, and the running total."""
    sold, bought = (recording.notional(recording.flow(name)) for name in ("forced_sell", "forced_buy"))
    total = np.cumsum(sold + bought)
    if not total[-1] > 0:
        ax.grid(False)
        ax.set_yticks([])
        panel_heading(ax, "Liquidations")
        say(ax, "no position was liquidated in this run")
        return
    length = round(bar_seconds(recording.seconds, recording.step / SECOND) * SECOND)
    on_the_clock = length % recording.step == 0 and recording.start % recording.step == 0
    origin = recording.start - (recording.start % length if on_the_clock else 0)
    bars = -(-(recording.end - origin) // length)
    longs, shorts = (sum_by_bar(recording.moments, side, length, bars, origin) for side in (sold, bought))
    edges = date_numbers(origin + length * np.arange(bars + 1))
    width = float(edges[1] - edges[0])
    middles = edges[:-1] + 0.5 * width
    ax.bar(middles, longs, 0.86 * width, color=LONG, linewidth=0, label="longs (forced sales)")
    ax.bar(middles, shorts, 0.86 * width, bottom=longs, color=SHORT, linewidth=0, label="shorts (forced buys)")
    from_zero(ax, longs + shorts)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(f"{recording.names.quote} per {span_text(length / SECOND)}")
    right = second_axis(ax, f"total, {recording.names.quote}", INK)
    draw_level(right, recording, total, 0.0, color=INK, linewidth=1.2, label="running total")
    from_zero(right, total)
    panel_heading(ax, "Liquidations")


def open_interest_panel(ax: Axes, recording: Recording, start: float | None) -> None:
    """Draw the crowd's open quantity down to zero, and say how much of it is left.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    recording : Recording
        The run.
    start : float or None
        Open quantity before the first row, both sides.
    """
    held = recording.column("open_interest")
    known = held[np.isfinite(held)]
    if not known.size:
        ax.set_yticks([])
        panel_heading(ax, "Open interest of the crowd")
        say(ax, "the run recorded no open interest")
        return
    first, last = (start if start is not None and start > 0 else known[0]), known[-1]
    draw_level(ax, recording, held, start, fill=True, color=OPEN_INTEREST, linewidth=1.5)
    from_zero(ax, np.append(held, first), room=0.14)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(recording.names.quantity)
    if first > 0:
        right = second_axis(ax, "% of start", OPEN_INTEREST)
        right.set_ylim(*(100.0 * bound / first for bound in ax.get_ylim()))
        right.yaxis.set_major_formatter(PlainTicks())
        words = f"{human(last)} of {human(first)} left ({percent(last / first)})"
        ax.set_title(words, loc="right", fontsize=8.5, color=MUTED, pad=6)
    panel_heading(ax, "Open interest of the crowd")
