"""The chain beside the market over one clock: oracles, liquidations by kind, congestion, auctions, losses, keepers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.aggregate import Floats, thin
from cascade_sim.plots.lending_reading import PoolRules, covered, per_row, won_for_nothing
from cascade_sim.plots.numbers import SECOND, human, percent, span_text
from cascade_sim.plots.panel_tools import draw_level, from_zero, second_axis, time_bars
from cascade_sim.plots.price_panel import name_extreme
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import (
    BAD_DEBT,
    FIXED_SPREAD,
    FOR_NOTHING,
    GAS,
    IN_AUCTION,
    INK,
    INVENTORY,
    MARK,
    POOLS,
    POSITIONS,
    REPAID,
    is_narrow,
    panel_heading,
    say,
)
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COVERED = "#b8c9b9"


def oracle_panel(ax: Axes, recording: Recording, pools: list[PoolRules], lift: float) -> None:
    """Draw the mid (the mark where there is none) with every pool's oracle in steps."""
    level = "mid" if np.isfinite(recording.column("mid")).any() else "mark"
    prices = recording.column(level)
    start = recording.start_price
    shown = [prices, np.array([start])]
    draw_level(ax, recording, prices, start, color=MARK, linewidth=1.2, zorder=3.4, label=f"{level} price")
    for number, pool in enumerate(pools):
        oracle = recording.column(f"oracle_{pool.name}")
        shown.append(oracle)
        dates, steps = thin(recording.dates(), oracle)
        look: dict[str, Any] = {"drawstyle": "steps-post", "linewidth": 2.4, "zorder": 3.1 + 0.01 * number}
        ax.plot(dates, steps, color=POOLS[number % len(POOLS)], label=f"oracle of {pool.name}", **look)
    values = np.concatenate(shown)
    values = values[np.isfinite(values)]
    if values.size:
        low, high = float(values.min()), float(values.max())
        span = max(high - low, 2e-3 * abs(high))
        side = name_extreme(ax, recording, prices)
        room = 0.3 if is_narrow(ax) else 0.18
        ax.set_ylim(low - (room if side < 0 else 0.07) * span, high + (room if side > 0 else 0.07) * span)
    label_axis(ax.yaxis, PlainTicks(), 5)
    ax.set_ylabel(f"{recording.names.quote} per {recording.names.base}")
    panel_heading(ax, "Price and oracles", lift)


def positions_panel(ax: Axes, recording: Recording) -> None:
    """Draw what was closed by force on the exchange in each bar of time, at the mark."""
    _stacked(ax, recording, [(recording.notional(recording.forced()), POSITIONS, "_")])
    panel_heading(ax, "Positions liquidated on the exchange" if not is_narrow(ax) else "Positions liquidated")


def loans_panel(ax: Axes, run: Any, recording: Recording, pools: list[PoolRules]) -> None:
    """Draw the collateral liquidated in each bar of time, at the mid, by kind; what was won for nothing apart."""
    free = won_for_nothing(run, recording)
    fixed, auctioned = (
        np.sum(
            [per_row(recording, f"liquidated_{pool.name}") for pool in pools if pool.auctions is auctions]
            or [np.zeros(free.size)],
            axis=0,
        )
        for auctions in (False, True)
    )
    parts = [
        (fixed, FIXED_SPREAD, "at a fixed spread"),
        (np.maximum(auctioned - free, 0.0), IN_AUCTION, "in auctions"),
        (free, FOR_NOTHING, "won for nothing"),
    ]
    heading = "Loans liquidated on the chain" if not is_narrow(ax) else "Loans liquidated"
    if not any(amount.any() for amount, _, _ in parts):
        panel_heading(ax, heading)
        say(ax, "no loan was liquidated in this run")
        return
    _stacked(ax, recording, parts)
    panel_heading(ax, heading)


def _stacked(ax: Axes, recording: Recording, parts: list[tuple[Floats, str, str]]) -> None:
    """Draw amounts by bars of time on top of each other."""
    bars = time_bars(recording, 60 if is_narrow(ax) else 110)
    base = np.zeros(bars.count)
    for amount, colour, words in parts:
        if amount.any():
            height = bars.sums(amount)
            ax.bar(bars.middles, height, bars.width, bottom=base, color=colour, linewidth=0, label=words)
            base += height
    from_zero(ax, base)
    label_axis(ax.yaxis, AmountTicks(), 4)
    ax.set_ylabel(f"{recording.names.quote} per {span_text(bars.length / SECOND).removeprefix('1 ')}")


def congests(recording: Recording) -> bool:
    """Tell whether the gas price ever changed."""
    gas = recording.column("gas_price")
    known = gas[np.isfinite(gas)]
    return bool(known.size and known.max() > known.min() * (1 + 1e-9))


def gas_panel(ax: Axes, recording: Recording) -> None:
    """Draw the gas price (left) and what is left of a block's capacity (right)."""
    gas, share = recording.column("gas_price"), 100.0 * recording.column("chain_capacity")
    draw_level(ax, recording, gas, color=GAS, linewidth=1.4, label="gas price")
    from_zero(ax, gas)
    label_axis(ax.yaxis, PlainTicks(), 3)
    ax.set_ylabel("gwei", color=GAS)
    right = second_axis(ax, "% of capacity", INK)
    draw_level(right, recording, share, color=INK, linewidth=1.1, linestyle=(0, (4, 1.6)), label="capacity of a block")
    right.set_ylim(0.0, 112.0)
    label_axis(right.yaxis, PlainTicks(), 3)
    panel_heading(ax, "Gas and congestion")


def auctions_panel(ax: Axes, recording: Recording, pools: list[PoolRules]) -> None:
    """Draw how many auctions were open in each pool that has them."""
    shown = []
    for number, pool in enumerate(pools):
        if not pool.auctions:
            continue
        count = recording.flow(f"auctions_{pool.name}")
        shown.append(count)
        draw_level(ax, recording, count, 0.0, fill=True, color=POOLS[number % len(POOLS)], linewidth=1.3,
                   label=pool.name)  # fmt: skip
    from_zero(ax, *shown)
    label_axis(ax.yaxis, PlainTicks(), 3)
    ax.set_ylabel("auctions")
    panel_heading(ax, "Open auctions")


def losses_panel(ax: Axes, recording: Recording, pools: list[PoolRules]) -> None:
    """Draw the bad debt of all pools so far, and of it what the backstops had covered."""
    lost = np.sum([recording.flow(f"bad_debt_{pool.name}") for pool in pools], axis=0)
    paid = np.sum([covered(recording, pool) for pool in pools], axis=0)
    whole, made_good = float(lost[-1]), float(paid[-1])
    dates, levels = recording.dates(), lost
    x, uncovered = thin(dates, levels)
    ax.fill_between(x, uncovered, color=BAD_DEBT, linewidth=0, step="pre", label="covered by nobody")
    if paid.any():
        x, levels = thin(dates, paid)
        ax.fill_between(x, levels, color=_COVERED, linewidth=0, step="pre", label="covered by a backstop")
    from_zero(ax, lost)
    label_axis(ax.yaxis, AmountTicks(), 3)
    ax.set_ylabel(recording.names.quote)
    share = f", {percent(made_good / whole)} covered" if made_good > 0 else ""
    panel_heading(ax, "Bad debt of the pools", note=f"{human(whole)} {recording.names.quote}{share}")


def keepers_panel(ax: Axes, recording: Recording) -> None:
    """Draw what all keepers have won so far, inventory at the mark (left), and what they hold (right)."""
    profit, held = recording.flow("keeper_profit"), recording.flow("keeper_inventory")
    draw_level(ax, recording, profit, 0.0, color=REPAID, linewidth=1.5, label="profit")
    ax.axhline(0.0, color=INK, linewidth=0.6)
    from_zero(ax, profit)
    label_axis(ax.yaxis, AmountTicks(), 3)
    ax.set_ylabel(recording.names.quote)
    if held.any():
        right = second_axis(ax, recording.names.base, INVENTORY)
        draw_level(right, recording, held, 0.0, color=INVENTORY, linewidth=1.2, label="collateral held")
        from_zero(right, held)
        label_axis(right.yaxis, AmountTicks(), 3)
    panel_heading(ax, "Keepers", note="bids count as spent until an auction ends")
