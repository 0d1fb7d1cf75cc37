"""Real loans from a CSV or Parquet file: taken as they are, or refused with their rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cascade_sim.crowd.loans import Loans
from cascade_sim.history.loans import AMOUNTS, THRESHOLD, read_loan_table
from cascade_sim.history.table import Table


def read_loans(path: Path, source: str, price: float, threshold: float) -> Loans:
    """Read a pool's loans from a file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.csv`` or ``.parquet`` file with the columns ``collateral`` (base units), ``debt`` (quote) and, if loans
        have thresholds of their own, ``threshold`` (a fraction). Other columns are left alone.
    source : str
        How messages name the file.
    price : float
        The market's price at the start, quote per base unit.
    threshold : float
        The pool's, of loans that bring none.

    Returns
    -------
    Loans
        In the order of the file.

    Raises
    ------
    DataError
        If the file cannot be read, is empty or lacks a column; or with the places of the first ten wrong rows and
        the number of the others: amounts that are not positive and finite, a threshold that is not between 0 and 1,
        a loan that may be liquidated at the start already. Rows of a Parquet file are counted from 0, those of a CSV
        file are lines.
    """
    return _checked(read_loan_table(path, source), price, threshold)


def _checked(table: Table, price: float, threshold: float) -> Loans:
    columns, faults = table.columns, table.faults
    own = columns.get(THRESHOLD)
    thresholds = np.full(columns["debt"].size, threshold) if own is None else np.where(np.isnan(own), threshold, own)
    faults.add_where(
        ~((thresholds > 0.0) & (thresholds < 1.0)),
        lambda row: f"threshold {thresholds[row]:g} is not between 0 and 1",
    )
    usable = np.ones(thresholds.size, np.bool_)
    for name in AMOUNTS:
        usable &= (columns[name] > 0.0) & np.isfinite(columns[name])
    with np.errstate(over="ignore", invalid="ignore"):
        health = columns["collateral"] * price * thresholds / columns["debt"]
    faults.add_where(
        usable & (health <= 1.0),
        lambda row: (
            f"health factor {health[row]:.6g} at the start price of {price:g}: the loan may be liquidated already; "
            "leave it out, or correct market.price or the threshold"
        ),
    )
    faults.add_where(usable & ~np.isfinite(health), lambda row: "numbers are too large to compute with")
    faults.refuse()
    return Loans(columns["collateral"], columns["debt"], thresholds)
