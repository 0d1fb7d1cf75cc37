"""Named columns of numbers from CSV files, Parquet files and frames, for files with a row a position or a loan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.errors import DataError
from cascade_sim.history.table import Converters, Faults, Table, missing_columns, read_columns, unreadable


def read_table(
    path: Path, converters: Converters, optional: Converters, source: str, words: Collection[str] = ()
) -> Table:
    """Read some columns of a CSV or Parquet file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.csv`` file, or a Parquet file by any other name.
    converters, optional : mapping of str to callable
        Columns that the file must have, and those that are read where it has them; see `table.read_columns`.
    source : str
        How messages name the file.
    words : collection of str
        Columns whose cells are words, even where a Parquet file has numbers.

    Returns
    -------
    Table
        With the faults found so far. Rows of a Parquet file are counted from 0, those of a CSV file are lines.

    Raises
    ------
    DataError
        If the file cannot be read, is empty or lacks a column.
    """
    if path.suffix == ".csv":
        return read_columns(path, converters, source, optional)
    import pyarrow
    import pyarrow.parquet

    try:
        present = pyarrow.parquet.read_schema(path).names
        names = wanted_columns(present, converters, optional, source)
        table = pyarrow.parquet.read_table(path, columns=names)
        columns = {name: table.column(name).to_numpy() for name in names}
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(unreadable(source, error)) from None
    return table_of(columns, {**converters, **optional}, source, words)


def wanted_columns(present: list[str], converters: Converters, optional: Converters, source: str) -> list[str]:
    """Return the columns to read of those that are present.

    Raises
    ------
    DataError
        If one that is needed is missing.
    """
    missing = [name for name in converters if name not in present]
    if missing:
        raise DataError(missing_columns(f"{source}:", missing, [str(name) for name in present]))
    return [*converters, *(name for name in optional if name in present)]


def table_of(
    columns: Mapping[str, npt.NDArray[Any]],
    converters: Mapping[str, Callable[[str], float]],
    source: str,
    words: Collection[str] = (),
) -> Table:
    """Turn columns of numbers or texts into numbers; rows are counted from 0.

    Raises
    ------
    DataError
        If there are no rows.
    """
    faults = Faults(source, lambda row: f"{source}: row {row}")
    table = Table({}, faults)
    for name, values in columns.items():
        if values.dtype.kind in "iuf" and name not in words:
            table.columns[name] = values.astype(np.float64)
            continue
        # Words have few different texts, so each is read once.
        known: dict[Any, float] = {}
        convert = converters[name]
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
    if not next(iter(table.columns.values())).size:
        raise DataError(f"{source}: holds no rows")
    return table


def refuse_unless_positive(faults: Faults, name: str, values: npt.NDArray[np.float64]) -> None:
    """Note every value of a column that is not positive and finite."""
    wrong = ~(np.isfinite(values) & (values > 0))
    faults.add_where(wrong, lambda row: f"{name} {values[row]:g} is not positive and finite")
