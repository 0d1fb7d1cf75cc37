"""A sweep as its pictures see it: which keys vary, which rows are drawn, and what things are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import Formatter

from cascade_sim.errors import CascadeError
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.headed import Head
from cascade_sim.plots.headline import SEPARATOR, Tile
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.reading import names_of
from cascade_sim.plots.ticks import AmountTicks, PlainTicks

CASCADE = "cascade"
_NAMES = {
    "max_drawdown": "largest fall of the mark",
    "index_drawdown": "largest fall of the index",
    "max_runup": "largest rise of the mark",
    "liquidated_notional": "notional liquidated",
    "liquidated_count": "liquidations",
    "liquidated_share_long": "longs' share of what was liquidated",
    "open_interest_cleared": "share of open interest closed by force",
    "peak_minute": "forced notional of the worst minute",
    "worst_30min_share": "share of the worst 30 minutes",
    "adl_notional": "notional deleveraged",
    "bad_debt": "bad debt",
}
# Half a unit of the fourth digit, at most.
_AS_WRITTEN = 5e-4
_LEAST_LOG_SPAN = 8.0


class PictureError(CascadeError, ValueError):
    """A picture cannot be drawn as it was asked for."""


def column_of(result: Any, name: str) -> pd.Series:
    """Return a column of a sweep's table, or say which there are."""
    if name not in result.frame.columns:
        known = ", ".join(str(key) for key in outputs_of(result))
        raise PictureError(f"this sweep has no output {name!r}; it has {known}")
    return result.frame[name]


def outputs_of(result: Any) -> list[str]:
    """Return the names of a sweep's outputs, the cascade first."""
    beside = {"point", "replicate", "seed", "status", "error", CASCADE, *result.keys}
    names = [name for name in result.frame.columns if name not in beside and not str(name).startswith("wall_")]
    return [CASCADE, *names] if CASCADE in result.frame.columns else names


def varying(result: Any) -> list[str]:
    """Return the keys that take more than one value in a sweep's points, in its order."""
    return [key for key in result.keys if result.points[key].nunique(dropna=False) > 1]


def is_numeric(values: pd.Series) -> bool:
    """Tell numbers from words."""
    return bool(pd.api.types.is_numeric_dtype(values))


def numeric_keys(result: Any) -> list[str]:
    """Return the varied keys whose values are numbers."""
    return [key for key in varying(result) if is_numeric(result.points[key])]


def checked_key(result: Any, key: str) -> str:
    """Return a key that the sweep varies, or say which ones it does."""
    if key not in result.keys:
        raise PictureError(f"this sweep does not vary {key!r}; it varies {', '.join(result.keys) or 'nothing'}")
    return key


def selected_points(result: Any, where: Mapping[str, Any] | None) -> pd.DataFrame:
    """Return the points at which some keys have given values.

    Numbers are found to nine digits, or by the four that pictures and tables write if only one value begins with them;
    a value at which there is no point is an error that names those there are.
    """
    points = result.points
    for key, wanted in (where or {}).items():
        column = points[checked_key(result, key)]
        if is_numeric(column):
            numbers = column.to_numpy(dtype=float)
            same = np.isclose(numbers, float(wanted), rtol=1e-9, atol=0.0)
            near = np.isclose(numbers, float(wanted), rtol=_AS_WRITTEN, atol=0.0)
            if not same.any() and len(set(numbers[near])) == 1:
                same = near
        else:
            same = (column.astype(str) == str(wanted)).to_numpy()
        if not same.any():
            there = ", ".join(value_words(value) for value in distinct(column)[:12])
            raise PictureError(f"the sweep has no point left where {key} is {wanted!r}; there are {there}")
        points = points[same]
    return points


def refuse_mixing(points: pd.DataFrame, drawn: list[str], result: Any, average: bool) -> list[str]:
    """Return the other keys that vary among some points; an error where they may not be averaged over."""
    others = [key for key in result.keys if key not in drawn and points[key].nunique(dropna=False) > 1]
    if others and not average:
        first = value_words(distinct(points[others[0]])[0])
        raise PictureError(
            f"{' and '.join(others)} {'varies' if len(others) == 1 else 'vary'} too: select with "
            f"where={{{others[0]!r}: {first}}}, or ask for the average with average=True"
        )
    return others


def rows_of(result: Any, points: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of some points."""
    frame: pd.DataFrame = result.frame
    return frame[frame["point"].isin(points.index)]


def distinct(values: pd.Series) -> list[Any]:
    """Return a column's values, each once: numbers ascending, words in the order in which they come."""
    known = values.dropna().unique().tolist()
    return sorted(known) if is_numeric(values) else known


def value_words(value: Any, digits: int = 4) -> str:
    """Write one value of a key."""
    return human(float(value), digits) if isinstance(value, int | float) else str(value)


def short_words(values: list[Any]) -> list[str]:
    """Write words without what all of them begin with, up to the last slash, and without their ending."""
    words = [value_words(value) for value in values]
    if len(words) > 1 and all("/" in each for each in words):
        words = [each.rpartition("/")[2] for each in words]
    return words


def short_key(key: str, fits: Callable[[str], bool]) -> str:
    """Return a dotted key, or as many of its last parts as fit."""
    parts = key.split(".")
    choices = [key, *("… " + ".".join(parts[first:]) for first in range(1, len(parts)))]
    return next((words for words in choices if fits(words)), choices[-1])


def is_log(result: Any, key: str, values: Floats) -> bool:
    """Tell whether a key's values are spread evenly in logarithms rather than in themselves."""
    varied = getattr(result.sweep, "varied", {}).get(key)
    if varied is not None and getattr(varied, "log", False):
        return bool(values.min() > 0.0)
    if values.size < 3 or values.min() <= 0.0 or values.max() < _LEAST_LOG_SPAN * values.min():
        return False
    plain, logs = np.diff(values), np.diff(np.log(values))
    return bool(np.std(logs) / np.mean(logs) < np.std(plain) / np.mean(plain))


def unit_of(result: Any, name: str) -> str:
    """Return the unit of a column: ``fraction``, ``USD``, or nothing."""
    unit = str(getattr(result.frame, "attrs", {}).get("units", {}).get(name) or "")
    if unit not in ("quote", "base"):
        return unit
    names = names_of(SimpleNamespace(scenario=result.sweep.base))
    return names.quote if unit == "quote" else names.base


def is_share(result: Any, name: str) -> bool:
    """Tell whether a column is a fraction, which is written in per cent."""
    return name == CASCADE or unit_of(result, name) == "fraction"


def written(result: Any, name: str, value: float) -> str:
    """Write a value of an output."""
    return percent(value) if is_share(result, name) else human(value)


def name_words(result: Any, name: str, unit: bool = True) -> str:
    """Return what an output is called, with its unit."""
    if name == CASCADE:
        return f"runs that fall by {threshold_words(result)} or more"
    words = _NAMES.get(name, name.replace("_", " "))
    of = unit_of(result, name)
    return words if not unit or of in ("", "fraction", "count") else f"{words}, {of}"


def threshold_words(result: Any) -> str:
    """Return the size of a cascade: ``20 %``."""
    return percent(result.threshold, 0 if abs(100 * result.threshold - round(100 * result.threshold)) < 1e-9 else 1)


class PercentTicks(PlainTicks):
    """Fractions in per cent."""

    def format_ticks(self, values: Any) -> list[str]:
        """Label the ticks of an axis."""
        return [f"{text} %" for text in super().format_ticks([100.0 * value for value in values])]


def ticks_for(result: Any, name: str) -> Formatter:
    """Return how the numbers of an output are written along an axis."""
    return PercentTicks() if is_share(result, name) else AmountTicks()


def sweep_name(result: Any) -> str:
    """Return what a sweep is called."""
    return str(getattr(result.sweep, "name", "") or "Sweep")


def sweep_head(result: Any, rows: pd.DataFrame, tiles: list[Tile], where: Mapping[str, Any] | None = None) -> Head:
    """Return a head: the sweep's name, its size and design, what was selected, and figures."""
    points, runs = rows["point"].nunique(), len(rows)
    design = str(getattr(result.sweep, "design", "") or "").replace("_", " ")
    parts = [f"{points:,} point{'s' if points != 1 else ''}", f"{runs:,} run{'s' if runs != 1 else ''}"]
    if design:
        parts.insert(0, design)
    parts += [f"{key} = {value_words(value)}" for key, value in (where or {}).items()]
    failed = failures(rows)
    if failed:
        tiles = [*tiles, Tile(f"{failed:,}", f"run{'s' if failed != 1 else ''} failed")]
    return Head(sweep_name(result), SEPARATOR.join(parts), tiles)


def failures(rows: pd.DataFrame) -> int:
    """Count the runs that failed."""
    return int((rows["status"] == "failed").sum())


def runs_words(counts: Floats) -> str:
    """Say how many runs a cell or a point has: ``16 runs``, ``12 to 16 runs``."""
    known = counts[counts > 0]
    if not known.size:
        return "no run"
    low, high = int(known.min()), int(known.max())
    return f"{high} run{'s' if high != 1 else ''}" if low == high else f"{low} to {high} runs"


def cascade_tile(rows: pd.DataFrame) -> list[Tile]:
    """Return the share of runs that were cascades; nothing where that is not known."""
    known = rows[CASCADE].dropna() if CASCADE in rows else rows.iloc[:0, 0]
    return [Tile(percent(float(known.mean())), "of the runs\nwere cascades")] if len(known) else []
