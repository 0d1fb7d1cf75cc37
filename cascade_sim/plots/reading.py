"""What the pictures read from a run: moments, columns, units and halts, in the form that drawing needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.dates import date2num
from numpy.typing import NDArray

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import SECOND

Interval = tuple[int, int]
# What was closed by force in a row, however: sold and bought in the book, against winners, and to the vault.
FORCED = ("forced_sell", "forced_buy", "adl", "vault_taken")
DAY = 86_400 * SECOND


@dataclass(frozen=True)
class Names:
    """What the contract's two currencies are called.

    Attributes
    ----------
    quote, base : str
        The currency of prices, and what one buys with it.
    inverse : bool
        Whether margin is paid in base and quantities are contracts of one quote unit.
    """

    quote: str
    base: str
    inverse: bool

    @property
    def margin(self) -> str:
        """The currency of collateral, fund and losses."""
        return self.base if self.inverse else self.quote

    @property
    def quantity(self) -> str:
        """The unit of quantities and open interest."""
        return f"{self.quote} contracts" if self.inverse else self.base


def names_of(run: Any, quote: str | None = None, base: str | None = None) -> Names:
    """Name the currencies: as the caller says, else as the market says, else ``USD`` and ``coin``."""
    market = getattr(run.scenario, "market", None)
    return Names(
        quote=quote or getattr(market, "quote", None) or "USD",
        base=base or getattr(market, "base", None) or "coin",
        inverse=getattr(market, "contract", "linear") == "inverse",
    )


@dataclass(frozen=True)
class Recording:
    """A run's timeline as arrays.

    Attributes
    ----------
    moments : ndarray of int64, shape (n,)
        When each row ended, ns since 1970, UTC.
    start : int
        When the first row began, ns since 1970.
    step : int
        Time between rows, ns.
    names : Names
        The currencies.
    frame : pandas.DataFrame
        The timeline itself.
    start_price : float
        Price before the first row, quote per base; NaN where the scenario has none.
    """

    moments: NDArray[np.int64]
    start: int
    step: int
    names: Names
    frame: pd.DataFrame
    start_price: float = float("nan")

    @property
    def end(self) -> int:
        """When the last row ended, ns since 1970."""
        return int(self.moments[-1])

    @property
    def seconds(self) -> float:
        """Length of the recording, s."""
        return (self.end - self.start) / SECOND

    @property
    def shows_days(self) -> bool:
        """Whether a time of day needs its date."""
        return self.start // DAY != (self.end - 1) // DAY

    @property
    def shows_seconds(self) -> bool:
        """Whether a time of day needs seconds to mean something on this clock."""
        return self.seconds < 6 * 3600

    def column(self, name: str) -> Floats:
        """Return a column, NaN throughout where the run has none of this name."""
        if name not in self.frame:
            return np.full(self.moments.size, np.nan)
        return self.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)

    def flow(self, name: str) -> Floats:
        """Return a column of amounts per row, where nothing recorded means nothing happened."""
        return np.nan_to_num(self.column(name))

    def forced(self) -> Floats:
        """Return the quantity closed by force in each row, in the book and beside it."""
        return np.sum([self.flow(name) for name in FORCED], axis=0)

    def notional(self, quantity: Floats) -> Floats:
        """Return quantities as quote notional at each row's mark, or index where there is no mark."""
        if self.names.inverse:
            return quantity
        price = pd.Series(self.column("mark")).ffill().fillna(pd.Series(self.column("index")).ffill())
        return np.nan_to_num(quantity * price.fillna(self.start_price).bfill().to_numpy())

    def dates(self, moments: NDArray[np.int64] | None = None) -> Floats:
        """Return moments (by default the rows' ends) as matplotlib's date numbers."""
        return date_numbers(self.moments if moments is None else moments)


def date_numbers(moments: Any) -> Floats:
    """Return nanoseconds since 1970 as matplotlib's date numbers."""
    return date2num(np.asarray(moments, dtype=np.int64).astype("datetime64[ns]"))


def recording_of(frame: pd.DataFrame | None, scenario: Any, names: Names) -> Recording | None:
    """Read a timeline that follows a scenario's clock; None when it has no rows."""
    if frame is None or not len(frame):
        return None
    index = pd.DatetimeIndex(frame.index)
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    moments = index.as_unit("ns").asi8
    step = int(np.median(np.diff(moments))) if moments.size > 1 else _row_length(scenario)
    price = getattr(getattr(scenario, "market", None), "price", None)
    start = int(moments[0]) - step
    if start < (opening := pd.Timestamp(scenario.clock.start).as_unit("ns").value) < moments[0]:
        start = opening
    return Recording(
        moments=moments,
        start=start,
        step=step,
        names=names,
        frame=frame,
        start_price=float("nan") if price is None else float(price),
    )


def _row_length(scenario: Any) -> int:
    """Length of a row where a single one is all there is, ns."""
    every = getattr(getattr(scenario, "record", None), "every", None)
    tick = getattr(getattr(scenario, "clock", None), "tick", 1.0)
    return max(round((every or tick) * SECOND), 1)


def halts_of(run: Any, recording: Recording) -> list[Interval]:
    """Return when the venue stood still, as (from, to) in ns since 1970.

    The recorded ``halted`` rows decide where there are any; else the scenario's outages, cut to the
    recording.
    """
    halted = recording.flow("halted") > 0
    if halted.any():
        change = np.diff(np.concatenate([[False], halted, [False]]).astype(np.int8))
        begins, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1) - 1
        return [
            (int(recording.moments[begin - 1]) if begin else recording.start, int(recording.moments[end]))
            for begin, end in zip(begins, ends, strict=True)
        ]
    planned = []
    for outage in getattr(getattr(run.scenario, "exchange", None), "outages", None) or []:
        clock = run.scenario.clock
        opening = pd.Timestamp(clock.start).as_unit("ns").value
        begin, end = (opening + round(clock.seconds(moment) * SECOND) for moment in (outage.from_, outage.to))
        begin, end = max(begin, recording.start), min(end, recording.end)
        if end > begin:
            planned.append((begin, end))
    return planned


def counterfactual_of(run: Any, name: str, names: Names) -> Recording | None:
    """Read the timeline of a named counterfactual; None where the run has none."""
    others: Mapping[str, Any] = getattr(run, "counterfactuals", None) or {}
    other = others.get(name)
    return None if other is None else recording_of(getattr(other, "timeline", None), run.scenario, names)
