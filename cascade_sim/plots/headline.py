"""The words and figures at the head of a picture: what was run, and what came out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim.plots.narrow_head import narrow_head
from cascade_sim.plots.numbers import SECOND, human, percent, span_text
from cascade_sim.plots.style import COUNTERFACTUAL, INK, LONG, MUTED, SHORT, panel_inches, text_inches
from cascade_sim.plots.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cascade_sim.plots.reading import Names, Recording

_STATUS = {
    "book_exhausted": "the order book ran out: the run ended there",
    "interrupted": "interrupted: the run is not complete",
}
MOST_TILES = 6
SEPARATOR = "  ·  "
_FIGURE_SIZE, _WORD_SIZE = 15.0, 8.5


class Tile(NamedTuple):
    """One headline figure: the figure itself, what it is, and its colour."""

    figure: str
    meaning: str
    colour: str = INK


def number_in(summary: Mapping[str, Any], key: str) -> float:
    """Return a summary entry as a number; NaN for null, for what is missing and for what is no number."""
    value = summary.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def fell_most(summary: Mapping[str, Any]) -> bool:
    """Tell whether the largest fall is at least as large as the largest rise, in logarithms as amplification counts.

    A fall by half and the way back up, a rise by the whole, are equally large.
    """
    fall, rise = (
        0.0 if math.isnan(size) else size
        for size in (number_in(summary, "max_drawdown"), number_in(summary, "max_runup"))
    )
    return fall >= 1 or math.log1p(rise) <= -math.log1p(-fall)


def headline_tiles(summary: Mapping[str, Any], names: Names) -> list[Tile]:
    """Choose the figures that tell a run at a glance; those a run does not have are left out."""
    fall, rise = number_in(summary, "max_drawdown"), number_in(summary, "max_runup")
    tiles = []
    if not fell_most(summary):
        tiles.append(Tile(f"+{percent(rise)}", "largest rise of the mark"))
    elif not math.isnan(fall):
        tiles.append(Tile(f"−{percent(fall)}" if fall else percent(0.0), "largest fall of the mark"))
    amplification = number_in(summary, "amplification")
    if not math.isnan(amplification):
        tiles.append(Tile(f"{amplification:.2f}×", "the move without\nforced selling", COUNTERFACTUAL))
    notional = number_in(summary, "liquidated_notional")
    if notional > 0:
        share, count = number_in(summary, "liquidated_share_long"), number_in(summary, "liquidated_count")
        mostly = f", {percent(share, 0)} longs" if share >= 0.5 else f", {percent(1 - share, 0)} shorts"
        whose = "" if math.isnan(share) else mostly
        positions = "" if math.isnan(count) else f"\nin {count:,.0f} position{'s' if count != 1 else ''}"
        colour = INK if math.isnan(share) else (LONG if share >= 0.5 else SHORT)
        tiles.append(Tile(f"{human(notional)} {names.quote}", f"liquidated{whose}{positions}", colour))
        cleared, peak = number_in(summary, "open_interest_cleared"), number_in(summary, "peak_minute")
        if not math.isnan(cleared):
            tiles.append(Tile(percent(cleared), "of open interest\nclosed by force"))
        if not math.isnan(peak):
            tiles.append(Tile(f"{human(peak)} {names.quote}", "liquidated in the\nworst minute"))
    elif notional == 0:
        tiles.append(Tile("0", "positions liquidated"))
    used, adl, lost = (number_in(summary, key) for key in ("insurance_fund_used", "adl_notional", "bad_debt"))
    if lost > 0:
        tiles.append(Tile(f"{human(lost)} {names.margin}", "bad debt: losses\nnobody covered"))
    elif adl > 0:
        tiles.append(Tile(f"{human(adl)} {names.quote}", "taken from winners\n(auto-deleveraging)"))
    elif used > 0:
        tiles.append(Tile(f"{human(used)} {names.margin}", "drawn from the\ninsurance fund"))
    return tiles[:MOST_TILES]


def time_span(recording: Recording) -> str:
    """Return the recording's span: ``12 March 2020, 06:00 – 13 March 2020, 08:00 UTC``."""
    begin = datetime.fromtimestamp(recording.start / SECOND, UTC)
    end = datetime.fromtimestamp(recording.end / SECOND, UTC)
    clock = "%H:%M:%S" if recording.seconds < 3600 else "%H:%M"
    day = f"{begin.day} {begin:%B %Y}, {begin.strftime(clock)}"
    until = end.strftime(clock) if begin.date() == end.date() else f"{end.day} {end:%B %Y}, {end.strftime(clock)}"
    return f"{day} – {until} UTC"


def subtitle(run: Any, recording: Recording) -> str:
    """Return the line below the title: when, at what tick, what kind of contract, which seed."""
    tick = getattr(getattr(run.scenario, "clock", None), "tick", recording.step / SECOND)
    contract = getattr(getattr(run.scenario, "market", None), "contract", "linear")
    parts = [time_span(recording), f"{span_text(float(tick))} ticks", f"{contract} contract"]
    seed = getattr(run, "seed", None)
    if seed is not None:
        parts.append(f"seed {seed}")
    return SEPARATOR.join(parts)


def status_words(status: str) -> str:
    """Say what kept a run from completing; nothing where it did complete."""
    return "" if status == "completed" else _STATUS.get(status, f"status: {status}")


def write_head(
    ax: Axes,
    title: str,
    line: str,
    tiles: list[Tile],
    status: str = "completed",
    narrow: bool = False,
) -> None:
    """Write title, subtitle and headline figures into an axes of its own.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Gives up its frame.
    title, line : str
        The scenario's name, set smaller and then cut where it is too long, and the line below it, which loses
        its last parts.
    tiles : list of Tile
        Side by side, in columns as wide as their words need.
    status : str
        The run's status; anything but ``completed`` is said in orange beside the title.
    narrow : bool
        Whether words are set small, in lines below each other, as a paper's column wants them.
    """
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    height = ax.bbox.height / ax.figure.dpi
    top = 1.0
    width = panel_inches(ax)
    words = status_words(status)
    if narrow:
        for place in narrow_head(title, line, tiles, words, width, height)[0]:
            ax.text(place.x / width, 1.0 - place.y / height, place.text, va="top", **place.look)
        return
    if words:
        ax.text(1, top - 0.06 / height, words, fontsize=9.5, fontweight="bold", color=LONG, va="top", ha="right")
    room = width - (text_inches(words, 9.5, "bold") + 0.25 if words else 0.0)
    size = next((size for size in (15.0, 13.0, 11.0) if text_inches(title, size, "bold") <= room), 11.0)
    title = "".join(wrapped(title, room, size, "bold", most=1))
    ax.text(0, top, title, fontsize=size, fontweight="bold", va="top")
    while text_inches(line, 9.0, "normal") > width and SEPARATOR in line:
        line = line.rpartition(SEPARATOR)[0]
    below = top - 0.30 / height
    ax.text(0, below, line, fontsize=9, color=MUTED, va="top")
    first_line = below - 0.45 / height
    for position, tile in _places(tiles, width):
        ax.text(position, first_line, tile.figure, fontsize=_FIGURE_SIZE, fontweight="bold", color=tile.colour)
        for row, words in enumerate(tile.meaning.split("\n")):
            line_at = first_line - (0.19 + 0.145 * row) / height
            ax.text(position, line_at, words, fontsize=_WORD_SIZE, color=MUTED)


def _places(tiles: list[Tile], width: float) -> list[tuple[float, Tile]]:
    """Return where each tile starts, as a share of ``width`` inches, without those that do not fit."""
    needed = [
        max(
            text_inches(tile.figure, _FIGURE_SIZE, "bold"),
            *(text_inches(words, _WORD_SIZE, "normal") for words in tile.meaning.split("\n")),
        )
        for tile in tiles
    ]
    while len(needed) > 1 and sum(needed) + 0.2 * (len(needed) - 1) > width:
        needed.pop()
    gap = min(0.45, (width - sum(needed)) / max(len(needed) - 1, 1))
    starts = [(sum(needed[:number]) + gap * number) / width for number in range(len(needed))]
    return list(zip(starts, tiles, strict=False))
