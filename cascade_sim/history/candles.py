"""Candle files: one bar a line, ``time_utc`` its opening."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cascade_sim.errors import DataError
from cascade_sim.history.table import number, read_columns

Floats = npt.NDArray[np.float64]

# Epoch seconds reach 1e11 in the year 5138; larger numbers are milliseconds, then microseconds.
_MILLISECONDS, _MICROSECONDS = 1e11, 1e14


def read_candles(path: Path | str, column: str = "close") -> tuple[Floats, Floats]:
    """Read the closing times of recorded bars and the prices of one column.

    Parameters
    ----------
    path : path-like
        A CSV file with the columns ``time_utc`` (ISO 8601, without a zone taken as UTC, or a Unix epoch in
        seconds, milliseconds or microseconds) and `column`; lines that begin with ``#`` are comments, other
        columns are left alone.
    column : str
        Which price to read, such as ``close`` or ``low``.

    Returns
    -------
    times : ndarray of float64, shape (bars,)
        Unix time of every bar's end in seconds: its ``time_utc`` plus the length of a bar, which is the
        most frequent spacing of the file (the shortest such), so that a gap does not move the bar before
        it.
    prices : ndarray of float64, shape (bars,)
        Prices as recorded.

    Raises
    ------
    DataError
        With file and line: a file that cannot be read or lacks a column, fewer than two bars, times that
        are not times or do not increase, prices that are not positive and finite.
    """
    file = Path(path)
    table = read_columns(file, {"time_utc": epoch_seconds, column: number})
    opens, prices, faults = table.columns["time_utc"], table.columns[column], table.faults
    faults.add_where(~(prices > 0), lambda row: f"{column} {prices[row]:g} is not positive")
    steps = np.diff(opens)
    faults.add_where(np.append(False, steps == 0), lambda row: "time_utc is that of the row before")
    faults.add_where(np.append(False, steps < 0), lambda row: "time_utc lies before that of the row before")
    faults.refuse()
    if opens.size < 2:
        raise DataError(f"{file}: holds one bar; two or more are needed to know how long a bar is")
    spacings, counts = np.unique(np.round(steps, 6), return_counts=True)
    return opens + spacings[np.argmax(counts)], prices


def epoch_seconds(text: str) -> float:
    """Read a time, ISO 8601 or a Unix epoch, as Unix seconds.

    Raises
    ------
    ValueError
        With what is wrong, to follow the text.
    """
    text = text.strip()
    try:
        value = float(text)
    except ValueError:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            reason = "is not a time; write 2020-03-12T10:00:00Z or a Unix time" if text else "is empty"
            raise ValueError(reason) from None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if not np.isfinite(value):
        raise ValueError("is not a finite number")
    if abs(value) >= _MICROSECONDS:
        return value / 1e6
    return value / 1e3 if abs(value) >= _MILLISECONDS else value
