"""The cells of a sweep's map: what the runs of each came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.sweep_axis import SweepAxis, axis_of
from cascade_sim.plots.sweep_reading import (
    CASCADE,
    PictureError,
    checked_key,
    column_of,
    is_numeric,
    refuse_mixing,
    rows_of,
    selected_points,
    varying,
)

STATISTICS = ("mean", "median", "min", "max", "std")
_MOST_VALUES, _MOST_CELLS, _FEWEST_CELLS, _POINTS_A_CELL = 40, 12, 3, 4


@dataclass(frozen=True)
class Cells:
    """A table of cells, ``y`` by ``x``.

    Attributes
    ----------
    x, y : SweepAxis
    value : ndarray, shape (len(y), len(x))
        The statistic of each cell's runs; NaN where none of them ended with a number.
    cascade : ndarray, shape (len(y), len(x))
        Share of the runs that were cascades.
    runs : ndarray, shape (len(y), len(x))
        How many runs ended with a number.
    rows : pandas.DataFrame
        The runs drawn.
    points : pandas.DataFrame
        Their points.
    place : ndarray, shape (points, 2)
        Row and column of each point's cell.
    others : list of str
        Keys averaged over.
    gathered : bool
        Whether several values of a key share a cell.
    """

    x: SweepAxis
    y: SweepAxis
    value: Floats
    cascade: Floats
    runs: Floats
    rows: pd.DataFrame
    points: pd.DataFrame
    place: Any
    others: list[str]
    gathered: bool


def chosen_keys(result: Any, x: str | None, y: str | None) -> tuple[str, str]:
    """Return the two keys of a map: those given, else the two that vary, words upwards."""
    free = [key for key in varying(result) if key not in (x, y)]
    needed = 2 - (x is not None) - (y is not None)
    if len(free) < needed:
        known = ", ".join(varying(result)) or "none"
        raise PictureError(f"a map needs two keys that vary; in this sweep {known} does; fan_chart draws one")
    numbers = [key for key in free if is_numeric(result.points[key])]
    chosen = (numbers + [key for key in free if key not in numbers])[:needed]
    if x is None:
        x = chosen.pop(0)
    y = chosen.pop(0) if y is None else y
    if x == y:
        raise PictureError(f"a map needs two keys, not {x!r} twice")
    return checked_key(result, x), checked_key(result, y)


def cells_of(
    result: Any,
    x: str,
    y: str,
    value: str,
    statistic: str | float,
    where: Mapping[str, Any] | None,
    average: bool,
) -> Cells:
    """Put a sweep's runs into cells.

    Raises
    ------
    PictureError
        If the output or the statistic does not exist, or other keys vary and may not be averaged over.
    """
    column_of(result, value)
    points = selected_points(result, where)
    others = refuse_mixing(points, [x, y], result, average)
    few = max(min(round(np.sqrt(len(points) / _POINTS_A_CELL)), _MOST_CELLS), _FEWEST_CELLS)
    distinct = points[[x, y]].nunique()
    scattered = int(distinct.prod()) > 4 * len(points.drop_duplicates([x, y])) or distinct.max() > _MOST_VALUES
    axes = [axis_of(result, key, points, few if scattered else None) for key in (x, y)]
    rows = rows_of(result, points)
    across, up = (axis.cell_of(points[axis.key]) for axis in axes)
    place = np.stack([up, across], axis=1).astype(int) if len(points) else np.empty((0, 2), int)
    shape = (len(axes[1].values), len(axes[0].values))
    at = pd.Series(place[:, 0] * shape[1] + place[:, 1], index=points.index)
    groups = at.reindex(rows["point"]).to_numpy()
    found = _by_cell(rows[value], groups, shape, statistic)
    cascade = _by_cell(rows[CASCADE], groups, shape, "mean")
    runs = _by_cell(rows[value].notna().astype(float), groups, shape, "sum")
    gathered = any(axis.given_edges is not None for axis in axes)
    return Cells(axes[0], axes[1], found, cascade, np.nan_to_num(runs), rows, points, place, others, gathered)


def _by_cell(values: pd.Series, groups: Any, shape: tuple[int, int], statistic: str | float) -> Floats:
    grouped = values.astype(float).groupby(groups)
    if isinstance(statistic, str) and statistic not in (*STATISTICS, "sum"):
        known = ", ".join(STATISTICS)
        raise PictureError(f"statistic must be one of {known}, or a quantile such as 0.95, not {statistic!r}")
    if not isinstance(statistic, str) and not 0.0 <= statistic <= 1.0:
        raise PictureError(f"a quantile lies between 0 and 1, not at {statistic!r}")
    found = getattr(grouped, statistic)() if isinstance(statistic, str) else grouped.quantile(statistic)
    return np.asarray(found.reindex(range(shape[0] * shape[1])), dtype=float).reshape(shape)


def statistic_words(statistic: str | float) -> str:
    """Return a statistic as one says it: ``mean``, ``95 % quantile``."""
    if isinstance(statistic, str):
        return {"min": "smallest", "max": "largest", "std": "standard deviation of the"}.get(statistic, statistic)
    return f"{100 * statistic:g} % quantile of the"
