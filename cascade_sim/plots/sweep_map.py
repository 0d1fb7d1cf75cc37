"""The sweep map: what the runs came to over two varied keys, with the cliff and theory drawn over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.below import LINE, broken, say_below
from cascade_sim.plots.headed import place_inches
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.numbers import human
from cascade_sim.plots.one_panel import NARROW_FIGURE, first_fitting, one_panel, room_for, say_instead, split
from cascade_sim.plots.style import (
    DELEVERAGED,
    INK,
    LEVERAGE_RAMP,
    SPREAD,
    drawing_style,
    finish,
    is_narrow,
    panel_heading,
    panel_inches,
    text_inches,
)
from cascade_sim.plots.sweep_axis import SweepAxis, set_axis, turned_inches
from cascade_sim.plots.sweep_cells import Cells, cells_of, chosen_keys, statistic_words
from cascade_sim.plots.sweep_least import is_loss, least_of
from cascade_sim.plots.sweep_lines import field_of_cells, level_lines
from cascade_sim.plots.sweep_panel import AXIS, lift, why_nothing, words_size
from cascade_sim.plots.sweep_reading import (
    CASCADE,
    PictureError,
    cascade_tile,
    is_share,
    name_words,
    runs_words,
    sweep_head,
    threshold_words,
    ticks_for,
    written,
)
from cascade_sim.plots.sweep_theory import Theory, theory_of, theory_words
from cascade_sim.plots.ticks import label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT, _NARROW_HEIGHT, _BAR, _ABOVE_BAR, _BELOW_BAR, _RIGHT = 5.1, 3.7, 0.13, 0.66, 0.56, 0.3
_PLACE_FOR_WORDS, _PLACE_FOR_TILES, _CLOSE_ABOVE_BAR = 4.5, 3.8, 0.5
_MOST_NUMBERS, _ROOM_BESIDE, _ROOM_ABOVE = 150, 0.06, 0.17
_LIGHTEST, _MISSING, _HATCH = "#f4f3e4", "#e6e6e6", "#9b9b9b"
_LOOKS: dict[str, dict[str, Any]] = {
    "half": {"color": INK, "linestyle": "solid", "linewidth": 1.8},
    "ratio": {"color": DELEVERAGED, "linestyle": (0, (5, 1.6)), "linewidth": 2.0},
    "fall": {"color": SPREAD, "linestyle": (0, (1.2, 1.2)), "linewidth": 2.0},
}


def sweep_map(
    result: Any,
    x: str | None = None,
    y: str | None = None,
    value: str = CASCADE,
    ax: Axes | None = None,
    *,
    statistic: str | float = "mean",
    theory: bool | None = None,
    where: Mapping[str, Any] | None = None,
    average: bool = False,
    width: float | None = None,
) -> Figure:
    """Draw a sweep as cells over two of its keys.

    Cells stand at the real places of the values, on a logarithmic axis where those are spread so; words stand in a
    row. Designs that scatter their points (a Latin hypercube) are gathered into even cells. The solid line is where
    half of the runs are cascades, interpolated between cells. The lines of theory are where the steepest branching
    ratio is 1, and where the block book's least fixed point is a fall of the threshold.

    Parameters
    ----------
    result : SweepResult
    x, y : str, optional
        Varied keys; by default the first two, numbers before words.
    value : str
        ``cascade`` (share of runs whose fall reaches the sweep's threshold), or one of the outputs.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    statistic : str or float
        ``mean``, ``median``, ``min``, ``max``, ``std``, or a quantile between 0 and 1, over the runs of a cell.
    theory : bool, optional
        None draws the lines where theory speaks of the scenario, False never, True raises where it does not.
    where : mapping of str to value, optional
        Values of other keys at which to cut.
    average : bool
        Whether to average over other keys that vary.
    width : float, optional
        Width of a new figure, inches; by default 10.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    PictureError
        If a key, an output or the statistic does not exist, if other keys vary and nothing says what to do with them,
        or if theory is demanded where it says nothing.
    """
    x, y = chosen_keys(result, x, y)
    cells = cells_of(result, x, y, value, statistic, where, average)
    said = None if theory is False else theory_of(result, cells, theory is True)
    if theory and said is not None and not said.says_something:
        raise PictureError(f"theory has no line for this sweep: {said.reason}")
    with drawing_style():
        narrow = room_for(ax, width, 0.0, 0.0) <= NARROW_FIGURE
        left = _left(cells.y, narrow)
        words = _words(cells, said, value)
        room = room_for(ax, width, left, _RIGHT)
        tall = place_inches(ax)
        words = words if tall > _PLACE_FOR_WORDS else ""
        lines = broken(words, room, words_size(narrow)).count("\n") + 1 if words else 0
        bottom = _BELOW_BAR + LINE * lines + 0.05
        tiles = _tiles(result, cells, value) if tall > _PLACE_FOR_TILES else []
        head = sweep_head(result, cells.rows, tiles, where)
        turned = turned_inches(cells.x, room, narrow)
        height = (_NARROW_HEIGHT if narrow else _HEIGHT) + turned
        panel = one_panel(head, ax, height, width=width, left=left, right=_RIGHT, bottom=bottom)
        figure: Any = panel.figure
        if not np.isfinite(cells.value).any():
            say_instead(panel, why_nothing(cells.rows, value))
            return figure
        if ax is not None:
            lift(panel, LINE * lines + (_BELOW_BAR - AXIS))
        [[ax_map], [ax_bar]] = split(
            panel, [None], [None, _BAR], (0.0, (_ABOVE_BAR if tall > _PLACE_FOR_TILES else _CLOSE_ABOVE_BAR) + turned)
        )
        norm = _range(cells.value, value)
        _draw_cells(ax_map, result, cells, value, norm)
        _draw_lines(ax_map, result, cells, said)
        if is_loss(value):
            _mark_least(ax_map, cells)
        heading = "Where the fall becomes a cascade" if value == CASCADE else _sentence(name_words(result, value))
        panel_heading(ax_map, first_fitting(ax_map, heading, "Where it cascades" if value == CASCADE else heading))
        set_axis(ax_map, cells.x, "x")
        set_axis(ax_map, cells.y, "y")
        finish([ax_map])
        _numbers(ax_map, result, cells, value, norm)
        _colour_bar(ax_bar, result, cells, value, statistic, norm)
        say_below(ax_bar, words, 72 * _BELOW_BAR - 5, words_size(is_narrow(ax_bar)))
        return figure


def _left(y: SweepAxis, narrow: bool) -> float:
    """Return the room that the vertical axis' words take, inches."""
    size = 7.0 if narrow else 8.5
    return max(max(text_inches(word, size) for word in y.words()) + 0.42, 0.62 if narrow else 0.86)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _tiles(result: Any, cells: Cells, value: str) -> list[Tile]:
    tiles = cascade_tile(cells.rows)
    cascades = cells.cascade[np.isfinite(cells.cascade)]
    if cascades.size:
        most = f"{int((cascades >= 0.5).sum())} of {cascades.size}"
        tiles.append(Tile(most, "cells in which at\nleast half of them were"))
    known = cells.value[np.isfinite(cells.value)]
    if value != CASCADE and known.size:
        tiles.append(Tile(f"{written(result, value, known.min())} – {written(result, value, known.max())}", "by cell"))
    return tiles


def _words(cells: Cells, said: Theory | None, value: str) -> str:
    """Say what was averaged or gathered, what is missing, and what theory leaves out."""
    parts = []
    if cells.others:
        parts.append(f"Averaged over {' and '.join(cells.others)}.")
    if cells.gathered:
        parts.append("Points are gathered into even cells.")
    empty = int(np.isnan(cells.value).sum())
    if empty and len(cells.rows):
        tried = np.zeros(cells.value.shape, bool)
        tried[tuple(cells.place.T)] = True
        failed = int((tried & np.isnan(cells.value)).sum())
        told = {"where every run failed": failed, "without a point": empty - failed}
        kept = [f"{count} cell{'s' if count != 1 else ''} {why}" for why, count in told.items() if count]
        parts.append(f"Hatched: {' and '.join(kept)}.")
    if said is not None:
        parts.append(theory_words(said))
    return " ".join(part for part in parts if part)


def _colours() -> Colormap:
    """From light to dark, as even in grey as in colour."""
    return LinearSegmentedColormap.from_list("sweep", [_LIGHTEST, *LEVERAGE_RAMP])


def _range(values: Floats, value: str) -> Normalize:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if value == CASCADE:
        return Normalize(0.0, 1.0)
    low = 0.0 if 0.0 <= low < 0.5 * high else low
    return Normalize(low, high if high > low else low + (abs(low) or 1.0))


def _draw_cells(ax: Axes, result: Any, cells: Cells, value: str, norm: Normalize) -> None:
    x, y = cells.x.edges, cells.y.edges
    ax.pcolormesh(x, y, np.ma.masked_invalid(cells.value), cmap=_colours(), norm=norm, linewidth=0, zorder=1)
    look: dict[str, Any] = {"facecolor": _MISSING, "edgecolor": _HATCH, "hatch": "////", "linewidth": 0, "zorder": 1.1}
    for number, (row, column) in enumerate(np.argwhere(np.isnan(cells.value))):
        place, size = (x[column], y[row]), (x[column + 1] - x[column], y[row + 1] - y[row])
        ax.add_patch(Rectangle(place, *size, label="_" if number else "no result", **look))
    for spine in ax.spines.values():
        spine.set_visible(False)


def _draw_lines(ax: Axes, result: Any, cells: Cells, said: Theory | None) -> None:
    """Draw the cliff of the runs and the lines of theory, each with one entry in the legend."""
    few = is_narrow(ax)
    # Among scattered points that differ in more than the two keys, a crossing is as likely noise as not.
    noisy = cells.gathered and cells.others
    known = np.full(cells.value.shape, np.nan) if noisy else cells.cascade
    lines = {"half": level_lines(cells.x, cells.y, field_of_cells(cells.x, cells.y, known), 0.5)}
    labels = {"half": "half of the runs cascade"}
    if said is not None and said.says_something:
        lines["ratio"] = level_lines(cells.x, cells.y, said.ratio, 0.0)
        lines["fall"] = level_lines(cells.x, cells.y, said.fall, 0.0)
        labels["ratio"] = "theory: R = 1"
        labels["fall"] = (
            f"theory: falls {threshold_words(result)}" if few else f"theory: a fall of {threshold_words(result)}"
        )
    for number, (name, found) in enumerate(lines.items()):
        for which, line in enumerate(found):
            look = {**_LOOKS[name], "path_effects": [withStroke(linewidth=3.6, foreground="white")]}
            label = labels[name] if which == 0 else "_"
            ax.plot(*line.T, label=label, zorder=3.0 + 0.1 * number, solid_capstyle="butt", **look)


def _mark_least(ax: Axes, cells: Cells) -> None:
    """Frame in each row the cells in which the value is least, where it is more on both sides of them."""
    if cells.x.kind == "words":
        return
    edges, heights = cells.x.edges, cells.y.edges
    look: dict[str, Any] = {"fill": False, "edgecolor": INK, "linewidth": 1.6, "zorder": 3.5}
    labelled = False
    for row, values in enumerate(cells.value):
        least = least_of(values)
        if least is not None:
            place, wide = (edges[least.first], heights[row]), edges[least.last + 1] - edges[least.first]
            label = "_" if labelled else "least of its row"
            ax.add_patch(Rectangle(place, wide, heights[row + 1] - heights[row], label=label, **look))
            labelled = True


def _numbers(ax: Axes, result: Any, cells: Cells, value: str, norm: Normalize) -> None:
    """Write the values into the cells, where all of them have room."""
    known = np.argwhere(np.isfinite(cells.value))
    if len(known) > _MOST_NUMBERS:
        return
    share = is_share(result, value)
    words = {
        (row, column): f"{100 * cells.value[row, column]:.0f} %" if share else human(cells.value[row, column], 2)
        for row, column in known
    }
    sides = []
    for axis, pixels in ((cells.x, ax.bbox.width), (cells.y, ax.bbox.height)):
        edges = axis.straight_edges
        sides.append(float(np.diff(edges).min() / (edges[-1] - edges[0])) * float(pixels) / float(ax.figure.dpi))
    size = 6.5 if is_narrow(ax) else 8.0
    widest = max(text_inches(text, size) for text in words.values())
    if widest + _ROOM_BESIDE > sides[0] or _ROOM_ABOVE * size / 8.0 > sides[1]:
        return
    colours = _colours()
    for (row, column), text in words.items():
        red, green, blue, _ = colours(norm(cells.value[row, column]))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.52
        at = (cells.x.places[column], cells.y.places[row])
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size, "zorder": 4}
        around = [withStroke(linewidth=3.0, foreground=(red, green, blue))]
        ax.text(*at, text, color="white" if dark else INK, path_effects=around, **look)


def _colour_bar(ax: Axes, result: Any, cells: Cells, value: str, statistic: str | float, norm: Normalize) -> None:
    """Draw what the colours mean, and say how many runs stand behind a cell."""
    bar = ax.figure.colorbar(ScalarMappable(norm, _colours()), cax=ax, orientation="horizontal")
    bar.outline.set_visible(False)
    label_axis(bar.ax.xaxis, ticks_for(result, value), 5)
    bar.ax.tick_params(labelsize=7 if is_narrow(ax) else 8.5)
    name = name_words(result, value)
    what = f"share of {name}" if value == CASCADE else f"{statistic_words(statistic)} {name}"
    each = f"{runs_words(cells.runs)} a cell"
    size = 7.0 if is_narrow(ax) else 8.5
    short = "share of runs" if value == CASCADE else name_words(result, value)
    choices = (f"{what}; {each}", f"{what.replace('share of ', '')}; {each}", f"{short}; {each}", each)
    label = next((words for words in choices if text_inches(words, size) <= panel_inches(ax)), each)
    bar.set_label(label, fontsize=size)
