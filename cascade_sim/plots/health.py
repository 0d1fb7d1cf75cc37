"""How the health factors of a pool's loans are eaten over time, and what became of their debts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.metrics.health_factors import START, LoanHistory, loan_history
from cascade_sim.plots import event_marks
from cascade_sim.plots.clock_axis import shade_halts, share_clock
from cascade_sim.plots.headed import Head, headed, panel_width, place_inches, words_left, words_width
from cascade_sim.plots.headline import SEPARATOR, Tile, number_in
from cascade_sim.plots.health_moments import Moment, health_bins, moments_of
from cascade_sim.plots.health_panels import bars_axis, debt_panel, health_map, moment_bars
from cascade_sim.plots.lending_reading import PoolRules, largest_pool, pools_of
from cascade_sim.plots.numbers import human, percent, price
from cascade_sim.plots.one_panel import run_head, say_instead, split
from cascade_sim.plots.reading import Recording, halts_of, names_of, recording_of
from cascade_sim.plots.style import (
    BAD_DEBT,
    FOR_NOTHING,
    LEGEND_ROW,
    NARROW,
    REPAID,
    TOXIC,
    drawing_style,
    finish,
    lower_top,
)
from cascade_sim.plots.sweep_reading import PictureError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAP, _DEBT, _SPACE, _BARS = 2.3, 1.45, 0.04, 2.1
_NARROW_MAP, _NARROW_DEBT, _NARROW_BARS = 1.9, 1.35, 1.5
_BETWEEN, _NARROW_BETWEEN = 0.16, 0.1
_BINS, _NARROW_BINS = 80, 40
_MOST_OF_A_PLACE = 0.2
_DROP = 0.45


def health(
    run: Any,
    pool: str | None = None,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw the debt of a pool by health factor over time and at a few moments, and what became of it.

    Health factors are those that the pool's oracle says. Loans may be liquidated below 1, which is marked. Shaded
    darker is where a call at a fixed spread lowers health further, below threshold x (1 + bonus), or, where loans are
    auctioned, where all collateral is worth less than the debt.

    Parameters
    ----------
    run : Run
        Its ``loans``, ``lending``, ``auctions``, ``timeline``, ``summary`` and ``scenario`` are read.
    pool : str, optional
        Name of the pool; by default the one in which most was liquidated.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the panels and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10. A column of a paper is 3.4.
    quote, base : str, optional
        Names of the currencies. By default what ``scenario.market`` calls them, else ``USD`` and ``coin``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    PictureError
        If the run has no pool of this name.
    """
    with drawing_style():
        recording = recording_of(run.timeline, run.scenario, names_of(run, quote, base))
        rules = _chosen(run, pool)
        history = None if rules is None else loan_history(run, rules.name)
        if recording is None or rules is None or history is None:
            head = run_head(run, recording, names_of(run, quote, base), [])
            (panel,) = headed(head, [_MAP], ax, width=width)
            say_instead(panel, _why_nothing(run, recording, rules))
            return panel.figure  # type: ignore[return-value]
        return _draw(run, rules, history, recording, ax, width)


def _chosen(run: Any, name: str | None) -> PoolRules | None:
    """Return the pool that was asked for, or the one in which most was liquidated; None without pools."""
    if name is None:
        return largest_pool(run)
    pools = pools_of(run)
    for each in pools:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in pools) or "none"
    raise PictureError(f"this run has no pool {name!r}; it has {known}")


def _why_nothing(run: Any, recording: Recording | None, rules: PoolRules | None) -> str:
    if recording is None:
        return "the run ended before its first row: there is nothing to draw"
    if rules is None:
        return "this run has no lending pool (lending in the scenario)"
    return f"this run did not keep the loans of {rules.name}; counterfactuals do not"


def _draw(
    run: Any, rules: PoolRules, history: LoanHistory, recording: Recording, ax: Axes | None, width: float | None
) -> Figure:
    moments = moments_of(history, rules.auctions)
    wide = panel_width(ax, width)
    narrow = wide < NARROW
    bins = health_bins(history, moments, rules, _NARROW_BINS if narrow else _BINS)
    markers = [event_marks.Marker(each.at(recording), _said(each, history, recording)) for each in moments]
    lines = event_marks.legend_lines(markers, recording, words_width(ax, width))
    rows = event_marks.flag_rows(markers, recording, wide)
    listed = event_marks.legend_inches(lines)
    if listed > _MOST_OF_A_PLACE * place_inches(ax):
        lines, listed = [], 0.0
    flags = event_marks.FLAG_ROW * (max(rows) + 1)
    heights = [_MAP + flags, _DEBT, _SPACE, _BARS]
    if narrow:
        heights = [_NARROW_MAP + flags + 3 * LEGEND_ROW, _NARROW_DEBT + 4 * LEGEND_ROW, _SPACE, _NARROW_BARS]
    head = _head(run, rules, history, recording)
    over_time, debt, space, place = headed(head, heights, ax, width=width, below=listed)
    space.remove()
    debt.sharex(over_time)
    share_clock([over_time, debt], recording)
    lower_top(over_time, flags)
    health_map(over_time, history, recording, rules, bins, flags)
    debt_panel(debt, run, history, recording, rules)
    drawn = list(enumerate(moments, start=1))
    if narrow:
        drawn = [drawn[0], *(each for each in drawn[1:-1] if "low" in each[1].words), drawn[-1]]
    gap = _NARROW_BETWEEN if narrow else _BETWEEN
    [columns] = split(place, [None] * len(drawn), [None], (gap, 0.0))
    most = 0.0
    for column, (number, each) in zip(columns, drawn, strict=True):
        most = max(most, float(moment_bars(column, number, each, history, recording, rules, bins).max()))
    start = history.at(START)
    above = float(start.debt[start.health >= bins.edges[-1]].sum())
    bars_axis(columns, most, bins, above, recording.names.quote, narrow)
    finish([over_time, debt])
    shade_halts([over_time, debt], halts_of(run, recording))
    event_marks.draw_markers([over_time, debt], markers, rows)
    left = words_left(columns[0], ax is None) if narrow else 0.0
    event_marks.write_legend(columns[0], lines, markers, recording, _DROP, left)
    return over_time.figure  # type: ignore[return-value]


def _head(run: Any, rules: PoolRules, history: LoanHistory, recording: Recording) -> Head:
    head = run_head(run, recording, recording.names, _tiles(run, rules, history, recording))
    return head._replace(line=f"pool {rules.name}{SEPARATOR}{head.line}")


def _tiles(run: Any, rules: PoolRules, history: LoanHistory, recording: Recording) -> list[Tile]:
    """Say how large the pool was, how much was liquidated, and what that left unpaid."""
    quote, summary = recording.names.quote, getattr(run, "summary", None) or {}
    lost = float(recording.flow(f"bad_debt_{rules.name}")[-1])
    whole = float(history.debt.sum())
    tiles = [Tile(f"{human(whole)} {quote}", f"owed in {history.debt.size:,} loans\nat the start")]
    liquidated, count = (number_in(summary, f"{rules.name}_{key}") for key in ("liquidated", "liquidations"))
    if liquidated > 0:
        kind = "auctions" if rules.auctions else "calls"
        times = "" if np.isnan(count) else f"\nin {count:,.0f} {kind}"
        tiles.append(Tile(f"{human(liquidated)} {quote}", f"collateral liquidated{times}", REPAID))
    elif liquidated == 0:
        tiles.append(Tile("0", "liquidations"))
    toxic, free = (number_in(summary, f"{rules.name}_{key}") for key in ("toxic", "zero_bid_value"))
    if toxic > 0:
        tiles.append(Tile(f"{toxic:,.0f}", "toxic calls: they\nlowered health", TOXIC))
    if free > 0:
        tiles.append(Tile(f"{human(free)} {quote}", "of collateral won\nfor nothing", FOR_NOTHING))
    paid = number_in(summary, f"{rules.name}_covered")
    covered = f"\n{percent(paid / lost)} covered" if lost > 0 and paid > 0 else ""
    tiles.append(Tile(f"{human(lost)} {quote}" if lost > 0 else "0", f"bad debt{covered}", BAD_DEBT))
    return tiles


def _said(each: Moment, history: LoanHistory, recording: Recording) -> str:
    """Say what stands at a moment."""
    standing, quote = history.at(each.row), recording.names.quote
    below = float(standing.debt[standing.health < 1.0].sum())
    parts = [
        f"oracle {price(history.price(each.row))}",
        f"{human(float(standing.debt.sum()))} {quote} open",
        f"{human(below)} of it below 1" if below > 0 else "none of it below 1",
    ]
    lost = 0.0 if each.row < 0 else float(recording.flow(f"bad_debt_{history.pool}")[each.row])
    if lost > 0:
        parts.append(f"{human(lost)} lost")
    return f"{each.words}: {', '.join(parts)}"
