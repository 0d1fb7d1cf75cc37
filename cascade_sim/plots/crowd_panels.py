"""What happens to the crowd over time: who is closed by force, and how much stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.numbers import SECOND, human, percent, span_text
from cascade_sim.plots.panel_tools import draw_level, from_zero, second_axis, time_bars
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import DELEVERAGED, INK, LONG, OPEN_INTEREST, SHORT, VAULT, panel_heading, say
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CLOSINGS = (
    ("forced_sell", LONG, "longs (forced sales)"),
    ("forced_buy", SHORT, "shorts (forced buys)"),
    ("adl", DELEVERAGED, "deleveraged"),
    ("vault_taken", VAULT, "taken by the vault"),
)


def liquidation_panel(ax: Axes, recording: Recording) -> None:
    """Draw the notional closed by force in each bar of time, stacked by how, and the running total."""
    amounts = [recording.notional(recording.flow(name)) for name, _, _ in _CLOSINGS]
    total = np.cumsum(np.sum(amounts, axis=0))
    if not total[-1] > 0:
        panel_heading(ax, "Liquidations")
        say(ax, _why_none(recording))
        return
    bars = time_bars(recording)
    base = np.zeros(bars.count)
    for amount, (name, colour, label) in zip(amounts, _CLOSINGS, strict=True):
        if name in ("adl", "vault_taken") and not amount.any():
            continue
        height = bars.sums(amount)
        look: dict[str, Any] = {"color": colour, "linewidth": 0, "label": label}
        ax.bar(bars.middles, height, bars.width, bottom=base, **look)
        base += height
    from_zero(ax, base)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(f"{recording.names.quote} per {span_text(bars.length / SECOND).removeprefix('1 ')}")
    right = second_axis(ax, f"total, {recording.names.quote}", INK)
    draw_level(right, recording, total, 0.0, color=INK, linewidth=1.2, label="running total")
    from_zero(right, total)
    panel_heading(ax, "Liquidations")


def _why_none(recording: Recording) -> str:
    """Say why there is no bar to draw."""
    fired = sum(recording.flow(name).sum() for name in ("liquidations_long", "liquidations_short"))
    return "positions were taken over, none is sold yet" if fired else "no position was liquidated in this run"


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
        panel_heading(ax, "Open interest of the crowd")
        say(ax, "the run recorded no open interest")
        return
    first, last = (start if start is not None and start > 0 else known[0]), known[-1]
    draw_level(ax, recording, held, start, fill=True, color=OPEN_INTEREST, linewidth=1.5)
    from_zero(ax, np.append(held, first), room=0.14)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(recording.names.quantity)
    note = ""
    if first > 0:
        right = second_axis(ax, "% of start", OPEN_INTEREST)
        right.set_ylim(*(100.0 * bound / first for bound in ax.get_ylim()))
        right.yaxis.set_major_formatter(PlainTicks())
        grows = "entries" in recording.frame.columns
        note = f"{human(last)}, {percent(last / first)} of the {human(first)} at the start"
        if not grows:
            note = f"{human(last)} of {human(first)} left ({percent(last / first)})"
    panel_heading(ax, "Open interest of the crowd", note=note)
