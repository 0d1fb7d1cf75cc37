"""A head with rows of panels below it, at any width, and room for words below the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim.plots.headline import Tile, status_words, write_head
from cascade_sim.plots.layout import HEAD, WIDTH, stack
from cascade_sim.plots.narrow_head import narrow_head
from cascade_sim.plots.style import NARROW, is_narrow, panel_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGE = 0.12
_LEFT, _RIGHT = 0.86, 0.76
_NARROW_LEFT, _NARROW_RIGHT = 0.60, 0.58
_AXIS = 0.5
_BARE = 0.52
_GAP, _NARROW_GAP = 0.42, 0.32
MOST_OF_A_PLACE = 0.4


class Head(NamedTuple):
    """What stands in a head: the name of what was run, the line below, the figures, the run's status."""

    title: str
    line: str
    tiles: list[Tile]
    status: str = "completed"


def words_width(ax: Axes | None, width: float | None) -> float:
    """Return how many inches a line of words may take, in the head and below the panels."""
    if ax is not None:
        return panel_inches(ax)
    whole = WIDTH if width is None else width
    return whole - 2 * EDGE if whole - _LEFT - _RIGHT < NARROW else whole - _LEFT - _RIGHT


def panel_width(ax: Axes | None, width: float | None) -> float:
    """Return how many inches the panels will be wide."""
    whole = WIDTH if width is None else width
    if ax is not None or whole - _LEFT - _RIGHT >= NARROW:
        return words_width(ax, width)
    return whole - _NARROW_LEFT - _NARROW_RIGHT


def place_inches(ax: Axes | None) -> float:
    """Return how high the place for a picture is, inches; endless for a figure of its own."""
    return float("inf") if ax is None else ax.get_position().height * ax.figure.bbox.height / float(ax.figure.dpi)


def words_left(panel: Axes, new: bool) -> float:
    """Return where words below a panel begin, inches from its left edge; negative to the left of it."""
    inches = panel.get_position().x0 * panel.figure.bbox.width / float(panel.figure.dpi)
    return EDGE - inches if new and is_narrow(panel) else 0.0


def headed(
    head: Head,
    heights: list[float],
    ax: Axes | None,
    *,
    width: float | None,
    axis: float = _AXIS,
    below: float = 0.0,
    keep_last: bool = False,
) -> list[Axes]:
    """Make panels below a head, and write the head.

    Parameters
    ----------
    head : Head
        What stands in it.
    heights : list of float
        Of the panels, inches; in the place of an axes they stretch to fill it.
    ax : matplotlib.axes.Axes or None
        Gives its place and is removed; None makes a new figure.
    width : float or None
        Of a new figure, inches.
    axis : float
        Inches that the numbers and the name of the last panel's axis take.
    below : float
        Inches of words below them.
    keep_last : bool
        Whether the last panel keeps its height in the place of an axes, and only the others stretch.

    Returns
    -------
    list of matplotlib.axes.Axes
        The panels, without the head.
    """
    whole = WIDTH if width is None else width
    wide = words_width(ax, width)
    narrow = panel_width(ax, width) < NARROW
    gap = _NARROW_GAP if narrow else _GAP
    high = HEAD if head.tiles else _BARE
    if narrow:
        high = narrow_head(head.title, head.line, head.tiles, status_words(head.status), wide)[1]
    if ax is not None:
        box, tall = ax.get_position(), ax.figure.bbox.height / float(ax.figure.dpi)
        if below:
            taken = min((below + axis - 0.05) / tall, 0.5 * box.height)
            ax.set_position((box.x0, box.y0 + taken, box.width, box.height - taken))
        room = ax.get_position().height * tall
        high = min(high, MOST_OF_A_PLACE * room) if narrow else high
        if keep_last:
            left = room - high - gap * len(heights) - heights[-1]
            scale = max(left / sum(heights[:-1]), 0.2)
            heights = [*(scale * height for height in heights[:-1]), heights[-1]]
    top, *panels = stack([high, *heights], ax, gap=gap, bottom=axis + below, width=width)
    if narrow and ax is None:
        grid: Any = top.get_gridspec()
        grid.update(left=_NARROW_LEFT / whole, right=1 - _NARROW_RIGHT / whole)
        for panel in panels:
            cell: Any = panel.get_subplotspec()
            panel.set_position(cell.get_position(panel.figure))
        place = top.get_position()
        top.set_position((EDGE / whole, place.y0, 1 - 2 * EDGE / whole, place.height))
    write_head(top, head.title, head.line, head.tiles, head.status, narrow)
    return panels
