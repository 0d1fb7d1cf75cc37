"""Columns of positions from a CSV or Parquet file or a frame, before any venue's rules are looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cascade_sim.history.columns import read_table, refuse_unless_positive, table_of, wanted_columns
from cascade_sim.history.table import Table, number

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
    return _judged(read_table(path, _CONVERTERS, _OPTIONAL, source, _WORDS))


def position_table_from_frame(frame: Any, source: str = "positions") -> Table:
    """Take the columns of positions from a pandas DataFrame; rows are counted from 0.

    Raises
    ------
    DataError
        If the frame is empty or lacks a column.
    """
    names = wanted_columns(list(frame.columns), _CONVERTERS, _OPTIONAL, source)
    columns = {name: frame[name].to_numpy() for name in names}
    return _judged(table_of(columns, _CONVERTERS | _OPTIONAL, source, _WORDS))


def _judged(table: Table) -> Table:
    for name in COLUMNS[1:]:
        refuse_unless_positive(table.faults, name, table.columns[name])
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
_WORDS = ("side",)
