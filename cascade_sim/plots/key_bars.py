"""Horizontal bars, one or two for each key of a sweep: names that fit, heights, and what is not drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cascade_sim.errors import CascadeError
from cascade_sim.plots.headed import Head
from cascade_sim.plots.one_panel import NARROW_FIGURE, room_for
from cascade_sim.plots.style import text_inches
from cascade_sim.plots.sweep_panel import sweep_panel
from cascade_sim.plots.sweep_reading import PictureError, short_key

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW, _NARROW_ROW, _LEAST = 0.42, 0.36, 1.3
_MOST_OF_THE_WIDTH = 0.38


# As `sweeps.sensitivity.tornado` calls them.
_NAMES = {"low_at": "low_value", "high_at": "high_value", "low": "at_low", "high": "at_high"}


def asked_table(source: Any, method: str, value: str, columns: tuple[str, ...]) -> tuple[Any, str]:
    """Return the table that a sweep computes, or the one given; without one, an empty table and what kept it away."""
    if not hasattr(source, method):
        return source, ""
    try:
        return getattr(source, method)(value), ""
    except CascadeError as error:
        return pd.DataFrame(columns=list(columns)), str(error)


def key_rows(table: Any, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of keys, or say which columns it lacks; keys may be its index, the base one of its attributes."""
    frame = pd.DataFrame(table)
    if "key" not in frame.columns and frame.index.name == "key":
        frame = frame.reset_index()
    frame = frame.rename(columns={old: new for old, new in _NAMES.items() if new in columns and old in frame.columns})
    if "base" in columns and "base" not in frame.columns and "base" in getattr(table, "attrs", {}):
        frame["base"] = float(table.attrs["base"])
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise PictureError(f"the table has no column {', '.join(missing)}; it needs {', '.join(columns)}")
    return frame


def named_keys(keys: pd.Series, ax: Axes | None, width: float | None) -> list[str]:
    """Return names of keys that leave most of the picture to the bars; two different keys keep different names."""
    whole = room_for(ax, width, 0.0, 0.0)
    size = 7.0 if whole <= NARROW_FIGURE else 8.5
    room = _MOST_OF_THE_WIDTH * whole
    full = [str(key) for key in keys]
    short = [short_key(key, lambda words: text_inches(words, size) <= room) for key in full]
    return [name if short.count(name) == 1 else key for name, key in zip(short, full, strict=True)]


def bars_panel(head: Head, ax: Axes | None, keys: list[str], words: str, *, width: float | None) -> Axes:
    """Make a panel with a row for each key and room for their names."""
    narrow = room_for(ax, width, 0.0, 0.0) <= NARROW_FIGURE
    size = 7.0 if narrow else 8.5
    left = max((text_inches(name, size) for name in keys), default=0.0) + 0.16
    height = max((_NARROW_ROW if narrow else _ROW) * len(keys) + 0.5, _LEAST)
    panel = sweep_panel(head, ax, words, width=width, height=height, left=left)
    if ax is not None:
        _make_room(panel, left)
    return panel


def _make_room(panel: Axes, inches: float) -> None:
    """Leave room for the names within the place that an axes gave, beyond what lies to the left of it."""
    figure: Any = panel.figure
    box, wide = panel.get_position(), float(figure.get_figwidth())
    taken = min(max(inches / wide - min(box.x0, 0.6 / wide), 0.0), 0.5 * box.width)
    grid = figure.add_gridspec(1, 1, left=box.x0 + taken, right=box.x1, bottom=box.y0, top=box.y1)
    panel.set_subplotspec(grid[0])


def bars_words(table: pd.DataFrame, known: pd.DataFrame, first: str) -> str:
    """Say what a bar is, and which keys are not drawn."""
    missing = [str(key) for key in table["key"] if key not in set(known["key"])]
    return " ".join([first, *([f"Without a value, and not drawn: {', '.join(missing)}."] if missing else [])]).strip()


def tail_of(key: str) -> str:
    """Return the last two parts of a dotted key, and those before them as far as they only count entries of lists."""
    parts = key.split(".")
    first = max(len(parts) - 2, 0)
    while first > 0 and parts[first].isdigit():
        first -= 1
    return ".".join(parts[first:])
