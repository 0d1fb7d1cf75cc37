"""Sentences below a picture, broken to its width."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from cascade_sim.plots.style import MUTED, text_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE = 0.155
_SIZE = 8.5


def broken(words: str, width: float, size: float = _SIZE) -> str:
    """Break words into lines of at most ``width`` inches, as near as letters of average width allow."""
    letters = int(len(words) * width / text_inches(words, size)) if words else 0
    return textwrap.fill(words, max(letters, 20))


def say_below(ax: Axes, words: str, drop: float = 50.0, size: float = _SIZE) -> None:
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
    """
    if words:
        ax.annotate(
            broken(words, ax.bbox.width / ax.figure.dpi, size),
            (0, 0),
            xycoords="axes fraction",
            xytext=(0, -drop),
            textcoords="offset points",
            va="top",
            color=MUTED,
            fontsize=size,
            annotation_clip=False,
        )
