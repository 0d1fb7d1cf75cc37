"""Figures and columns as text: how a number is written for people, and how columns of text are laid out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from cascade_sim.units import format_duration, format_percent, format_quantity

NOTHING = "–"
# Units that the written figure shows already, or that are no unit.
_UNNAMED = ("fraction", "ratio", "count", "s")
_GAP = "  "
_PIPE_WIDTH = 160


def shown(value: Any, unit: str, as_written: bool = False) -> str:
    """Write one figure for people: a percentage, an amount with its suffix, a duration, or as it stands.

    Parameters
    ----------
    value : number, str, list of two numbers, or None
    unit : str
        Its unit in the summary.
    as_written : bool
        Whether a figure keeps the digits that somebody gave it; else columns get equal precision.
    """
    if value is None:
        return NOTHING
    if isinstance(value, list | tuple):
        return " to ".join(shown(item, unit, as_written) for item in value)
    if isinstance(value, str):
        return _moment(value) if unit == "UTC" else value
    if value == 0:
        return "0"
    if unit == "fraction":
        if abs(value) < 1e-6:
            return f"{value:.1e}"
        if as_written or abs(value) < 1e-3:
            return format_percent(value)
        return f"{100.0 * value:.{1 if abs(value) >= 0.1 else 2}f}%"
    if unit == "s":
        return format_duration(value)
    if unit == "count":
        return f"{value:,.0f}" if value == round(value) else f"{value:,}"
    if unit in ("quote per base", "ratio"):
        digits = ",.4g" if as_written else "#,.4g"
        return f"{value:{digits}}" if abs(value) < 1_000 else f"{value:,.0f}"
    return format_quantity(value)


def unit_beside(unit: str) -> str:
    """Return a unit as it stands beside a figure: short, and nothing where the written figure shows it already."""
    return unit.replace(" per ", "/") if unit not in _UNNAMED else ""


def _moment(text: str) -> str:
    """Write a time as day and time of day; what somebody wrote in words stays as it is."""
    try:
        return f"{datetime.fromisoformat(text):%d %b %H:%M:%S}"
    except ValueError:
        return text


def lines_of(columns: Sequence[Sequence[str]], names: int, width: int) -> Iterator[str]:
    """Lay columns out as text, in blocks one below the other where a line has no room for all of them.

    Parameters
    ----------
    columns : sequence of columns
        Equally long; the first cell is the heading.
    names : int
        How many leading columns name the rows: aligned to the left, and repeated in every block.
    width : int
        Characters in a line.
    """

    def padded(column: Sequence[str], left: bool) -> list[str]:
        wide = max(map(len, column))
        cells = [cell.ljust(wide) if left else cell.rjust(wide) for cell in column]
        return [cells[0], "─" * wide, *cells[1:]]

    first = [padded(column, True) for column in columns[:names]]
    rest = [padded(column, False) for column in columns[names:]]
    while rest:
        block, room = list(first), width - sum(len(column[0]) + len(_GAP) for column in first)
        while rest and (len(block) == names or len(rest[0][0]) <= room):
            room -= len(rest[0][0]) + len(_GAP)
            block.append(rest.pop(0))
        for row in zip(*block, strict=True):
            yield _GAP.join(row).rstrip()
        if rest:
            yield ""


def line_width() -> int:
    """Return the width to print to: the terminal's, or wide enough for most tables where there is none."""
    return shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns


def print_lines(lines: Iterable[str]) -> None:
    """Print lines; signs that the terminal does not know are replaced."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    for line in lines:
        print(line)
