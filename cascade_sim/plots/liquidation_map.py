"""The liquidation map: at which prices the crowd would be closed by force, before the run began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from cascade_sim.plots.below import LINE, broken, say_below
from cascade_sim.plots.crowd_shape import TIER_NAMES, CrowdShape, crowd_shape
from cascade_sim.plots.headed import Head, headed, panel_width
from cascade_sim.plots.headline import SEPARATOR
from cascade_sim.plots.map_words import map_tiles, outside_words, why_empty
from cascade_sim.plots.numbers import human, price
from cascade_sim.plots.reading import Names, names_of, recording_of
from cascade_sim.plots.style import (
    HALT,
    INK,
    LEVERAGE_RAMP,
    LONG,
    NARROW,
    NO_LEVERAGE,
    SHORT,
    drawing_style,
    finish,
    is_narrow,
    lower_top,
    panel_heading,
    panel_inches,
    say,
    text_inches,
)
from cascade_sim.plots.ticks import AmountTicks, PriceAndDistance, label_axis
from cascade_sim.plots.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT, _NARROW_HEIGHT, _ROW = 4.1, 3.1, 0.19
_LABEL = "price at which a position is liquidated, {}, and its distance from the start price"


def liquidation_map(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw where the crowd would be liquidated: notional by price and leverage, and running totals.

    The axis is cut to where most of the notional is and to every price the mark reached; what lies outside,
    and what no price liquidates, is said below the picture.

    Parameters
    ----------
    run : Run
        Its ``crowd_map``, ``scenario`` and, for the prices reached, ``timeline`` are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10. A column of a paper is 3.4.
    quote, base : str, optional
        Names of the currencies on the axes. By default what ``scenario.market`` calls them, else ``USD`` and
        ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        names = names_of(run, quote, base)
        start = float(run.scenario.market.price)
        crowd = getattr(run, "crowd_map", None)
        reached = _reached(run, names, start)
        count = 0 if crowd is None else len(np.asarray(crowd["side"]))
        shape = crowd_shape(crowd, start, reached, names.inverse) if crowd is not None and count else None
        title = str(getattr(run.scenario, "name", "") or "Crowd")
        what = "liquidation map of the crowd before the run"
        if shape is None:
            (panel,) = headed(Head(title, what, []), [_HEIGHT], ax, width=width)
            panel.set_xticks([])
            say(panel, why_empty(crowd is None, count))
            return panel.figure  # type: ignore[return-value]
        whole = float(np.sum(np.asarray(crowd["quantity"])))  # type: ignore[index]
        counted = f"{count:,} position{'s' if count != 1 else ''}"
        line = SEPARATOR.join((what, counted, f"open interest {human(whole)} {names.quantity}"))
        wide = panel_width(ax, width)
        height, size = (_NARROW_HEIGHT, 7.0) if wide < NARROW else (_HEIGHT, 8.5)
        label = wrapped(_LABEL.format(f"{names.quote} per {names.base}"), wide, size)
        axis = 0.6 + 0.135 * len(label)
        outside = outside_words(shape)
        below = LINE * (broken(outside, wide, size).count("\n") + 1) + 0.1 if outside else 0.0
        head = Head(title, line, map_tiles(shape, names))
        (panel,) = headed(head, [height], ax, width=width, axis=axis, below=below)
        _draw(panel, shape, names, reached)
        panel.set_xlabel("\n".join(label))
        say_below(panel, outside, 72 * (axis - 0.05), size)
        finish([panel])
        return panel.figure  # type: ignore[return-value]


def _reached(run: Any, names: Names, start: float) -> tuple[float, float]:
    """Return the lowest and the highest mark of the run, the start price included."""
    recording = recording_of(getattr(run, "timeline", None), run.scenario, names)
    if recording is None:
        return start, start
    mark = recording.column("mark")
    mark = mark[np.isfinite(mark)]
    return float(mark.min(initial=start)), float(mark.max(initial=start))


def _draw(ax: Axes, shape: CrowdShape, names: Names, reached: tuple[float, float]) -> None:
    """Draw bars by tier, the two running totals, the start price and the prices reached."""
    step = float(shape.edges[1] - shape.edges[0])
    middles = 0.5 * (shape.edges[:-1] + shape.edges[1:])
    base = np.zeros(middles.size)
    ax.grid(True, axis="y")
    for notional, colour, name in zip(shape.tiers, (*LEVERAGE_RAMP, NO_LEVERAGE), TIER_NAMES, strict=True):
        if notional.any():
            ax.bar(middles, notional, 0.86 * step, bottom=base, color=colour, linewidth=0, label=name)
            base += notional
    ax.set_xlim(shape.low, shape.high)
    ax.set_ylim(0, 1.12 * (base.max() or 1.0))
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(f"{names.quote} per {step:,.10g} {names.quote} of price")
    right = ax.twinx()
    right.spines["right"].set_visible(True)
    halo = [withStroke(linewidth=3, foreground="white")]
    for prices, total, colour, side, words in (
        (shape.long_prices, shape.long_total, LONG, "left", "longs"),
        (shape.short_prices, shape.short_total, SHORT, "right", "shorts"),
    ):
        if total[-1] > 0:
            right.plot(prices, total, color=colour, linewidth=2.0, label=f"{words}, running total")
            right.annotate(
                f"{words}: {human(float(total[-1]))}" + ("" if is_narrow(ax) else f" {names.quote} by here"),
                (float(prices[-1]), float(total[-1])),
                xytext=(6 if side == "left" else -6, 5),
                textcoords="offset points",
                ha=side,
                color=colour,
                fontsize=7.5 if is_narrow(ax) else 9.0,
                fontweight="bold",
                path_effects=halo,
            )
    right.set_ylim(0, 1.12 * (max(shape.long_total[-1], shape.short_total[-1]) or 1.0))
    right.set_ylabel(f"total, {names.quote}")
    label_axis(right.yaxis, AmountTicks())
    ax.xaxis.set_major_locator(MaxNLocator(min(max(int(1.4 * panel_inches(ax)), 3), 11), steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(PriceAndDistance(shape.start))
    lift = _name_prices(ax, shape, reached)
    lower_top(ax, lift)
    panel_heading(ax, "Liquidations waiting at each price", lift, twins=False)


def _name_prices(ax: Axes, shape: CrowdShape, reached: tuple[float, float]) -> float:
    """Draw and name the start price and the ends of the mark's way; return the inches taken above."""
    low, high = reached
    span = shape.high - shape.low
    inch = span / panel_inches(ax)
    size = 7.0 if is_narrow(ax) else 8.5
    ends = [
        (end, f"{word} mark {price(end)}", side)
        for end, word, side in ((low, "lowest", "right"), (high, "highest", "left"))
        if abs(end - shape.start) > 0.01 * span
    ]
    if ends:
        ax.axvspan(low, high, color=HALT, alpha=0.55, linewidth=0, zorder=0.3)
    ax.axvline(shape.start, color=INK, linewidth=1.4, zorder=3)
    taken: list[list[tuple[float, float]]] = []
    for end, label, side in ends:
        ax.axvline(end, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=3)
        long = text_inches(label, size) * inch
        if (side == "right" and end - long < shape.low) or (side == "left" and end + long > shape.high):
            side = "left" if side == "right" else "right"
        reach = (end - long, end) if side == "right" else (end, end + long)
        _above(ax, end, label, _row(taken, reach, 0.08 * inch), ha=side, color=INK, fontsize=size)
    words = f"start {shape.start:,.10g}"
    half = 0.5 * text_inches(words, size, "bold") * inch
    reach = (shape.start - half, shape.start + half)
    row = _row(taken, reach, 0.08 * inch)
    _above(ax, shape.start, words, row, ha="center", fontweight="bold", fontsize=size)
    return _ROW * len(taken)


def _row(taken: list[list[tuple[float, float]]], reach: tuple[float, float], gap: float) -> int:
    """Find the lowest row in which words have room, and take that room."""
    for row, others in enumerate(taken):
        if all(reach[0] > end + gap or reach[1] < begin - gap for begin, end in others):
            others.append(reach)
            return row
    taken.append([reach])
    return len(taken) - 1


def _above(ax: Axes, at: float, words: str, row: int, **look: Any) -> None:
    """Write words above a panel at a price, in a row counted from the panel up."""
    ax.annotate(
        words,
        (at, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0, 3 + 72 * _ROW * row),
        textcoords="offset points",
        va="bottom",
        annotation_clip=False,
        **look,
    )
