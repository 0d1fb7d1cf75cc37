"""Columns of numbers from CSV files, with every complaint tied to its line."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cascade_sim.errors import DataError

SHOWN = 10
_KEPT = 1000


@dataclass
class Faults:
    """What is wrong in which rows: every row is counted, the first thousands are described.

    Parameters
    ----------
    source : str
        The file's name as the user knows it.
    place : callable
        Gives a row's place, such as ``positions.csv:17``, from its number counted from 0.
    """

    source: str
    place: Callable[[int], str]
    rows: set[int] = field(default_factory=set)
    messages: dict[int, str] = field(default_factory=dict)

    def add(self, row: int, message: str) -> None:
        """Note what is wrong with one row, unless something is noted already."""
        if row not in self.rows and len(self.messages) < 10 * _KEPT:
            self.messages[row] = message
        self.rows.add(row)

    def add_where(self, wrong: npt.NDArray[np.bool_], message: Callable[[int], str]) -> None:
        """Note the same kind of fault for every row of a mask, asking for a message only where it is kept."""
        rows = np.flatnonzero(wrong).tolist()
        for row in rows[:_KEPT]:
            self.add(row, message(row))
        self.rows.update(rows)

    def refuse(self) -> None:
        """Raise `DataError` with the first ten rows and the number of the others, if any row is wrong."""
        if not self.rows:
            return
        shown = sorted(self.messages)[:SHOWN]
        lines = [f"{self.place(row)}: {self.messages[row]}" for row in shown]
        more = len(self.rows) - len(shown)
        if more:
            lines.append(f"{self.source}: and {more:,} more {'row' if more == 1 else 'rows'}")
        raise DataError("\n".join(lines))


@dataclass(frozen=True)
class Table:
    """Columns of one file.

    Attributes
    ----------
    columns : dict of str to ndarray of float64, shape (rows,)
        NaN where a cell could not be read.
    faults : Faults
        The cells that could not be read; a reader adds its own findings and then refuses.
    """

    columns: dict[str, npt.NDArray[np.float64]]
    faults: Faults


Converters = Mapping[str, Callable[[str], float]]


def read_columns(path: Path, converters: Converters, source: str = "", optional: Converters | None = None) -> Table:
    """Read some columns of a CSV file whose first line that is not a comment is its header.

    Lines that begin with ``#`` and empty lines are skipped. Columns that are not asked for are left alone.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    converters : mapping of str to callable
        The wanted columns, each with a function from a cell's text to a number, which raises ``ValueError``
        with a message such as ``"is not a number"``; the column and the text are put before it.
    source : str
        How messages name the file; by default its path.
    optional : mapping of str to callable, optional
        Columns that are read where the file has them.

    Returns
    -------
    Table
        One array a column, in the order of the file, and the cells that could not be read.

    Raises
    ------
    DataError
        If the file cannot be read, is empty, lacks a column, or a row has not the header's number of cells.
    """
    source = source or str(path)
    lines = array("q")
    faults = Faults(source, lambda row: f"{source}:{lines[row]}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _rows(file)
            header_line, header = next(rows, (0, []))
            present = {name.strip() for name in header}
            converters = dict(converters) | {name: read for name, read in (optional or {}).items() if name in present}
            numbers = {name: array("d") for name in converters}
            places = _places(source, header_line, header, converters)
            for line, cells in rows:
                if len(cells) != len(header):
                    raise DataError(f"{source}:{line}: {len(cells)} cells where the header has {len(header)}")
                row = len(lines)
                lines.append(line)
                for name, place in places.items():
                    try:
                        number = converters[name](cells[place])
                    except ValueError as error:
                        number = float("nan")
                        faults.add(row, f"{name} {cells[place].strip()!r} {error}")
                    numbers[name].append(number)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(unreadable(source, error)) from None
    if not lines:
        raise DataError(f"{source}: holds no rows")
    return Table({name: np.array(values, dtype=np.float64) for name, values in numbers.items()}, faults)


def unreadable(source: str, error: Exception) -> str:
    """Return one sentence on why a file could not be read."""
    if isinstance(error, FileNotFoundError):
        return f"{source}: there is no such file; check the path, which is relative to the scenario file"
    if isinstance(error, UnicodeDecodeError):
        return f"{source}: is not a text file in UTF-8"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{source}: cannot be read: {reason}"


def missing_columns(source: str, missing: Iterable[str], present: Iterable[str]) -> str:
    """Return one sentence on the columns that a file lacks."""
    absent = list(missing)
    word = "column" if len(absent) == 1 else "columns"
    return f"{source} has no {word} {', '.join(absent)}; its columns are {', '.join(present)}"


def number(text: str) -> float:
    """Read a finite number.

    Raises
    ------
    ValueError
        With what is wrong, to follow the text.
    """
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is not a number" if text.strip() else "is empty") from None
    if not np.isfinite(value):
        raise ValueError("is not a finite number")
    return value


def _rows(file: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    last = 0

    def kept() -> Iterator[str]:
        nonlocal last
        for line, text in enumerate(file, start=1):
            if text.strip() and not text.startswith("#"):
                last = line
                yield text

    for cells in csv.reader(kept(), strict=True):
        yield last, cells


def _places(source: str, line: int, header: list[str], wanted: Iterable[str]) -> dict[str, int]:
    names = [name.strip() for name in header]
    if not names:
        raise DataError(f"{source}: is empty")
    missing = [name for name in wanted if name not in names]
    if missing:
        raise DataError(missing_columns(f"{source}:{line}:", missing, names))
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise DataError(f"{source}:{line}: column {twice[0]} appears twice")
    return {name: names.index(name) for name in wanted}
