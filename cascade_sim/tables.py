"""The tables that commands print: simulated, reported and counterfactual figures, with sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cascade_sim.metrics.lending_figures import LENDING, names_a_pool
from cascade_sim.scenario.summary import in_one_line
from cascade_sim.text_table import NOTHING, line_width, lines_of, print_lines, shown, unit_beside

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
    "tracked_ticks",
    "missed_ticks",
    "absorbed_ticks",
    "absorbed_share",
)
# Of a pool, whether they are 0 or not.
_ALWAYS = ("_liquidated", "_bad_debt")
_LAST = ("conservation_error", "status")
MOST_DIFFERENCES = 12


def figure_columns(
    summaries: Sequence[tuple[str, Mapping[str, Any]]], reported: Mapping[str, Reported]
) -> list[list[str]]:
    """Return columns of text: names, units, the first summary, what was reported, the other summaries.

    Parameters
    ----------
    summaries : sequence of (heading, summary)
        A column each. Figures that none of them has and that nobody reported are left out, and zeros of pools.
    reported : mapping of str to Reported
        Figures of the real event, each with the number of its source.
    """
    wanted = list(dict.fromkeys([*HEADLINES, *LENDING, *_of_pools(summaries), *_LAST, *reported]))
    keys = [key for key in wanted if key in reported or any(each.get(key) is not None for _, each in summaries)]
    units = dict.fromkeys(keys, "")
    for _, each in reversed(summaries):
        units |= each["units"]
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


def _of_pools(summaries: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield the figures about pools that say something: what was liquidated and lost, and all that is not 0."""
    for key in dict.fromkeys(key for _, each in summaries for key in each if names_a_pool(key)):
        if key.endswith(_ALWAYS) or any(each.get(key) for _, each in summaries):
            yield key


def print_run(run: Run) -> None:
    """Print a run's table, its closed form where it has one, and the sources of what was reported."""
    print_lines(_run_lines(run, line_width()))


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
    print_lines(_comparison_lines(runs, line_width()))


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
    if path and path[0] in ("name", "description", "seed", "compare", "events", "reported", "calibrate"):
        return
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from flattened(child, (*path, str(key)))
    else:
        yield ".".join(path), value


def _short(value: Any) -> str:
    text = NOTHING if value is None else str(value)
    return text if len(text) <= 32 else text[:29] + "..."
