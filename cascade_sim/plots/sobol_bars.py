"""Sobol indices as bars: how much of an output's variance each key explains alone, and with all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cascade_sim.plots.headed import Head
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.key_bars import asked_table, bars_panel, bars_words, key_rows, named_keys, tail_of
from cascade_sim.plots.numbers import percent
from cascade_sim.plots.one_panel import first_fitting, say_instead
from cascade_sim.plots.style import BID, INK, VAULT, drawing_style, finish, is_narrow, panel_heading
from cascade_sim.plots.sweep_panel import words_below
from cascade_sim.plots.sweep_reading import PercentTicks, name_words, sweep_head
from cascade_sim.plots.ticks import label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("key", "S1", "S1_conf", "ST", "ST_conf")
_BAR = 0.36
_WORDS = "Alone: first-order index S1. With all others: total index ST; what it has beyond S1 are interactions."


def sobol_bars(
    source: Any,
    value: str = "max_drawdown",
    ax: Axes | None = None,
    *,
    result: Any = None,
    width: float | None = None,
) -> Figure:
    """Draw first-order and total Sobol indices, largest total on top.

    Parameters
    ----------
    source : SweepResult or pandas.DataFrame
        A sweep of design ``sobol``, whose ``sobol(value)`` is asked; or such a table, one row a key: ``key``, ``S1``,
        ``S1_conf``, ``ST``, ``ST_conf`` (fractions of the variance, and half widths of their 95 % intervals).
    value : str
        The output, ``cascade`` included.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    result : SweepResult, optional
        The sweep of a table, for its name.
    width : float, optional
        Width of a new figure, inches; by default 10.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    PictureError
        If the table lacks a column.

    References
    ----------
    I. M. Sobol', Global sensitivity indices for nonlinear mathematical models and their Monte Carlo estimates,
    Mathematics and Computers in Simulation 55 (2001) 271-280.
    """
    result = source if hasattr(source, "frame") else result
    given, problem = asked_table(source, "sobol", value, COLUMNS)
    level = float(getattr(given, "attrs", {}).get("level", 0.95))
    table = key_rows(given, COLUMNS)
    table = table.sort_values("ST", kind="stable")
    known = table[np.isfinite(table[["S1", "ST"]].astype(float)).all(axis=1)]
    with drawing_style():
        named = name_words(result, value, unit=False) if result is not None else value.replace("_", " ")
        words = bars_words(table, known, f"{_WORDS} Lines: {100 * level:g} % intervals." if len(known) else "")
        keys = named_keys(known["key"], ax, width)
        panel = bars_panel(_head(result, known), ax, keys, words, width=width)
        figure: Any = panel.figure
        if not len(known):
            say_instead(panel, problem or "there is no key with an index")
            return figure
        _draw(panel, known, keys)
        panel.set_xlabel("share of the variance")
        panel_heading(panel, first_fitting(panel, f"What explains the {named}", "What explains it"))
        finish([panel])
        words_below(panel, words)
        return figure


def _head(result: Any, known: pd.DataFrame) -> Head:
    tiles = []
    if len(known):
        last = known.iloc[-1]
        tiles.append(Tile(percent(float(last["ST"]), 0), f"by {tail_of(str(last['key']))},\nwith all others"))
        alone = float(known["S1"].sum())
        tiles.append(Tile(percent(min(max(alone, 0.0), 1.0), 0), "by the keys,\neach alone"))
        tiles.append(Tile(percent(min(max(1.0 - alone, 0.0), 1.0), 0), "by interactions\nof keys"))
    if result is not None:
        return sweep_head(result, result.frame, tiles)
    return Head("Sobol indices", f"{len(known)} key{'s' if len(known) != 1 else ''}", tiles)


def _draw(ax: Axes, table: pd.DataFrame, keys: list[str]) -> None:
    """Draw two bars a key, with their intervals."""
    ax.grid(True, axis="x")
    place = np.arange(len(table))
    bars = (("S1", 0.5 * _BAR, BID, "alone"), ("ST", -0.5 * _BAR, VAULT, "with all others"))
    reach = [0.0, 1.0]
    for name, shift, colour, label in bars:
        size = table[name].to_numpy(dtype=float)
        error = np.nan_to_num(np.abs(table[f"{name}_conf"].to_numpy(dtype=float)))
        ax.barh(place + shift, size, _BAR, color=colour, label=label, zorder=2.5)
        ax.errorbar(size, place + shift, xerr=error, fmt="none", ecolor=INK, elinewidth=1.0, capsize=2.0, zorder=3.0)
        reach += [float((size - error).min()), float((size + error).max())]
    ax.axvline(0.0, color=INK, linewidth=0.8, zorder=3.1)
    ax.set_xlim(min(reach) - (0.02 if min(reach) < 0.0 else 0.0), max(reach) + 0.02)
    label_axis(ax.xaxis, PercentTicks(), 4 if is_narrow(ax) else 8)
    ax.set_yticks(place, keys)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(table) - 0.4)
