"""Columns over time from any of the formats, as they stand in the file."""

from __future__ import annotations

import io
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cascade_sim.errors import DataError
from cascade_sim.history.layout import Layout, layout_of
from cascade_sim.history.quick import LARGE, read_at_once
from cascade_sim.history.sources import Rows, opened, rows_of
from cascade_sim.history.table import Faults, missing_columns
from cascade_sim.history.times import read_times

Floats = npt.NDArray[np.float64]

# Rows held as text at a time; a year of minutes would fill some hundred megabytes.
_CHUNK = 1 << 15


@dataclass(frozen=True)
class Series:
    """Columns of one file over time, in the order of the file.

    Attributes
    ----------
    times : ndarray of float64, shape (rows,)
        Unix seconds; NaN where a cell is no time.
    columns : dict of str to ndarray of float64, shape (rows,)
        NaN where a cell is empty or says NaN, and where it is no number.
    lines : ndarray of int64, shape (rows,)
        Line of each row; in a Parquet file its number from 0.
    layout : Layout
    faults : Faults
        The cells that are wrong; whoever judges the numbers adds to it and refuses.
    unit : str
        What `lines` counts, for messages.
    """

    times: Floats
    columns: dict[str, Floats]
    lines: npt.NDArray[np.int64]
    layout: Layout
    faults: Faults
    unit: str = "line"


def read_series(path: Path, needed: Sequence[str], wanted: Sequence[str], source: str) -> Series:
    """Read the time and some columns of a file.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file, plain, ``.gz`` or in a ``.zip``.
    needed, wanted : sequence of str
        Columns that must be there, and those that are read where they are.
    source : str
        How messages name the file.

    Raises
    ------
    DataError
        If the file cannot be read or holds no rows, lacks a needed column, or a row has another number of
        cells than the first.
    """
    with opened(path, source) as stream:
        content = stream.read()
        rows = rows_of(io.BytesIO(content))
        first = next(rows, None)
        if first is None:
            raise DataError(f"{source}: is empty")
        layout = layout_of(source, *first)
        places = places_of(layout, needed, wanted)
        if len(content) > LARGE:
            quick = read_at_once(content, layout, places)
            if quick is not None:
                lines = np.arange(quick[0].size) + layout.line + layout.has_header
                return Series(*quick, lines, layout, Faults(source, lambda row: f"{source}:{lines[row]}"))
        return _row_by_row(rows if layout.has_header else _behind(first, rows), layout, places, source)


def _row_by_row(rows: Rows, layout: Layout, places: dict[str, int], source: str) -> Series:
    lines = array("q")
    faults = Faults(source, lambda row: f"{source}:{lines[row]}")
    times: list[Floats] = []
    parts: dict[str, list[Floats]] = {}
    time_name = layout.names[layout.time]
    while True:
        begin, cells = len(lines), []
        for line, row in islice(rows, _CHUNK):
            lines.append(line)
            cells.append(row)
        if not cells:
            break
        _refuse_ragged(source, layout, cells, lines[begin:])
        by_column = list(zip(*cells, strict=True))
        times.append(read_times(time_name, by_column[layout.time], layout.utc, begin, faults))
        for name, place in places.items():
            parts.setdefault(name, []).append(_numbers(name, by_column[place], begin, faults))
    if not lines:
        raise DataError(f"{source}: holds no rows")
    columns = {name: np.concatenate(values) for name, values in parts.items()}
    return Series(np.concatenate(times), columns, np.array(lines, np.int64), layout, faults)


def _behind(first: tuple[int, list[str]], rows: Rows) -> Rows:
    yield first
    yield from rows


def places_of(layout: Layout, needed: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """Return where the columns stand that must be there, and those of the others that are.

    Raises
    ------
    DataError
        If a needed column is missing, or a column's name appears twice.
    """
    places = {name: layout.place(name) for name in (*needed, *wanted)}
    missing = [name for name in needed if places[name] is None]
    where = f"{layout.where}:"
    if missing:
        raise DataError(missing_columns(where, missing, layout.names))
    found = {name: place for name, place in places.items() if place is not None}
    for place in (layout.time, *found.values()):
        if layout.names.count(layout.names[place]) > 1:
            raise DataError(f"{where} column {layout.names[place]} appears twice")
    return found


def _refuse_ragged(source: str, layout: Layout, rows: list[list[str]], lines: Sequence[int]) -> None:
    width = len(layout.names)
    if all(len(row) == width for row in rows):
        return
    at = next(place for place, row in enumerate(rows) if len(row) != width)
    count = "the header has" if layout.has_header else "the first row has"
    raise DataError(f"{source}:{lines[at]}: {len(rows[at])} cells where {count} {width}")


def _numbers(name: str, cells: Sequence[str], first: int, faults: Faults) -> Floats:
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        values = np.fromiter((_number(text) for text in cells), np.float64, len(cells))
        for place in np.flatnonzero(np.isnan(values)).tolist():
            if not _is_empty(cells[place]):
                faults.add(first + place, f"{name} {cells[place].strip()!r} is not a number")
    for place in np.flatnonzero(np.isinf(values)).tolist():
        faults.add(first + place, f"{name} {cells[place].strip()!r} is not a finite number")
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _is_empty(text: str) -> bool:
    return text.strip().lower() in ("", "nan", "null", "none", "na", "n/a")
