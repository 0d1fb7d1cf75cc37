"""The liquidation heatmap: what would be liquidated at each price, over time, with the mark on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm
from matplotlib.patheffects import withStroke

from cascade_sim.plots.below import broken
from cascade_sim.plots.clock_axis import halt_words, shade_halts, share_clock
from cascade_sim.plots.frames import MOST_COLUMNS, Frames, colour_range, frames_of
from cascade_sim.plots.one_panel import (
    NARROW_FIGURE,
    first_fitting,
    one_panel,
    room_for,
    run_head,
    say_instead,
    split,
)
from cascade_sim.plots.panel_tools import draw_level
from cascade_sim.plots.price_panel import name_extreme
from cascade_sim.plots.profile_panel import profile_panel
from cascade_sim.plots.reading import Interval, Recording, date_numbers, halts_of, names_of, recording_of
from cascade_sim.plots.style import FILE_DPI, INDEX, INK, MUTED, drawing_style, is_narrow, panel_heading, panel_inches
from cascade_sim.plots.ticks import PlainTicks, label_axis, log_amounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNRECORDED = "#d9d9d6"
NOTHING = "#22042e"
_HALTED = "#a89f7f"
_HEIGHT, _BOTTOM, _PROFILE = 5.0, 0.46, 1.5
_NARROW_HEIGHT, _NARROW_BOTTOM, _NARROW_PROFILE = 3.6, 0.92, 0.6
_BAR, _ABOVE_BAR, _BETWEEN = 0.13, 0.62, 0.14


def heatmap(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw the notional that would be liquidated at each price, over time.

    Colours are on a logarithmic scale that ends at the 99th percentile. The panel at the right shares the price
    axis: what waits at the end, below the last mark as longs and above it as shorts, and as a line what waited at
    the end of the first frame. Long recordings are reduced by maximum to as many columns as a file shows.

    Parameters
    ----------
    run : Run
        Its ``heatmap``, ``timeline``, ``summary`` and ``scenario`` are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10.
    quote, base : str, optional
        Names of the currencies on the axes. By default what ``scenario.market`` calls them, else ``USD`` and
        ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        names = names_of(run, quote, base)
        recording = recording_of(getattr(run, "timeline", None), run.scenario, names)
        recorded = getattr(run, "heatmap", None)
        room = room_for(ax, width, 0.0, 0.0)
        height, bottom = (_HEIGHT, _BOTTOM) if room > NARROW_FIGURE else (_NARROW_HEIGHT, _NARROW_BOTTOM)
        head = run_head(run, recording, names)
        panel = one_panel(head, ax, height, width=width, left=0.8, right=0.2, bottom=bottom)
        figure: Any = panel.figure
        most = min(MOST_COLUMNS, max(int(panel_inches(panel) * FILE_DPI), 100))
        frames = None if recording is None else frames_of(recorded, recording, most)
        colours = None if frames is None else colour_range(frames.notional)
        if recording is None or frames is None or colours is None:
            say_instead(panel, _why_empty(recorded, recording))
            return figure
        narrow = is_narrow(panel)
        [[upper], [ax_bar]] = split(panel, [None], [None, _BAR], (0.0, _ABOVE_BAR))
        [[ax_map, side]] = split(upper, [None, _NARROW_PROFILE if narrow else _PROFILE], [None], (_BETWEEN, 0.0))
        side.sharey(ax_map)
        _draw(ax_map, recording, frames, colours, halts_of(run, recording))
        _colour_bar(ax_bar, frames, recording, colours)
        profile_panel(side, recording, frames, narrow)
        _level(side, ax_map)
        return figure


def _level(side: Axes, ax_map: Axes) -> None:
    """Make the profile as high as the map, whose legend may have taken some of its height."""
    beside, place = side.get_position(), ax_map.get_position()
    side.set_position((beside.x0, place.y0, beside.width, place.height))


def _why_empty(recorded: Any, recording: Recording | None) -> str:
    """Say why there is no map."""
    if recording is None:
        return "the run ended before its first row: there is nothing to draw"
    if recorded is None:
        return (
            "this run recorded no heatmap; to record one, add  record: {heatmap: {bins: 200, every: 1min}}  "
            "to its scenario"
        )
    if not len(recorded):
        return "the run ended before the first frame of its heatmap"
    return "no open position had its liquidation price within the recorded prices"


def _colours() -> Colormap:
    """Dark to yellow; cells with nothing are darker than all, cells without a record are left open."""
    return colormaps["viridis"].with_extremes(under=NOTHING, bad=(0.0, 0.0, 0.0, 0.0))


def _draw(ax: Axes, recording: Recording, frames: Frames, colours: tuple[float, float], halts: list[Interval]) -> None:
    """Draw the map with mark and index on top."""
    low, high = colours
    shown = np.where(frames.notional > 0, np.maximum(frames.notional, low), 0.1 * low)
    shown[np.isnan(frames.notional)] = np.nan
    begin, end = date_numbers(frames.edges[[0, -1]])
    ax.imshow(
        shown,
        norm=LogNorm(low, high),
        cmap=_colours(),
        extent=(begin, end, frames.prices[0], frames.prices[-1]),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    ax.set_facecolor(UNRECORDED)
    _draw_prices(ax, recording, frames)
    if halts:
        words = halt_words(halts, recording.shows_seconds)
        ax.fill_between([], [], color=_HALTED, linewidth=0, label=words)
    share_clock([ax], recording)
    ax.set_xlim(*recording.dates(np.array([recording.start, recording.end])))
    ax.grid(False)
    shade_halts([ax], halts, 0.975, 0.995, _HALTED)
    heading = first_fitting(ax, "Liquidations waiting at each price", "Waiting at each price", "Waiting")
    panel_heading(ax, heading)


def _draw_prices(ax: Axes, recording: Recording, frames: Frames) -> None:
    """Draw the mark, the index where it is another price, and name the end of the mark's larger excursion."""
    mark, index = recording.column("mark"), recording.column("index")
    start = recording.start_price
    known = np.concatenate([mark[np.isfinite(mark)], [start] if np.isfinite(start) else []])
    bottom, top = float(frames.prices[0]), float(frames.prices[-1])
    outline = [withStroke(linewidth=2.6, foreground=INK)]
    with np.errstate(invalid="ignore"):
        apart = np.abs(index - mark) > 1e-4 * np.abs(mark)
    if apart.any():
        look: dict[str, Any] = {"linewidth": 0.9, "path_effects": [withStroke(linewidth=1.7, foreground=INK)]}
        draw_level(ax, recording, index, color=INDEX, label="index", **look)
    if known.size:
        draw_level(ax, recording, mark, start, color="white", linewidth=1.2, label="mark", path_effects=outline)
        span = top - bottom
        lowest, highest = float(known.min()), float(known.max())
        bottom = bottom if lowest >= bottom else max(lowest - 0.14 * span, 0.0)
        top = top if highest <= top else highest + 0.14 * span
        room = 0.07 * (top - bottom)
        fall = known[-1] if not np.isfinite(start) else start - lowest >= highest - start
        cramped = lowest - bottom < room if fall else top - highest < room
        name_extreme(ax, recording, mark, bool(cramped), color="white", path_effects=outline)
    else:
        ax.text(0.5, 0.02, "the run recorded no mark price", transform=ax.transAxes, ha="center", color="white")
    ax.set_ylim(bottom, top)
    _say_unrecorded(ax, bottom, float(frames.prices[0]))
    _say_unrecorded(ax, float(frames.prices[-1]), top)
    label_axis(ax.yaxis, PlainTicks(), 7)
    ax.set_ylabel(f"{recording.names.quote} per {recording.names.base}")


def _say_unrecorded(ax: Axes, low: float, high: float) -> None:
    """Say that between two prices nothing was recorded."""
    if high > low:
        words = "no record here" if is_narrow(ax) else "outside the recorded prices: nothing was recorded here"
        place = (0.01, 0.5 * (low + high))
        look: dict[str, Any] = {"ha": "left", "va": "center", "color": MUTED, "fontsize": 8.5}
        ax.text(*place, words, transform=ax.get_yaxis_transform(), zorder=2.5, **look)


def bin_words(frames: Frames, quote: str) -> str:
    """Return a bin's width in words: ``50 USD``."""
    return f"{float(f'{frames.bin_width:.4g}'):,.10g} {quote}"


def _colour_bar(ax: Axes, frames: Frames, recording: Recording, colours: tuple[float, float]) -> None:
    """Draw what the colours mean, with an arrow where higher values share the last colour."""
    quote = recording.names.quote
    above = bool(np.nanmax(frames.notional) > colours[1])
    mappable = ScalarMappable(LogNorm(*colours), _colours())
    bar = ax.figure.colorbar(mappable, cax=ax, orientation="horizontal", extend="max" if above else "neither")
    bar.outline.set_visible(False)
    log_amounts(bar.ax.xaxis, dense=colours[1] < 30.0 * colours[0])
    bar.ax.minorticks_off()
    words = f"{quote} liquidated per {bin_words(frames, quote)} of price (exact, from the positions); darkest: none"
    bar.set_label(broken(words, panel_inches(ax)))
