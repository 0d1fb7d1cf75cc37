"""The tables that commands print: simulated, reported and counterfactual figures, with sources."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cascade_sim.scenario.summary import in_one_line
from cascade_sim.units import format_duration, format_percent, format_quantity

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run
    from cascade_sim.scenario import Reported, Scenario

HEADLINES = (
    "max_drawdown",
    "index_drawdown",
    "max_runup",
    "low_mark",
    "low_time",
    "half_recovery_s",
    "amplification",
    "liquidated_notional",
    "liquidated_count",
    "liquidated_share_long",
    "open_interest_cleared",
    "peak_minute",
    "worst_30min_share",
    "branching_ratio",
    "insurance_fund_change",
    "insurance_fund_used",
    "max_engine_inventory",
    "adl_notional",
    "collateral_lost",
    "vault_profit",
    "bad_debt",
    "top_ups",
    "halts",
    "conservation_error",
    "status",
)
NOTHING = "–"
# Units that the written figure shows already, or that are no unit.
_UNNAMED = ("fraction", "ratio", "count", "s")
_PIPE_WIDTH = 160
_GAP = "  "
MOST_DIFFERENCES = 12


def shown(value: Any, unit: str, as_written: bool = False) -> str:
    """Write one figure for people: a percentage, an amount with its suffix, a duration, or as it stands.

    Parameters
    ----------
    value : number, str, list of two numbers, or None
    unit : str
        Its unit in the summary.
    as_written : bool
        Whether a figure keeps the digits that somebody gave it; else columns get equal precision.
    """
    if value is None:
        return NOTHING
    if isinstance(value, list | tuple):
        return " to ".join(shown(item, unit, as_written) for item in value)
    if isinstance(value, str):
        return _moment(value) if unit == "UTC" else value
    if value == 0:
        return "0"
    if unit == "fraction":
        if abs(value) < 1e-6:
            return f"{value:.1e}"
        if as_written or abs(value) < 1e-3:
            return format_percent(value)
        return f"{100.0 * value:.{1 if abs(value) >= 0.1 else 2}f}%"
    if unit == "s":
        return format_duration(value)
    if unit == "count":
        return f"{value:,}"
    if unit in ("quote per base", "ratio"):
        digits = ",.4g" if as_written else "#,.4g"
        return f"{value:{digits}}" if abs(value) < 1_000 else f"{value:,.0f}"
    return format_quantity(value)


def unit_beside(unit: str) -> str:
    """Return a unit as it stands beside a figure: short, and nothing where the written figure shows it already."""
    return unit.replace(" per ", "/") if unit not in _UNNAMED else ""


def _moment(text: str) -> str:
    """Write a time as day and time of day; what somebody wrote in words stays as it is."""
    try:
        return f"{datetime.fromisoformat(text):%d %b %H:%M:%S}"
    except ValueError:
        return text


def lines_of(columns: Sequence[Sequence[str]], names: int, width: int) -> Iterator[str]:
    """Lay columns out as text, in blocks one below the other where a line has no room for all of them.

    Parameters
    ----------
    columns : sequence of columns
        Equally long; the first cell is the heading.
    names : int
        How many leading columns name the rows: aligned to the left, and repeated in every block.
    width : int
        Characters in a line.
    """

    def padded(column: Sequence[str], left: bool) -> list[str]:
        wide = max(map(len, column))
        cells = [cell.ljust(wide) if left else cell.rjust(wide) for cell in column]
        return [cells[0], "─" * wide, *cells[1:]]

    first = [padded(column, True) for column in columns[:names]]
    rest = [padded(column, False) for column in columns[names:]]
    while rest:
        block, room = list(first), width - sum(len(column[0]) + len(_GAP) for column in first)
        while rest and (len(block) == names or len(rest[0][0]) <= room):
            room -= len(rest[0][0]) + len(_GAP)
            block.append(rest.pop(0))
        for row in zip(*block, strict=True):
            yield _GAP.join(row).rstrip()
        if rest:
            yield ""


def figure_columns(
    summaries: Sequence[tuple[str, Mapping[str, Any]]], reported: Mapping[str, Reported]
) -> list[list[str]]:
    """Return columns of text: names, units, the first summary, what was reported, the other summaries.

    Parameters
    ----------
    summaries : sequence of (heading, summary)
        A column each. Figures that none of them has and that nobody reported are left out.
    reported : mapping of str to Reported
        Figures of the real event, each with the number of its source.
    """
    wanted = [*HEADLINES, *(key for key in reported if key not in HEADLINES)]
    keys = [key for key in wanted if key in reported or any(each.get(key) is not None for _, each in summaries)]
    units = dict.fromkeys(keys, "") | summaries[0][1]["units"]
    columns = [["figure", *keys], ["unit", *(unit_beside(units[key]) for key in keys)]]
    for name, summary in summaries:
        columns.append([name, *(shown(summary.get(key), units[key]) for key in keys)])
    if reported:
        numbers = {key: number for number, key in enumerate(reported, start=1)}
        cells = [
            f"{shown(reported[key].value, units[key], True)} [{numbers[key]}]" if key in reported else ""
            for key in keys
        ]
        columns.insert(3, ["reported", *cells])
    return columns


def line_width() -> int:
    """Return the width to print to: the terminal's, or wide enough for most tables where there is none."""
    return shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns


def _print(lines: Iterator[str]) -> None:
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    for line in lines:
        print(line)


def print_run(run: Run) -> None:
    """Print a run's table, its closed form where it has one, and the sources of what was reported."""
    _print(_run_lines(run, line_width()))


def _run_lines(run: Run, width: int) -> Iterator[str]:
    from cascade_sim.metrics.theory import closed_form, closed_form_lines

    yield f"{in_one_line(run.scenario)}; seed {run.seed}"
    yield ""
    others = [(name, other.summary) for name, other in run.counterfactuals.items()]
    summaries = [("simulated", run.summary), *others]
    yield from lines_of(figure_columns(summaries, run.scenario.reported), 2, width)
    form = closed_form(run.scenario)
    if form is not None:
        yield ""
        yield from closed_form_lines(form, run)
    if run.scenario.reported:
        yield ""
    for number, (key, figure) in enumerate(run.scenario.reported.items(), start=1):
        mark = f"[{number}] "
        text = f"{key}{f' in {figure.unit}' if figure.unit else ''}: {figure.source}"
        yield from textwrap.wrap(
            text, width, initial_indent=mark, subsequent_indent=" " * len(mark), break_long_words=False
        )


def print_comparison(runs: Mapping[str, Run]) -> None:
    """Print two runs side by side, and the keys in which their scenarios differ.

    Parameters
    ----------
    runs : mapping of str to Run
        Two runs by what their columns shall be called.
    """
    _print(_comparison_lines(runs, line_width()))


def _comparison_lines(runs: Mapping[str, Run], width: int) -> Iterator[str]:
    for name, run in runs.items():
        yield f"{name}: {in_one_line(run.scenario)}; seed {run.seed}"
    yield ""
    columns = figure_columns([(name, run.summary) for name, run in runs.items()], {})
    yield from lines_of(columns, 2, width)
    first, second = (run.scenario for run in runs.values())
    found = differences(first, second)
    if found:
        yield ""
        columns = [list(column) for column in zip(("differs in", *runs), *found, strict=True)]
        yield from lines_of(columns, 1, width)


def differences(first: Scenario, second: Scenario) -> list[tuple[str, str, str]]:
    """Return the keys in which two scenarios differ, with what each says.

    Names, descriptions, comparisons, events and reported figures are passed over; long values and a long list are
    shortened.
    """
    flat = [dict(flattened(scenario.resolved(), ())) for scenario in (first, second)]
    keys = [key for key in dict.fromkeys((*flat[0], *flat[1])) if flat[0].get(key) != flat[1].get(key)]
    found = [(key, _short(flat[0].get(key)), _short(flat[1].get(key))) for key in keys]
    if len(found) > MOST_DIFFERENCES:
        found = [*found[:MOST_DIFFERENCES], (f"and {len(found) - MOST_DIFFERENCES} more", "", "")]
    return found


def flattened(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield nested settings with their dotted keys; names, seeds and what is told of an event are passed over."""
    if path and path[0] in ("name", "description", "seed", "compare", "events", "reported"):
        return
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from flattened(child, (*path, str(key)))
    else:
        yield ".".join(path), value


def _short(value: Any) -> str:
    text = NOTHING if value is None else str(value)
    return text if len(text) <= 32 else text[:29] + "..."
