"""The book over time: what the makers offer near the price on each side, the spread, and what withdrew."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.aggregate import Floats, envelope
from cascade_sim.plots.book_panel import changes, depth_sides, spread_percent, spread_scale
from cascade_sim.plots.clock_axis import halt_words, shade_halts, share_clock
from cascade_sim.plots.headed import Head, headed, panel_width
from cascade_sim.plots.headline import Tile, subtitle
from cascade_sim.plots.numbers import human, moment, percent
from cascade_sim.plots.panel_tools import draw_band, from_zero
from cascade_sim.plots.reading import Recording, date_numbers, halts_of, names_of, recording_of
from cascade_sim.plots.style import (
    ASK,
    BID,
    DEPTH,
    HALT,
    INK,
    NARROW,
    SPREAD,
    drawing_style,
    finish,
    panel_heading,
    say,
)
from cascade_sim.plots.ticks import PlainTicks, SizeTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIDES, _SMALL, _SAID, _NARROW_LEGEND = 2.6, 1.0, 0.7, 0.27
_UNKNOWN = "this run did not record how much stands near the price"
_INFINITE = "the book is infinite: any quantity trades at the price"


def depth(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw the order book over time: the makers' notional within 1 % of the price, the spread, the depth multiplier.

    What stands on the ask side is drawn upwards, on the bid side downwards. Long recordings are thinned, keeping
    every extreme.

    Parameters
    ----------
    run : Run
        Its ``timeline`` and ``scenario`` are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the panels and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10. A column of a paper is 3.4.
    quote, base : str, optional
        Names of the currencies. By default what ``scenario.market`` calls them, else ``USD`` and ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        recording = recording_of(run.timeline, run.scenario, names_of(run, quote, base))
        title = str(getattr(run.scenario, "name", "") or "Order book")
        if recording is None:
            (panel,) = headed(Head(title, "no time has passed", []), [_SIDES], ax, width=width)
            panel.set_xticks([])
            say(panel, "the run ended before its first row:\nthere is no book to draw")
            return panel.figure  # type: ignore[return-value]
        infinite = getattr(getattr(run.scenario.market, "book", None), "shape", "") == "infinite"
        status = str((getattr(run, "summary", None) or {}).get("status") or "completed")
        head = Head(title, subtitle(run, recording), _tiles(recording), status)
        chosen = _choose(run, recording, infinite)
        extra = _NARROW_LEGEND if panel_width(ax, width) < NARROW else 0.0
        panels = headed(head, [height + extra for height, _ in chosen], ax, width=width)
        for panel in panels[1:]:
            panel.sharex(panels[0])
        share_clock(panels, recording)
        for panel, (_, draw) in zip(panels, chosen, strict=True):
            panel.grid(True, axis="y")
            draw(panel)
        finish(panels)
        shade_halts(panels, halts_of(run, recording))
        return panels[0].figure  # type: ignore[return-value]


def _choose(run: Any, recording: Recording, infinite: bool) -> list[tuple[float, Callable[[Axes], None]]]:
    """Return the panels there is something for, with their heights in inches."""
    halts = halts_of(run, recording)
    known = depth_sides(recording) is not None and not infinite
    chosen: list[tuple[float, Callable[[Axes], None]]] = []
    if known:
        chosen.append((_SIDES, partial(_sides_panel, recording=recording, halts=halts)))
    else:
        chosen.append((_SAID, partial(_said_panel, words=_INFINITE if infinite else _UNKNOWN)))
    if np.isfinite(spread_percent(recording)).any():
        chosen.append((_SMALL, partial(_spread_panel, recording=recording)))
    if np.isfinite(recording.column("depth_multiplier")).any() and not infinite:
        chosen.append((_SMALL if known else _SIDES, partial(_multiplier_panel, recording=recording)))
    return chosen


def _said_panel(ax: Axes, words: str) -> None:
    panel_heading(ax, "Makers' notional near the price")
    say(ax, words)


def _sides_panel(ax: Axes, recording: Recording, halts: list[tuple[int, int]]) -> None:
    """Draw asks upwards and bids downwards, and mark the least of each."""
    bids, asks = depth_sides(recording) or (np.array([]), np.array([]))
    for values, sign, colour, label in ((asks, 1.0, ASK, "asks"), (bids, -1.0, BID, "bids")):
        draw_band(ax, recording, sign * values, color=colour, linewidth=1.3, label=label)
        noisy = envelope(recording.dates(), sign * values)
        ax.fill_between(noisy.x, noisy.mean, color=colour, alpha=0.14, linewidth=0)
        if changes(values):
            row = int(np.nanargmin(values))
            at = float(date_numbers(recording.moments[row]))
            ax.plot(
                [at], [sign * values[row]], "o", markersize=5, markerfacecolor="white", markeredgecolor=INK, zorder=5
            )
    ax.axhline(0.0, color=INK, linewidth=0.8)
    from_zero(ax, asks, -bids)
    label_axis(ax.yaxis, SizeTicks(), 6)
    ax.set_ylabel(f"{recording.names.quote} within 1 % of the best price")
    if halts:
        ax.fill_between([], [], color=HALT, linewidth=0, label=halt_words(halts, recording.shows_seconds))
    flat = "" if changes(asks) or changes(bids) else "it never changed in this run"
    panel_heading(ax, "Makers' notional near the price", note=flat)


def _spread_panel(ax: Axes, recording: Recording) -> None:
    spread = spread_percent(recording)
    draw_band(ax, recording, spread, color=SPREAD, linewidth=1.2)
    spread_scale(ax, spread)
    note = _widest(recording, spread) if changes(spread) else f"{_shown(spread)} % all the time"
    panel_heading(ax, "Spread, bid to ask", note=note)


def _widest(recording: Recording, spread: Floats) -> str:
    row = int(np.nanargmax(spread))
    return f"widest {human(float(spread[row]), 2)} % at {_when(recording, row)}"


def _shown(values: Floats) -> str:
    return human(float(values[np.isfinite(values)][0]), 3)


def _multiplier_panel(ax: Axes, recording: Recording) -> None:
    share = recording.column("depth_multiplier")
    draw_band(ax, recording, 100.0 * share, color=DEPTH, linewidth=1.4)
    from_zero(ax, 100.0 * share, np.array([100.0]))
    label_axis(ax.yaxis, PlainTicks())
    ax.set_ylabel("% of full depth")
    row = int(np.nanargmin(share))
    note = f"least {percent(float(share[row]))} at {_when(recording, row)}" if changes(share) else "nobody withdrew"
    panel_heading(ax, "Depth multiplier", note=note)


def _tiles(recording: Recording) -> list[Tile]:
    """Say the least of each side, and when that was."""
    sides = depth_sides(recording)
    quote = recording.names.quote
    if sides is None:
        return []
    tiles = []
    for values, name, colour in ((sides[0], "bids", BID), (sides[1], "asks", ASK)):
        if not np.isfinite(values).any():
            continue
        row = int(np.nanargmin(values))
        words = f"least of the {name} within 1 %,\nat {_when(recording, row)}"
        if not changes(values):
            words = f"of {name} within 1 %,\nall the time"
        tiles.append(Tile(f"{human(float(values[row]))} {quote}", words, colour))
    return tiles


def _when(recording: Recording, row: int) -> str:
    return moment(int(recording.moments[row]), recording.shows_seconds, recording.shows_days)
