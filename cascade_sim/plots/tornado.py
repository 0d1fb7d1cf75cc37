"""The tornado: how far each key alone moves an output, the widest bar on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cascade_sim.plots.headed import Head
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.key_bars import asked_table, bars_panel, bars_words, key_rows, named_keys, tail_of
from cascade_sim.plots.numbers import human
from cascade_sim.plots.one_panel import first_fitting, say_instead
from cascade_sim.plots.style import (
    BID,
    INK,
    VAULT,
    drawing_style,
    finish,
    is_narrow,
    panel_heading,
    panel_inches,
    text_inches,
)
from cascade_sim.plots.sweep_panel import words_below
from cascade_sim.plots.sweep_reading import name_words, sweep_head, ticks_for, value_words, written
from cascade_sim.plots.ticks import AmountTicks, label_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("key", "low_value", "high_value", "at_low", "at_high", "base")
_BAR = 0.62
_LINE = {
    "grid": "Each key at its lowest and at its highest value, the others in between; the line: all of them in between.",
    "tenths": "Means over the tenths of points with the lowest and the highest values of a key; the line: over all.",
}


def tornado(
    source: Any,
    value: str = "max_drawdown",
    ax: Axes | None = None,
    *,
    result: Any = None,
    width: float | None = None,
) -> Figure:
    """Draw what an output is at the low and the high end of each key, around what it is in between.

    Parameters
    ----------
    source : SweepResult or pandas.DataFrame
        A sweep, whose ``tornado(value)`` is asked; or such a table, one row a key: ``key``, ``low_value``,
        ``high_value`` (ends of the key), ``at_low``, ``at_high`` (the output there) and ``base`` (with the keys in
        between), as columns or, for ``base``, as an attribute.
    value : str
        The output, ``cascade`` included.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    result : SweepResult, optional
        The sweep of a table, for its name and units.
    width : float, optional
        Width of a new figure, inches; by default 10.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    PictureError
        If the table lacks a column.
    """
    result = source if hasattr(source, "frame") else result
    given, problem = asked_table(source, "tornado", value, COLUMNS)
    rule = str(getattr(given, "attrs", {}).get("rule", ""))
    table = key_rows(given, COLUMNS)
    table = table.assign(span=(table["at_high"] - table["at_low"]).abs()).sort_values("span", kind="stable")
    known = table[np.isfinite(table["span"].astype(float))]
    with drawing_style():
        named = name_words(result, value) if result is not None else value.replace("_", " ")
        named = f"share of {named}" if value == "cascade" else named
        told = _written(result, value)
        head = _head(result, known, told)
        words = bars_words(table, known, _LINE.get(rule, _LINE["grid"]) if len(known) else "")
        keys = named_keys(known["key"], ax, width)
        panel = bars_panel(head, ax, keys, words, width=width)
        figure: Any = panel.figure
        if not len(known):
            say_instead(panel, problem or "there is no key whose two ends both have a value")
            return figure
        _draw(panel, known, keys, told)
        label_axis(
            panel.xaxis, ticks_for(result, value) if result is not None else AmountTicks(), 4 if is_narrow(panel) else 7
        )
        panel.set_xlabel(first_fitting(panel, named, named.partition(",")[0], size=8.0))
        panel_heading(panel, first_fitting(panel, "What each key alone changes", "Each key alone"))
        finish([panel])
        words_below(panel, words)
        return figure


def _written(result: Any, value: str) -> Any:
    return human if result is None else lambda number: written(result, value, number)


def _head(result: Any, known: pd.DataFrame, told: Any) -> Head:
    tiles = []
    if len(known):
        last = known.iloc[-1]
        tiles = [Tile(told(float(last["base"])), "at the line")]
        low, high = sorted([float(last["at_low"]), float(last["at_high"])])
        tiles.append(Tile(f"{told(low)} – {told(high)}", f"over {tail_of(str(last['key']))},\nthe widest bar"))
    if result is not None:
        return sweep_head(result, result.frame, tiles)
    return Head("Tornado", f"{len(known)} key{'s' if len(known) != 1 else ''}", tiles)


def _draw(ax: Axes, table: pd.DataFrame, keys: list[str], told: Any) -> None:
    """Draw a bar to both sides of the base for each key, with the key's ends written at the bar's ends."""
    ax.grid(True, axis="x")
    place = np.arange(len(table))
    base = table["base"].to_numpy(dtype=float)
    ends = (("at_low", BID, "at its low end"), ("at_high", VAULT, "at its high end"))
    size = 7.0 if is_narrow(ax) else 8.5
    found = table[["at_low", "at_high"]].to_numpy(dtype=float)
    low, high = float(min(found.min(), base.min())), float(max(found.max(), base.max()))
    span = (high - low) or abs(high) or 1.0
    longest = (
        max(text_inches(value_words(value, 3), size) for value in [*table["low_value"], *table["high_value"]]) + 0.12
    )
    room = min(longest / max(panel_inches(ax) - 2.0 * longest, 0.5), 0.5) * span
    ax.set_xlim(low - room, high + room)
    for at, colour, label in ends:
        reached = table[at].to_numpy(dtype=float)
        ax.barh(place, reached - base, _BAR, left=base, color=colour, label=label, zorder=2.5)
    for row, (at_low, at_high) in enumerate(found):
        left_is_low = at_low <= at_high
        for name, reached, leftward in (("low_value", at_low, left_is_low), ("high_value", at_high, not left_is_low)):
            outer = min(reached, base[row]) if leftward else max(reached, base[row])
            ax.annotate(
                value_words(table[name].iloc[row], 3), (outer, row), xytext=(-3 if leftward else 3, 0),
                textcoords="offset points", ha="right" if leftward else "left", va="center", fontsize=size,
            )  # fmt: skip
    middle = np.unique(base)
    if middle.size == 1:
        ax.axvline(float(middle[0]), color=INK, linewidth=1.0, zorder=3.0)
    else:
        ax.vlines(base, place - 0.5, place + 0.5, color=INK, linewidth=1.0, zorder=3.0)
    ax.set_yticks(place, keys)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(table) - 0.4)
