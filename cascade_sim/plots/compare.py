"""Runs over each other: their marks, what was closed by force, and their headline figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.aggregate import Floats, thin
from cascade_sim.plots.below import LINE, broken, say_below
from cascade_sim.plots.clock_axis import bottom_only, clock_between
from cascade_sim.plots.headed import EDGE, Head, headed, panel_width, place_inches, words_left, words_width
from cascade_sim.plots.headline import SEPARATOR, time_span
from cascade_sim.plots.headline_table import columns_of, headline_table, table_inches
from cascade_sim.plots.lined_up import (
    MOST_RUNS,
    Axis,
    Line,
    levels_apart,
    lines_of,
    named_runs,
    shared_axis,
    start_of,
)
from cascade_sim.plots.panel_tools import from_zero
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import (
    INK,
    LEGEND_ROW,
    MUTED,
    NARROW,
    RUN_DASHES,
    RUNS,
    drawing_style,
    finish,
    is_narrow,
    panel_heading,
    panel_inches,
    say,
)
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis
from cascade_sim.plots.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARK, _TOTAL, _EMPTY = 2.6, 1.7, 1.5
_FEW_ROWS = 40
_MOST_OF_A_PLACE = 0.45


def compare(
    runs: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw runs over each other: mark, notional closed by force so far, and the headline figures with bars.

    Runs that overlap in time are drawn on the clock, others by the time since the start of each. Marks that
    start far from each other are drawn as a percentage of their start. In the place of an axes that is too low
    for all figures the first of them are shown.

    Parameters
    ----------
    runs : Run, mapping of str to Run, or sequence of Run or of (str, Run)
        A run stands for itself and its counterfactuals. The first eight are drawn.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the panels and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10. A column of a paper is 3.4.
    quote, base : str, optional
        Names of the currencies of all runs. By default what each scenario's market calls them, else ``USD`` and
        ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        entries = named_runs(runs)
        lines = lines_of(entries[:MOST_RUNS], quote, base) if entries else []
        drawn = [line for line in lines if line.recording is not None]
        recordings = [line.recording for line in drawn if line.recording is not None]
        if not recordings:
            words = "none of the runs has a row: there is nothing to draw" if lines else "there is no run to compare"
            (panel,) = headed(Head(_title(lines), "", []), [_EMPTY], ax, width=width)
            panel.set_xticks([])
            say(panel, words)
            return panel.figure  # type: ignore[return-value]
        axis = shared_axis(recordings)
        wide = panel_width(ax, width)
        columns = columns_of([line.run.summary or {} for line in drawn], [line.names for line in drawn])
        whole = words_width(ax, width)
        while len(columns) > 1 and table_inches(columns, len(drawn), whole) > _MOST_OF_A_PLACE * place_inches(ax):
            columns.pop()
        table = table_inches(columns, len(drawn), whole)
        said = _sentences(axis, recordings, lines, len(entries))
        size = 7.0 if wide < NARROW else 8.5
        below = LINE * (broken(said, whole, size).count("\n") + 1) + 0.05 if said else 0.0
        heights = [_MARK, _TOTAL]
        if wide < NARROW:
            heights = [0.62 * _MARK + LEGEND_ROW * len(drawn), 0.62 * _TOTAL]
        axis_room = 0.1
        marks, totals, figures = headed(
            Head(_title(drawn), _subtitle(drawn, axis, recordings), []),
            [*heights, table + axis_room],
            ax,
            width=width,
            axis=0.14,
            below=below,
            keep_last=True,
        )
        totals.sharex(marks)
        _set_time([marks, totals], axis)
        _mark_panel(marks, drawn, axis)
        _total_panel(totals, drawn, axis)
        finish([marks, totals])
        _spread_out(figures, ax is None, axis_room)
        headline_table(figures, columns, [line.name for line in drawn], RUNS, RUN_DASHES)
        say_below(figures, said, 6.0, size)
        return marks.figure  # type: ignore[return-value]


def _title(lines: list[Line]) -> str:
    """Return the scenario's name where all runs have the same, else how many are compared."""
    names = {str(getattr(getattr(line.run, "scenario", None), "name", "") or "") for line in lines} - {""}
    if len(names) == 1:
        return names.pop()
    return f"{len(lines)} runs compared" if lines else "Comparison"


def _subtitle(lines: list[Line], axis: Axis, recordings: list[Recording]) -> str:
    """Say how many runs there are, and when they were where all agree."""
    names = SEPARATOR.join(line.name for line in lines[:2]) if len(lines) == 2 else f"{len(lines)} runs"
    count = "one run" if len(lines) == 1 else names
    agree = axis.clock and not axis.sentence
    return SEPARATOR.join((count, time_span(recordings[0]) if agree else axis.label))


def _sentences(axis: Axis, recordings: list[Recording], lines: list[Line], count: int) -> str:
    """Say how runs were lined up, which of them are not drawn, and why."""
    said = [axis.sentence] if axis.sentence else []
    if levels_apart(recordings):
        said.append("The marks start far from each other: they are drawn as percentages of the start of each.")
    if count > MOST_RUNS:
        said.append(f"The first {MOST_RUNS} of {count} runs are drawn.")
    empty = [line.name for line in lines if line.recording is None]
    if empty:
        said.append(f"Without a row, and not drawn: {', '.join(empty)}.")
    return " ".join(said)


def _set_time(panels: list[Axes], axis: Axis) -> None:
    if axis.clock:
        clock_between(panels, axis.start, axis.end)
        return
    bottom = panels[-1]
    longest = axis.end / (axis.unit * 1e9)
    bottom.set_xlim(-0.008 * longest, 1.008 * longest)
    label_axis(bottom.xaxis, PlainTicks(), 4 if is_narrow(bottom) else 9)
    bottom_only(panels)
    bottom.set_xlabel(axis.label)


def _draw(ax: Axes, line: Line, number: int, axis: Axis, values: Floats, start: float) -> None:
    """Draw a level of a run over the shared axis, with its value before the first row."""
    recording = line.recording
    if recording is None:
        return
    moments = np.concatenate([[recording.start], recording.moments])
    places, levels = thin(axis.places(recording, moments), np.concatenate([[start], values]))
    few = {"marker": "o", "markersize": 3.0} if values.size <= _FEW_ROWS else {}
    look: dict[str, Any] = {"color": RUNS[number], "linestyle": RUN_DASHES[number], "linewidth": 1.4, **few}
    ax.plot(places, levels, label=line.name, zorder=3.0 + 0.1 * number, **look)


def _mark_panel(ax: Axes, lines: list[Line], axis: Axis) -> None:
    """Draw all marks, in quote or as percentages of their starts."""
    recordings = [line.recording for line in lines if line.recording is not None]
    relative = levels_apart(recordings)
    ax.grid(True, axis="y")
    missing = []
    for number, (line, recording) in enumerate(zip(lines, recordings, strict=True)):
        mark, start = recording.column("mark"), start_of(recording)
        if not np.isfinite(mark).any():
            missing.append(line.name)
        scale = 100.0 / start if relative else 1.0
        _draw(ax, line, number, axis, scale * mark, scale * start)
    label_axis(ax.yaxis, PlainTicks(), 6)
    first = lines[0].names
    ax.set_ylabel("% of start price" if relative else f"{first.quote} per {first.base}")
    panel_heading(ax, "Mark price", note=f"no mark recorded: {', '.join(missing)}" if missing else "")


def _total_panel(ax: Axes, lines: list[Line], axis: Axis) -> None:
    """Draw the notional closed by force so far, in the book and beside it."""
    ax.grid(True, axis="y")
    most = [np.zeros(1)]
    for number, line in enumerate(lines):
        if line.recording is None:
            continue
        total = np.cumsum(line.recording.notional(line.recording.forced()))
        _draw(ax, line, number, axis, total, 0.0)
        most.append(total)
    from_zero(ax, *most)
    label_axis(ax.yaxis, AmountTicks())
    units = {line.names.quote for line in lines}
    ax.set_ylabel(units.pop() if len(units) == 1 else "quote currency of each")
    size = 9.0 if is_narrow(ax) else 10.0
    ax.set_title("Closed by force so far", loc="left", fontsize=size, fontweight="bold", color=INK)
    if not any(total[-1] > 0 for total in most):
        words = "\n".join(wrapped("nobody was liquidated in any of the runs", 0.9 * panel_inches(ax), size))
        ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=MUTED, fontsize=size)


def _spread_out(ax: Axes, new: bool, axis_room: float) -> None:
    """Leave room for the numbers of the axis above, and in a narrow new figure take its whole width."""
    figure: Any = ax.figure
    box, wide = ax.get_position(), float(figure.bbox.width) / float(figure.dpi)
    left = words_left(ax, new) / wide
    right = 1 - EDGE / wide if left else box.x1
    tall = float(figure.bbox.height) / float(figure.dpi)
    height = max(box.height - axis_room / tall, 0.5 * box.height)
    ax.set_position((box.x0 + left, box.y0, right - box.x0 - left, height))
