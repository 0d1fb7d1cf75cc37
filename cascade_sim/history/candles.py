"""Candle files: one bar a row, its time the bar's opening."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cascade_sim.history.any_file import read_file
from cascade_sim.history.bars import Bars, bars_of
from cascade_sim.history.inspection import ALWAYS, in_order
from cascade_sim.history.layout import PRICES
from cascade_sim.scenario.repair import Repair

Floats = npt.NDArray[np.float64]


def read_bars(
    path: Path | str,
    repair: Repair | None = None,
    needed: Sequence[str] = PRICES,
    window: tuple[float, float] = ALWAYS,
    source: str = "",
) -> Bars:
    """Read recorded bars from any of the public formats, told apart by their first lines.

    Parameters
    ----------
    path : path-like
        A CSV file, plain, packed (``.csv.gz``) or alone in a ``.zip``, or a ``.parquet`` file: columns
        ``time_utc, open, high, low, close, volume``; Binance's public klines, with or without their header;
        files of Bitstamp and other venues with columns ``unix, date, symbol, ...`` that list the newest bar
        first; minute files with ``Timestamp, Open, ...``. Times are the openings of the bars: Unix epochs in
        seconds, milli-, micro- or nanoseconds, or ISO 8601 with a zone; without one only in a column whose
        name says ``utc``. Lines that begin with ``#`` are comments, other columns are left alone.
    repair : Repair, optional
        What may be done about bars that are not in order; left out, they are refused.
    needed : sequence of str
        Prices that the file must have.
    window : tuple of float
        Unix times between which a gap matters.
    source : str
        How messages name the file; by default its path.

    Returns
    -------
    Bars
        In order of time.

    Raises
    ------
    DataError
        With file and line: a file that cannot be read or lacks a column, fewer than two bars, times that are
        not times or leave their zone open; and where `repair` says nothing of it, bars out of order, twice,
        overlapping, missing or without prices, prices of zero or below, a high or low that does not hold open
        and close, and spikes (`cascade_sim.history.spikes`).
    """
    file = Path(path)
    wanted = [name for name in (*PRICES, "volume") if name not in needed]
    series = read_file(file, needed, wanted, source or str(file))
    prices = tuple(name for name in PRICES if name in series.columns)
    rows, length = in_order(series, prices, repair or Repair(), window)
    return bars_of(rows, length, series)


def read_candles(
    path: Path | str,
    column: str = "close",
    repair: Repair | None = None,
    window: tuple[float, float] = ALWAYS,
    source: str = "",
) -> tuple[Floats, Floats]:
    """Read the closing times of recorded bars and the prices of one column.

    Parameters
    ----------
    path, repair, window, source
        As in `read_bars`.
    column : str
        Which price to read, such as ``close`` or ``low``.

    Returns
    -------
    times : ndarray of float64, shape (bars,)
        Unix time of every bar's end in seconds: its opening plus the length of a bar, which is the most
        frequent spacing of the file (the shortest such), so that a gap does not move the bar before it.
    prices : ndarray of float64, shape (bars,)
        Prices as recorded, or as repaired.

    Raises
    ------
    DataError
        As `read_bars`.
    """
    file = Path(path)
    series = read_file(file, (column,), PRICES, source or str(file))
    prices = tuple(name for name in dict.fromkeys((*PRICES, column)) if name in series.columns)
    rows, length = in_order(series, prices, repair or Repair(), window)
    return rows.opens + length, rows.columns[column]
