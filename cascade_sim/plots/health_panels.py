"""The panels of a pool's loans: debt by health factor over time and at moments, and what became of the debt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, PowerNorm
from matplotlib.ticker import MaxNLocator

from cascade_sim.metrics.health_factors import START, LoanHistory
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.health_moments import Bins, Moment, sampled_rows
from cascade_sim.plots.lending_reading import PoolRules, in_auctions
from cascade_sim.plots.numbers import human, moment
from cascade_sim.plots.one_panel import first_fitting
from cascade_sim.plots.panel_tools import from_zero
from cascade_sim.plots.reading import Recording, date_numbers
from cascade_sim.plots.style import (
    BAD_DEBT,
    HEALTHY,
    IN_AUCTION,
    INDEX,
    INK,
    LEVERAGE_RAMP,
    MUTED,
    REPAID,
    RIPE,
    TOXIC,
    panel_heading,
    panel_inches,
    say,
    text_inches,
)
from cascade_sim.plots.ticks import AmountTicks, ShortTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_COLUMNS = 400
_ROUNDING = 1e-9
_LIGHTEST = "#eef0d8"


def _colours() -> Colormap:
    """From light to dark, as even in grey as in colour; nothing is left open."""
    found = LinearSegmentedColormap.from_list("debt", [_LIGHTEST, *LEVERAGE_RAMP])
    return found.with_extremes(bad=(0.0, 0.0, 0.0, 0.0))


def danger_words(pool: PoolRules) -> str:
    """Say what the lowest shade means, in the words of a legend."""
    return "under water: worth less than the debt" if pool.auctions else "toxic: a call lowers health further"


def danger_below(pool: PoolRules) -> float:
    """Return where the lowest shade ends: at the threshold where loans are auctioned, else where calls turn toxic."""
    return pool.threshold if pool.auctions else pool.toxic


def shade_danger(ax: Axes, pool: PoolRules, bins: Bins, label: bool = False) -> None:
    """Shade health factors below one, and those below which there is no way back; draw a line at one."""
    low, deep = float(bins.edges[0]), danger_below(pool)
    words = ("below 1: may be liquidated", danger_words(pool)) if label else ("_", "_")
    ax.axhspan(min(deep, 1.0), 1.0, color=RIPE, alpha=0.2, linewidth=0, zorder=0.5, label=words[0])
    ax.axhspan(low, max(deep, low), color=TOXIC, alpha=0.32, linewidth=0, zorder=0.5, label=words[1])
    ax.axhline(1.0, color=INK, linewidth=1.0, linestyle=(0, (4, 1.6)), zorder=3)


def set_health_axis(ax: Axes, bins: Bins) -> None:
    """Give an axis the range of the bins and few numbers, one of them 1."""
    ax.set_ylim(float(bins.edges[0]), float(bins.edges[-1]))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(ShortTicks())


def health_map(
    ax: Axes, history: LoanHistory, recording: Recording, pool: PoolRules, bins: Bins, lift: float = 0.0
) -> None:
    """Draw the debt in each bin of health over time, darker where it is more."""
    rows = sampled_rows(history.ticks.size, MOST_COLUMNS)
    debt = np.maximum(history.debt_by_health(bins.edges, rows), 0.0)
    debt[debt <= _ROUNDING * history.debt.sum()] = np.nan
    most = float(np.nanmax(debt)) if np.isfinite(debt).any() else 1.0
    times = date_numbers(np.concatenate([[recording.start], recording.moments[rows]]))
    shade_danger(ax, pool, bins, label=True)
    norm = PowerNorm(0.5, 0.0, most)
    ax.pcolormesh(times, bins.edges, debt.T, cmap=_colours(), norm=norm, linewidth=0, zorder=1, rasterized=True)
    set_health_axis(ax, bins)
    ax.set_ylabel("health factor")
    darkest = f"darkest: {human(most)} {recording.names.quote} within {bins.width:g} of health"
    heading = first_fitting(ax, "Debt by health factor, over time", "Debt by health factor")
    panel_heading(ax, heading, lift, note=darkest)


def debt_panel(ax: Axes, run: Any, history: LoanHistory, recording: Recording, pool: PoolRules) -> None:
    """Draw the debt that is in danger, in auctions, repaid or lost; say how much is still open above one at the end."""
    rows = sampled_rows(history.ticks.size, MOST_COLUMNS)
    every = np.concatenate([[START], rows])
    deep = danger_below(pool)
    by_danger = np.maximum(history.debt_by_health(np.array([0.0, deep, 1.0, np.inf]), every), 0.0)
    whole = float(history.debt.sum())
    auctioned, lost = (
        np.concatenate([[0.0], column[rows]])
        for column in (in_auctions(run, recording, pool.name), recording.flow(f"bad_debt_{pool.name}"))
    )
    repaid = np.maximum(whole - by_danger.sum(axis=1) - auctioned - lost, 0.0)
    parts = (
        (lost, BAD_DEBT, "lost: bad debt"),
        (repaid, REPAID, "repaid by liquidations"),
        (auctioned, IN_AUCTION, "in auctions"),
        (by_danger[:, 0], TOXIC, "under water" if pool.auctions else "toxic"),
        (by_danger[:, 1], RIPE, "below 1"),
    )
    heading = first_fitting(ax, "What became of the debt in danger", "Debt in danger")
    quote = recording.names.quote
    note = f"{human(float(by_danger[-1, 2]))} of {human(whole)} {quote} is open and above 1 at the end"
    if not any(amount.max() > _ROUNDING * whole for amount, _, _ in parts):
        panel_heading(ax, heading)
        say(ax, "no debt was ever in danger: nothing became of it")
        return
    times = date_numbers(np.concatenate([[recording.start], recording.moments[rows]]))
    base = np.zeros(times.size)
    for amount, colour, words in parts:
        if amount.max() > _ROUNDING * whole:
            ax.fill_between(times, base, base + amount, color=colour, linewidth=0, label=words, step="pre", zorder=2)
            base = base + amount
    from_zero(ax, base, room=0.05)
    label_axis(ax.yaxis, AmountTicks(), 4)
    ax.set_ylabel(quote)
    panel_heading(ax, heading, note=note)


def moment_bars(
    ax: Axes, number: int, each: Moment, history: LoanHistory, recording: Recording, pool: PoolRules, bins: Bins
) -> Floats:
    """Draw the debt by health at one moment as bars to the right, over the outline of the start; return the bars."""
    debt = history.debt_by_health(bins.edges, np.array([START, each.row]))
    before, now = np.maximum(debt, 0.0)
    shade_danger(ax, pool, bins)
    middles = 0.5 * (bins.edges[:-1] + bins.edges[1:])
    deep = danger_below(pool)
    for colour, inside in (
        (HEALTHY, middles > 1.0),
        (RIPE, (middles < 1.0) & (middles > deep)),
        (TOXIC, middles < min(deep, 1.0)),
    ):
        look: dict[str, Any] = {"orientation": "horizontal", "fill": True, "linewidth": 0, "zorder": 2}
        ax.stairs(np.where(inside, now, 0.0), bins.edges, color=colour, **look)
    if each.row != START:
        ax.stairs(before, bins.edges, orientation="horizontal", color=INDEX, linewidth=1.1, zorder=2.5)
    ax.set_ylim(float(bins.edges[0]), float(bins.edges[-1]))
    when = moment(each.at(recording), recording.shows_seconds)
    words = next((text for text in (f"{number}  {when}", str(number)) if _fits(ax, text)), str(number))
    ax.set_title(words, loc="left", fontsize=8.5 if panel_inches(ax) > 1.0 else 7.5, fontweight="bold", color=INK)
    return np.maximum(before, now)


def _fits(ax: Axes, words: str) -> bool:
    return text_inches(words, 8.5, "bold") < panel_inches(ax)


def bars_axis(columns: list[Axes], most: float, bins: Bins, above: float, quote: str, narrow: bool) -> None:
    """Give the columns of bars one scale, and name it once; say how much of the start lies above it."""
    size = 7.0 if narrow else 8.5
    for number, ax in enumerate(columns):
        ax.set_xlim(0.0, 1.08 * most or 1.0)
        label_axis(ax.xaxis, AmountTicks(), 3)
        if narrow:
            ax.xaxis.set_major_locator(MaxNLocator(2, prune="lower", steps=[1, 2, 5, 10]))
        ax.tick_params(axis="x", labelsize=7)
        ax.grid(True, axis="x")
        if number:
            ax.tick_params(axis="y", labelleft=False, length=0)
    set_health_axis(columns[0], bins)
    columns[0].tick_params(axis="y", labelsize=size)
    columns[0].set_ylabel("health factor", fontsize=size)
    words = f"debt, {quote} per {bins.width:g} of health factor; outline: at the start"
    if above > 0.0 and not narrow:
        words += f"; not drawn: {human(above)} {quote} that stood above {bins.edges[-1]:g} then"
    columns[0].annotate(
        words,
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -20),
        textcoords="offset points",
        va="top",
        fontsize=size,
        color=MUTED,
        annotation_clip=False,
    )
