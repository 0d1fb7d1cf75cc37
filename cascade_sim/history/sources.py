"""The rows of a text table, plain or packed, with the number of each line."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cascade_sim.errors import DataError
from cascade_sim.history.table import unreadable

Rows = Iterator[tuple[int, list[str]]]


@contextmanager
def rows_of(path: Path, source: str) -> Iterator[Rows]:
    """Open a CSV file, a ``.csv.gz`` or a ``.zip`` that holds one CSV file, for its rows.

    Lines that begin with ``#``, empty lines, and a first line with nothing but a web address are skipped.

    Yields
    ------
    iterator of (int, list of str)
        The number of a row's last line, from 1, and its cells.

    Raises
    ------
    DataError
        If the file cannot be read, or an archive holds no CSV file or several.
    """
    try:
        with _text(path, source) as file:
            yield _rows(file)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError, csv.Error) as error:
        raise DataError(unreadable(source, error)) from None


@contextmanager
def _text(path: Path, source: str) -> Iterator[TextIO]:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as packed:
            yield packed
    elif suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".csv") and "__MACOSX" not in name]
            if len(names) != 1:
                held = f"{len(names)} CSV files" if names else "no CSV file"
                raise DataError(f"{source}: the archive holds {held}; give one that holds one, or unpack it")
            with archive.open(names[0]) as member:
                yield io.TextIOWrapper(member, encoding="utf-8-sig", newline="")
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file


def _rows(file: Iterable[str]) -> Rows:
    last = 0

    def kept() -> Iterator[str]:
        nonlocal last
        for line, text in enumerate(file, start=1):
            if text.startswith("#") or not text.strip():
                continue
            if line == 1 and text.startswith(("http://", "https://", "www.")) and "," not in text:
                continue
            last = line
            yield text

    for cells in csv.reader(kept(), strict=True):
        yield last, cells
