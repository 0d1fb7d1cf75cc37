"""What a chart shows, as plain data: axes, lines, bars, cells of colour, and words.

`echarts` turns it into an option of Apache ECharts, and `figure` puts it on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.plots.aggregate import Floats


@dataclass(frozen=True)
class Axis:
    """One axis: where it begins and ends, what it is called, and how its numbers are written.

    Attributes
    ----------
    min, max : float
    label : str
        With the unit.
    format : str
        ``number``, or ``amount`` for numbers that are written in thousands, millions or billions.
    unit : str
        A word after a value that is pointed at.
    """

    min: float
    max: float
    label: str
    format: str = "number"
    unit: str = ""


@dataclass(frozen=True)
class Line:
    """A line through points; with ``steps`` it keeps each value until the next point."""

    x: Floats
    y: Floats
    colour: str
    label: str = ""
    width: float = 1.5
    axis: str = "left"
    halo: str = ""
    steps: bool = False


@dataclass(frozen=True)
class Stack:
    """The heights of one colour of a chart's bars."""

    y: Floats
    colour: str
    label: str


@dataclass(frozen=True)
class Bars:
    """Bars of equal width from ``start`` on, several colours upon each other."""

    start: float
    width: float
    count: int
    stacks: Sequence[Stack]

    @property
    def middles(self) -> Floats:
        """Where each bar stands."""
        return np.asarray(self.start + self.width * (np.arange(self.count) + 0.5), dtype=np.float64)


@dataclass(frozen=True)
class Rule:
    """A vertical line with its name; ``row`` is the line of words that the name stands in."""

    x: float
    label: str
    colour: str
    row: int = 0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Image:
    """Cells of colour.

    Attributes
    ----------
    cells : ndarray of uint8, shape (columns, rows)
        Places in ``colours``; the first row is the lowest.
    x0, x1, y0, y1 : float
        What the cells cover on the axes.
    colours : bytes
        Three for each of 256 colours.
    unrecorded : str
        The colour where there are no cells.
    """

    cells: npt.NDArray[np.uint8]
    x0: float
    x1: float
    y0: float
    y1: float
    colours: bytes
    unrecorded: str


class Entry(NamedTuple):
    """An entry of a legend; the shape is ``line`` or ``area``."""

    label: str
    colour: str
    shape: str


@dataclass(frozen=True)
class Spec:
    """Everything that one chart shows; ``aligned`` leaves as much room at the right as a chart with a second axis."""

    name: str
    title: str
    x: Axis
    left: Axis
    right: Axis | None = None
    lines: Sequence[Line] = ()
    bars: Bars | None = None
    rules: Sequence[Rule] = ()
    image: Image | None = None
    note: str = ""
    empty: str = ""
    height: int = 280
    aligned: bool = False
    legend: Sequence[Entry] = field(default_factory=list)

    @property
    def axes(self) -> dict[str, Axis]:
        """The vertical axes by side."""
        return {"left": self.left} if self.right is None else {"left": self.left, "right": self.right}


def legend_of(*entries: tuple[Any, ...]) -> list[Entry]:
    """Return a legend from ``(label, colour, shape)``."""
    return [Entry(*entry) for entry in entries]
