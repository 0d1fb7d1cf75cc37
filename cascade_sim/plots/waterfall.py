"""The waterfall: who paid for the liquidations of a run, and who received what they paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.plots.below import LINE, broken
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.one_panel import NARROW_FIGURE, one_panel, room_for, run_head, say_instead, split
from cascade_sim.plots.reading import Names, names_of, recording_of
from cascade_sim.plots.style import INK, LINK, MUTED, drawing_style, panel_heading, panel_inches, text_inches
from cascade_sim.plots.ticks import AmountTicks, label_axis
from cascade_sim.plots.who_paid import Account, Part, account_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _RIGHT, _BOTTOM = 0.86, 0.3, 0.16
_HEIGHT, _NARROW_HEIGHT, _BELOW = 3.1, 2.6, 0.5
_BAR = 0.68
_IN_TWO = {"still in the engine": "still in\nthe engine"}
_UPRIGHT_BELOW, _LEAST, _SLIVER = 1.25, 1.2, 0.05
_ABOVE_BARS = 0.4


def waterfall(
    run: Any,
    ax: Axes | None = None,
    *,
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw who paid for the liquidations of a run, as rising bars, and who received it, as falling ones.

    Amounts are in margin currency and add up to the same on both sides. Parts that are zero are left out.

    Parameters
    ----------
    run : Run
        Its ``summary``, ``timeline`` and ``scenario`` are read.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10.
    quote, base : str, optional
        Names of the currencies. By default what ``scenario.market`` calls them, else ``USD`` and ``coin``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        names = names_of(run, quote, base)
        recording = recording_of(getattr(run, "timeline", None), run.scenario, names)
        summary = getattr(run, "summary", None) or {}
        account = account_of(summary)
        nothing = _why_nothing(summary, account)
        room = room_for(ax, width, _LEFT, _RIGHT)
        narrow = room + _LEFT + _RIGHT <= NARROW_FIGURE
        margin = _LEFT - _RIGHT if narrow and ax is None else 0.0
        columns = [] if nothing or account is None else _explained(account, room + margin, narrow)
        key = LINE * max((words.count("\n") + 1 for words in columns), default=0)
        height = (_NARROW_HEIGHT if narrow else _HEIGHT) + (_BELOW + key if columns else 0.0)
        tiles = None if nothing or account is None else _tiles(account, names)
        head = run_head(run, recording, names, tiles)
        panel = one_panel(head, ax, height, width=width, left=_LEFT, right=_RIGHT, bottom=_BOTTOM)
        figure: Any = panel.figure
        if nothing or account is None:
            say_instead(panel, nothing)
            return figure
        turned = _labels(account, room / len(account.paid + account.received))[1]
        below = _UPRIGHT_BELOW if turned else _BELOW
        if panel.bbox.height / figure.dpi < key + below + _LEAST:
            if turned:
                [[panel], [rest]] = split(panel, [None], [None, _SLIVER], (0.0, below - _SLIVER))
                rest.remove()
            _draw(panel, account, names, narrow)
            return figure
        [[bars], [words]] = split(panel, [None], [None, key], (0.0, below))
        _draw(bars, account, names, narrow)
        words.set_axis_off()
        for number, column in enumerate(columns):
            place = number / len(columns) - margin / room
            words.text(place, 1.0, column, va="top", color=MUTED, fontsize=8.5, linespacing=1.25)
        return figure


def _why_nothing(summary: dict[str, Any], account: Account | None) -> str:
    """Say why there is nothing to draw; nothing where there is."""
    if summary.get("liquidated_count") == 0 or (account is not None and not account.paid + account.received):
        return "no position was liquidated in this run: nobody had to pay"
    if account is None:
        return "the summary of this run does not say who paid; run it again with this version to see"
    return ""


def _tiles(account: Account, names: Names) -> list[Tile]:
    """Return the total and who bore most of it."""
    total = account.total
    traders, market = (
        sum(part.amount for part in side if part.who == who)
        for side, who in ((account.paid, "liquidated traders"), (account.received, "the market"))
    )
    tiles = [Tile(f"{human(total)} {names.margin}", "paid because of\nliquidations")]
    if total > 0:
        tiles.append(Tile(percent(traders / total), "by liquidated\ntraders"))
        if traders < total:
            tiles.append(Tile(percent(1.0 - traders / total), "by fund, winners\nand nobody"))
        tiles.append(Tile(percent(market / total), "went to\nthe market"))
    return tiles


def _explained(account: Account, room: float, narrow: bool) -> list[str]:
    """Return what each bar is, a line each: paid and received side by side where there is room for both."""
    columns = [
        "\n".join(broken(f"{part.who}: {part.meaning}", room if narrow else 0.49 * room) for part in parts)
        for parts in (account.paid, account.received)
        if parts
    ]
    return ["\n".join(columns)] if narrow else columns


def _labels(account: Account, slot: float) -> tuple[list[str], float, float]:
    """Return the names below the bars, how far they are turned, and their size."""
    parts = account.paid + account.received
    words = [_IN_TWO.get(part.who) or part.who.replace(" ", "\n", 1) for part in parts]
    longest = [max(each.split("\n"), key=len) for each in words]
    for size in (8.5, 7.5, 6.5):
        if max(text_inches(line, size) for line in longest) + 0.04 < slot:
            return words, 0, size
    return [part.who for part in parts], 90, 7.5


def _draw(ax: Axes, account: Account, names: Names, narrow: bool) -> None:
    """Draw the bars, the lines that connect them, and their amounts."""
    parts: list[Part] = account.paid + account.received
    steps = np.array([part.amount for part in account.paid] + [-part.amount for part in account.received])
    after = np.cumsum(steps)
    before = after - steps
    ax.grid(True, axis="y")
    ax.bar(
        np.arange(steps.size),
        steps,
        _BAR,
        bottom=before,
        color=[part.colour for part in parts],
        edgecolor=[part.colour for part in parts],
        linewidth=0.8,
    )
    for left in range(steps.size - 1):
        ax.plot([left - _BAR / 2, left + 1 + _BAR / 2], [after[left]] * 2, color=LINK, linewidth=0.8, zorder=0.9)
    low, high = min(0.0, float(after.min())), max(float(np.maximum(before, after).max()), 0.0)
    tall = ax.bbox.height / ax.figure.dpi
    ax.set_ylim(low, high + ((high - low) or 1.0) * _ABOVE_BARS / max(tall - _ABOVE_BARS, 0.3))
    slot = panel_inches(ax) / steps.size
    size = min(9.0, 9.0 * slot / max(text_inches(human(part.amount), 9.0, "bold") + 0.04 for part in parts))
    for number, part in enumerate(parts):
        ax.annotate(
            human(part.amount),
            (number, max(before[number], after[number])),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=size,
            fontweight="bold",
            color=INK,
        )
    words, turned, small = _labels(account, slot)
    ax.set_xticks(range(steps.size), words, rotation=turned, fontsize=small)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, steps.size - 0.4)
    middle = len(account.paid) - 0.5
    if 0 < len(account.paid) < steps.size:
        ax.axvline(middle, color=LINK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0.8)
    for side, place in ((account.paid, -0.5), (account.received, middle + 0.1)):
        if side:
            title = "paid by" if side is account.paid else "received by"
            ax.text(place, 0.99, title, transform=ax.get_xaxis_transform(), va="top", color=MUTED, fontsize=9)
    label_axis(ax.yaxis, AmountTicks())
    ax.set_ylabel(names.margin)
    panel_heading(ax, "Who paid, who received" if narrow else "Who paid for the liquidations, and who received it")
