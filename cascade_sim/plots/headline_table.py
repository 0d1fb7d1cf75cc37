"""Headline figures of several runs beside each other: a bar and a number for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.patches import Rectangle

from cascade_sim.plots.headline import fell_most, number_in
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.reading import Names
from cascade_sim.plots.style import FAINT, INK, MUTED, panel_inches, text_inches
from cascade_sim.plots.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW, _HEADING, _BETWEEN = 0.185, 0.30, 0.14
_GAP = 0.2
_WIDE = 4.0


class Column(NamedTuple):
    """One headline figure of all runs: what it is, and each run's value (NaN where it has none) and text."""

    heading: str
    values: list[float]
    texts: list[str]


def columns_of(summaries: Sequence[Mapping[str, Any]], names: Sequence[Names]) -> list[Column]:
    """Choose the figures to compare: those of every run, and of the backstops only those that anybody used.

    Parameters
    ----------
    summaries : sequence of mapping
        A run's each.
    names : sequence of Names
        The currencies of each.
    """
    found = {key: [number_in(summary, key) for summary in summaries] for key in _KEYS}
    up = not next((fell_most(summary) for summary in summaries if summary), True)
    moved = found["max_runup" if up else "max_drawdown"]
    columns = [
        Column(f"largest {'rise' if up else 'fall'} of the mark", moved, [percent(value) for value in moved]),
        _amounts("liquidated", found["liquidated_notional"], [each.quote for each in names]),
        Column(
            "open interest cleared",
            found["open_interest_cleared"],
            [percent(value) for value in found["open_interest_cleared"]],
        ),
    ]
    backstops = (
        ("insurance_fund_used", "drawn from the fund", [each.margin for each in names]),
        ("adl_notional", "deleveraged", [each.quote for each in names]),
        ("bad_debt", "bad debt", [each.margin for each in names]),
    )
    for key, heading, units in backstops:
        if any(value > 0 for value in found[key]):
            columns.append(_amounts(heading, found[key], units))
    return columns


_KEYS = (
    *("max_drawdown", "max_runup", "liquidated_notional", "open_interest_cleared"),
    *("insurance_fund_used", "adl_notional", "bad_debt"),
)


def _amounts(heading: str, values: list[float], units: list[str]) -> Column:
    """Make a column of amounts; their unit stands in the heading where all share it, else beside each."""
    if len(set(units)) == 1:
        return Column(f"{heading}, {units[0]}", values, [human(value) for value in values])
    return Column(heading, values, [f"{human(value)} {unit}" for value, unit in zip(values, units, strict=True)])


class _Shape(NamedTuple):
    """How wide the parts of the table are: names, lines before them, and at least each figure; size of the type."""

    names: float
    line: float
    column: float
    size: float


def _shape(width: float) -> _Shape:
    return _Shape(max(0.24 * width, 1.3), 0.3, 1.15, 7.5) if width > _WIDE else _Shape(0.36 * width, 0.2, 0.95, 6.5)


def _per_block(count: int, width: float) -> int:
    """Return how many columns stand beside each other."""
    shape = _shape(width)
    most = max(int((width - shape.names) / shape.column), 1)
    blocks = -(-count // most)
    return -(-count // blocks)


def table_inches(columns: list[Column], runs: int, width: float) -> float:
    """Return how high the table of so many runs is on ``width`` inches."""
    blocks = -(-len(columns) // _per_block(len(columns), width))
    return blocks * (_HEADING + _ROW * runs) + _BETWEEN * (blocks - 1)


def headline_table(
    ax: Axes, columns: list[Column], names: list[str], colours: Sequence[str], dashes: Sequence[Any]
) -> None:
    """Write the table into an axes of its own.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Gives up its frame; its height is that of `table_inches` or more.
    columns : list of Column
        The figures.
    names : list of str
        Of the runs, shortened where they are too long.
    colours, dashes : sequence
        Of the runs' lines.
    """
    width, height = panel_inches(ax), ax.bbox.height / float(ax.figure.dpi)
    ax.set_axis_off()
    ax.set(xlim=(0, width), ylim=(height, 0))
    room, line, _, size = _shape(width)
    across = _per_block(len(columns), width)
    column_width = (width - room) / across
    squeeze = min(height / table_inches(columns, len(names), width), 1.0)
    top = 0.0
    for first in range(0, len(columns), across):
        for row, name in enumerate(names):
            y = top + squeeze * (_HEADING + _ROW * (row + 0.5))
            look: dict[str, Any] = {"color": colours[row], "linestyle": dashes[row], "linewidth": 1.6}
            ax.plot([0.0, line - 0.06], [y, y], **look)
            shown = wrapped(name, room - line - 0.06, size, most=1)[0] if name.strip() else ""
            ax.text(line, y, shown, va="center", fontsize=size)
        for place, column in enumerate(columns[first : first + across]):
            left = room + place * column_width
            _write_column(ax, column, left, column_width - _GAP, top, squeeze, size, colours)
        top += squeeze * (_HEADING + _ROW * len(names) + _BETWEEN)


def _write_column(
    ax: Axes,
    column: Column,
    left: float,
    width: float,
    top: float,
    squeeze: float,
    size: float,
    colours: Sequence[str],
) -> None:
    """Write one figure of all runs: heading, a bar for each, and its number behind the bar."""
    for number, words in enumerate(wrapped(column.heading, width + 0.12, size - 0.5, most=2)[::-1]):
        y = top + squeeze * (_HEADING - 0.04) - number * 0.11
        ax.text(left, y, words, va="bottom", fontsize=size - 0.5, color=MUTED)
    longest = max((value for value in column.values if math.isfinite(value)), default=0.0)
    room = max(width - max(text_inches(text, size) for text in column.texts) - 0.06, 0.1)
    for row, (value, text) in enumerate(zip(column.values, column.texts, strict=True)):
        y = top + squeeze * (_HEADING + _ROW * (row + 0.5))
        bar = room * value / longest if longest > 0 and value > 0 else 0.0
        high = 0.6 * squeeze * _ROW
        ax.add_patch(Rectangle((left, y - high / 2), bar, high, facecolor=colours[row], linewidth=0))
        ax.plot([left, left], [y - high * 0.83, y + high * 0.83], color=FAINT, linewidth=0.8)
        ax.text(left + bar + 0.05, y, text, va="center", fontsize=size, color=INK if value == value else MUTED)
