"""The fan chart: how an output spreads over the runs of a sweep, along one of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.metrics.branching import wilson
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.one_panel import first_fitting, say_instead
from cascade_sim.plots.style import BAD_DEBT, DEPTH, INK, LEAST, MUTED, drawing_style, finish, panel_heading
from cascade_sim.plots.sweep_axis import SweepAxis, axis_of, set_axis
from cascade_sim.plots.sweep_least import Least, is_loss, least_of
from cascade_sim.plots.sweep_panel import sweep_panel, why_nothing, words_below
from cascade_sim.plots.sweep_reading import (
    CASCADE,
    PictureError,
    cascade_tile,
    checked_key,
    column_of,
    failures,
    is_numeric,
    name_words,
    numeric_keys,
    refuse_mixing,
    rows_of,
    runs_words,
    selected_points,
    short_key,
    sweep_head,
    threshold_words,
    ticks_for,
    unit_of,
    written,
)
from cascade_sim.plots.ticks import label_axis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DOTS = 2_000
_MOST_VALUES, _FEWEST_CELLS = 40, 3
_LONGEST_KEY = 24
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def fan_chart(
    result: Any,
    x: str | None = None,
    value: str = "max_drawdown",
    ax: Axes | None = None,
    *,
    where: Mapping[str, Any] | None = None,
    average: bool = False,
    width: float | None = None,
) -> Figure:
    """Draw the median of an output with bands that hold 50 % and 90 % of the runs, along a key with numbers.

    With few runs each is a dot. A vertical line marks where half of the runs are cascades, interpolated between
    points. Of ``cascade`` itself the share is drawn, with its 95 % interval (Wilson). Of bad debt and shortfalls it is
    marked where the median is least, with neighbours as good (within 1 % of its range), if it is more on both sides.

    Parameters
    ----------
    result : SweepResult
    x : str, optional
        A varied key with numbers; by default the first.
    value : str
        ``cascade``, or one of the outputs.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    where : mapping of str to value, optional
        Values of other keys at which to cut.
    average : bool
        Whether runs at different values of other keys are pooled.
    width : float, optional
        Width of a new figure, inches; by default 10.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    PictureError
        If the key or the output does not exist, the key has words, or other keys vary and nothing says what to do
        with them.
    """
    column_of(result, value)
    x = _key(result, x)
    points = selected_points(result, where)
    others = refuse_mixing(points, [x], result, average)
    many = points[x].nunique() > _MOST_VALUES
    cells = max(min(round(np.sqrt(len(points))), 20), _FEWEST_CELLS)
    axis = axis_of(result, x, points, cells if many else None)
    rows = rows_of(result, points)
    cell = axis.cell_of(rows[x]) if len(rows) else np.empty(0, int)
    groups = [rows[cell == number] for number in range(len(axis.values))]
    cliffs = cliffs_of(axis, groups)
    medians = np.array([group[value].median() for group in groups], dtype=float)
    least = least_of(medians) if is_loss(value) else None
    with drawing_style():
        words = _words(axis, groups, value, others, cliffs)
        tiles = cascade_tile(rows) if rows[CASCADE].nunique() > 1 or not is_loss(value) else []
        if is_loss(value) and np.isfinite(medians).any():
            tiles.append(_largest_tile(result, axis, medians, value))
        if least is not None:
            tiles.append(
                Tile(least.words(axis), f"{short_key(x, _short)} with least\n{name_words(result, value, unit=False)}")
            )
        head = sweep_head(result, rows, tiles, where)
        panel = sweep_panel(head, ax, words, width=width)
        figure: Any = panel.figure
        if not rows[value].notna().any():
            say_instead(panel, why_nothing(rows, value))
            return figure
        _draw(panel, result, axis, rows, groups, value, cliffs, least)
        words_below(panel, words)
        return figure


def _key(result: Any, x: str | None) -> str:
    """Return the key of the horizontal axis."""
    if x is None:
        keys = numeric_keys(result) or [key for key in result.keys if is_numeric(result.points[key])]
        if not keys:
            raise PictureError("a fan chart needs a varied key with numbers; survival_curves draws one with words")
        return keys[0]
    if not is_numeric(result.points[checked_key(result, x)]):
        raise PictureError(f"the values of {x} are words; survival_curves(by={x!r}) draws them")
    return x


def cliffs_of(axis: SweepAxis, groups: list[pd.DataFrame]) -> list[float]:
    """Return where the share of cascades crosses one half, interpolated in the measure of the axis."""
    share = np.array([group[CASCADE].mean() for group in groups])
    known = np.flatnonzero(np.isfinite(share))
    at, above = axis.straight[known], share[known] - 0.5
    crossed = np.flatnonzero((above[:-1] < 0.0) != (above[1:] < 0.0))
    return [
        float(axis.plain(at[left] + above[left] / (above[left] - above[left + 1]) * (at[left + 1] - at[left])))
        for left in crossed
    ]


def _words(axis: SweepAxis, groups: list[pd.DataFrame], value: str, others: list[str], cliffs: list[float]) -> str:
    counts = np.array([group[value].notna().sum() for group in groups], dtype=float)
    if not counts.any():
        return ""
    each = "place" if axis.given_edges is not None else "value"
    parts = [f"{runs_words(counts)} at each {each}."]
    if axis.given_edges is not None:
        parts.append("Points are gathered into even cells.")
    if others:
        parts.append(f"Pooled over {' and '.join(others)}.")
    failed = sum(failures(group) for group in groups)
    if failed:
        worst = max(range(len(groups)), key=lambda number: failures(groups[number]))
        parts.append(
            f"Failed and left out: {failed:,}, most of them ({failures(groups[worst])}) at {axis.words()[worst]}."
        )
    if len(cliffs) > 1:
        parts.append(f"The share of cascades crosses one half {len(cliffs)} times.")
    return " ".join(parts)


def _draw(
    ax: Axes,
    result: Any,
    axis: SweepAxis,
    rows: pd.DataFrame,
    groups: list[pd.DataFrame],
    value: str,
    cliffs: list[float],
    least: Least | None,
) -> None:
    found = [group[value].dropna().to_numpy(dtype=float) for group in groups]
    kept = [number for number, values in enumerate(found) if values.size]
    at = axis.places[kept]
    ax.grid(True, axis="y")
    if value == CASCADE:
        _draw_share(ax, axis, at, [found[number] for number in kept])
    else:
        _draw_fan(ax, axis, at, [found[number] for number in kept])
        known = rows[value].notna()
        if int(known.sum()) <= MOST_DOTS:
            look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 2.6, "markeredgewidth": 0}
            ax.plot(rows.loc[known, axis.key], rows.loc[known, value], color=INK, alpha=0.28, zorder=3.2, **look)
    if value == "max_drawdown":
        ax.axhline(result.threshold, color=MUTED, linewidth=1.0, linestyle=(0, (1, 2)), zorder=2.0,
                   label=f"a cascade: {threshold_words(result)}")  # fmt: skip
    for number, cliff in enumerate(cliffs):
        place = SweepAxis(axis.key, [cliff], axis.kind, axis.share).words()[0]
        label = f"half cascade near {place}" if number == 0 else "_"
        ax.axvline(cliff, color=INK, linewidth=1.4, linestyle=(0, (5, 1.5)), zorder=3.6, label=label)
    if least is not None:
        _mark_least(ax, axis, least)
    set_axis(ax, axis, "x")
    _range(ax, value, found)
    label_axis(ax.yaxis, ticks_for(result, value), 6)
    ax.set_ylabel("share of runs" if value == CASCADE else name_words(result, value))
    title = name_words(result, value, unit=False)
    heading = f"Share of {title}" if value == CASCADE else title[:1].upper() + title[1:]
    panel_heading(ax, first_fitting(ax, heading, "Cascades" if value == CASCADE else "Spread of the runs"))
    finish([ax])


def _largest_tile(result: Any, axis: SweepAxis, medians: Floats, value: str) -> Tile:
    """Say how large the median is at most, and where."""
    most = int(np.nanargmax(medians))
    unit = unit_of(result, value)
    figure = f"{written(result, value, float(medians[most]))} {unit}".strip()
    return Tile(figure, f"largest median,\nat {axis.words()[most]}", BAD_DEBT)


def _short(words: str) -> bool:
    return len(words) <= _LONGEST_KEY


def _mark_least(ax: Axes, axis: SweepAxis, least: Least) -> None:
    """Shade where the median is least."""
    edges = axis.edges
    ends = float(edges[least.first]), float(edges[least.last + 1])
    ax.axvspan(*ends, color=LEAST, alpha=0.28, linewidth=0, zorder=1.0, label=f"least: {least.words(axis)}")


def _draw_fan(ax: Axes, axis: SweepAxis, at: Floats, found: list[Floats]) -> None:
    levels = np.array([np.quantile(values, _LEVELS) for values in found]).T
    for low, high, alpha, label in ((0, 4, 0.18, "90 % of the runs"), (1, 3, 0.34, "50 % of the runs")):
        _band(ax, axis, at, levels[low], levels[high], alpha, label)
    ax.plot(at, levels[2], color=DEPTH, linewidth=1.8, marker="o", markersize=4, label="median", zorder=3.4)


def _draw_share(ax: Axes, axis: SweepAxis, at: Floats, found: list[Floats]) -> None:
    share = np.array([values.mean() for values in found])
    band = np.array([wilson(float(each), values.size) for each, values in zip(share, found, strict=True)])
    _band(ax, axis, at, band[:, 0], band[:, 1], 0.25, "95 % interval (Wilson)")
    ax.plot(at, share, color=DEPTH, linewidth=1.8, marker="o", markersize=4, label="share", zorder=3.4)
    ax.axhline(0.5, color=MUTED, linewidth=1.0, linestyle=(0, (1, 2)), zorder=2.0)


def _band(ax: Axes, axis: SweepAxis, at: Floats, low: Floats, high: Floats, alpha: float, label: str) -> None:
    """Draw a band along the axis; at a single place it is a bar."""
    if at.size == 1:
        edges = axis.straight_edges
        half = 0.03 * (edges[-1] - edges[0])
        middle = float(np.log(at[0]) if axis.kind == "log" else at[0])
        at, low, high = axis.plain(np.array([middle - half, middle + half])), np.repeat(low, 2), np.repeat(high, 2)
    ax.fill_between(at, low, high, color=DEPTH, alpha=alpha, linewidth=0, label=label, zorder=2.2)


def _range(ax: Axes, value: str, found: list[Floats]) -> None:
    every = np.concatenate(found)
    if value == CASCADE:
        ax.set_ylim(-0.02, 1.02)
        return
    low, high = min(float(every.min()), 0.0), max(float(every.max()), 0.0)
    span = (high - low) or 1.0
    ax.set_ylim(low - (0.06 * span if low < 0.0 else 0.0), high + 0.06 * span)
