"""Words broken into lines that fit."""

from __future__ import annotations

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

_HINTING = 0.97  # small type on a screen's grid is a little wider than its outlines


def text_inches(words: str, size: float, weight: str = "normal") -> float:
    """Measure how long a line of text is, in inches, at a size in points."""
    font = FontProperties(family=["DejaVu Sans"], size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(words, font, False)[0] / 72.0


def wrapped(words: str, width: float, size: float, weight: str = "normal", most: int | None = None) -> list[str]:
    """Break words into lines of at most ``width`` inches.

    Parameters
    ----------
    words : str
        Broken at spaces; a word that is longer than a line is cut.
    width : float
        Inches.
    size : float
        Of the type, points.
    weight : str
        Of the type.
    most : int, optional
        Most lines wanted; the last one then ends in ``…`` where there is more to say.
    """
    width *= _HINTING
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_inches(longer, size, weight) <= width:
            lines[-1] = longer
            continue
        while text_inches(word, size, weight) > width and len(word) > 1:
            fitting = next(
                (cut for cut in range(len(word) - 1, 0, -1) if text_inches(word[:cut], size, weight) <= width), 1
            )
            lines.append(word[:fitting])
            word = word[fitting:]
        lines.append(word)
    if most is not None and len(lines) > most:
        last = lines[most - 1]
        while last and text_inches(f"{last} …", size, weight) > width:
            last = last.rpartition(" ")[0] or last[:-1]
        lines = [*lines[: most - 1], f"{last} …".strip()]
    return lines
