"""The liquidation map: at which prices the crowd would be closed by force, before the run began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from cascade_sim.plots.below import say_below
from cascade_sim.plots.crowd_shape import TIER_NAMES, CrowdShape, crowd_shape
from cascade_sim.plots.headline import SEPARATOR, write_head
from cascade_sim.plots.layout import HEAD, stack
from cascade_sim.plots.map_words import map_tiles, outside_words, why_empty
from cascade_sim.plots.numbers import human, price
from cascade_sim.plots.reading import Names, names_of, recording_of
from cascade_sim.plots.style import (
    HALT,
    INK,
    LEVERAGE_RAMP,
    LONG,
    MUTED,
    NO_LEVERAGE,
    SHORT,
    drawing_style,
    panel_heading,
    say,
    text_inches,
)
from cascade_sim.plots.ticks import AmountTicks, PriceAndDistance, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT, _BOTTOM, _ROW = 3.9, 0.98, 0.19


def liquidation_map(run: Any, ax: Axes | None = None, *, quote: str | None = None, base: str | None = None) -> Figure:
    """Draw where the crowd would be liquidated: notional by price and leverage, and running totals.

    The axis is cut to where most of the notional is and to every price the mark reached; what lies outside,
    and what no price liquidates, is said below the picture.

    Parameters
    ----------
    run : Run
        Its ``crowd_map``, ``scenario`` and, for the prices reached, ``timeline`` are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    quote, base : str, optional
        Names of the currencies on the axes. By default what ``scenario.market`` calls them, else ``USD`` and
        ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        names = names_of(run, quote, base)
        head, panel = stack([HEAD, _HEIGHT], ax, gap=0.72, bottom=_BOTTOM)
        start = float(run.scenario.market.price)
        crowd = getattr(run, "crowd_map", None)
        reached = _reached(run, names, start)
        count = 0 if crowd is None else len(np.asarray(crowd["side"]))
        shape = crowd_shape(crowd, start, reached, names.inverse) if crowd is not None and count else None
        title = str(getattr(run.scenario, "name", "") or "Crowd")
        if shape is None:
            write_head(head, title, "liquidation map of the crowd before the run", [])
            panel.set_xticks([])
            say(panel, why_empty(crowd is None, count))
            return head.figure  # type: ignore[return-value]
        whole = float(np.sum(np.asarray(crowd["quantity"])))  # type: ignore[index]
        line = SEPARATOR.join(
            (
                "liquidation map of the crowd before the run",
                f"{count:,} position{'s' if count != 1 else ''}",
                f"open interest {human(whole)} {names.quantity}",
            )
        )
        write_head(head, title, line, map_tiles(shape, names))
        _draw(panel, shape, names, reached)
        return head.figure  # type: ignore[return-value]


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
                f"{words}: {human(float(total[-1]))} {names.quote} by here",
                (float(prices[-1]), float(total[-1])),
                xytext=(6 if side == "left" else -6, 5),
                textcoords="offset points",
                ha=side,
                color=colour,
                fontweight="bold",
                path_effects=halo,
            )
    right.set_ylim(0, 1.12 * (max(shape.long_total[-1], shape.short_total[-1]) or 1.0))
    right.set_ylabel(f"total, {names.quote}")
    label_axis(right.yaxis, AmountTicks())
    ax.xaxis.set_major_locator(MaxNLocator(11, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(PriceAndDistance(shape.start))
    unit = f"{names.quote} per {names.base}"
    ax.set_xlabel(f"price at which a position is liquidated, {unit}, and its distance from the start price")
    lift = _name_prices(ax, shape, reached)
    panel_heading(ax, "Liquidations waiting at each price", lift, twins=False)
    say_below(ax, outside_words(shape))


def _name_prices(ax: Axes, shape: CrowdShape, reached: tuple[float, float]) -> float:
    """Draw and name the start price and the ends of the mark's way; return the inches taken above."""
    low, high = reached
    span = shape.high - shape.low
    ends = [
        (end, f"{word} mark {price(end)}", side)
        for end, word, side in ((low, "lowest", "right"), (high, "highest", "left"))
        if abs(end - shape.start) > 0.01 * span
    ]
    if ends:
        ax.axvspan(low, high, color=HALT, alpha=0.55, linewidth=0, zorder=0.3)
    ax.axvline(shape.start, color=INK, linewidth=1.4, zorder=3)
    words = f"start {shape.start:,.10g}"
    half = 0.5 * text_inches(words, 8.5, "bold")
    inch = span / (ax.bbox.width / ax.figure.dpi)
    row = 0
    for end, label, side in ends:
        ax.axvline(end, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=3)
        long = text_inches(label, 8.5, "normal") * inch
        if (side == "right" and end - long < shape.low) or (side == "left" and end + long > shape.high):
            side = "left" if side == "right" else "right"
        reach = (end - long, end) if side == "right" else (end, end + long)
        if reach[0] < shape.start + (half + 0.08) * inch and reach[1] > shape.start - (half + 0.08) * inch:
            row = 1
        _above(ax, end, label, 0, ha=side, color=INK)
    _above(ax, shape.start, words, row, ha="center", fontweight="bold")
    return _ROW * (row + 1)


def _above(ax: Axes, at: float, words: str, row: int, **look: Any) -> None:
    """Write words above a panel at a price, in a row counted from the panel up."""
    ax.annotate(
        words,
        (at, 1.0),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0, 3 + 72 * _ROW * row),
        textcoords="offset points",
        va="bottom",
        fontsize=8.5,
        annotation_clip=False,
        **look,
    )
