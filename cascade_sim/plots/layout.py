"""Rows of panels below a head, in a figure of their own or in the place of an axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cascade_sim.plots.style import new_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 10.0
HEAD = 1.12
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 0.86, 0.76, 0.22, 0.5, 0.42


def stack(
    heights: list[float],
    ax: Axes | None,
    gap: float = _GAP,
    bottom: float = _BOTTOM,
    width: float | None = None,
) -> list[Axes]:
    """Make one axes a row.

    Parameters
    ----------
    heights : list of float
        Heights of the rows, inches. In the place of an axes all but the first, the head, stretch to fill it.
    ax : matplotlib.axes.Axes or None
        Gives its place to the rows and is removed; None makes a new figure.
    gap, bottom : float
        Inches between two rows, and below the last.
    width : float, optional
        Width of a new figure, inches; by default 10.
    """
    if ax is None:
        tall = _TOP + sum(heights) + gap * (len(heights) - 1) + bottom
        wide = WIDTH if width is None else width
        figure: Any = new_picture(wide, tall)
        left, right, low, high = _LEFT / wide, 1 - _RIGHT / wide, bottom / tall, 1 - _TOP / tall
    else:
        figure, box = ax.figure, ax.get_position()
        left, right, low, high = box.x0, box.x1, box.y0, box.y1
        room = box.height * figure.bbox.height / figure.dpi
        fixed = heights[0] + gap * (len(heights) - 1)
        stretch = max((room - fixed) / sum(heights[1:]), 0.2)
        heights = [heights[0], *(stretch * height for height in heights[1:])]
        ax.remove()
    space = gap * len(heights) / sum(heights)
    grid = figure.add_gridspec(
        len(heights), 1, height_ratios=heights, hspace=space, left=left, right=right, bottom=low, top=high
    )
    return [figure.add_subplot(grid[row]) for row in range(len(heights))]
