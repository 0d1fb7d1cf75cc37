"""Columns of positions from a CSV or Parquet file or a frame, before any venue's rules are looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.errors import DataError
from cascade_sim.history.table import Faults, Table, missing_columns, number, read_columns, unreadable

COLUMNS = ("side", "quantity", "entry_price", "collateral")
STATED = "liquidation_price"
_SIDES = {"long": 1.0, "short": -1.0}


def read_position_table(path: Path, source: str) -> Table:
    """Read the columns of a positions file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.csv`` or ``.parquet`` file with the columns ``side`` (long, short, 1, -1), ``quantity`` (base
        units, or contracts), ``entry_price`` and ``collateral`` (margin currency), and perhaps
        ``liquidation_price``. Other columns are left alone.
    source : str
        How messages name the file.

    Returns
    -------
    Table
        Sides as +1 and -1; with the faults found so far, among them numbers that are not positive and finite.

    Raises
    ------
    DataError
        If the file cannot be read, is empty or lacks a column.
    """
    if path.suffix == ".csv":
        return _judged(read_columns(path, _CONVERTERS, source, _OPTIONAL))
    import pyarrow
    import pyarrow.parquet

    try:
        present = pyarrow.parquet.read_schema(path).names
        _refuse_missing(source, present)
        names = _columns_of(present)
        table = pyarrow.parquet.read_table(path, columns=names)
        columns = {name: table.column(name).to_numpy() for name in names}
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(unreadable(source, error)) from None
    return _judged(_table(columns, source))


def position_table_from_frame(frame: Any, source: str = "positions") -> Table:
    """Take the columns of positions from a pandas DataFrame; rows are counted from 0.

    Raises
    ------
    DataError
        If the frame is empty or lacks a column.
    """
    _refuse_missing(source, list(frame.columns))
    columns = {name: frame[name].to_numpy() for name in _columns_of(list(frame.columns))}
    return _judged(_table(columns, source))


def _judged(table: Table) -> Table:
    for name in COLUMNS[1:]:
        _refuse_unless_positive(table.faults, name, table.columns[name])
    return table


def _side(text: str) -> float:
    word = text.strip().lower()
    try:
        sign = _SIDES[word] if word in _SIDES else float(word)
    except ValueError:
        sign = 0.0
    if abs(sign) != 1.0:
        raise ValueError("is neither long nor short (nor 1, -1)")
    return sign


def _stated(text: str) -> float:
    """Read a liquidation price, which a position need not have: nothing, or zero as some venues write it."""
    word = text.strip()
    return number(word) if word and word.lower() != "nan" else float("nan")


_CONVERTERS: dict[str, Callable[[str], float]] = {"side": _side, **dict.fromkeys(COLUMNS[1:], number)}
_OPTIONAL: dict[str, Callable[[str], float]] = {STATED: _stated}


def _columns_of(present: list[str]) -> list[str]:
    return [*COLUMNS, *(name for name in _OPTIONAL if name in present)]


def _refuse_missing(source: str, present: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in present]
    if missing:
        raise DataError(missing_columns(f"{source}:", missing, [str(name) for name in present]))


def _table(columns: dict[str, npt.NDArray[Any]], source: str) -> Table:
    faults = Faults(source, lambda row: f"{source}: row {row}")
    table = Table({}, faults)
    for name, values in columns.items():
        if values.dtype.kind in "iuf" and name != "side":
            table.columns[name] = values.astype(np.float64)
            continue
        # A side has few different texts, so each is read once.
        known: dict[Any, float] = {}
        convert = (_CONVERTERS | _OPTIONAL)[name]
        numbers = np.empty(values.size)
        for row, value in enumerate(values.tolist()):
            if value not in known:
                try:
                    known[value] = convert("" if value is None else str(value))
                except ValueError as error:
                    faults.add(row, f"{name} {value!r} {error}")
                    numbers[row] = np.nan
                    continue
            numbers[row] = known[value]
        table.columns[name] = numbers
    if not table.columns["side"].size:
        raise DataError(f"{source}: holds no rows")
    return table


def _refuse_unless_positive(faults: Faults, name: str, values: npt.NDArray[np.float64]) -> None:
    wrong = ~(np.isfinite(values) & (values > 0))
    faults.add_where(wrong, lambda row: f"{name} {values[row]:g} is not positive and finite")
