"""Positions opened and closed of their owners' will, and what funding asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.plots.aggregate import thin
from cascade_sim.plots.numbers import SECOND, span_text
from cascade_sim.plots.panel_tools import time_bars
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import ENTRIES, EXITS, FUNDING, INK, panel_heading
from cascade_sim.plots.ticks import PlainTicks, SizeTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def has_turnover(recording: Recording) -> bool:
    """Tell whether positions were opened or closed other than by liquidation."""
    return any(np.any(recording.flow(name) > 0) for name in ("entries", "exits"))


def turnover_panel(ax: Axes, recording: Recording) -> None:
    """Draw the notional opened (upwards) and closed at will (downwards) in each bar of time."""
    bars = time_bars(recording)
    opened, closed = (bars.sums(recording.notional(recording.flow(name))) for name in ("entries", "exits"))
    ax.bar(bars.middles, opened, bars.width, color=ENTRIES, linewidth=0, label="opened")
    ax.bar(bars.middles, -closed, bars.width, color=EXITS, linewidth=0, label="closed by orders and at will")
    ax.axhline(0.0, color=INK, linewidth=0.6)
    ax.set_ylim(-1.12 * (closed.max() or 0.1 * opened.max()), 1.12 * (opened.max() or 0.1 * closed.max()))
    label_axis(ax.yaxis, SizeTicks())
    ax.set_ylabel(f"{recording.names.quote} per {span_text(bars.length / SECOND).removeprefix('1 ')}")
    panel_heading(ax, "Turnover")


def has_funding(recording: Recording) -> bool:
    """Tell whether a funding rate other than zero was quoted."""
    return bool(np.any(recording.flow("funding_rate") != 0))


def funding_panel(ax: Axes, recording: Recording) -> None:
    """Draw the funding rate of the last payment, as it was quoted, in steps."""
    rate = 100.0 * recording.column("funding_rate")
    dates, levels = thin(recording.dates(), rate)
    ax.axhline(0.0, color=INK, linewidth=0.6)
    ax.plot(dates, levels, color=FUNDING, linewidth=1.2, drawstyle="steps-post")
    known = levels[np.isfinite(levels)]
    low, high = min(float(known.min()), 0.0), max(float(known.max()), 0.0)
    ax.set_ylim(low - 0.15 * (high - low), high + 0.15 * (high - low))
    label_axis(ax.yaxis, PlainTicks())
    ax.set_ylabel("% of notional")
    panel_heading(ax, "Funding rate", note="above zero longs pay shorts")
