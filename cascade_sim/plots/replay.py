"""The picture of a replay: the recorded price, who moved it there, and what was bought back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.clock_axis import halt_words
from cascade_sim.plots.headed import Head, headed
from cascade_sim.plots.headline import Tile, headline_tiles, number_in, subtitle
from cascade_sim.plots.mover_panels import movers_panel, news_panel, totals_panel
from cascade_sim.plots.movers import Pushes, beside_the_book, is_replay, movers_of, pushes_of, recorded_price
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.panel_rows import Panel, marks_of, panel_rows
from cascade_sim.plots.price_panel import Reference, price_panel
from cascade_sim.plots.reading import Names, Recording, counterfactual_of, halts_of, names_of, recording_of
from cascade_sim.plots.style import ABSORBED, HALT, LONG, drawing_style, panel_heading, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PRICE, _NEWS, _MOVERS, _TOTALS = 2.6, 1.1, 2.0, 1.5
_LEFT_OUT = ("of open interest", "liquidated in the")
# Under a price that lies on it all the time a line of ordinary width would not be seen.
_BROAD, _FINE = 4.5, 2.6


def replay(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw a replay: the price over the recorded one, what was pushed, forced and absorbed, and all of it added up.

    What was pushed is what the run was solved for, or was sent again; what absorbed are the orders that went against a
    tick's forced trades and took the price back to the recorded one. Bars of time show each kind net, as notional at
    the mark, purchases upwards. Where news was pushed, it has a panel of its own.

    Parameters
    ----------
    run : Run
        Its ``timeline``, ``push``, ``summary``, ``scenario`` and, where it is, the counterfactual
        ``no_forced_selling`` are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
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
        title = str(getattr(run.scenario, "name", "") or "Replay")
        summary = getattr(run, "summary", None) or {}
        if recording is None or not is_replay(run):
            line = "no time has passed" if recording is None else subtitle(run, recording)
            (panel,) = headed(Head(title, line, []), [_PRICE], ax, width=width)
            panel.set_xticks([])
            rowless = "the run ended before its first row: there is nothing to draw"
            say(panel, rowless if recording is None else "this run replays no recorded price (flow.replay)")
            return panel.figure  # type: ignore[return-value]
        status = str(summary.get("status") or "completed")
        pushes = pushes_of(run)
        head = Head(title, subtitle(run, recording), _tiles(summary, names, pushes), status)
        marks = marks_of(run, recording, ax, width)
        chosen = _choose(run, recording, pushes, marks.flags)
        return panel_rows(head, chosen, run, recording, marks, ax, width, _how_to_read(recording, pushes))


def _choose(run: Any, recording: Recording, pushes: Pushes | None, flags: float) -> list[Panel]:
    """Return the panels; the price has ``flags`` inches of flags above it."""
    recorded, movers = recorded_price(pushes, recording), movers_of(run, recording, pushes)
    unforced = counterfactual_of(run, "no_forced_selling", recording.names)
    halts = halts_of(run, recording)

    def price(ax: Axes) -> None:
        level = "mid" if np.isfinite(recording.column("mid")).any() else "mark"
        broad = pushes is not None and pushes.tracked
        price_panel(ax, recording, unforced, level, Reference(recorded, "recorded price", _BROAD if broad else _FINE))
        if halts:
            ax.fill_between([], [], color=HALT, linewidth=0, label=halt_words(halts, recording.shows_seconds))
        panel_heading(ax, "Price", flags)

    lines, who = len(movers), "Who traded" if pushes is not None and pushes.news else "Who moved it"
    chosen = [
        Panel(_PRICE, 4, 0, price),
        Panel(_MOVERS, lines, 0, partial(movers_panel, recording=recording, movers=movers, who=who)),
        Panel(_TOTALS, lines, 1, partial(totals_panel, recording=recording, movers=movers)),
    ]
    if pushes is not None and pushes.news:
        chosen.insert(1, Panel(_NEWS, 1, 2, partial(news_panel, recording=recording, pushes=pushes)))
    return chosen


def _tiles(summary: Mapping[str, Any], names: Names, pushes: Pushes | None) -> list[Tile]:
    """Return how far the price went, what was absorbed, and what was liquidated: where room is short, the last goes."""
    first = [tile for tile in headline_tiles(summary, names) if not tile.meaning.startswith(_LEFT_OUT)]
    moved = 1 if math.isnan(number_in(summary, "amplification")) else 2
    tiles = first[:moved]
    absorbed, share, missed, tracked = (
        number_in(summary, key) for key in ("absorbed_ticks", "absorbed_share", "missed_ticks", "tracked_ticks")
    )
    ticks = tracked if tracked > 0 or pushes is None else float(pushes.moments.size)
    if not math.isnan(absorbed):
        whole = f"of {ticks:,.0f} " if ticks > 0 else ""
        tiles.append(Tile(f"{absorbed:,.0f}", f"{whole}ticks\nneeded absorption", ABSORBED))
    if not math.isnan(share):
        tiles.append(Tile(percent(share), "of forced trades in\nthe book absorbed", ABSORBED))
    if missed > 0:
        tiles.append(Tile(f"{missed:,.0f}", "ticks missed:\nno trading", LONG))
    return tiles + first[moved : moved + 1]


def _how_to_read(recording: Recording, pushes: Pushes | None) -> str:
    """Say what was pushed, what absorbed means, and what is not in the picture."""
    what = "news is" if pushes is not None and pushes.news else "orders are"
    if pushes is not None and pushes.tracked:
        said = (
            f"The {what} solved for, tick by tick, so that the mid lands on the recorded price with all forced trades "
            "counted in. Where these alone go beyond it, somebody must have traded against them: that is absorbed."
        )
    else:
        said = (
            f"The {what} those of another run, which were solved for there and are sent again. What absorbed forced "
            "trades there stands ready here, and takes the price no further than the recorded one."
        )
    beside = beside_the_book(recording)
    if beside > 0:
        amount = f"{human(beside)} {recording.names.quote}"
        said += f" Not shown: {amount} closed by force beside the book, which moves no price."
    return said
