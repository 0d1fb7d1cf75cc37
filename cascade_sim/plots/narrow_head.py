"""The head of a picture as narrow as a column of a paper: words in lines, figures in two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim.plots.style import LONG, MUTED, text_inches
from cascade_sim.plots.wrapping import wrapped

if TYPE_CHECKING:
    from cascade_sim.plots.headline import Tile

_TITLE, _LINE, _FIGURE, _WORDS = 11.0, 7.0, 12.0, 7.0
_LEADING = 1.28 / 72.0
_GAP = 0.07


class Placed(NamedTuple):
    """A line of text: inches from the left and from the top to its upper edge, and how it looks."""

    x: float
    y: float
    text: str
    look: dict[str, Any]


def narrow_head(
    title: str, line: str, tiles: list[Tile], status: str, width: float, room: float = float("inf")
) -> tuple[list[Placed], float]:
    """Set a head that is ``width`` inches wide.

    Parameters
    ----------
    title, line : str
        The scenario's name, at most two lines of it, and what stands below it, at most three.
    tiles : list of Tile
        The figures, two in a row where their words fit.
    status : str
        What went wrong, or an empty string.
    width : float
        Inches.
    room : float
        Inches there are; rows of figures that would go beyond are left out.

    Returns
    -------
    lines : list of Placed
    height : float
        Inches taken.
    """
    placed: list[Placed] = []
    at = 0.0
    paragraphs = (
        (wrapped(title, width, _TITLE, "bold", 2), _TITLE, {"fontweight": "bold"}),
        (wrapped(status, width, 8.0, "bold", 2), 8.0, {"fontweight": "bold", "color": LONG}),
        (wrapped(line, width, _LINE, most=3), _LINE, {"color": MUTED}),
    )
    for lines, size, look in paragraphs:
        for words in lines:
            placed.append(Placed(0.0, at, words, {"fontsize": size, **look}))
            at += size * _LEADING
    columns = 2 if all(_inches(tile) <= 0.5 * width - 0.1 for tile in tiles) else 1
    for first in range(0, len(tiles), columns):
        row = tiles[first : first + columns]
        lines_below = max(tile.meaning.count("\n") + 1 for tile in row)
        high = _GAP + (_FIGURE + _WORDS * lines_below) * _LEADING
        if at + high > room + 1e-6:
            break
        for column, tile in enumerate(row):
            x, y = column * 0.5 * width, at + _GAP
            bold = {"fontsize": _FIGURE, "fontweight": "bold", "color": tile.colour}
            placed.append(Placed(x, y, tile.figure, bold))
            for number, words in enumerate(tile.meaning.split("\n")):
                below = y + (_FIGURE + _WORDS * number) * _LEADING
                placed.append(Placed(x, below, words, {"fontsize": _WORDS, "color": MUTED}))
        at += high
    return placed, at


def _inches(tile: Tile) -> float:
    """Return how wide a figure with its words is."""
    words = (text_inches(part, _WORDS) for part in tile.meaning.split("\n"))
    return max(text_inches(tile.figure, _FIGURE, "bold"), *words)
