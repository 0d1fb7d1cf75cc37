"""The rounds of a cascade: how much was closed by force in each, and how fast that dies out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from cascade_sim.engine.lending_frames import only_positions
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.below import LINE, broken, say_below
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.one_panel import NARROW_FIGURE, first_fitting, one_panel, room_for, run_head, say_instead
from cascade_sim.plots.panel_tools import from_zero, second_axis
from cascade_sim.plots.reading import Names, names_of, recording_of
from cascade_sim.plots.round_sums import RoundSums, round_sums, why_no_ratio
from cascade_sim.plots.style import INK, LONG, MUTED, SHORT, drawing_style, panel_heading, panel_inches, text_inches
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis, log_amounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT, _NARROW_HEIGHT, _LEFT = 3.6, 2.7, 0.86
_RIGHT, _DROP = 0.3, 38.0
_FEW, _NARROW_FEW = 12, 7
_SPANS = 100.0

Ratio = tuple[float, float, float]


def rounds(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw the quantity closed by force in each round, with the decay that the branching ratio stands for.

    Round 1 of a tick was pushed by news or flow, each later one by the forced trades of the round before; equal
    rounds of all ticks are added up. Beyond 60 rounds a bar holds several. The scale is logarithmic where the bars
    differ by more than a factor of 100.

    Parameters
    ----------
    run : Run
        Its ``liquidations``, ``summary``, ``timeline`` and ``scenario`` are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10.
    quote, base : str, optional
        Names of the currencies. By default what ``scenario.market`` calls them, else ``USD`` and ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        names = names_of(run, quote, base)
        recording = recording_of(getattr(run, "timeline", None), run.scenario, names)
        summary = getattr(run, "summary", None) or {}
        fired = getattr(run, "liquidations", None)
        sums = round_sums(None if fired is None else only_positions(fired))
        room = room_for(ax, width, _LEFT, _LEFT)
        narrow = room + 2 * _LEFT <= NARROW_FIGURE
        few = sums is None or sums.longs.size <= (_NARROW_FEW if narrow else _FEW)
        ratio = _ratio(summary)
        words = _words(ratio, run.scenario, sums is not None and sums.last > 1)
        right = _RIGHT if few else _LEFT
        lines = broken(words, room + (_LEFT - right if ax is None else 0.0)).count("\n") + 1
        bottom = _DROP / 72 + LINE * lines + 0.12
        height = _NARROW_HEIGHT if narrow else _HEIGHT
        if sums is not None and not sums.total.any():
            sums = None
        head = run_head(run, recording, names, None if sums is None else _tiles(sums, ratio))
        panel = one_panel(head, ax, height, width=width, left=_LEFT, right=right, bottom=bottom)
        figure: Any = panel.figure
        if sums is None:
            say_instead(panel, "no position was liquidated in this run: there are no rounds")
            return figure
        _draw(panel, sums, ratio, names, few)
        say_below(panel, words, _DROP)
        return figure


def _ratio(summary: dict[str, Any]) -> Ratio | None:
    """Return the branching ratio and the ends of its interval; None where it is null or missing."""
    found = [summary.get(f"branching_ratio{end}") for end in ("", "_low", "_high")]
    if any(not isinstance(value, int | float) or not math.isfinite(value) for value in found):
        return None
    return float(found[0]), float(found[1]), float(found[2])  # type: ignore[arg-type]


def _tiles(sums: RoundSums, ratio: Ratio | None) -> list[Tile]:
    tiles = [] if ratio is None else [Tile(f"R = {ratio[0]:.3g}", f"branching ratio\n(95 %: {_interval(ratio, '–')})")]
    later = 1.0 - sums.first / float(sums.total.sum())
    tiles.append(Tile(f"{sums.last:,}", f"round{'s' if sums.last != 1 else ''} at most\nin one tick"))
    tiles.append(Tile(percent(max(later, 0.0)), "closed in round 2\nand later"))
    tiles.append(Tile(f"{int(sums.count.sum()):,}", "liquidations"))
    return tiles


def _interval(ratio: Ratio, between: str) -> str:
    """Write the interval with as many decimals as tell its ends apart."""
    digits = next((places for places in (2, 3, 4) if ratio[2] - ratio[1] >= 2 * 10.0**-places), 5)
    return f"{ratio[1]:.{digits}f}{between}{ratio[2]:.{digits}f}"


def _words(ratio: Ratio | None, scenario: Any, decays: bool) -> str:
    """Say what the branching ratio means here, or why there is none."""
    if ratio is None:
        return why_no_ratio(scenario)
    words = (
        f"Branching ratio R = {ratio[0]:.3g} (95 % interval {_interval(ratio, ' to ')}): each unit closed by force set "
        f"off {ratio[0]:.3g} more."
    )
    dashed = " Dashed: the decay if every round had this ratio; dotted: if it had the ends of the interval."
    return words + dashed if decays else words


def _draw(ax: Axes, sums: RoundSums, ratio: Ratio | None, names: Names, few: bool) -> None:
    """Draw the stacked bars, the decay, and how many liquidations there were."""
    total, bar = sums.total, 0.84 * sums.size
    wide = total[total > 0].max() > _SPANS * total[total > 0].min()
    ax.grid(True, axis="y")
    for amount, below, colour, label in (
        (sums.longs, np.zeros(total.size), LONG, "longs"),
        (sums.shorts, sums.longs, SHORT, "shorts"),
    ):
        if amount.any():
            ax.bar(sums.middles, amount, bar, bottom=below, color=colour, linewidth=0, label=label)
    if wide:
        ax.set_yscale("log")
        ax.set_ylim(0.4 * total[total > 0].min(), 3.0 * total.max())
        log_amounts(ax.yaxis)
    else:
        from_zero(ax, total)
        label_axis(ax.yaxis, AmountTicks())
    if ratio is not None and sums.first > 0 and sums.longs.size > 1:
        _draw_decay(ax, sums, ratio)
    ax.set_xlim(0.4, max(sums.size * sums.longs.size + 0.6, 3.6))
    ax.xaxis.set_major_locator(MaxNLocator(10 if panel_inches(ax) > 4 else 5, integer=True, min_n_ticks=1))
    ax.xaxis.set_major_formatter(PlainTicks())
    ax.set_xlabel("round k within a tick")
    per = "" if sums.size == 1 else f" per {sums.size:,} rounds"
    ax.set_ylabel(f"{names.quantity}{per}")
    (_number_bars if few else _count_beside)(ax, sums)
    choices = ["Quantity closed by force, by round", "Closed by force, by round", "By round"]
    if few:
        choices.insert(0, "Quantity closed by force, by round; above the bars: number of liquidations")
    panel_heading(ax, first_fitting(ax, *choices))


def _draw_decay(ax: Axes, sums: RoundSums, ratio: Ratio) -> None:
    """Draw the first round times powers of the ratio, and the same for the ends of its interval."""
    low, high = ax.get_ylim()
    smallest = 1e-3 * low if ax.get_yscale() == "log" else 0.0
    largest = 1e3 * high  # the upper end of the interval may lie above 1

    def decay(share: float) -> Floats:
        return np.clip(sums.decay(share), smallest, largest)

    for end in ratio[1:]:
        ax.plot(sums.middles, decay(end), color=INK, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=2.3)
    look: dict[str, Any] = {"color": INK, "linewidth": 1.4, "linestyle": (0, (4, 2)), "zorder": 2.4}
    ax.plot(sums.middles, decay(ratio[0]), label="first round × R^(k − 1)", **look)
    ax.set_ylim(low, high)


def _number_bars(ax: Axes, sums: RoundSums) -> None:
    """Write above each bar how many liquidations it holds."""
    words = [human(count) for count in sums.count]
    halo = [withStroke(linewidth=3.5, foreground="white")]
    slot = panel_inches(ax) / max(sums.longs.size, 3)
    size = min(8.0, 8.0 * slot / max(text_inches(word, 8.0) for word in words))
    for place, height, word in zip(sums.middles, sums.total, words, strict=True):
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": size, "color": MUTED, "zorder": 3.5}
        at = (place, max(height, ax.get_ylim()[0]))
        ax.annotate(word, at, xytext=(0, 3), textcoords="offset points", path_effects=halo, **look)


def _count_beside(ax: Axes, sums: RoundSums) -> None:
    """Draw how many liquidations each bar holds as a line on a second axis."""
    right = second_axis(ax, "liquidations", MUTED)
    known = sums.count > 0
    right.plot(sums.middles[known], sums.count[known], color=MUTED, linewidth=1.1, label="liquidations (right)")
    if sums.count.max() > _SPANS * sums.count[known].min():
        right.set_yscale("log")
        right.set_ylim(0.4, 3.0 * sums.count.max())
        log_amounts(right.yaxis)
    else:
        from_zero(right, sums.count)
