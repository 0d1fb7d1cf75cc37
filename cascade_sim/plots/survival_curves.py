"""Survival curves of a sweep: what share of the runs came to at least so much, by a key's value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex

from cascade_sim.metrics.branching import wilson
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.one_panel import first_fitting, say_instead
from cascade_sim.plots.style import (
    LEVERAGE_RAMP,
    MUTED,
    RUN_DASHES,
    RUNS,
    drawing_style,
    finish,
    is_narrow,
    panel_heading,
)
from cascade_sim.plots.sweep_axis import axis_of
from cascade_sim.plots.sweep_panel import sweep_panel, why_nothing, words_below
from cascade_sim.plots.sweep_reading import (
    cascade_tile,
    checked_key,
    column_of,
    is_numeric,
    is_share,
    name_words,
    refuse_mixing,
    rows_of,
    selected_points,
    short_key,
    sweep_head,
    threshold_words,
    ticks_for,
    varying,
)
from cascade_sim.plots.ticks import label_axis, log_amounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CURVES = 8
_ENOUGH_FOR_LOG, _WIDE = 40, 30.0
# Bands of more curves than this lie on each other.
_FEW = 4
_MOST_STEPS = 300
_MOST_VALUES, _RANGES = 40, 5
FALL = "max_drawdown"


class Curve(NamedTuple):
    """One curve: what it is called, the values of its runs (ascending), and how it is drawn."""

    name: str
    values: Floats
    colour: str
    dashes: Any


def survival_curves(
    result: Any,
    value: str = FALL,
    ax: Axes | None = None,
    *,
    by: str | None = None,
    where: Mapping[str, Any] | None = None,
    average: bool = False,
    width: float | None = None,
) -> Figure:
    """Draw what share of runs came to at least so much, one curve for each value of a key.

    Bands are pointwise 95 % intervals of Wilson. The axis of amounts is logarithmic where they span more than a factor
    of 30, and that of shares too then, where a curve has at least 40 runs.

    Parameters
    ----------
    result : SweepResult
    value : str
        One of the outputs.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    by : str, optional
        A varied key, or ``point`` for one curve a point; by default the first key that varies. Of more than eight
        values eight are drawn, evenly spread; more than 40 numbers are gathered into five ranges.
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
        If a key or the output does not exist, or other keys vary and nothing says what to do with them.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209-212.
    """
    column_of(result, value)
    points = selected_points(result, where)
    by = by or next((key for key in varying(result) if points[key].nunique() > 1), "point")
    others = [] if by == "point" else refuse_mixing(points, [checked_key(result, by)], result, average)
    rows = rows_of(result, points)
    curves, left_out = _curves(result, points, rows, value, by)
    with drawing_style():
        words = _words(curves, left_out, others, by, rows[value])
        head = sweep_head(result, rows, cascade_tile(rows), where)
        panel = sweep_panel(head, ax, words, width=width)
        figure: Any = panel.figure
        if not any(curve.values.size for curve in curves):
            say_instead(panel, why_nothing(rows, value))
            return figure
        _draw(panel, result, curves, value, by)
        words_below(panel, words)
        return figure


def _curves(result: Any, points: Any, rows: Any, value: str, by: str) -> tuple[list[Curve], int]:
    """Return the curves to draw, and how many there are besides."""
    if by == "point":
        cells, names = points.index.to_numpy(), [f"point {point}" for point in points.index]
        of_row, ordered = rows["point"].to_numpy(), True
    else:
        many = points[by].nunique() > _MOST_VALUES
        axis = axis_of(result, by, points, _RANGES if many else None)
        cells, names = np.arange(len(axis.values)), axis.ranges()
        of_row, ordered = axis.cell_of(rows[by]), is_numeric(points[by])
    kept: Any = np.unique(np.linspace(0, len(cells) - 1, min(MOST_CURVES, len(cells))).round().astype(int))
    ramp = LinearSegmentedColormap.from_list("curves", LEVERAGE_RAMP[1:])
    curves = []
    for number, cell in enumerate(kept):
        found = rows[value].to_numpy(dtype=float)[of_row == cells[cell]]
        shade = to_hex(ramp(number / max(len(kept) - 1, 1))) if ordered and len(kept) > 1 else RUNS[number]
        curves.append(Curve(names[cell], np.sort(found[np.isfinite(found)]), shade, RUN_DASHES[number]))
    return curves, len(cells) - len(kept)


def _words(curves: list[Curve], left_out: int, others: list[str], by: str, values: Any) -> str:
    """Say what the bands are, what was pooled, and what is not drawn."""
    sizes = {curve.values.size for curve in curves if curve.values.size}
    if not sizes:
        return ""
    many = f"{min(sizes)}" if len(sizes) == 1 else f"{min(sizes)} to {max(sizes)}"
    parts = [f"{many} run{'s' if max(sizes) != 1 else ''} a curve; bands: pointwise 95 % intervals (Wilson)."]
    if left_out:
        parts.append(f"{len(curves)} of {len(curves) + left_out} {'points' if by == 'point' else 'values'} are drawn.")
    if others:
        parts.append(f"Pooled over {' and '.join(others)}.")
    nothing = [curve.name for curve in curves if curve.values.size and not curve.values.any()]
    if nothing and len(nothing) < len(curves):
        parts.append(f"0 in every run: {', '.join(nothing)}.")
    missing = int(values.isna().sum())
    if missing:
        parts.append(f"Left out: {missing:,} run{'s' if missing != 1 else ''} without a value.")
    return " ".join(parts)


def _draw(ax: Axes, result: Any, curves: list[Curve], value: str, by: str) -> None:
    every = np.concatenate([curve.values for curve in curves])
    positive = every[every > 0.0]
    wide = bool(positive.size and positive.max() > _WIDE * np.quantile(positive, 0.02) and every.min() >= 0.0)
    log = wide and not is_share(result, value)
    low, high = (positive.min() / 1.3, positive.max() * 1.3) if log else _limits(every)
    most = max(curve.values.size for curve in curves)
    ax.grid(True)
    for number, curve in enumerate(curves):
        if curve.values.size:
            _draw_curve(ax, curve, low, high, 3.0 + 0.1 * number, 0.16 if len(curves) <= _FEW else 0.07)
    if log:
        ax.set_xscale("log")
    ax.set_xlim(low, high)
    if log and most >= _ENOUGH_FOR_LOG:
        ax.set_yscale("log")
        ax.set_ylim(0.5 / most, 1.3)
        log_amounts(ax.yaxis, dense=most < 60)
    else:
        ax.set_ylim(0.0, 1.04)
        label_axis(ax.yaxis, ticks_for(result, "cascade"))
    if log:
        log_amounts(ax.xaxis, dense=high < 30.0 * low)
    else:
        label_axis(ax.xaxis, ticks_for(result, value), 4 if is_narrow(ax) else 8)
    if value == FALL and low < result.threshold < high:
        label = f"a cascade: {threshold_words(result)}"
        ax.axvline(result.threshold, color=MUTED, linewidth=1.0, linestyle=(0, (1, 2)), zorder=2.0, label=label)
    ax.set_xlabel(name_words(result, value))
    ax.set_ylabel("share of runs at least as large" if not is_narrow(ax) else "share at least as large")
    title = f"Runs by {by}" if by != "point" else "Runs by point"
    panel_heading(ax, first_fitting(ax, title, f"By {short_key(by, lambda each: len(each) < 24)}"))
    finish([ax])


def _limits(values: Floats) -> tuple[float, float]:
    low, high = min(float(values.min()), 0.0), float(values.max())
    room = 0.04 * ((high - low) or 1.0)
    return low - (room if low < 0.0 else 0.0), high + room


def _draw_curve(ax: Axes, curve: Curve, low: float, high: float, above: float, alpha: float) -> None:
    """Draw the share of runs at or above each value, as steps, in its band."""
    values, count = curve.values, curve.values.size
    at, first = np.unique(values, return_index=True)
    at, first = at[at > low], first[at > low]
    if at.size > _MOST_STEPS:
        kept = np.unique(np.linspace(0, at.size - 1, _MOST_STEPS).round().astype(int))
        at, first = at[kept], first[kept]
    # The share of runs at or above v is steady from behind one value up to the next, and 0 beyond the last.
    share = np.concatenate([(count - first) / count, [0.0]])
    places = np.concatenate([[low], at, [high]])
    band = np.array([wilson(float(each), count) for each in share[:-1]])
    steps = np.append(share, share[-1])
    look: dict[str, Any] = {
        "step": "post",
        "color": curve.colour,
        "alpha": alpha,
        "linewidth": 0,
        "zorder": above - 1.0,
    }
    if band.size:
        ax.fill_between(places[:-1], *np.vstack([band, band[-1:]]).T, **look)
    ax.step(
        places, steps, where="post", color=curve.colour, linestyle=curve.dashes, linewidth=1.5, label=curve.name,
        zorder=above,
    )  # fmt: skip
