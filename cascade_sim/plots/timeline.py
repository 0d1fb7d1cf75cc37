"""The cascade timeline: price, liquidations, open interest, book and backstop over one clock."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.backstop_panel import backstop_panel, has_backstop
from cascade_sim.plots.book_panel import book_panel, has_book
from cascade_sim.plots.clock_axis import halt_words
from cascade_sim.plots.crowd_panels import liquidation_panel, open_interest_panel
from cascade_sim.plots.headed import Head, headed
from cascade_sim.plots.headline import headline_tiles, subtitle
from cascade_sim.plots.panel_rows import Panel, marks_of, panel_rows
from cascade_sim.plots.price_panel import price_panel
from cascade_sim.plots.reading import Recording, counterfactual_of, halts_of, names_of, recording_of
from cascade_sim.plots.style import (
    HALT,
    drawing_style,
    panel_heading,
    say,
)
from cascade_sim.plots.turnover_panels import funding_panel, has_funding, has_turnover, turnover_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PRICE, _LIQUIDATIONS, _OTHER, _SMALL, _EMPTY = 2.7, 1.5, 1.15, 0.8, 0.6


def timeline(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw a run over time: price, liquidations, open interest, order book, turnover, fund and deleveraging.

    Panels that would have nothing to say (a book that never changed, a venue without a fund) are left out, and
    the less telling ones in the place of an axes that is too low for all.
    Events of the scenario, and scheduled orders where they are few, are marked by numbers and listed below.
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
        recording = recording_of(run.timeline, run.scenario, names)
        title = str(getattr(run.scenario, "name", "") or "Cascade")
        summary = run.summary or {}
        if recording is None:
            (panel,) = headed(Head(title, "no time has passed", []), [_PRICE], ax, width=width)
            panel.set_xticks([])
            say(panel, "the run ended before its first row: there is nothing to draw")
            return panel.figure  # type: ignore[return-value]
        status = str(summary.get("status") or "completed")
        head = Head(title, subtitle(run, recording), headline_tiles(summary, names), status)
        marks = marks_of(run, recording, ax, width)
        return panel_rows(head, _choose(run, recording, marks.flags), run, recording, marks, ax, width)


def _choose(run: Any, recording: Recording, flags: float) -> list[Panel]:
    """Return the panels that have something to say; the price has ``flags`` inches of flags above it."""
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
        panel_heading(ax, "Price", flags)

    eventless = not recording.forced().any()
    chosen = [
        Panel(_PRICE, 4, 0, price),
        Panel(_EMPTY if eventless else _LIQUIDATIONS, 2, 0, partial(liquidation_panel, recording=recording)),
        Panel(_OTHER, 1, 1, partial(open_interest_panel, recording=recording, start=held)),
    ]
    if has_book(recording):
        chosen.append(Panel(_OTHER, 3, 3, partial(book_panel, recording=recording)))
    if has_turnover(recording):
        chosen.append(Panel(_SMALL, 2, 4, partial(turnover_panel, recording=recording)))
    if has_funding(recording):
        chosen.append(Panel(_SMALL, 1, 5, partial(funding_panel, recording=recording)))
    if has_backstop(recording):
        chosen.append(Panel(_OTHER, 4, 2, partial(backstop_panel, recording=recording, start_fund=start_fund)))
    return chosen
