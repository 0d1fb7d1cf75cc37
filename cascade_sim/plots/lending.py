"""Lending beside the exchange on one page: oracles, liquidations by kind, congestion, auctions, losses, keepers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.clock_axis import halt_words
from cascade_sim.plots.headed import headed
from cascade_sim.plots.headline import Tile, number_in
from cascade_sim.plots.lending_panels import (
    auctions_panel,
    congests,
    gas_panel,
    keepers_panel,
    loans_panel,
    losses_panel,
    oracle_panel,
    positions_panel,
)
from cascade_sim.plots.lending_reading import PoolRules, pools_of
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.one_panel import run_head, say_instead
from cascade_sim.plots.panel_rows import Panel, marks_of, panel_rows
from cascade_sim.plots.reading import Names, Recording, halts_of, names_of, recording_of
from cascade_sim.plots.style import BAD_DEBT, FIXED_SPREAD, FOR_NOTHING, GAS, HALT, POSITIONS, REPAID, drawing_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of what was liquidated; less bad debt than that stands in the head alone.
_WORTH_A_PANEL = 1e-3
_PRICE, _LOANS, _OTHER, _SMALL = 2.3, 1.25, 1.05, 0.85


def lending(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw lending and the exchange over one clock: price and oracles, liquidations by kind, gas, losses, keepers.

    Loans are counted with the collateral that changed hands, at the mid; positions with what was closed by force, at
    the mark. Panels that would have nothing to say (no auctions, gas that never changed, bad
    debt of less than a thousandth of what was liquidated) are left out.

    Parameters
    ----------
    run : Run
        Its ``timeline``, ``auctions``, ``summary`` and ``scenario`` are read.
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
        recording = recording_of(run.timeline, run.scenario, names)
        pools = pools_of(run)
        if recording is None or not pools:
            (panel,) = headed(run_head(run, recording, names, []), [_PRICE], ax, width=width)
            reason = "this run has no lending pool (lending in the scenario)"
            say_instead(panel, reason if recording else "the run ended before its first row: there is nothing to draw")
            return panel.figure  # type: ignore[return-value]
        head = run_head(run, recording, names, _tiles(run, pools, names))
        marks = marks_of(run, recording, ax, width)
        chosen = _choose(run, recording, pools, marks.flags)
        return panel_rows(head, chosen, run, recording, marks, ax, width)


def _choose(run: Any, recording: Recording, pools: list[PoolRules], flags: float) -> list[Panel]:
    """Return the panels that have something to say; the price has ``flags`` inches of flags above it."""
    halts = halts_of(run, recording)

    def price(ax: Axes) -> None:
        if halts:
            ax.fill_between([], [], color=HALT, linewidth=0, label=halt_words(halts, recording.shows_seconds))
        oracle_panel(ax, recording, pools, flags)

    chosen = [Panel(_PRICE, 1 + len(pools), 0, price)]
    if recording.forced().any():
        chosen.append(Panel(_OTHER, 0, 0, partial(positions_panel, recording=recording)))
    chosen.append(Panel(_LOANS, 3, 0, partial(loans_panel, run=run, recording=recording, pools=pools)))
    if congests(recording):
        chosen.append(Panel(_OTHER, 2, 2, partial(gas_panel, recording=recording)))
    if any(recording.flow(f"auctions_{pool.name}").any() for pool in pools):
        chosen.append(Panel(_SMALL, 2, 3, partial(auctions_panel, recording=recording, pools=pools)))
    lost, liquidated = (
        sum(float(recording.flow(f"{column}_{pool.name}")[-1]) for pool in pools)
        for column in ("bad_debt", "liquidated")
    )
    if lost > _WORTH_A_PANEL * liquidated:
        chosen.append(Panel(_SMALL, 3, 1, partial(losses_panel, recording=recording, pools=pools)))
    if recording.flow("keeper_profit").any() or recording.flow("keeper_inventory").any():
        chosen.append(Panel(_SMALL, 2, 4, partial(keepers_panel, recording=recording)))
    return chosen


def _tiles(run: Any, pools: list[PoolRules], names: Names) -> list[Tile]:
    """Say how much was liquidated on either side, what was won for nothing, what was lost and what keepers won."""
    summary = getattr(run, "summary", None) or {}
    tiles = []
    for key, words, colour in (
        ("liquidated_notional", "of positions\nliquidated", POSITIONS),
        ("lending_liquidated", "of collateral\nliquidated", FIXED_SPREAD),
    ):
        amount = number_in(summary, key)
        if not np.isnan(amount):
            tiles.append(Tile(f"{human(amount)} {names.quote}" if amount else "0", words, colour))
    free = sum(np.nan_to_num(number_in(summary, f"{pool.name}_zero_bid_value")) for pool in pools)
    if free > 0:
        tiles.append(Tile(f"{human(free)} {names.quote}", "of it won\nfor nothing", FOR_NOTHING))
    lost, paid, profit, gas = (
        number_in(summary, key) for key in ("lending_bad_debt", "lending_covered", "keeper_profit", "gas_price_high")
    )
    if lost > 0:
        good = f"\n{percent(paid / lost)} covered" if paid > 0 else ""
        tiles.append(Tile(f"{human(lost)} {names.quote}", f"bad debt{good}", BAD_DEBT))
    if not np.isnan(profit):
        tiles.append(Tile(f"{human(profit)} {names.quote}" if profit else "0", "won by keepers,\nafter gas", REPAID))
    if gas > 0:
        tiles.append(Tile(f"{human(gas)} gwei", "highest\ngas price", GAS))
    return tiles
