"""Recorded files as data frames indexed by UTC time, for use from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from cascade_sim.errors import DataError
from cascade_sim.history.any_file import read_file
from cascade_sim.history.candles import read_bars
from cascade_sim.history.inspection import in_time_order
from cascade_sim.history.layout import PRICES
from cascade_sim.history.level2 import Level2
from cascade_sim.history.level2_files import read_level2
from cascade_sim.history.positions import read_position_table
from cascade_sim.history.series import Floats, Series
from cascade_sim.history.table import missing_columns
from cascade_sim.scenario.repair import Repair
from cascade_sim.units import parse_time

_RATES = ("rate", "funding_rate", "last_funding_rate", "fundingRate")
_INTERESTS = ("open_interest", "sum_open_interest", "openInterest", "open_interest_usd", "sum_open_interest_value")


def load_candles(path: Path | str, repair: Repair | Mapping[str, Any] | None = None) -> Any:
    """Read recorded bars from any of the public formats.

    Parameters
    ----------
    path : path-like
        A ``.csv``, ``.csv.gz``, ``.zip`` or ``.parquet`` file; see `cascade_sim.history.candles.read_bars`.
    repair : mapping, optional
        What may be done about bars that are not in order, as in a scenario: ``{"gaps": "hold"}``. Left out,
        they are refused.

    Returns
    -------
    pandas.DataFrame
        Indexed by the UTC time at which each bar begins; columns ``open``, ``high``, ``low``, ``close`` (quote
        currency) and ``volume`` (as recorded; NaN where the file has none).

    Raises
    ------
    DataError
        With the lines of what is wrong.
    """
    bars = read_bars(path, as_repair(repair))
    return _frame(bars.opens, {name: getattr(bars, name) for name in (*PRICES, "volume")})


def load_funding(path: Path | str, column: str | None = None, repair: Repair | Mapping[str, Any] | None = None) -> Any:
    """Read recorded funding rates.

    Parameters
    ----------
    path : path-like
        A file as for `load_candles`, with a time and a rate: Binance's public files (``calc_time``,
        ``last_funding_rate``) and others with ``rate``, ``funding_rate`` or ``fundingRate``.
    column : str, optional
        The column of the rate, where it is called otherwise.
    repair : mapping, optional
        ``order`` and ``duplicates``.

    Returns
    -------
    pandas.DataFrame
        Indexed by UTC time; column ``rate``, a fraction per interval as recorded, positive where longs pay.

    Raises
    ------
    DataError
        With the lines of what is wrong.
    """
    series, name = _series(path, _RATES, column)
    rows = in_time_order(series, as_repair(repair))
    return _frame(rows.opens, {"rate": rows.columns[name]})


def load_open_interest(
    path: Path | str, column: str | None = None, repair: Repair | Mapping[str, Any] | None = None
) -> Any:
    """Read recorded open interest.

    Parameters
    ----------
    path : path-like
        A file as for `load_candles`, with a time and an open interest: Binance's public metrics
        (``create_time``, ``sum_open_interest``) and others with ``open_interest``, ``openInterest`` or
        ``open_interest_usd``.
    column : str, optional
        The column, where it is called otherwise or several are there.
    repair : mapping, optional
        ``order`` and ``duplicates``.

    Returns
    -------
    pandas.DataFrame
        Indexed by UTC time; one column, which keeps the file's own name because only that says the unit.

    Raises
    ------
    DataError
        With the lines of what is wrong, also of values that are not above zero.
    """
    series, name = _series(path, _INTERESTS, column)
    values = series.columns[name]
    series.faults.add_where(values <= 0, lambda row: f"{name} {values[row]:g} is not positive")
    rows = in_time_order(series, as_repair(repair))
    return _frame(rows.opens, {series.layout.names[series.layout.place(name) or 0]: rows.columns[name]})


def load_level2(path: Path | str, at: str | datetime | None = None) -> Level2:
    """Read one snapshot of an order book.

    Parameters
    ----------
    path : path-like
        ``.json`` or ``.csv``; see `cascade_sim.history.level2_files.read_level2`.
    at : str or datetime, optional
        Of a file with several snapshots the last one at or before this time is read.

    Returns
    -------
    Level2
        ``bids`` and ``asks`` as recorded, ``mid``, ``half_spread``, and ``table(side)``: the rows of
        ``market.book.levels``.

    Raises
    ------
    DataError
        With the line or index of what is wrong.
    """
    return read_level2(path, None if at is None else parse_time(at).timestamp())


def load_positions(path: Path | str) -> Any:
    """Read positions as they stand in a file; whether a venue would have them is judged when a run is built.

    Parameters
    ----------
    path : path-like
        A ``.csv`` or ``.parquet`` file with the columns ``side``, ``quantity``, ``entry_price``, ``collateral``.

    Returns
    -------
    pandas.DataFrame
        One row a position, in the order of the file: ``side`` +1 or -1, ``quantity`` (base units, or contracts),
        ``entry_price`` (quote), ``collateral`` (margin currency), and ``liquidation_price`` if the file has it.
        ``cs.run(scenario, positions=frame)`` takes it.

    Raises
    ------
    DataError
        With the rows of what is wrong.
    """
    import pandas as pd

    table = read_position_table(Path(path), str(path))
    table.faults.refuse()
    return pd.DataFrame(table.columns).astype({"side": "int8"})


def as_repair(repair: Repair | Mapping[str, Any] | None) -> Repair:
    """Return what a caller allows as a `Repair`.

    Raises
    ------
    DataError
        If a key or its value is none of those that there are.
    """
    if isinstance(repair, Repair):
        return repair
    try:
        return Repair.model_validate(dict(repair or {}))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        keys = ", ".join(Repair.model_fields)
        raise DataError(f"repair: {key}: {first['msg']}; the keys are {keys}") from None


def _series(path: Path | str, known: Sequence[str], column: str | None) -> tuple[Series, str]:
    file = Path(path)
    series = read_file(file, () if column is None else (column,), () if column is not None else known, str(file))
    if not series.columns:
        layout = series.layout
        lacking = missing_columns(f"{layout.where}:", [known[0]], layout.names)
        raise DataError(f"{lacking}; name the one that is meant by column=")
    name = next(iter(series.columns))
    return replace(series, columns={name: series.columns[name]}), name


def _frame(times: Floats, columns: dict[str, Floats]) -> Any:
    import pandas as pd

    stamps = np.round(times * 1e6).astype("datetime64[us]")
    index = pd.DatetimeIndex(stamps, name="time_utc").tz_localize("UTC")
    return pd.DataFrame(columns, index=index)
