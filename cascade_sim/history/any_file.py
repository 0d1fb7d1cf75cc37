"""Columns over time from a file of any kind: a text table, packed or not, or Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cascade_sim.errors import DataError
from cascade_sim.history.layout import Layout, layout_of
from cascade_sim.history.series import Floats, Series, places_of, read_series
from cascade_sim.history.table import Faults, unreadable
from cascade_sim.history.times import in_seconds, read_times


def read_file(path: Path, needed: Sequence[str], wanted: Sequence[str], source: str) -> Series:
    """Read the time and some columns of a file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.parquet`` file; anything else is a text table, see `read_series`.
    needed, wanted : sequence of str
        Columns that must be there, and those that are read where they are.
    source : str
        How messages name the file.

    Raises
    ------
    DataError
        As `read_series`; also for times of Parquet's own type without a zone in a column that does not say UTC.
    """
    if path.suffix.lower() != ".parquet":
        return read_series(path, needed, wanted, source)
    import pyarrow
    import pyarrow.parquet

    try:
        names = pyarrow.parquet.read_schema(path).names
        layout = layout_of(source, 0, names)
        places = places_of(layout, needed, wanted)
        present = dict.fromkeys([names[layout.time], *(names[place] for place in places.values())])
        table = pyarrow.parquet.read_table(path, columns=list(present))
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(unreadable(source, error)) from None
    if not table.num_rows:
        raise DataError(f"{source}: holds no rows")
    faults = Faults(source, lambda row: f"{source}: row {row}")
    times = _times(table.column(names[layout.time]), layout, faults)
    columns = {name: _numbers(table.column(names[place]), f"{source}: {name}") for name, place in places.items()}
    return Series(times, columns, np.arange(table.num_rows), layout, faults, "row")


def _times(column: Any, layout: Layout, faults: Faults) -> Floats:
    import pyarrow as pa

    name, kind = layout.names[layout.time], column.type
    if pa.types.is_timestamp(kind):
        if kind.tz is None and not layout.utc:
            raise DataError(
                f"{layout.where}: {name} does not say its time zone; store it with one, or name the column time_utc if "
                "it is UTC"
            )
        return _floats(column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())) / 1e6
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return in_seconds(_floats(column))
    return read_times(name, ["" if cell is None else str(cell) for cell in column.to_pylist()], layout.utc, 0, faults)


def _numbers(column: Any, what: str) -> Floats:
    import pyarrow as pa

    if pa.types.is_string(column.type):
        raise DataError(f"{what} is text; store it as numbers")
    return _floats(column)


def _floats(column: Any) -> Floats:
    import pyarrow as pa

    return np.array(column.cast(pa.float64(), safe=False).to_numpy(), np.float64)
