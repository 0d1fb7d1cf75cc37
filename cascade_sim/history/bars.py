"""Recorded bars: when they begin, their prices, and where in the file they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cascade_sim.history.inspection import Rows
from cascade_sim.history.layout import PRICES
from cascade_sim.history.series import Series

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bars:
    """Recorded bars in order of time.

    Attributes
    ----------
    opens : ndarray of float64, shape (bars,)
        Unix time at which each bar begins, in seconds, increasing by at least `length`.
    length : float
        Length of a bar in seconds: the most frequent spacing of the file.
    open, high, low, close : ndarray of float64, shape (bars,)
        Prices; NaN throughout where the file has no such column.
    volume : ndarray of float64, shape (bars,)
        In base currency (contracts for some venues) as recorded; NaN where there is none.
    lines : ndarray of int64, shape (bars,)
        Line of each bar in the file (row, from 0, of a Parquet file); -1 for a bar put into a gap.
    source : str
        The file, for messages.
    """

    opens: Floats
    length: float
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    lines: npt.NDArray[np.int64]
    source: str

    @property
    def closes(self) -> Floats:
        """Unix time of every bar's end, in seconds, shape (bars,)."""
        return self.opens + self.length


def bars_of(rows: Rows, length: float, series: Series) -> Bars:
    """Return rows in order as bars."""
    absent = np.full(rows.opens.size, np.nan)
    prices = {name: rows.columns.get(name, absent) for name in (*PRICES, "volume")}
    lines = np.where(rows.row < 0, -1, series.lines[rows.row])
    return Bars(rows.opens, length, **prices, lines=lines, source=series.faults.source)
