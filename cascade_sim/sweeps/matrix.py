"""A sweep over two keys as a table with one key down and one across."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.sweeps.key_words import key_words, short_names
from cascade_sim.text_table import lines_of, shown

if TYPE_CHECKING:
    import pandas as pd

# More columns than this are no table for a terminal.
MOST_ACROSS = 14
MOST_DOWN = 30


def fits_a_matrix(table: pd.DataFrame, keys: list[str]) -> bool:
    """Tell whether the points of a table of `statistics` are a full grid of two keys, small enough to be read."""
    varying = [key for key in keys if table[key].nunique() > 1]
    if len(varying) != 2:
        return False
    down, across = (table[key].nunique() for key in varying)
    return down * across == len(table) and down <= MOST_DOWN and across <= MOST_ACROSS


def matrix_lines(table: pd.DataFrame, keys: list[str], width: int) -> Iterator[str]:
    """Yield the probability of a cascade, or the one run's figure, with the first key down and the second across.

    Parameters
    ----------
    table : DataFrame
        From `statistics`.
    keys : list of str
        The varied keys.
    width : int
        Characters in a line.
    """
    down, across = (key for key in keys if table[key].nunique() > 1)
    down_name, across_name = short_names([down, across])
    units = table.attrs["units"]
    many = bool((table["runs"] > 1).any())
    figure, unit = ("cascade_probability", "fraction") if many else ("mean", units["mean"])
    grid = table.pivot(index=down, columns=across, values=figure)
    columns = [["", *(key_words(value, units.get(down, "")) for value in grid.index)]]
    columns += [
        [key_words(value, units.get(across, "")), *(_cell(each, unit) for each in grid[value])]
        for value in grid.columns
    ]
    what = "P(cascade)" if many else table.attrs["value"]
    yield f"{what}, {down_name} down, {across_name} across"
    yield ""
    yield from lines_of(columns, 1, width)
    if many:
        half = float(np.nanmax(table["cascade_high"] - table["cascade_low"])) / 2.0
        runs = sorted(set(table["runs"]))
        each = f"{runs[0]:,}" if len(runs) == 1 else f"{runs[0]:,} to {runs[-1]:,}"
        level = f"{100 * table.attrs['level']:g} %"
        yield f"{each} runs a cell; {level} intervals (Wilson) up to ±{shown(half, 'fraction')}"


def _cell(value: float, unit: str) -> str:
    return "–" if np.isnan(value) else shown(float(value), unit)
