"""Who stood behind the losses: fund, vault, deleveraged winners, the engine's inventory, and nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.panel_tools import draw_level, from_zero, second_axis
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import BAD_DEBT, DELEVERAGED, FUND, INVENTORY, MUTED, VAULT, panel_heading
from cascade_sim.plots.ticks import AmountTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("insurance_fund", "adl", "bad_debt", "engine_inventory", "vault_inventory")


def has_backstop(recording: Recording) -> bool:
    """Tell whether there was a fund, a deleveraging, a loss or an inventory to show."""
    return any(np.any(recording.flow(name) != 0) for name in _COLUMNS)


def backstop_panel(ax: Axes, recording: Recording, start_fund: float | None) -> None:
    """Draw fund and bad debt in margin currency (left), deleveraging and inventories as notional (right).

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    recording : Recording
        The run. ``insurance_fund``, ``bad_debt``, ``engine_inventory`` and ``vault_inventory`` are levels, ``adl``
        is the quantity deleveraged in each row.
    start_fund : float or None
        The fund before the first row, margin currency.
    """
    names = recording.names
    fund, lost = recording.column("insurance_fund"), recording.flow("bad_debt")
    taken = np.cumsum(recording.notional(recording.flow("adl")))
    waiting = np.abs(recording.notional(recording.flow("engine_inventory")))
    shown = [lost]
    if np.any(np.nan_to_num(fund) != 0):
        shown.append(np.append(fund, np.nan if start_fund is None else start_fund))
        draw_level(
            ax,
            recording,
            fund,
            start_fund,
            color=FUND,
            linewidth=1.6,
            label=f"insurance fund, {names.margin}",
        )
    if np.any(lost > 0):
        look: dict[str, Any] = {"color": BAD_DEBT, "linewidth": 1.5, "linestyle": (0, (1, 1))}
        draw_level(ax, recording, lost, 0.0, label=f"bad debt, {names.margin}", **look)
    vault = np.abs(recording.notional(recording.flow("vault_inventory")))
    notional = [
        (waiting, INVENTORY, f"waiting in the engine, {names.quote}"),
        (vault, VAULT, f"held by the vault, {names.quote}"),
        (taken, DELEVERAGED, f"deleveraged so far, {names.quote}"),
    ]
    notional = [entry for entry in notional if np.any(entry[0] != 0)]
    if len(ax.lines):
        from_zero(ax, *shown)
        label_axis(ax.yaxis, AmountTicks())
        ax.set_ylabel(names.margin)
    if notional:
        if len(ax.lines):
            side = second_axis(ax, names.quote, notional[0][1] if len(notional) == 1 else MUTED)
        else:
            side = ax
            label_axis(ax.yaxis, AmountTicks())
            ax.set_ylabel(names.quote)
        for values, colour, label in notional:
            draw_level(side, recording, values, 0.0, color=colour, linewidth=1.4, label=label)
        from_zero(side, *(values for values, _, _ in notional))
    panel_heading(ax, "Fund and backstop")
