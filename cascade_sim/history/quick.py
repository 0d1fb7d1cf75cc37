"""Large tables without a fault, read at once; whatever is out of the ordinary is left to the reader of rows."""

from __future__ import annotations

import io
import re

import numpy as np
import numpy.typing as npt

from cascade_sim.history.layout import Layout
from cascade_sim.history.times import in_seconds

Floats = npt.NDArray[np.float64]

# Bytes below which a table is read sooner than the library for it is imported.
LARGE = 4_000_000
_ZONE = re.compile(rb"(Z|[+-]\d\d:?\d\d)$")


def read_at_once(content: bytes, layout: Layout, places: dict[str, int]) -> tuple[Floats, dict[str, Floats]] | None:
    """Read the time and some columns of a table, or None where only the reader of rows can tell what is meant.

    Parameters
    ----------
    content : bytes
        The whole file.
    layout : Layout
    places : dict of str to int
        The wanted columns.

    Returns
    -------
    times : ndarray of float64, shape (rows,)
        Unix seconds.
    columns : dict of str to ndarray of float64, shape (rows,)
        NaN where a cell is empty.
    """
    import pyarrow as pa
    import pyarrow.csv

    begin = _begin_of_line(content, layout.line + layout.has_header)
    # A comment among the rows moves their lines.
    if content.find(b"\n#", max(begin - 1, 0)) >= 0:
        return None
    body = memoryview(content)[begin:]
    names = [str(place) for place in range(len(layout.names))]
    time, kind = names[layout.time], _kind_of_time(bytes(body[:1000]), layout)
    wanted = {time: kind, **{names[place]: pa.float64() for place in places.values()}}
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(body),
            pyarrow.csv.ReadOptions(column_names=names),
            pyarrow.csv.ParseOptions(ignore_empty_lines=False),
            pyarrow.csv.ConvertOptions(column_types=wanted, include_columns=list(wanted)),
        )
    except pa.ArrowInvalid:
        return None
    columns = {name: _floats(table.column(names[place])) for name, place in places.items()}
    stamps = table.column(time)
    if stamps.null_count or not len(stamps) or any(np.isinf(values).any() for values in columns.values()):
        return None
    if pa.types.is_timestamp(kind):
        return stamps.cast(pa.int64()).to_numpy() / 1e6, columns
    times = _floats(stamps)
    return (in_seconds(times), columns) if np.isfinite(times).all() else None


def _begin_of_line(content: bytes, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = content.find(b"\n", at) + 1 or len(content)
    return at


def _kind_of_time(begin: bytes, layout: Layout) -> object:
    """Tell an epoch from a time with a zone and one without, which the first row shows; other rows have to agree."""
    import pyarrow as pa

    cell = begin.split(b"\n", 1)[0].split(b",")[min(layout.time, begin.count(b","))].strip().strip(b'"')
    try:
        float(cell)
    except ValueError:
        return pa.timestamp("us", tz=None if layout.utc and not _ZONE.search(cell) else "UTC")
    return pa.float64()


def _floats(column: object) -> Floats:
    values: Floats = column.to_numpy()  # type: ignore[attr-defined]
    return np.asarray(values, np.float64)
