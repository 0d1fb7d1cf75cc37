"""The table that a run prints: simulated, counterfactuals and reported figures side by side, with sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cascade_sim.scenario import Reported
from cascade_sim.units import format_duration, format_percent, format_quantity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from cascade_sim.engine.run import Run

HEADLINES = (
    "max_drawdown",
    "index_drawdown",
    "max_runup",
    "low_mark",
    "low_time",
    "amplification",
    "liquidated_notional",
    "liquidated_count",
    "liquidated_share_long",
    "open_interest_cleared",
    "peak_minute",
    "worst_30min_share",
    "branching_ratio",
    "insurance_fund_used",
    "max_engine_inventory",
    "adl_notional",
    "bad_debt",
    "half_recovery_s",
    "conservation_error",
    "status",
)


def shown(value: Any, unit: str) -> str:
    """Write one figure for people: a percentage, an amount with its suffix, a duration, or as it stands.

    Parameters
    ----------
    value : number, str, list of two numbers, or None
    unit : str
        Its unit in the summary.
    """
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return " to ".join(shown(item, unit) for item in value)
    if isinstance(value, str):
        return value.replace("T", " ").replace("+00:00", " UTC")
    if unit == "fraction":
        return f"{value:.1e}" if 0.0 < abs(value) < 1e-6 else format_percent(value)
    if unit == "s":
        return format_duration(value)
    if unit in ("quote per base", "ratio"):
        return f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return format_quantity(value)


def _figures(run: Run) -> list[str]:
    extra = [key for key in run.scenario.reported if key not in HEADLINES]
    return [*HEADLINES, *extra]


def comparison(columns: Mapping[str, Mapping[str, Any]], reported: Mapping[str, Reported], keys: list[str]) -> Table:
    """Lay summaries side by side.

    Parameters
    ----------
    columns : mapping of str to summary
        One column each; the first one's units are shown.
    reported : mapping of str to Reported
        Figures of the real event; a column of their own, with the number of the source.
    keys : list of str
        The rows.
    """
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("figure")
    for name in columns:
        table.add_column(name, justify="right")
    if reported:
        table.add_column("reported", justify="right")
    units = next(iter(columns.values()))["units"]
    sources = {key: number for number, key in enumerate(reported, start=1)}
    for key in keys:
        unit = units.get(key, reported[key].unit if key in reported else "")
        label = key if unit in ("fraction", "") else f"{key} [{unit}]"
        cells = [label.replace("[", r"\[")]
        cells += [shown(summary.get(key), unit) for summary in columns.values()]
        if reported:
            figure = reported.get(key)
            cells.append("" if figure is None else rf"{shown(figure.value, unit)} \[{sources[key]}]")
        table.add_row(*cells)
    return table


def console() -> Console:
    """Return the console for results; wide enough that a pipe does not fold the table."""
    import sys

    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160, highlight=False, soft_wrap=True)


def print_run(run: Run) -> None:
    """Print a run's table, and the sources of what was reported."""
    from cascade_sim.metrics.theory import closed_form, closed_form_lines

    screen = console()
    columns = {"simulated": run.summary} | {name: other.summary for name, other in run.counterfactuals.items()}
    screen.print(f"[bold]{run.scenario.name}[/bold]  seed {run.seed}")
    screen.print(comparison(columns, run.scenario.reported, _figures(run)))
    form = closed_form(run.scenario)
    if form is not None:
        for line in closed_form_lines(form, run):
            screen.print(line, markup=False)
    for number, (key, figure) in enumerate(run.scenario.reported.items(), start=1):
        screen.print(f"[{number}] {key}: {figure.source}", markup=False)


def print_comparison(first: Run, second: Run) -> None:
    """Print two runs side by side."""
    names = [first.scenario.name, second.scenario.name]
    if names[0] == names[1]:
        names = [f"{names[0]} (first)", f"{names[1]} (second)"]
    columns = dict(zip(names, (first.summary, second.summary), strict=True))
    console().print(comparison(columns, {}, list(HEADLINES)))
