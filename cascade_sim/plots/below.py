"""Sentences below a picture, broken to its width."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from cascade_sim.plots.style import MUTED, panel_inches, text_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE = 0.155
_SIZE, _FEWEST = 8.5, 16


def broken(words: str, width: float, size: float = _SIZE) -> str:
    """Break words into lines of at most ``width`` inches at a size in points."""
    if not words:
        return words
    letters = max(int(1.1 * len(words) * width / text_inches(words, size)), _FEWEST)
    while letters > _FEWEST:
        lines = textwrap.wrap(words, letters)
        if all(text_inches(line, size) <= width for line in lines):
            return "\n".join(lines)
        letters -= 1
    return textwrap.fill(words, _FEWEST)


def say_below(
    ax: Axes, words: str, drop: float = 50.0, size: float = _SIZE, left: float = 0.0, room: float | None = None
) -> None:
    """Write a sentence below an axis, broken to the panel's width.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    words : str
        Nothing is written where there are none.
    drop : float
        Points between the panel's lower edge and the words, for tick labels and the axis' name.
    size : float
        Of the type, points.
    left : float
        Inches from the panel's left edge to the words'; negative to the left of the panel.
    room : float, optional
        Inches that a line may take instead of the panel's width.
    """
    if words:
        ax.annotate(
            broken(words, panel_inches(ax) if room is None else room, size),
            (0, 0),
            xycoords="axes fraction",
            xytext=(72 * left, -drop),
            textcoords="offset points",
            va="top",
            color=MUTED,
            fontsize=size,
            annotation_clip=False,
        )
