"""What a sweep says, as text for the command line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from cascade_sim.sweeps.outputs import FAILED, outputs_of
from cascade_sim.sweeps.risk import MEASURES, risk, risk_in_words
from cascade_sim.sweeps.statistics import statistics
from cascade_sim.text_table import NOTHING, lines_of, shown, unit_beside
from cascade_sim.units import format_quantity

if TYPE_CHECKING:
    from cascade_sim.sweeps.result import SweepResult

MOST_ROWS = 30
MOST_ERRORS = 10
SHOWN_QUANTILES = (0.05, 0.5, 0.95)
_COUNTS = ("failed", "missing", "exhausted")


def sweep_lines(result: SweepResult, width: int, value: str | None = None, level: float = 0.95) -> Iterator[str]:
    """Yield the statistics of every point, what is at risk, and what failed.

    Parameters
    ----------
    result : SweepResult
    width : int
        Characters in a line.
    value : str, optional
        The output to show; by default ``max_drawdown``, or the first there is.
    level : float
        Confidence level of the intervals.

    Yields
    ------
    str
        Lines without line breaks.
    """
    known = [name for name in outputs_of(result) if name != "cascade"]
    if value is None and known:
        value = "max_drawdown" if "max_drawdown" in known else known[0]
    if value is not None:
        yield from statistics_lines(statistics(result, value, level, SHOWN_QUANTILES), result.threshold, width)
    if any(each in known for each in MEASURES):
        yield ""
        yield from risk_lines(risk(result, confidence=level), width)
    failures = list(failure_lines(result, width))
    if failures:
        yield ""
        yield from failures


def statistics_lines(table: pd.DataFrame, threshold: float, width: int) -> Iterator[str]:
    """Yield the table of `statistics`, at most 30 points of it.

    Parameters
    ----------
    table : DataFrame
        From `statistics`.
    threshold : float
        Drawdown from which a run is a cascade.
    width : int
        Characters in a line.
    """
    value, level, units = table.attrs["value"], table.attrs["level"], table.attrs["units"]
    head = table.head(MOST_ROWS)
    names = list(table.columns)
    keys = names[: names.index("runs")]
    quantiles = names[names.index("mean_high") + 1 : names.index("cascade_probability")]
    unit = unit_beside(units["mean"])
    columns = [["point", *map(str, head.index)]]
    columns += [[key, *(_key(each) for each in head[key])] for key in keys]
    columns.append(["runs", *(f"{each:,}" for each in head["runs"])])
    columns += [[name, *(f"{each:,}" for each in head[name])] for name in _COUNTS if table[name].any()]
    for name, heading in {
        "mean": f"mean{f', {unit}' if unit else ''}",
        **dict(zip(quantiles, quantiles, strict=True)),
    }.items():
        columns.append([heading, *(_figure(each, units[name]) for each in head[name])])
        if name == "mean":
            columns.append([f"{100 * level:g} %", *_ranges(head, "mean", units["mean"])])
    columns.append(["P(cascade)", *(_figure(each, "fraction") for each in head["cascade_probability"])])
    columns.append([f"{100 * level:g} %", *_ranges(head, "cascade", "fraction")])
    yield f"{value} by point; a cascade is a drawdown of {shown(threshold, 'fraction', True)} or more"
    yield ""
    yield from lines_of(columns, 1 + len(keys), width)
    if len(table) > len(head):
        yield f"and {len(table) - len(head):,} more points in the file"


def risk_lines(table: pd.DataFrame, width: int) -> Iterator[str]:
    """Yield the table of `risk` as sentences: one a point, the worst where there are many, then its caveats.

    Parameters
    ----------
    table : DataFrame
        From `risk`.
    width : int
        Characters in a line.
    """
    measures = [percentile for percentile, _, _ in MEASURES.values() if percentile in table]
    ranked = table.sort_values(measures, ascending=False, kind="stable") if len(table) > MOST_ROWS else table
    if len(table) > MOST_ROWS:
        yield f"most at risk, {MOST_ROWS} of {len(table):,} points:"
    for row in ranked.index[:MOST_ROWS]:
        name = "all runs" if table.attrs["pooled"] else f"point {row}"
        yield from _wrapped(f"{name}, {risk_in_words(table, row)}", width)
    for note in table.attrs["notes"]:
        yield from _wrapped(f"note: {note}", width)


def failure_lines(result: SweepResult, width: int) -> Iterator[str]:
    """Yield how many runs failed, by message, the most frequent first.

    Parameters
    ----------
    result : SweepResult
    width : int
        Characters in a line.
    """
    failed = result.frame[result.frame["status"] == FAILED]
    if not len(failed):
        return
    yield f"{len(failed):,} of {len(result.frame):,} runs failed:"
    groups = failed.groupby(failed["error"].fillna("no message"), sort=True)["point"]
    found = sorted(((len(points), error, points.unique()) for error, points in groups), key=lambda each: -each[0])
    for number, error, points in found[:MOST_ERRORS]:
        where = ", ".join(map(str, points[:5])) + (", ..." if len(points) > 5 else "")
        yield from _wrapped(f"  {number:,} x {error} (point {where})", width)
    if len(found) > MOST_ERRORS:
        yield f"  and {len(found) - MOST_ERRORS:,} other messages"


def _wrapped(text: str, width: int) -> list[str]:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, width, subsequent_indent="    ")]
    return lines or [text]


def _key(value: Any) -> str:
    text = value if isinstance(value, str) else format_quantity(value)
    return text if len(text) <= 32 else text[:29] + "..."


def _figure(value: float, unit: str) -> str:
    return NOTHING if pd.isna(value) else shown(float(value), unit)


def _ranges(table: pd.DataFrame, name: str, unit: str) -> list[str]:
    pairs = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
    return [NOTHING if pd.isna(low) else f"{_figure(low, unit)} to {_figure(high, unit)}" for low, high in pairs]
