"""The one panel of a sweep's picture, with words below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cascade_sim.plots.below import LINE, broken, say_below
from cascade_sim.plots.headed import Head
from cascade_sim.plots.one_panel import NARROW_FIGURE, one_panel, room_for
from cascade_sim.plots.style import is_narrow

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_HEIGHT, _NARROW_HEIGHT, _LEFT, _NARROW_LEFT, _RIGHT = 3.9, 2.9, 0.86, 0.62, 0.3
AXIS = 0.5


def words_size(narrow: bool) -> float:
    """Return the size of the words below a picture, points."""
    return 7.0 if narrow else 8.5


def sweep_panel(
    head: Head,
    ax: Axes | None,
    words: str,
    *,
    width: float | None,
    height: float | None = None,
    left: float = 0.0,
    axis: float = AXIS,
) -> Axes:
    """Make a panel below a head, with room for words below.

    Parameters
    ----------
    head : Head
    ax : matplotlib.axes.Axes or None
        Gives its place and is removed; None makes a new figure.
    words : str
        What will stand below the panel.
    width : float or None
        Of a new figure, inches.
    height : float, optional
        Of the panel in a new figure, inches.
    left : float
        Least margin for the words of the vertical axis, inches.
    axis : float
        Room for the horizontal axis' numbers and name, inches.
    """
    narrow = room_for(ax, width, 0.0, 0.0) <= NARROW_FIGURE
    margin = max(left, _NARROW_LEFT if narrow else _LEFT)
    room = room_for(ax, width, margin, _RIGHT)
    bottom = axis + (LINE * (broken(words, room, words_size(narrow)).count("\n") + 1) + 0.08 if words else 0.0)
    tall = height or (_NARROW_HEIGHT if narrow else _HEIGHT)
    panel = one_panel(head, ax, tall, width=width, left=margin, right=_RIGHT, bottom=bottom)
    if ax is not None and words:
        lift(panel, bottom - axis)
    return panel


def lift(panel: Axes, inches: float) -> None:
    """Leave room below a panel within the place that an axes gave, at most two fifths of it."""
    figure: Any = panel.figure
    box = panel.get_position()
    taken = min(inches / float(figure.get_figheight()), 0.4 * box.height)
    grid = figure.add_gridspec(1, 1, left=box.x0, right=box.x1, bottom=box.y0 + taken, top=box.y1)
    panel.set_subplotspec(grid[0])


def words_below(panel: Axes, words: str, axis: float = AXIS) -> None:
    """Write the words for which `sweep_panel` left room."""
    say_below(panel, words, 72 * axis - 4, words_size(is_narrow(panel)))


def why_nothing(rows: pd.DataFrame, value: str) -> str:
    """Say why there is nothing to draw."""
    if not len(rows):
        return "this sweep has no run: there is nothing to draw"
    if (rows["status"] == "failed").all():
        first = next((str(error) for error in rows["error"] if isinstance(error, str)), "")
        return f"every run failed: {first}" if first else "every run failed"
    return f"no run of this sweep has a value of {value}"
