"""Who adds how much: the fall of a run beside those without lending, without exchange liquidations, without both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.colors import to_rgb

from cascade_sim.metrics.coupling import NEITHER, NO_EXCHANGE, NO_LENDING, Coupling
from cascade_sim.metrics.coupling import coupling as coupling_of
from cascade_sim.plots.headline import Tile, fell_most, number_in
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.one_panel import NARROW_FIGURE, first_fitting, one_panel, room_for, run_head, say_instead, split
from cascade_sim.plots.reading import Names, names_of, recording_of
from cascade_sim.plots.style import (
    BAD_DEBT,
    FIXED_SPREAD,
    INDEX,
    INK,
    LINK,
    MUTED,
    POSITIONS,
    SOCIALISED,
    drawing_style,
    finish,
    panel_heading,
    panel_inches,
    text_inches,
)
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _RIGHT, _BOTTOM = 0.86, 0.3, 0.5
_NARROW_LEFT = 0.6
_HEIGHT, _NARROW_HEIGHT = 3.0, 4.6
_BETWEEN, _BELOW = 0.8, 0.75
_BAR = 0.66
_ABOVE_BARS = 0.28


class Bar(NamedTuple):
    """One bar: from where to where, its words, its number as written, its colour."""

    low: float
    high: float
    words: str
    written: str
    colour: str


def coupling(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw how much the exchange's liquidations and lending each add to the fall, and what they add together.

    The left panel starts from the fall of the same shock without either and adds what each side adds alone and what
    both add beyond that, in per cent of log price: there a sale counts as much however far the price has fallen. The
    right panel shows what was liquidated on each side, alone and beside the other, and the pools' bad debt. Where the
    mark rose more than it fell the rise takes the fall's place.

    Parameters
    ----------
    run : Run
        Its ``summary`` and its counterfactuals ``no_lending``, ``no_exchange_liquidations`` and ``neither`` are read.
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
        names = names_of(run, quote, base)
        recording = recording_of(getattr(run, "timeline", None), run.scenario, names)
        summary = getattr(run, "summary", None) or {}
        falls = fell_most(summary)
        moves = coupling_of(run, "max_drawdown" if falls else "max_runup")
        narrow = room_for(ax, width, 0.0, 0.0) <= NARROW_FIGURE
        tiles = [] if moves is None else _tiles(summary, moves, falls)
        head = run_head(run, recording, names, tiles)
        look: dict[str, Any] = {"left": _NARROW_LEFT if narrow else _LEFT, "right": _RIGHT, "bottom": _BOTTOM}
        panel = one_panel(head, ax, _NARROW_HEIGHT if narrow else _HEIGHT, width=width, **look)
        figure: Any = panel.figure
        if moves is None:
            needed = f"{NO_LENDING}, {NO_EXCHANGE} and {NEITHER}"
            say_instead(panel, f"who adds how much needs the counterfactuals {needed} (compare in the scenario)")
            return figure
        amounts = _amount_bars(run)
        if not amounts:
            _draw_moves(panel, moves, falls)
            return figure
        if narrow:
            [[first], [second]] = split(panel, [None], [None, None], (0.0, _BELOW))
        else:
            [[first, second]] = split(panel, [None, None], [None], (_BETWEEN, 0.0))
        _draw_moves(first, moves, falls)
        _draw_amounts(second, amounts, names)
        if narrow:
            finish([first, second])
        return figure


def _tiles(summary: dict[str, Any], moves: Coupling, falls: bool) -> list[Tile]:
    word = "fall" if falls else "rise"
    written = signed(moves.together)
    more = "more" if written.startswith("+") else "less" if written.startswith("−") else "no more"
    tiles = [
        Tile(percent(number_in(summary, "max_drawdown" if falls else "max_runup")), f"largest {word} of\nthe mark", INK)
    ]
    for amount, words, colour in (
        (moves.exchange_adds, "by exchange\nliquidations alone", POSITIONS),
        (moves.lending_adds, "by lending\nalone", FIXED_SPREAD),
        (moves.together, f"{more} together than\nadded up", SOCIALISED),
    ):
        tiles.append(Tile(f"{signed(amount)} points", words, colour))
    return tiles


def signed(move: float) -> str:
    """Write a log move in points, per cent of log price, with its sign where it is not zero as written."""
    points = round(100 * move, 1)
    return "0.0" if points == 0.0 else f"{points:+.1f}".replace("-", "−")


def move_bars(moves: Coupling) -> list[Bar]:
    """Return the bars of the move: without either side, what is added, and the run; in per cent of log price."""
    steps = (
        ("exchange\nalone", moves.exchange_adds, POSITIONS),
        ("lending\nalone", moves.lending_adds, FIXED_SPREAD),
        ("both\ntogether", moves.together, SOCIALISED),
    )
    bars = [Bar(0.0, 100 * moves.neither, "neither", f"{100 * moves.neither:.1f}", INDEX)]
    level = 100 * moves.neither
    for words, amount, colour in steps:
        after = level + 100 * amount
        bars.append(Bar(level, after, words, signed(amount), colour))
        level = after
    return [*bars, Bar(0.0, 100 * moves.both, "the run\nitself", f"{100 * moves.both:.1f}", INK)]


def _amount_bars(run: Any) -> list[Bar]:
    """Return what was liquidated on each side alone and beside the other, and the bad debt; nothing if not known."""
    alone = {"liquidated_notional": NO_LENDING, "lending_liquidated": NO_EXCHANGE, "lending_bad_debt": NO_EXCHANGE}
    looks = (
        ("liquidated_notional", "positions", POSITIONS),
        ("lending_liquidated", "loans", FIXED_SPREAD),
        ("lending_bad_debt", "bad debt\nof pools", BAD_DEBT),
    )
    bars = []
    for key, words, colour in looks:
        found = [number_in(each.summary or {}, key) for each in (run.counterfactuals[alone[key]], run)]
        if np.isfinite(found).all():
            bars += [Bar(0.0, amount, words, human(amount), colour) for amount in found]
    return bars if any(bar.high > 0.0 for bar in bars) else []


def _draw_moves(ax: Axes, moves: Coupling, falls: bool) -> None:
    bars = move_bars(moves)
    ax.grid(True, axis="y")
    places = np.arange(len(bars), dtype=float)
    _draw_bars(ax, bars, places, [bar.colour for bar in bars])
    for place, bar in zip(places[:-1], bars[:-1], strict=True):
        ax.plot([place - _BAR / 2, place + 1 + _BAR / 2], [bar.high] * 2, color=LINK, linewidth=0.8, zorder=0.9)
    _name_bars(ax, bars, places, [bar.words for bar in bars])
    label_axis(ax.yaxis, PlainTicks())
    ax.set_ylabel("% of log price")
    word = "fall" if falls else "rise"
    heading = first_fitting(ax, f"Largest {word} of the mark, by who adds to it", f"Largest {word}: who adds to it")
    panel_heading(
        ax, heading, note="in logarithms: half the price is 69.3" if falls else "in logarithms: twice is 69.3"
    )


def _draw_amounts(ax: Axes, bars: list[Bar], names: Names) -> None:
    """Draw pairs of bars: the lighter one alone, the darker one beside the other side."""
    ax.grid(True, axis="y")
    places = np.array([1.5 * pair + 0.72 * which for pair in range(len(bars) // 2) for which in range(2)])
    _draw_bars(ax, bars, places, [bar.colour for bar in bars], pairs=True)
    middles = 0.5 * (places[::2] + places[1::2])
    _name_bars(ax, bars, places, [bar.words for bar in bars[::2]], middles)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(names.quote)
    ax.fill_between([], [], color=lighter(MUTED), linewidth=0, label="alone")
    ax.fill_between([], [], color=MUTED, linewidth=0, label="beside the other side")
    panel_heading(ax, "Liquidated")


def _draw_bars(ax: Axes, bars: list[Bar], places: Any, colours: list[str], pairs: bool = False) -> None:
    for number, (place, bar, colour) in enumerate(zip(places, bars, colours, strict=True)):
        shade = lighter(colour) if pairs and number % 2 == 0 else colour
        ax.bar([place], [bar.high - bar.low], _BAR, bottom=bar.low, color=shade, linewidth=0)
    ends = [end for bar in bars for end in (bar.low, bar.high)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    tall = ax.bbox.height / ax.figure.dpi
    span = (high - low) or 1.0
    ax.set_ylim(low - (0.04 * span if low < 0.0 else 0.0), high + span * _ABOVE_BARS / max(tall - _ABOVE_BARS, 0.3))


def lighter(colour: str) -> tuple[float, float, float]:
    """Return a colour half way to white."""
    red, green, blue = to_rgb(colour)
    return 0.5 * (1.0 + red), 0.5 * (1.0 + green), 0.5 * (1.0 + blue)


def _name_bars(ax: Axes, bars: list[Bar], places: Any, names: list[str], at: Any = None) -> None:
    """Write the amounts above the bars and what they are below them, as large as fits."""
    ax.set_xlim(places[0] - 0.6, places[-1] + 0.6)
    slot = panel_inches(ax) / (places[-1] - places[0] + 1.2)
    size = min(9.0, 9.0 * slot * 0.72 / max(text_inches(bar.written, 9.0, "bold") for bar in bars))
    for place, bar in zip(places, bars, strict=True):
        ax.annotate(
            bar.written,
            (place, max(bar.low, bar.high)),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=size,
            fontweight="bold",
            color=INK,
        )
    wide = slot * (1.5 if at is not None else 1.0)
    longest = max(text_inches(line, 8.5) for words in names for line in words.split("\n"))
    small = min(8.5, 8.5 * 0.88 * wide / longest)
    ax.set_xticks(places if at is None else at, names, fontsize=small)
    ax.tick_params(axis="x", length=0)
    ax.axhline(0.0, color=INK, linewidth=0.6)
