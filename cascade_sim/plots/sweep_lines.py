"""Lines on a sweep's map: where a quantity that is known at some places crosses a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from contourpy import contour_generator

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.sweep_axis import SweepAxis


@dataclass(frozen=True)
class Field:
    """A quantity over a map, at places in the measure in which its axes are even.

    Attributes
    ----------
    x, y : ndarray, shape (n,) and (m,)
        Ascending. Along words, or a single value, they are the middles of the cells.
    z : ndarray, shape (m, n)
        NaN where the quantity is not known.
    """

    x: Floats
    y: Floats
    z: Floats


def stands_alone(axis: SweepAxis) -> bool:
    """Tell whether there is nothing between two cells of an axis: words, or a single value."""
    return axis.kind == "words" or len(axis.values) == 1


def field_of_cells(x: SweepAxis, y: SweepAxis, z: Floats, straight_on: bool = False) -> Field:
    """Return what is known in the middles of cells, carried on to the border: as it is, or straight on."""
    across, z = _to_border(x, z, straight_on, 1)
    up, z = _to_border(y, z, straight_on, 0)
    return Field(across, up, z)


def _to_border(axis: SweepAxis, z: Floats, straight_on: bool, dimension: int) -> tuple[Floats, Floats]:
    at, edges = axis.straight, axis.straight_edges
    if stands_alone(axis):
        return at, z
    rows = np.moveaxis(z, dimension, 0)
    first, last = rows[0], rows[-1]
    if straight_on:
        first = first + (edges[0] - at[0]) / (at[1] - at[0]) * (rows[1] - rows[0])
        last = last + (edges[-1] - at[-1]) / (at[-1] - at[-2]) * (rows[-1] - rows[-2])
    wider = np.concatenate([[first], rows, [last]])
    return np.concatenate([[edges[0]], at, [edges[-1]]]), np.moveaxis(wider, 0, dimension)


def level_lines(x: SweepAxis, y: SweepAxis, field: Field, level: float) -> list[Floats]:
    """Return the lines at which a field crosses a level, between its places linear in the measure of the axes.

    Along words there is nothing between two cells: each row (or column) of cells is crossed by a line of its own.

    Parameters
    ----------
    x, y : SweepAxis
    field : Field
    level : float

    Returns
    -------
    list of ndarray, each of shape (m, 2)
        Places along both axes.
    """
    if not np.isfinite(field.z).any() or (stands_alone(x) and stands_alone(y)):
        return []
    if stands_alone(y):
        return _by_row(x, y, field.x, field.z - level)
    if stands_alone(x):
        return [line[:, ::-1] for line in _by_row(y, x, field.y, field.z.T - level)]
    masked = np.ma.masked_invalid(field.z)
    found: Any = contour_generator(field.x, field.y, masked, corner_mask=True).lines(level)
    return [np.stack([x.plain(line[:, 0]), y.plain(line[:, 1])], axis=1) for line in found]


def _by_row(x: SweepAxis, y: SweepAxis, at: Floats, above: Floats) -> list[Floats]:
    """Return a short line across each row of cells at every change of sign in it."""
    lines, edges = [], y.edges
    for number, row in enumerate(above):
        with np.errstate(invalid="ignore"):
            crossed = np.flatnonzero((row[:-1] < 0.0) != (row[1:] < 0.0))
        for left in crossed:
            if not np.isfinite(row[[left, left + 1]]).all():
                continue
            share = row[left] / (row[left] - row[left + 1])
            place = float(x.plain(at[left] + share * (at[left + 1] - at[left])))
            lines.append(np.array([[place, edges[number]], [place, edges[number + 1]]]))
    return lines
