"""A comparison as text: a block a figure, a line a variant."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cascade_sim.scenario.summary import in_one_line
from cascade_sim.sweeps.compared.table import MEDIAN_LEVEL, seed_ranks
from cascade_sim.text_table import NOTHING, line_width, lines_of, print_lines, shown, unit_beside

if TYPE_CHECKING:
    from cascade_sim.sweeps.compared.result import Comparison

_INDENT = "  "


def print_comparison_of_seeds(result: Comparison) -> None:
    """Print the table of a comparison over seeds."""
    print_lines(comparison_lines(result, line_width()))


def comparison_lines(result: Comparison, width: int) -> Iterator[str]:
    """Yield the lines of a comparison's table: what was run, the figures by question, what the columns mean."""
    seeds, failed = result.seeds, int(result.failures["seed"].nunique())
    yield f"{in_one_line(result.scenario)}; seeds {seeds[0]} to {seeds[-1]}"
    if failed:
        error = str(result.failures["error"].iloc[0])
        words = f"{failed} of {len(seeds)} seeds failed and are left out; the first: {error}"
        yield from textwrap.wrap(words, width, break_long_words=False)
    if failed == len(seeds):
        return
    yield ""
    yield from lines_of(_columns(result), 1, width)
    yield ""
    yield from textwrap.wrap(_legend(len(seeds) - failed), width, break_long_words=False)


def _columns(result: Comparison) -> list[list[str]]:
    rows = [["", "median", "a further seed", "change", f"{100 * MEDIAN_LEVEL:g}% interval", "reported"]]
    blank = [""] * (len(rows[0]) - 1)
    for question, figures in result.headlines.items():
        rows.append([question, *blank])
        for figure in figures:
            unit = result.units.get(figure, "")
            beside = unit_beside(unit)
            rows.append([f"{_INDENT}{figure}{f' ({beside})' if beside else ''}", *blank])
            for variant in result.variants:
                name = f"{2 * _INDENT}{variant.replace('_', ' ')}"
                rows.append([name, *_cells(result, figure, variant, unit)])
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns if any(columns[-1][1:]) else columns[:-1]


def _cells(result: Comparison, figure: str, variant: str, unit: str) -> list[str]:
    row = result.table.loc[(figure, variant)]
    cells = [_figure(row["median"], unit), _ends(row["seed_low"], row["seed_high"], unit)]
    if variant == result.variants[0]:
        told = result.scenario.reported.get(figure)
        return [*cells, "", "", shown(told.value, unit, True) if told else ""]
    return [*cells, _change(row["change"], unit), _ends(row["change_low"], row["change_high"], unit, _change), ""]


def _figure(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return NOTHING
    return shown(round(value) if unit == "count" and (abs(value) >= 10 or value == round(value)) else value, unit)


def _change(value: float, unit: str) -> str:
    text = _figure(value, unit)
    return f"+{text}" if value > 0 else text


def _ends(low: float, high: float, unit: str, written: Any = _figure) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    ends = written(low, unit), written(high, unit)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _legend(seeds: int) -> str:
    _, _, coverage = seed_ranks(seeds)
    return (
        f"median: of {seeds} seeds. a further seed: falls between these with {100 * coverage:.0f}% or more. "
        "change: median over the seeds of the difference to the run as it is with the same luck, and its interval."
    )
