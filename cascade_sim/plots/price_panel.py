"""The price over time: mark, index, and the mark of the same run without forced selling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import moment, price
from cascade_sim.plots.panel_tools import draw_level
from cascade_sim.plots.reading import Recording, date_numbers
from cascade_sim.plots.style import COUNTERFACTUAL, INDEX, INK, MARK, MUTED, is_narrow, panel_inches, text_inches
from cascade_sim.plots.ticks import PlainTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A screen's letters are up to this much wider than their outlines.
_WIDER = 1.08


def price_panel(ax: Axes, recording: Recording, unforced: Recording | None) -> None:
    """Draw mark, index and the mark without forced selling, and name the extreme of the mark.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    recording : Recording
        The run.
    unforced : Recording or None
        The counterfactual in which nobody is closed by force.
    """
    mark, index = recording.column("mark"), recording.column("index")
    start = recording.start_price
    shown = [mark, index, np.array([start])]
    if np.isfinite(mark).any():
        draw_level(ax, recording, mark, start, color=MARK, linewidth=1.3, zorder=3.2, label="mark price")
    else:
        ax.set_title("the run recorded no mark price", fontsize=7 if is_narrow(ax) else 8.5, color=MUTED, pad=4.5)
    if unforced is not None:
        other = unforced.column("mark")
        shown.append(other[unforced.moments <= recording.end])
        look: dict[str, Any] = {
            "color": COUNTERFACTUAL,
            "linewidth": 1.4,
            "linestyle": (0, (4, 1.6)),
            "zorder": 3.1,
        }
        draw_level(ax, unforced, other, start, label="mark without forced selling", **look)
    if np.isfinite(index).any():
        draw_level(ax, recording, index, color=INDEX, linewidth=2.6, zorder=3.0, label="index (reference)")
    values = np.concatenate(shown)
    values = values[np.isfinite(values)]
    if values.size:
        low, high = float(values.min()), float(values.max())
        missing = max(2e-3 * abs(high) - (high - low), 0.0)
        low, high = low - missing / 2, high + missing / 2
        side = name_extreme(ax, recording, mark)
        room = 0.3 if is_narrow(ax) else 0.18
        ax.set_ylim(
            low - (room if side < 0 else 0.07) * (high - low),
            high + (room if side > 0 else 0.07) * (high - low),
        )
    label_axis(ax.yaxis, PlainTicks(), 6)
    ax.set_ylabel(f"{recording.names.quote} per {recording.names.base}")


def name_extreme(ax: Axes, recording: Recording, mark: Floats, inwards: bool = False, **look: Any) -> int:
    """Name the end of the larger excursion; return -1 for a low, +1 for a high, 0 for neither.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    recording : Recording
        Whose rows the marks belong to.
    mark : ndarray, shape (n,)
        The mark at the end of each row.
    inwards : bool
        Whether the words stand above a low and below a high, where there is no room beyond them.
    **look
        Passed to ``Axes.annotate``.
    """
    known = mark[np.isfinite(mark)]
    if not known.size:
        return 0
    start = recording.start_price if np.isfinite(recording.start_price) else known[0]
    lowest, highest = int(np.nanargmin(mark)), int(np.nanargmax(mark))
    fall, rise = start - mark[lowest], mark[highest] - start
    if max(fall, rise) < 1e-4 * start:
        return 0
    row, word, side = (lowest, "low", -1) if fall >= rise else (highest, "high", 1)
    when = int(recording.moments[row])
    place = (when - recording.start) / max(recording.end - recording.start, 1)
    at = float(date_numbers(when))
    ax.plot([at], [mark[row]], marker="o", markersize=5, markerfacecolor="white", markeredgecolor=INK, zorder=5)
    towards = -side if inwards else side
    size = float(look.get("fontsize", 7.0 if is_narrow(ax) else 9.0))
    words = f"{word} {price(float(mark[row]))}"
    timed = f"{words} at {moment(when, recording.shows_seconds, recording.shows_days)}"
    room = panel_inches(ax)
    words = timed if _WIDER * text_inches(timed, size, "bold") < room else words
    half = 0.5 * _WIDER * text_inches(words, size, "bold")
    slid = max(min(place * room, room - half), half) - place * room
    ax.annotate(
        words,
        (at, float(mark[row])),
        xytext=(72 * slid, 7 * towards),
        textcoords="offset points",
        ha="center",
        va="bottom" if towards > 0 else "top",
        **{"fontsize": size, "fontweight": "bold", "zorder": 6, **look},
    )
    return side
