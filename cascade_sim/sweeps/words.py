"""What a sweep says, as text for the command line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cascade_sim.sweeps.checks import DRAWN as DRAWS_POINTS
from cascade_sim.sweeps.key_words import key_words, short_names
from cascade_sim.sweeps.matrix import fits_a_matrix, matrix_lines
from cascade_sim.sweeps.outputs import FAILED, outputs_of
from cascade_sim.sweeps.risk import DRAWN, MEASURES, risk, risk_in_words
from cascade_sim.sweeps.sensitivity import sobol, tornado
from cascade_sim.sweeps.statistics import statistics
from cascade_sim.text_table import NOTHING, line_width, lines_of, print_lines, shown, unit_beside
from cascade_sim.units import format_duration

if TYPE_CHECKING:
    from cascade_sim.sweeps.result import SweepResult

MOST_ROWS = 20
MOST_AT_RISK = 5
MOST_ERRORS = 10
SHOWN_QUANTILES = (0.05, 0.5, 0.95)
_COUNTS = ("failed", "missing", "exhausted")
# Columns of `risk` by what heads them in a table.
_RISK_HEADS = {
    "value_at_risk": "VaR of insolvent debt",
    "expected_shortfall": "expected shortfall",
    "liquidations_at_risk": "liquidations at risk",
}


def print_sweep(result: SweepResult, value: str | None = None) -> None:
    """Print what a sweep says, as wide as the terminal; see `sweep_lines`."""
    print_lines(sweep_lines(result, line_width(), value))


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
    yield headline(result)
    for lines in _paragraphs(result, value, known, width, level):
        for number, line in enumerate(lines):
            if number == 0:
                yield ""
            yield line


def _paragraphs(
    result: SweepResult, value: str | None, known: list[str], width: int, level: float
) -> Iterator[Iterable[str]]:
    """Yield what is worth saying of a sweep, by its design."""
    if len(result.failures) == len(result.frame):
        yield failure_lines(result, width)
        return
    if value is not None and result.sweep.design == "sobol" and not len(result.failures):
        yield sobol_lines(sobol(result, value, level=level), width)
    if value is not None and result.sweep.design in DRAWS_POINTS:
        yield tornado_lines(tornado(result, value), width)
    elif value is not None:
        table = statistics(result, value, level, SHOWN_QUANTILES)
        matrix = fits_a_matrix(table, result.keys)
        yield matrix_lines(table, result.keys, width) if matrix else statistics_lines(table, width)
    if any(each in known for each in MEASURES) and result.sweep.design != "sobol":
        pooled = str(result.sweep.design) in DRAWN and not _varies_the_clock(result)
        yield risk_lines(risk(result, confidence=level, pooled=pooled), width)
    yield failure_lines(result, width)


def headline(result: SweepResult) -> str:
    """Return how many of the runs were cascades."""
    told = result.frame["cascade"].dropna()
    what = f"fell by {shown(result.threshold, 'fraction', True)} or more"
    if not len(told):
        return f"{result.sweep.name}: no run says whether it {what}"
    share = shown(float(told.mean()), "fraction", True)
    return f"{result.sweep.name}: {int(told.sum()):,} of {len(told):,} runs ({share}) {what}"


def statistics_lines(table: pd.DataFrame, width: int) -> Iterator[str]:
    """Yield the table of `statistics`, at most 20 points of it.

    Parameters
    ----------
    table : DataFrame
        From `statistics`.
    width : int
        Characters in a line.
    """
    value, level, units = table.attrs["value"], table.attrs["level"], table.attrs["units"]
    head = table.head(MOST_ROWS)
    names = list(table.columns)
    keys = names[: names.index("runs")]
    quantiles = names[names.index("mean_high") + 1 : names.index("cascade_probability")]
    unit = unit_beside(units["mean"])
    many = bool((table["runs"] > 1).any())
    columns = _leading(head, keys)
    columns.append(["runs", *(f"{each:,}" for each in head["runs"])])
    columns += [[name, *(f"{each:,}" for each in head[name])] for name in _COUNTS if table[name].any()]
    heading = f"mean{f', {unit}' if unit else ''}"
    if many:
        columns.append([f"{heading} ({100 * level:g} %)", *_with_interval(head, "mean", "mean", units["mean"])])
        columns += [[name, *(_figure(each, units[name]) for each in head[name])] for name in quantiles]
    else:
        columns.append([heading, *(_figure(each, units["mean"]) for each in head["mean"])])
    if many:
        probability = _with_interval(head, "cascade_probability", "cascade", "fraction")
        columns.append([f"P(cascade) ({100 * level:g} %)", *probability])
    yield f"{value} by point"
    yield ""
    yield from lines_of(columns, 1 + len(keys), width)
    if len(table) > len(head):
        yield f"and {len(table) - len(head):,} more points in the file"


def sobol_lines(table: pd.DataFrame, width: int) -> Iterator[str]:
    """Yield the table of `sobol`."""
    value, level, samples = table.attrs["value"], table.attrs["level"], table.attrs["samples"]
    columns = [["key", *map(str, table.index)]]
    for name, heading in (("S1", "S1: alone"), ("ST", "ST: alone or with others")):
        pairs = zip(table[name], table[f"{name}_conf"], strict=True)
        columns.append([heading, *(f"{share:.2f} ± {half:.2f}" for share, half in pairs)])
    yield from _wrapped(
        f"shares of the variance of {value} that keys explain (Sobol, {samples:,} base samples, {100 * level:g} % "
        "intervals)",
        width,
    )
    yield ""
    yield from lines_of(columns, 1, width)


def tornado_lines(table: pd.DataFrame, width: int) -> Iterator[str]:
    """Yield the table of `tornado` for points that were drawn."""
    value, unit = table.attrs["value"], table.attrs["unit"]
    columns = [["key", *map(str, table.index)]]
    for end, words in (("low", "lowest tenth"), ("high", "highest tenth")):
        columns.append([f"mean at its {words}", *(_figure(each, unit) for each in table[end])])
    yield f"{value} where a key is low and where it is high; {_figure(table.attrs['base'], unit)} over all"
    yield ""
    yield from lines_of(columns, 1, width)


def risk_lines(table: pd.DataFrame, width: int) -> Iterator[str]:
    """Yield what `risk` says: a sentence for one row, else a table, the worst points first if there are many.

    Parameters
    ----------
    table : DataFrame
        From `risk`.
    width : int
        Characters in a line.
    """
    if len(table) == 1:
        yield from _wrapped(
            ("all runs " if table.attrs["pooled"] else "") + risk_in_words(table, table.index[0]), width
        )
    elif not (table["runs"] > 1).any():
        return
    else:
        yield from _risk_table(table, width)
    for note in table.attrs["notes"]:
        yield from _wrapped(f"note: {note}", width)


def _risk_table(table: pd.DataFrame, width: int) -> Iterator[str]:
    units, names = table.attrs["units"], [name for name in _RISK_HEADS if name in table]
    worst = table.sort_values(names, ascending=False, kind="stable") if len(table) > MOST_AT_RISK else table
    head = worst.head(MOST_AT_RISK)
    keys = list(table.columns[: list(table.columns).index("horizon_s")])
    columns = _leading(head, keys)
    horizons = table["horizon_s"].unique()
    if len(horizons) > 1:
        columns.append(["horizon", *map(_horizon, head["horizon_s"])])
    columns.append(["runs", *(f"{each:,}" for each in head["runs"])])
    columns += [[name, *(f"{each:,}" for each in head[name])] for name in _COUNTS if table[name].any()]
    for name in names:
        columns.append([f"{_RISK_HEADS[name]}, {units[name]}", *_with_interval(head, name, name, units[name])])
    over = f" over {_horizon(horizons[0])}" if len(horizons) == 1 else ""
    confidence, share = f"{100 * table.attrs['confidence']:g} %", f"{100 * table.attrs['level']:g}"
    cut = f"; the {MOST_AT_RISK} points most at risk of {len(table):,}" if len(table) > MOST_AT_RISK else ""
    yield from _wrapped(f"{share}th percentiles{over}, with {confidence} intervals{cut}", width)
    yield ""
    yield from lines_of(columns, 1 + len(keys), width)


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


def _leading(head: pd.DataFrame, keys: list[str]) -> list[list[str]]:
    """Return the columns that name a row: the point and its keys."""
    named = zip(keys, short_names(keys), strict=True)
    units = head.attrs["units"]
    columns = ([short, *(key_words(each, units.get(key, "")) for each in head[key])] for key, short in named)
    return [["point", *map(str, head.index)], *columns]


def _with_interval(table: pd.DataFrame, figure: str, ends: str, unit: str) -> list[str]:
    """Return figures with their intervals; a dash for an end that is not known."""
    triples = zip(table[figure], table[f"{ends}_low"], table[f"{ends}_high"], strict=True)
    return [
        _figure(value, unit)
        + ("" if np.isnan(low) and np.isnan(high) else f" ({_figure(low, unit)} to {_figure(high, unit)})")
        for value, low, high in triples
    ]


def _varies_the_clock(result: SweepResult) -> bool:
    return any(key.split(".")[0] in ("clock", "extends") for key in result.keys)


def _horizon(seconds: float) -> str:
    return NOTHING if np.isnan(seconds) else format_duration(seconds)


def _wrapped(text: str, width: int) -> list[str]:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, width, subsequent_indent="    ")]
    return lines or [text]


def _figure(value: float, unit: str) -> str:
    return NOTHING if pd.isna(value) else shown(float(value), unit)
