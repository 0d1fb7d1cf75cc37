"""The cascade timeline: price, liquidations, open interest, book and backstop over one clock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.backstop_panel import backstop_panel, has_backstop
from cascade_sim.plots.book_panel import book_panel, has_book
from cascade_sim.plots.clock_axis import halt_words, shade_halts, share_clock
from cascade_sim.plots.crowd_panels import liquidation_panel, open_interest_panel
from cascade_sim.plots.headline import headline_tiles, subtitle, write_head
from cascade_sim.plots.layout import HEAD, stack
from cascade_sim.plots.price_panel import price_panel
from cascade_sim.plots.reading import Recording, counterfactual_of, halts_of, names_of, recording_of
from cascade_sim.plots.style import HALT, drawing_style, panel_heading, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PRICE, _LIQUIDATIONS, _OTHER, _EMPTY = 2.7, 1.5, 1.15, 0.6

Panel = tuple[float, Callable[["Axes"], None]]


def timeline(run: Any, ax: Axes | None = None, *, quote: str | None = None, base: str | None = None) -> Figure:
    """Draw a run over time: price, liquidations, open interest, order book, fund and deleveraging.

    Panels that would have nothing to say (a book that never changed, a venue without a fund) are left out.
    Long recordings are thinned first, keeping every extreme; liquidations are added up by bars of time from
    the timeline.

    Parameters
    ----------
    run : Run
        Its ``timeline``, ``summary``, ``scenario`` and, where they are, ``counterfactuals`` and ``crowd_map``
        are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the panels and is taken off its figure. Without it a new figure is made, which
        needs no pyplot and leaves nothing behind.
    quote, base : str, optional
        Names of the currencies on the axes. By default what ``scenario.market`` calls them, else ``USD`` and
        ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        names = names_of(run, quote, base)
        recording = recording_of(run.timeline, run.scenario, names)
        chosen = [] if recording is None else _choose(run, recording)
        heights = [HEAD, *(height for height, _ in chosen)] if chosen else [HEAD, _PRICE]
        axes = stack(heights, ax)
        head, rest = axes[0], axes[1:]
        for panel in rest[1:]:
            panel.sharex(rest[0])
        title = str(getattr(run.scenario, "name", "") or "Cascade")
        summary = run.summary or {}
        if recording is None:
            write_head(head, title, "no time has passed", [], "completed")
            rest[0].set_xticks([])
            say(rest[0], "the run ended before its first row: there is nothing to draw")
            return head.figure  # type: ignore[return-value]
        status = str(summary.get("status") or "completed")
        write_head(head, title, subtitle(run, recording), headline_tiles(summary, names), status)
        for panel, (_, draw) in zip(rest, chosen, strict=True):
            panel.grid(True, axis="y")
            draw(panel)
        head.figure.align_ylabels()
        shade_halts(rest, halts_of(run, recording))
        share_clock(rest, recording)
        return head.figure  # type: ignore[return-value]


def _choose(run: Any, recording: Recording) -> list[Panel]:
    """Return the panels that have something to say, with their heights in inches."""
    scenario = run.scenario
    start_fund = getattr(getattr(scenario, "exchange", None), "insurance_fund", None)
    crowd = getattr(run, "crowd_map", None)
    held = None if crowd is None else float(np.sum(np.asarray(crowd["quantity"])))
    unforced = counterfactual_of(run, "no_forced_selling", recording.names)
    halts = halts_of(run, recording)

    def price(ax: Axes) -> None:
        price_panel(ax, recording, unforced)
        if halts:
            ax.fill_between([], [], color=HALT, linewidth=0, label=halt_words(halts, recording.shows_seconds))
        panel_heading(ax, "Price")

    eventless = not any(recording.flow(name).any() for name in ("forced_sell", "forced_buy", "adl"))
    chosen: list[Panel] = [
        (_PRICE, price),
        (_EMPTY if eventless else _LIQUIDATIONS, partial(liquidation_panel, recording=recording)),
        (_OTHER, partial(open_interest_panel, recording=recording, start=held)),
    ]
    if has_book(recording):
        chosen.append((_OTHER, partial(book_panel, recording=recording)))
    if has_backstop(recording):
        chosen.append((_OTHER, partial(backstop_panel, recording=recording, start_fund=start_fund)))
    return chosen
