"""A fit in words and tables, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cascade_sim.calibration.asked import Event
from cascade_sim.calibration.result import CalibrationResult
from cascade_sim.calibration.targets import Target
from cascade_sim.text_table import NOTHING, line_width, lines_of, shown
from cascade_sim.units import format_quantity


def report_lines(result: CalibrationResult, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a fit's report."""
    width = width or line_width()
    asked, best = result.asked, result.best_point
    names = ", ".join(event.scenario.name for event in asked.events)
    seeds = "1 seed" if asked.seeds == 1 else f"{asked.seeds} seeds"
    yield f"{names}: {len(result.evaluations):,} evaluations, {seeds} each"
    start = f"{result.start_point.objective:.4g} at the start"
    yield f"sum of squared errors in tolerances: {start}, {best.objective:.4g} at the best point"
    yield ""
    yield from lines_of(_parameter_columns(result), 1, width)
    yield ""
    yield from lines_of(_target_columns(result), 2, width)
    if best.failed:
        yield ""
        yield f"runs failed at the best point: {best.failed[0]}"
    yield ""
    unseen = result.not_identified
    yield "not identified by these targets:" if unseen else "every parameter is identified by these targets"
    yield from (f"  {words}" for words in unseen)


def _parameter_columns(result: CalibrationResult) -> list[list[str]]:
    frame = result.parameters
    columns = [["parameter", *frame.index]]
    for name in ("start", "fitted"):
        columns.append([name, *(_number(value) for value in frame[name])])
    for name, low, high in (("interval", "low", "high"), ("range", "from", "to")):
        ends = zip(frame[low], frame[high], strict=True)
        columns.append([name, *(NOTHING if a != a else f"{_number(a)} to {_number(b)}" for a, b in ends)])
    return columns


def _number(value: float) -> str:
    return format_quantity(value, 4) if abs(value) >= 1e3 else f"{value:.4g}"


def _target_columns(result: CalibrationResult) -> list[list[str]]:
    start, best = result.start_point, result.best_point
    pairs = result.asked.targets
    columns = [["target", *(result.asked.label(event, target.key) for event, target in pairs)]]
    columns.append(["recorded", *(recorded(event, target) for event, target in pairs)])
    for name, point in (("start", start), ("simulated", best)):
        cells = (figure(event, target, value) for (event, target), value in zip(pairs, point.compared, strict=True))
        columns.append([name, *cells])
    columns.append(["error", *(f"{error:+.2f}" for error in best.errors)])
    return columns


def figure(event: Event, target: Target, compared: float) -> str:
    """Write a compared figure of an event as people read it."""
    value: Any = target.figure(compared)
    if value is not None and target.unit == "UTC":
        value = (event.scenario.clock.start + timedelta(seconds=value)).isoformat()
    return shown(value, target.unit)


def recorded(event: Event, target: Target) -> str:
    """Write a recorded figure, both ends of a range."""
    ends = [figure(event, target, end) for end in (target.least, target.most)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)
