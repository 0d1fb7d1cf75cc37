"""Events and scheduled orders in a timeline: lines through its panels, numbered flags, and what they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from cascade_sim.plots.numbers import SECOND, human, moment, span_text
from cascade_sim.plots.reading import Recording, date_numbers
from cascade_sim.plots.style import EVENT, INK, MUTED, text_inches
from cascade_sim.plots.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAG_ROW = 0.17
MOST_ORDERS = 6
_MOST_EVENTS = 24
_SIZE, _LEADING = 7.0, 0.125
_FLAG = 0.17


@dataclass(frozen=True)
class Marker:
    """Something to mark.

    Attributes
    ----------
    at : int
        When, ns since 1970.
    what, source : str
        What happened, and where that was published.
    """

    at: int
    what: str
    source: str = ""


def markers_of(run: Any, recording: Recording) -> list[Marker]:
    """Return the events of a scenario that lie inside a recording, and its orders where they are few, by time."""
    scenario = run.scenario
    opening = pd.Timestamp(scenario.clock.start).as_unit("ns").value

    def when(moment: Any) -> int:
        return opening + round(scenario.clock.seconds(moment) * SECOND)

    found = [
        Marker(when(event.at), " ".join(event.what.split()), shown_source(getattr(event, "source", "") or ""))
        for event in getattr(scenario, "events", None) or ()
    ]
    orders = getattr(getattr(scenario, "flow", None), "orders", None) or ()
    if len(orders) <= MOST_ORDERS:
        found += [Marker(when(order.at), order_words(order)) for order in orders]
    inside = [marker for marker in found if recording.start <= marker.at <= recording.end]
    return sorted(inside, key=lambda marker: marker.at)


def order_words(order: Any) -> str:
    """Say what a scheduled order does: ``order: sell 40M over 20 s``."""
    notional = float(order.signed_notional)
    over = f" over {span_text(order.over)}" if getattr(order, "over", 0) else ""
    return f"order: {'buy' if notional > 0 else 'sell'} {human(abs(notional))}{over}"


def shown_source(source: str) -> str:
    """Return the host of an address, and every other source as it is."""
    words = " ".join(source.split())
    host = urlsplit(words).hostname if words.startswith(("http://", "https://")) else None
    return (host or words).removeprefix("www.")


def flag_rows(markers: list[Marker], recording: Recording, width: float) -> list[int]:
    """Return the row of each flag, so that none covers another on an axis of ``width`` inches.

    Where one would have to climb above the third row it stays there: so many at once cannot be told apart.
    """
    span = max(recording.end - recording.start, 1)
    taken: list[float] = []
    rows = []
    for number, marker in enumerate(markers, start=1):
        half = 0.5 * max(_FLAG, text_inches(str(number), _SIZE, "bold") + 0.08)
        at = (marker.at - recording.start) / span * width
        row = next((row for row, end in enumerate(taken) if at - half >= end), len(taken))
        row = min(row, 2)
        taken[row : row + 1] = [at + half]
        rows.append(row)
    return rows


def draw_markers(panels: list[Axes], markers: list[Marker], rows: list[int]) -> None:
    """Draw a thin line through all panels for each marker, and its number on a flag above the first."""
    top = panels[0]
    high = top.bbox.height / float(top.figure.dpi)
    for number, (marker, row) in enumerate(zip(markers, rows, strict=True), start=1):
        at = float(date_numbers(marker.at))
        for panel in panels:
            panel.axvline(at, color=EVENT, linewidth=0.7, linestyle=(0, (2, 1.6)), zorder=0.8)
        stem = 1.0 + FLAG_ROW * row / high
        look: dict[str, Any] = {"transform": top.get_xaxis_transform(), "clip_on": False}
        top.plot([at, at], [1.0, stem], color=EVENT, linewidth=0.7, zorder=0.8, **look)
        top.annotate(
            str(number),
            (at, stem),
            xycoords=top.get_xaxis_transform(),
            xytext=(0, 3.2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=_SIZE,
            fontweight="bold",
            color=INK,
            zorder=7,
            bbox={"boxstyle": "round,pad=0.22", "facecolor": "white", "edgecolor": EVENT, "linewidth": 0.7},
            annotation_clip=False,
        )


def legend_lines(markers: list[Marker], recording: Recording, width: float) -> list[tuple[str, str, str]]:
    """Return the lines of the markers' legend: number, time, words; the first two empty where words go on."""
    lines: list[tuple[str, str, str]] = []
    indent = _indents(markers, recording)[1]
    for number, marker in enumerate(markers[:_MOST_EVENTS], start=1):
        words = f"{marker.what} ({marker.source})" if marker.source else marker.what
        first, *rest = wrapped(words, max(width - indent, 1.0), _SIZE) or [""]
        lines.append((str(number), _time(marker, recording), first))
        lines += [("", "", line) for line in rest]
    if len(markers) > _MOST_EVENTS:
        lines.append(("", "", f"and {len(markers) - _MOST_EVENTS} more"))
    return lines


def legend_inches(lines: list[tuple[str, str, str]]) -> float:
    """Return how high the markers' legend is."""
    return _LEADING * len(lines) + 0.12 if lines else 0.0


def write_legend(
    ax: Axes, lines: list[tuple[str, str, str]], markers: list[Marker], recording: Recording, drop: float, left: float
) -> None:
    """Write the markers' legend below a panel.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    lines : list of (str, str, str)
        From `legend_lines`.
    markers : list of Marker
        What they are about.
    recording : Recording
        The run.
    drop : float
        Inches between the panel's lower edge and the first line.
    left : float
        Inches from the panel's left edge to the legend's; negative to the left of the panel.
    """
    columns = (0.0, *_indents(markers, recording))
    for row, line in enumerate(lines):
        for number, (words, indent) in enumerate(zip(line, columns, strict=True)):
            if words:
                ax.annotate(
                    words,
                    (0, 0),
                    xycoords="axes fraction",
                    xytext=(72 * (left + indent), -72 * (drop + _LEADING * row)),
                    textcoords="offset points",
                    va="top",
                    fontsize=_SIZE,
                    fontweight="bold" if number == 0 else "normal",
                    color=INK if number < 2 else MUTED,
                    annotation_clip=False,
                )


def _time(marker: Marker, recording: Recording) -> str:
    return moment(marker.at, recording.shows_seconds, recording.shows_days)


def _indents(markers: list[Marker], recording: Recording) -> tuple[float, float]:
    """Return where times and words begin, inches from the legend's left edge."""
    numbers = 0.09 + text_inches(str(len(markers)), _SIZE, "bold")
    times = max((text_inches(_time(marker, recording), _SIZE) for marker in markers), default=0.0)
    return numbers, numbers + 0.1 + times
