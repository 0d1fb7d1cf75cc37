"""The price over time, above what it is compared with, and the same run's without forced selling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import moment, price
from cascade_sim.plots.panel_tools import draw_level
from cascade_sim.plots.reading import Recording, date_numbers
from cascade_sim.plots.style import COUNTERFACTUAL, INDEX, INK, MARK, MUTED, is_narrow, panel_inches, text_inches
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A screen's letters are up to this much wider than their outlines.
_WIDER = 1.08
# From here on a price takes more room than a narrow picture has left of its panels.
_SEVEN_LETTERS = 1e5


class Reference(NamedTuple):
    """What a price is compared with.

    Attributes
    ----------
    values : ndarray, shape (n,)
        At the end of each row; NaN throughout where there is none.
    words : str
        What it is called.
    width : float
        Of its line, points.
    """

    values: Floats
    words: str
    width: float = 2.6


def price_panel(
    ax: Axes,
    recording: Recording,
    unforced: Recording | None,
    level: str = "mark",
    reference: Reference | None = None,
) -> None:
    """Draw a price, a reference below it and the price without forced selling, and name the price's extreme.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    recording : Recording
        The run.
    unforced : Recording or None
        The counterfactual in which nobody is closed by force.
    level : str
        The price's column: ``mark`` or ``mid``.
    reference : Reference, optional
        What it is compared with; by default the index.
    """
    mark = recording.column(level)
    reference = reference or Reference(recording.column("index"), "index (reference)")
    start = recording.start_price
    shown = [mark, reference.values, np.array([start])]
    if np.isfinite(mark).any():
        draw_level(ax, recording, mark, start, color=MARK, linewidth=1.3, zorder=3.2, label=f"{level} price")
    else:
        words = f"the run recorded no {level} price"
        ax.set_title(words, fontsize=7 if is_narrow(ax) else 8.5, color=MUTED, pad=4.5)
    if unforced is not None:
        other = unforced.column(level)
        shown.append(other[unforced.moments <= recording.end])
        look: dict[str, Any] = {
            "color": COUNTERFACTUAL,
            "linewidth": 1.4,
            "linestyle": (0, (4, 1.6)),
            "zorder": 3.1,
        }
        draw_level(ax, unforced, other, start, label=f"{level} without forced selling", **look)
    if np.isfinite(reference.values).any():
        look = {"color": INDEX, "linewidth": reference.width, "zorder": 3.0}
        draw_level(ax, recording, reference.values, label=reference.words, **look)
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
    long = is_narrow(ax) and np.abs(values).max(initial=0.0) >= _SEVEN_LETTERS
    label_axis(ax.yaxis, AmountTicks() if long else PlainTicks(), 6)
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
