"""Columns of loans from a CSV or Parquet file, before any pool's rules are looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cascade_sim.history.columns import read_table, refuse_unless_positive
from cascade_sim.history.table import Table, number

AMOUNTS = ("collateral", "debt")
THRESHOLD = "threshold"


def _own_threshold(text: str) -> float:
    """Read a threshold, which a loan need not bring."""
    word = text.strip()
    return number(word) if word and word.lower() != "nan" else float("nan")


_CONVERTERS: dict[str, Callable[[str], float]] = dict.fromkeys(AMOUNTS, number)
_OPTIONAL: dict[str, Callable[[str], float]] = {THRESHOLD: _own_threshold}


def read_loan_table(path: Path, source: str) -> Table:
    """Read the columns of a loans file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.csv`` or ``.parquet`` file with the columns ``collateral`` (base units) and ``debt`` (quote currency), and
        perhaps ``threshold`` (a fraction; empty for the pool's). Other columns are left alone.
    source : str
        How messages name the file.

    Returns
    -------
    Table
        With the faults found so far, among them amounts that are not positive and finite.

    Raises
    ------
    DataError
        If the file cannot be read, is empty or lacks a column.
    """
    table = read_table(path, _CONVERTERS, _OPTIONAL, source)
    for name in AMOUNTS:
        refuse_unless_positive(table.faults, name, table.columns[name])
    return table
