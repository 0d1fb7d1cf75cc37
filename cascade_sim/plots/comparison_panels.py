"""The panels of a comparison: a row for each rule, as a dot with its intervals or as a bar of who paid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke

from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.one_panel import first_fitting
from cascade_sim.plots.reading import Names
from cascade_sim.plots.style import (
    COUNTERFACTUAL,
    INK,
    LINK,
    MUTED,
    SPREAD,
    is_narrow,
    panel_heading,
    panel_inches,
    text_inches,
)
from cascade_sim.plots.sweep_reading import PercentTicks
from cascade_sim.plots.ticks import AmountTicks, label_axis
from cascade_sim.plots.who_paid import account_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REPORTED = SPREAD
_BAR = 0.6
_WORD, _SPARE = 7.0, 0.1
# Dots need no zero below them where all of them are far from it; bars do.
_FAR = 0.5
_HALO = withStroke(linewidth=2.6, foreground="white")


@dataclass(frozen=True)
class RowsPanel:
    """A panel, the names of its rows (none beside a panel that has them), and whose rows they are."""

    ax: Axes
    labels: list[str]
    result: Any
    names: Names

    def row(self, figure: str, variant: str) -> Any:
        """Return what the seeds say of a figure under a variant."""
        return self.result.table.loc[(figure, variant)]

    def is_share(self, figure: str) -> bool:
        """Tell whether a figure is written in per cent."""
        return bool(self.result.units.get(figure) == "fraction")

    def written(self, figure: str, value: float) -> str:
        """Write a value beside its mark."""
        return percent(value) if self.is_share(figure) and value else human(value)

    def unit(self, figure: str) -> str:
        """Return the currency that a figure is in; nothing for shares."""
        unit = str(self.result.units.get(figure, ""))
        return {"quote": self.names.quote, "base": self.names.base}.get(unit, "")


def dots_panel(rows: RowsPanel, figure: str, heading: tuple[str, str]) -> None:
    """Draw the median of each variant as a dot on its intervals, over what was reported."""
    ax, variants = rows.ax, rows.result.variants
    ax.grid(True, axis="x")
    _reported(rows, figure)
    base = float(rows.row(figure, variants[0])["median"])
    if math.isfinite(base):
        ax.axvline(base, color=LINK, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1.5)
    for place, variant in enumerate(variants):
        row = rows.row(figure, variant)
        colour = INK if place == 0 else COUNTERFACTUAL
        if not math.isfinite(row["median"]):
            ax.annotate("no value", (0, place), xycoords=("axes fraction", "data"), xytext=(4, 0),
                        textcoords="offset points", va="center", color=MUTED, fontsize=_WORD)  # fmt: skip
            continue
        for ends, width in (("seed", 1.3), ("median", 4.5)):
            low, high = row[f"{ends}_low"], row[f"{ends}_high"]
            if math.isfinite(low):
                ax.plot([low, high], [place, place], color=colour, linewidth=width, alpha=0.45 if width > 2 else 1.0,
                        solid_capstyle="butt", zorder=2.5)  # fmt: skip
        sure = place == 0 or row["change_low"] > 0.0 or row["change_high"] < 0.0
        ax.plot(row["median"], place, marker="o", markersize=5.0, color=colour, zorder=3.0,
                markerfacecolor=colour if sure else "white", linestyle="none")  # fmt: skip
    reached = [_end(rows.row(figure, variant)) for variant in variants]
    medians = [float(rows.row(figure, variant)["median"]) for variant in variants]
    texts = ["" if math.isnan(median) else rows.written(figure, median) for median in medians]
    _limits(rows, figure, reached, texts)
    _write(ax, reached, texts)
    _finish(rows, figure, heading)


def paid_panel(rows: RowsPanel, figure: str, heading: tuple[str, str]) -> None:
    """Draw who paid under each variant as parts of a bar, means over the seeds, with the interval of the sum."""
    ax, result = rows.ax, rows.result
    ax.grid(True, axis="x")
    ends: list[float] = []
    texts: list[str] = []
    drawn: dict[str, Any] = {}
    for place, variant in enumerate(result.variants):
        seeds = result.frame[result.frame["variant"] == variant]
        means = seeds.select_dtypes("number").mean().to_dict()
        account = account_of(means)
        left = 0.0
        for part in account.paid if account else ():
            bar = ax.barh(place, part.amount, _BAR, left=left, color=part.colour, zorder=2.0)
            drawn.setdefault(part.who, bar)
            left += part.amount
        row = rows.row(figure, variant)
        ends.append(max(left, row["seed_high"] if math.isfinite(row["seed_high"]) else left))
        texts.append(human(left))
        if math.isfinite(row["seed_low"]):
            ends_of_sum = [row["seed_low"], row["seed_high"]]
            ax.plot(ends_of_sum, [place, place], color=INK, linewidth=1.3, zorder=3.0, path_effects=[_HALO])
    _limits(rows, figure, ends, texts, bars=True)
    _write(ax, ends, texts)
    _finish(rows, figure, heading)
    if drawn:
        names = list(drawn)
        columns = max(int(panel_inches(ax) / (max(text_inches(name, _WORD) for name in names) + 0.3)), 1)
        below = 0.29 * ax.figure.dpi / ax.bbox.height
        look: dict[str, Any] = {"borderaxespad": 0.0, "borderpad": 0.0, "handlelength": 0.9, "handletextpad": 0.4}
        look |= {"columnspacing": 1.0, "labelspacing": 0.25, "fontsize": _WORD, "ncols": min(columns, len(names))}
        ax.legend(list(drawn.values()), names, loc="upper left", bbox_to_anchor=(0.0, -below), **look)


def _end(row: Any) -> float:
    """Return how far the mark of a row reaches; NaN where there is none."""
    known = [row[name] for name in ("median", "seed_high", "median_high") if math.isfinite(row[name])]
    return max(known) if known else math.nan


def _reported(rows: RowsPanel, figure: str) -> None:
    """Draw what was reported of the real event: a line, or a band for a range."""
    ends = _reported_ends(rows, figure)
    if len(ends) == 1:
        rows.ax.axvline(ends[0], color=REPORTED, linewidth=1.4, zorder=1.6)
    elif ends:
        rows.ax.axvspan(*ends, color=REPORTED, alpha=0.16, linewidth=0, zorder=1.0)


def _reported_ends(rows: RowsPanel, figure: str) -> list[float]:
    """Return the one or two numbers that were reported; none where there is no figure, or one in words."""
    told = rows.result.scenario.reported.get(figure)
    value = None if told is None else told.value
    return [float(each) for each in (value if isinstance(value, list) else [value]) if isinstance(each, int | float)]


def _limits(rows: RowsPanel, figure: str, ends: list[float], texts: list[str], bars: bool = False) -> None:
    """Set limits that hold zero, every mark, what was reported, and the words at the marks' ends."""
    ax = rows.ax
    lows = [rows.row(figure, variant)["seed_low"] for variant in rows.result.variants]
    known = np.array([*ends, *lows, *_reported_ends(rows, figure)])
    known = known[np.isfinite(known)]
    low, high = float(known.min(initial=np.inf)), float(known.max(initial=0.0))
    if bars or not low > _FAR * high:
        low = min(low, 0.0)
    room = min(max((text_inches(text, _WORD) for text in texts), default=0.0) + _SPARE, 0.5 * panel_inches(ax))
    span = (high - low) or 1.0
    right = span / (1.0 - room / panel_inches(ax))
    ax.set_xlim(low - 0.03 * right, low + right)
    ax.set_ylim(len(rows.result.variants) - 0.5, -0.5)


def _write(ax: Axes, ends: list[float], texts: list[str]) -> None:
    for place, (end, text) in enumerate(zip(ends, texts, strict=True)):
        if text:
            ax.annotate(text, (end, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=_WORD,
                        color=INK, path_effects=[_HALO])  # fmt: skip


def _finish(rows: RowsPanel, figure: str, heading: tuple[str, str]) -> None:
    ax = rows.ax
    label_axis(ax.xaxis, PercentTicks() if rows.is_share(figure) else AmountTicks(), 3 if is_narrow(ax) else 5)
    places = range(len(rows.result.variants))
    ax.set_yticks(places, rows.labels or [""] * len(places))
    ax.tick_params(axis="y", length=0)
    for label in ax.get_yticklabels():
        label.set_color(INK)
    unit = rows.unit(figure)
    panel_heading(ax, first_fitting(ax, *(f"{words}{f', {unit}' if unit else ''}" for words in heading)))
