"""What a chart draws, as plain data, and the component that draws it on a canvas.

Charts are drawn in the browser by `chart.vue`, which needs no library and no network: a redraw is one message of
numbers, in base64 of float32 (quote prices keep seven digits, more than a screen shows). Plotting libraries were too
slow for a page that shares two cores with its market: benchmarks/dashboard.py.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import solara


def packed(numbers: npt.ArrayLike) -> str:
    """Return numbers as text: base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(numbers, dtype="<f4").tobytes()).decode("ascii")


def packed_bytes(cells: npt.ArrayLike) -> str:
    """Return whole numbers from 0 to 255 as base64."""
    return base64.b64encode(np.ascontiguousarray(cells, dtype=np.uint8).tobytes()).decode("ascii")


@dataclass(frozen=True)
class Axis:
    """One axis: where it begins and ends, what it is called, and how its numbers are written.

    Attributes
    ----------
    min, max : float
    label : str
        With the unit.
    format : str
        ``number``, or ``amount`` for 25M.
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

    x: str
    y: str
    colour: str
    label: str = ""
    width: float = 1.5
    axis: str = "left"
    dash: tuple[float, ...] = ()
    halo: str = ""
    steps: bool = False


@dataclass(frozen=True)
class Stack:
    """The heights of one colour of a chart's bars."""

    y: str
    colour: str
    label: str


@dataclass(frozen=True)
class Bars:
    """Bars of equal width from ``start`` on, several colours upon each other."""

    start: float
    width: float
    count: int
    stacks: Sequence[Stack]


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
    """Cells of colour: ``columns`` of ``rows`` cells, each a place in ``colours`` (three bytes each).

    Place 0 is nothing; 1 to 255 stand for ``low`` to ``high`` on a logarithmic scale.
    """

    cells: str
    columns: int
    rows: int
    x0: float
    x1: float
    y0: float
    y1: float
    colours: str
    low: float
    high: float
    unrecorded: str


@dataclass(frozen=True)
class Spec:
    """Everything that one chart shows; ``aligned`` leaves as much room at the right as a chart with a second axis."""

    name: str
    title: str
    x: Axis
    left: Axis
    right: Axis | None = None
    lines: Sequence[Line] = ()
    bars: Sequence[Bars] = ()
    rules: Sequence[Rule] = ()
    image: Image | None = None
    note: str = ""
    empty: str = ""
    height: int = 280
    aligned: bool = False
    legend: Sequence[dict[str, str]] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """Return it as the browser gets it."""
        return asdict(self)


def legend_of(*entries: tuple[str, str, str]) -> list[dict[str, str]]:
    """Return a legend from ``(label, colour, shape)``; the shape is ``line`` or ``area``."""
    return [{"label": label, "colour": colour, "shape": shape} for label, colour, shape in entries]


@solara.component_vue("chart.vue")
def Chart(spec: dict[str, Any]) -> None:
    """Draw a chart on a canvas; see `Spec.as_data`."""
