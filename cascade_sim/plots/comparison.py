"""One history under several rules, over many seeds: how deep, how much was forced, who paid, with intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cascade_sim.plots.comparison_panels import RowsPanel, dots_panel, paid_panel
from cascade_sim.plots.headed import Head
from cascade_sim.plots.headline import SEPARATOR, Tile
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.one_panel import NARROW_FIGURE, room_for, say_instead, split
from cascade_sim.plots.reading import Names, names_of
from cascade_sim.plots.style import drawing_style, finish, text_inches
from cascade_sim.plots.sweep_panel import sweep_panel, words_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _GAP, _BETWEEN, _AXIS = 0.27, 0.3, 0.78, 0.95
_LEFT_MOST = 0.3
_COLUMNS = 3
WHO_PAID = "losses_paid"
_SIZES = {"max_drawdown", "max_runup"}
# Drawn in this order where a comparison shows them, with two lengths of heading.
_PANELS = {
    "max_drawdown": ("Largest fall of the mark", "Largest fall"),
    "max_runup": ("Largest rise of the mark", "Largest rise"),
    "open_interest_cleared": ("Open interest closed by force", "Open interest closed"),
    "liquidated_notional": ("Notional liquidated", "Liquidated"),
    "feedback_share": ("Forced share of the {move}", "Of the {move}"),
    "forced_share": ("Forced share of the volume", "Of the volume"),
    "absorbed_share": ("Absorbed share of the forced", "Absorbed"),
    WHO_PAID: ("Who paid", "Who paid"),
}


def comparison(result: Any, ax: Axes | None = None, *, width: float | None = None) -> Figure:
    """Draw a comparison over seeds: a panel a question, a row a rule, dots with intervals.

    Parameters
    ----------
    result : Comparison
        From `cascade_sim.compare`.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    width : float, optional
        Width of a new figure, inches; by default 10.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with drawing_style():
        names = names_of(result)
        labels = ["as it is", *(name.replace("_", " ") for name in result.variants[1:])]
        there = {figure for figures in result.headlines.values() for figure in figures} - _SIZES | {_deep(result)}
        figures = [figure for figure in _PANELS if figure in there] if result.headlines else []
        narrow = room_for(ax, width, 0.0, 0.0) <= NARROW_FIGURE
        size = 7.0 if narrow else 8.5
        left = min(max(text_inches(label, size) for label in labels) + 0.14, _most_left(ax, width))
        across = 1 if narrow else min(_COLUMNS, max(len(figures), 1))
        down = max(-(-len(figures) // across), 1)
        high = _ROW * len(labels)
        words = _words(result, figures)
        panel = sweep_panel(
            _head(result, names), ax, words, width=width, height=down * high + (down - 1) * _BETWEEN, left=left,
            axis=_AXIS,
        )  # fmt: skip
        figure: Any = panel.figure
        if not figures:
            say_instead(panel, _nothing(result))
            return figure
        words_below(panel, words, _AXIS)
        notes = panel.texts[-1] if words else None
        cells = split(panel, [None] * across, [None] * down, (_GAP, _BETWEEN))
        _keep(notes, cells[-1][0])
        places = [cell for row in cells for cell in row]
        _widen(places, len(figures))
        for number, name in enumerate(figures):
            rows = RowsPanel(places[number], labels if number % across == 0 else [], result, names)
            (paid_panel if name == WHO_PAID else dots_panel)(rows, name, _heading(result, name))
        finish(places[: len(figures)])
        return figure


def _most_left(ax: Axes | None, width: float | None) -> float:
    """Return how many inches the names of rows may take."""
    return _LEFT_MOST * room_for(ax, width, 0.0, 0.0)


def _widen(places: list[Axes], count: int) -> None:
    """Give the last panel the places beside it that no panel needs."""
    for spare in places[count:]:
        spare.remove()
    spec: Any = places[count - 1].get_subplotspec()
    grid = spec.get_gridspec()
    places[count - 1].set_subplotspec(grid[spec.rowspan.start, spec.colspan.start :])


def _keep(notes: Any, cell: Axes) -> None:
    """Write the words below again, at the cell that now is at the lower left."""
    if notes is not None:
        cell.annotate(
            notes.get_text(), (0, 0), xycoords="axes fraction", xytext=notes.xyann, textcoords="offset points",
            va="top", color=notes.get_color(), fontsize=notes.get_fontsize(), annotation_clip=False,
        )  # fmt: skip


def _head(result: Any, names: Names) -> Head:
    seeds = result.seeds
    failed = int(result.failures["seed"].nunique())
    others = len(result.variants) - 1
    parts = [
        f"{len(seeds) - failed} seeds",
        f"as it is and {others} other {'rule' if others == 1 else 'rules'}, same luck",
    ]
    if failed:
        parts.append(f"{failed} seeds failed")
    return Head(str(result.scenario.name), SEPARATOR.join(parts), _tiles(result))


def _tiles(result: Any) -> list[Tile]:
    """Return the figures of the run as it is: how deep, how sure, how much of it was forced."""
    base = result.variants[0]
    deep = _deep(result)
    tiles = []
    row = result.table.loc[(deep, base)]
    if math.isfinite(row["median"]):
        what = "rise" if deep == "max_runup" else "fall"
        tiles.append(Tile(percent(row["median"]), f"largest {what},\nas it is, median"))
        low, high = (percent(row[end]) for end in ("seed_low", "seed_high"))
        if low != high:
            sure = percent(result.table.attrs["seed_coverage"], 0)
            tiles.append(Tile(f"{low} – {high}", f"where a further seed\nfalls with {sure}"))
    for figure, meaning in (
        ("feedback_share", "of it was added by\nforced trades"),
        ("liquidated_count", "liquidations,\nmedian"),
    ):
        value = result.table.at[(figure, base), "median"]
        if math.isfinite(value):
            tiles.append(Tile(percent(value) if figure == "feedback_share" else human(value), meaning))
    return tiles


def _nothing(result: Any) -> str:
    if len(result.failures) == len(result.frame):
        return f"every seed failed: {result.failures['error'].iloc[0]}"
    return "nothing happened in any of these runs"


def _words(result: Any, figures: list[str]) -> str:
    """Say what dots, lines and bars are."""
    if not figures:
        return ""
    levels = result.table.attrs
    said = [
        f"Dot: median of the seeds. Thin line: a further seed falls in it with {percent(levels['seed_coverage'], 0)}; "
        f"thick: {percent(levels['median_level'], 0)} interval of the median. Hollow: seed by seed, it cannot be told "
        "from the run as it is. Broken line: as it is."
    ]
    if any(figure in result.scenario.reported for figure in figures):
        said.append("Purple: reported.")
    if WHO_PAID in figures:
        said.append("Bars: means of the seeds.")
    if "feedback_share" in figures and _lacks(result, "feedback_share"):
        move = "rise" if _deep(result) == "max_runup" else "fall"
        said.append(f"No forced share of the {move}: the rule changes more than liquidations.")
    return " ".join(said)


def _lacks(result: Any, figure: str) -> bool:
    """Tell whether a figure is known under some rules only."""
    return bool(result.table.loc[figure]["median"].isna().any())


def _heading(result: Any, figure: str) -> tuple[str, str]:
    move = "rise" if _deep(result) == "max_runup" else "fall"
    long, short = _PANELS[figure]
    return long.format(move=move), short.format(move=move)


def _deep(result: Any) -> str:
    """Return the figure that says how deep, or how high, the run as it is went."""
    return next((figures[0] for figures in result.headlines.values() if figures[0] in _SIZES), "max_drawdown")
