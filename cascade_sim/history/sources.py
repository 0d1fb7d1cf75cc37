"""The rows of a text table, plain or packed, with the number of each line."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from cascade_sim.errors import DataError
from cascade_sim.history.table import unreadable

Rows = Iterator[tuple[int, list[str]]]


@contextmanager
def opened(path: Path, source: str) -> Iterator[BinaryIO]:
    """Open a file, what is packed in a ``.gz``, or the one CSV file in a ``.zip``, and name what goes wrong with it.

    Raises
    ------
    DataError
        If the file cannot be read, or an archive holds no CSV file or several.
    """
    try:
        suffix = path.suffix.lower()
        if suffix == ".gz":
            with gzip.open(path, "rb") as packed:
                yield cast(BinaryIO, packed)
        elif suffix == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(_member(archive, source)) as member:
                yield cast(BinaryIO, member)
        else:
            with path.open("rb") as file:
                yield file
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError, csv.Error) as error:
        raise DataError(unreadable(source, error)) from None


def rows_of(stream: BinaryIO) -> Rows:
    """Yield the number of each row's last line, from 1, and its cells.

    Lines that begin with ``#``, empty lines, and a first line with nothing but a web address are skipped.
    """
    last = 0

    def kept() -> Iterator[str]:
        nonlocal last
        with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as file:
            for line, text in enumerate(file, start=1):
                if text.startswith("#") or not text.strip() or (line == 1 and _is_address(text)):
                    continue
                last = line
                yield text

    for cells in csv.reader(kept(), strict=True):
        yield last, cells


def _member(archive: zipfile.ZipFile, source: str) -> str:
    names = [name for name in archive.namelist() if name.lower().endswith(".csv") and "__MACOSX" not in name]
    if len(names) != 1:
        held = f"{len(names)} CSV files" if names else "no CSV file"
        raise DataError(f"{source}: the archive holds {held}; give one that holds one, or unpack it")
    return names[0]


def _is_address(text: str) -> bool:
    word = text.strip().strip(",").lower()
    return "," not in word and (word.startswith(("http://", "https://", "www.")) or "cryptodatadownload" in word)
