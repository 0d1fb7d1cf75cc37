"""Rows of a candle file put in order, or every reason why they are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cascade_sim.errors import DataError
from cascade_sim.history.series import Series
from cascade_sim.history.spikes import clipped, spikes
from cascade_sim.history.table import Faults
from cascade_sim.history.times import written
from cascade_sim.scenario.repair import Repair

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Times in files are exact to the second, after division by a thousand to the last digits of a double.
_SAME = 1e-6
ALWAYS = (-np.inf, np.inf)
_MOST_HELD = 10_000_000
_FIXES = {
    "order": "sort the file, or write repair: {order: sort}",
    "duplicates": "remove one, or write repair: {duplicates: first} (or last)",
    "overlaps": "remove it, or write repair: {overlaps: drop}",
    "zeros": "correct it, or write repair: {zeros: drop}",
    "bounds": "correct it, or write repair: {bounds: widen}",
    "spikes": "correct it, or write repair: {spikes: clip} (or drop; keep if it is real)",
    "gaps": "fill it in the file, or write repair: {gaps: hold} (or join)",
}


@dataclass
class Rows:
    """Rows on their way to bars: those still standing, in order of time.

    Attributes
    ----------
    row : ndarray of int64, shape (rows,)
        Number of each row in the file.
    opens : ndarray of float64, shape (rows,)
    columns : dict of str to ndarray of float64, shape (rows,)
    """

    row: npt.NDArray[np.int64]
    opens: Floats
    columns: dict[str, Floats]

    def only(self, kept: Mask | npt.NDArray[np.int64]) -> None:
        """Keep some rows, or put them into an order."""
        self.row, self.opens = self.row[kept], self.opens[kept]
        self.columns = {name: values[kept] for name, values in self.columns.items()}


def in_order(
    series: Series, prices: tuple[str, ...], repair: Repair, window: tuple[float, float]
) -> tuple[Rows, float]:
    """Put rows in order as far as `repair` allows, and refuse what it does not mention.

    Parameters
    ----------
    series : Series
        With the columns `prices`; others are carried along.
    prices : tuple of str
        Columns of prices, which are judged.
    repair : Repair
    window : tuple of float
        Unix times between which a gap matters.

    Returns
    -------
    rows : Rows
        Rows put into gaps have the number -1.
    length : float
        Length of a bar in seconds.

    Raises
    ------
    DataError
        With the lines of the first ten faults and the number of the others.
    """
    return _Inspection(series, prices, repair, window).done()


def in_time_order(series: Series, repair: Repair) -> Rows:
    """Put the rows of a series that has no fixed spacing in order of time, as far as `repair` allows.

    Raises
    ------
    DataError
        With the lines of what is out of order, twice, or empty.
    """
    inspection = _Inspection(series, (), repair, ALWAYS)
    inspection.sort()
    inspection.keep_one_of_each_time()
    rows = inspection.rows
    for name, values in rows.columns.items():
        for row in rows.row[np.isnan(values)].tolist():
            series.faults.add(row, f"{name} is empty")
    series.faults.refuse()
    return rows


class _Inspection:
    """One pass over a file; each step judges what the earlier ones left standing."""

    def __init__(self, series: Series, prices: tuple[str, ...], repair: Repair, window: tuple[float, float]) -> None:
        self.series, self.prices, self.repair, self.window = series, prices, repair, window
        self.faults: Faults = series.faults
        usable = np.isfinite(series.times)
        for name in prices:
            usable &= ~np.isinf(series.columns[name])
        self.rows = Rows(np.arange(series.times.size), series.times, dict(series.columns))
        self.rows.only(usable)
        self.name = series.layout.names[series.layout.time]
        self.gone = self.unjudged = np.zeros(0, np.bool_)

    def done(self) -> tuple[Rows, float]:
        self.sort()
        self.keep_one_of_each_time()
        length = self.bar_length()
        self.leave_overlaps_out(length)
        self.gone, self.unjudged = np.zeros((2, self.rows.opens.size), np.bool_)
        self.find_rows_without_prices(length)
        self.find_zeros()
        self.widen()
        self.find_spikes()
        self.rows.only(~self.gone)
        self.fill(length)
        self.faults.refuse()
        return self.rows, length

    def note(self, kind: str, wrong: Mask, message: Callable[[int], str]) -> bool:
        """Note faults of one kind unless they may be repaired; return whether there are any to repair."""
        if not wrong.any():
            return False
        if getattr(self.repair, kind) is not None:
            return True
        at = np.flatnonzero(wrong)
        by_row = dict(zip(self.rows.row[at].tolist(), at.tolist(), strict=True))
        # The way out stands in the first message of its kind only.
        first = min(by_row)

        def told(row: int) -> str:
            said = message(by_row[row])
            return f"{said}; {_FIXES[kind]}" if row == first else said

        mask = np.zeros(self.series.times.size, np.bool_)
        mask[list(by_row)] = True
        self.faults.add_where(mask, told)
        return False

    def line(self, at: int) -> str:
        """Return the line of a row that still stands, for messages."""
        return f"{self.series.unit} {self.series.lines[self.rows.row[at]]}"

    def sort(self) -> None:
        rows = self.rows
        steps = np.diff(rows.opens)
        if not (self.series.layout.newest_first and (steps <= 0).all()):
            behind = np.append(False, steps < 0)
            self.note("order", behind, lambda at: f"{self.name} lies before that of the row before")
        if (steps < 0).any():
            rows.only(np.lexsort((rows.row, rows.opens)))

    def keep_one_of_each_time(self) -> None:
        rows = self.rows
        again = np.append(False, np.diff(rows.opens) <= _SAME)
        if not again.any():
            return

        def message(at: int) -> str:
            same = all(np.array_equal(values[at], values[at - 1], equal_nan=True) for values in rows.columns.values())
            return f"{self.name} is that of {self.line(at - 1)}, {'with the same' if same else 'with other'} numbers"

        self.note("duplicates", again, message)
        rows.only(~np.append(again[1:], False) if self.repair.duplicates == "last" else ~again)

    def bar_length(self) -> float:
        if self.rows.opens.size < 2:
            self.faults.refuse()
            count = "one bar" if self.rows.opens.size else "no bar that can be read"
            raise DataError(
                f"{self.series.faults.source}: holds {count}; two or more are needed to know how long a bar is"
            )
        spacings, counts = np.unique(np.round(np.diff(self.rows.opens), 6), return_counts=True)
        return float(spacings[np.argmax(counts)])

    def leave_overlaps_out(self, length: float) -> None:
        rows = self.rows
        if (np.diff(rows.opens) >= length - _SAME).all():
            return
        # The bar before each: the last that does not itself overlap one.
        before, last = np.zeros(rows.opens.size, np.int64), 0
        for at, begin in enumerate(rows.opens.tolist()):
            before[at] = last
            last = at if begin >= rows.opens[last] + length - _SAME else last
        short = rows.opens - rows.opens[before] < length - _SAME
        short[0] = False

        def message(at: int) -> str:
            step = rows.opens[at] - rows.opens[before[at]]
            return f"begins {step:g} s after {self.line(before[at])}, before that bar of {length:g} s has ended"

        if self.note("overlaps", short, message):
            rows.only(~short)

    def find_rows_without_prices(self, length: float) -> None:
        absent = np.array([np.isnan(self.rows.columns[name]) for name in self.prices])
        empty = np.asarray(absent.all(axis=0), np.bool_)
        for name, missing in zip(self.prices, absent, strict=True):
            for row in self.rows.row[missing & ~empty].tolist():
                self.faults.add(row, f"{name} is empty where the bar's other prices are not")
        prices = ", ".join(self.prices)
        matters = self.matters(self.rows.opens, self.rows.opens + length)
        repaired = self.note("gaps", empty & matters, lambda at: f"holds no price ({prices})")
        self.unjudged |= empty
        self.gone |= empty if repaired else empty & ~matters

    def matters(self, begin: Floats, end: Floats) -> Mask:
        """Whether times from begin to end touch the window."""
        return (end > self.window[0]) & (begin < self.window[1])

    def find_zeros(self) -> None:
        low = np.array([self.rows.columns[name] <= 0 for name in self.prices])
        wrong = np.asarray(low.any(axis=0), np.bool_)

        def message(at: int) -> str:
            name = self.prices[int(np.argmax(low[:, at]))]
            return f"{name} {self.rows.columns[name][at]:g} is not positive"

        if self.note("zeros", wrong, message):
            self.gone |= wrong
        self.unjudged |= wrong

    def widen(self) -> None:
        columns = self.rows.columns
        inner = [columns[name] for name in ("open", "close") if name in self.prices]
        for name, most, word in (("high", np.fmax, "below"), ("low", np.fmin, "above")):
            if name not in self.prices or not inner:
                continue
            others = [*inner, columns["low" if name == "high" else "high"]] if len(self.prices) == 4 else inner
            reach = most.reduce(inner)
            wrong = ~self.unjudged & ((columns[name] < reach) if name == "high" else (columns[name] > reach))
            if self.note("bounds", wrong, _outside(name, word, columns[name], reach)):
                columns[name] = np.where(wrong, most.reduce(others), columns[name])

    def find_spikes(self) -> None:
        rows, repair = self.rows, self.repair
        prices = {name: np.where(self.unjudged, np.nan, rows.columns[name]) for name in self.prices}
        found = spikes(prices, repair.spike)

        def message(at: int) -> str:
            return (
                f"is a spike: {found.price[at]:g} lies {abs(found.excess[at]):.0%} (log) beyond the bars before and "
                f"after it, which reach {found.reach[at]:g}, and the price is back at once"
            )

        if self.note("spikes", found.where, message):
            if repair.spikes == "drop":
                self.gone |= found.where
            if repair.spikes == "clip":
                rows.columns |= clipped({name: rows.columns[name] for name in self.prices}, found)

    def fill(self, length: float) -> None:
        """Judge the gaps between the bars that stay, and put bars into them where that is allowed."""
        rows = self.rows
        begins = np.append(np.inf, rows.opens[:-1] + length)
        after = (rows.opens > begins + _SAME) & self.matters(begins, rows.opens)

        def message(at: int) -> str:
            count = (rows.opens[at] - begins[at]) / length
            missing = f"{count:,.0f} bars are" if round(count) != 1 else "a bar is"
            if abs(count - round(count)) > 1e-6:
                missing = f"{rows.opens[at] - begins[at]:,.0f} s are"
            return f"{missing} missing before it, from {written(begins[at])} to {written(rows.opens[at])}"

        if self.note("gaps", after, message) and self.repair.gaps == "hold":
            self.hold(length, np.flatnonzero(after))

    def hold(self, length: float, after: npt.NDArray[np.int64]) -> None:
        rows = self.rows
        missing = np.floor((rows.opens[after] - rows.opens[after - 1]) / length + 1e-9) - 1.0
        if missing.sum() > _MOST_HELD:
            raise DataError(
                f"{self.faults.source}: {missing.sum():,.0f} bars would have to be put into its gaps; is a time wrong?"
            )
        counts = missing.astype(np.int64)
        total = int(counts.sum())
        before = np.repeat(after - 1, counts)
        nth = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        places = np.repeat(after, counts)
        last = rows.columns["close" if "close" in self.prices else self.prices[-1]][before]
        for name, values in rows.columns.items():
            put = last if name in self.prices else np.zeros(total) if name == "volume" else np.full(total, np.nan)
            rows.columns[name] = np.insert(values, places, put)
        opens = rows.opens[before] + nth * length
        rows.opens = np.insert(rows.opens, places, opens)
        rows.row = np.insert(rows.row, places, -1)


def _outside(name: str, word: str, values: Floats, reach: Floats) -> Callable[[int], str]:
    return lambda at: f"{name} {values[at]:g} is {word} the bar's open or close of {reach[at]:g}"
