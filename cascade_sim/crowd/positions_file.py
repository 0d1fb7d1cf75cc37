"""Real positions from a CSV or Parquet file or a frame: taken as they are, or refused with their rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.history.positions import COLUMNS, STATED, position_table_from_frame, read_position_table
from cascade_sim.history.table import Faults, Table

# Leverage worked out from a rounded collateral may lie above the maximum by as much.
_ROUNDING = 1e-6


def read_positions(path: Path, source: str, rules: MarginRules, backing: float = 0.0) -> Positions:
    """Read positions from a file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.csv`` or ``.parquet`` file with the columns ``side`` (long, short, 1, -1), ``quantity`` (base
        units, or contracts), ``entry_price`` and ``collateral`` (margin currency). A column
        ``liquidation_price`` is only compared with the side. Other columns are left alone.
    source : str
        How messages name the file.
    rules : MarginRules
        Decides where positions are liquidated, and who is so already.
    backing : float
        Cross margin: balance that stands behind each position, as a multiple of its own collateral, to which
        it is added. Leverage is judged without it.

    Returns
    -------
    Positions
        In the order of the file.

    Raises
    ------
    DataError
        If the file cannot be read, is empty or lacks a column; or with the places of the first ten wrong
        rows and the number of the others: a side that is none, numbers that are not positive and finite,
        leverage above the venue's maximum, a position that is liquidatable at the start, a liquidation price
        on the wrong side: a long's at or above the start price, a short's at or below it. Rows of a Parquet
        file are counted from 0, those of a CSV file are lines.
    """
    return _checked(read_position_table(path, source), rules, backing)


def positions_from_frame(frame: Any, rules: MarginRules) -> Positions:
    """Take positions from a pandas DataFrame with the columns of a positions file.

    Parameters
    ----------
    frame : pandas.DataFrame
        See `read_positions`.
    rules : MarginRules

    Raises
    ------
    DataError
        As `read_positions`; rows are counted from 0.
    """
    return _checked(position_table_from_frame(frame), rules, 0.0)


def _checked(table: Table, rules: MarginRules, backing: float) -> Positions:
    columns, faults = table.columns, table.faults
    usable = np.isfinite(columns["side"])
    for name in COLUMNS[1:]:
        usable &= (columns[name] > 0) & np.isfinite(columns[name])
    side = np.where(usable, columns["side"], 1.0).astype(np.int8)
    quantity, entry_price, collateral = (np.where(usable, columns[name], 1.0) for name in COLUMNS[1:])
    trigger, bankruptcy = np.empty(side.size), np.empty(side.size)
    positions = Positions(side, quantity, entry_price, collateral, trigger, bankruptcy)
    with np.errstate(over="ignore"):
        leverage = rules.initial_value(quantity, entry_price) / collateral
        collateral *= 1.0 + backing
    faults.add_where(
        usable & ~(np.isfinite(leverage) & np.isfinite(collateral)),
        lambda row: "numbers are too large to compute with",
    )
    most, start = rules.max_leverage, rules.start_price
    faults.add_where(
        usable & (leverage > most * (1.0 + _ROUNDING)),
        lambda row: f"leverage {leverage[row]:.6g} is above exchange.max_leverage of {most:g}",
    )
    rules.fill_triggers(positions)
    faults.add_where(
        usable & rules.liquidatable(side, positions.trigger, start),
        lambda row: f"is liquidated at {positions.trigger[row]:.8g}, so already at the start price of {start:g}",
    )
    _refuse_wrong_side(faults, usable, side, columns.get(STATED), start)
    faults.refuse()
    return positions


def _refuse_wrong_side(
    faults: Faults, usable: npt.NDArray[np.bool_], side: npt.NDArray[np.int8], stated: Floats | None, start: float
) -> None:
    """Refuse positions whose stated liquidation price is behind the start price; venues write 0 for none."""
    if stated is None:
        return
    wrong = usable & (stated > 0) & (side * (stated - start) >= 0)

    def message(row: int) -> str:
        holder, where = ("long", "below") if side[row] > 0 else ("short", "above")
        return f"liquidation_price {stated[row]:g} of a {holder} is not {where} the start price of {start:g}"

    faults.add_where(wrong, message)
