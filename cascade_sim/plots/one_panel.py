"""Pictures of a head and one panel: their margins, what is written in the head, and a panel cut into parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cascade_sim.plots.below import broken
from cascade_sim.plots.headed import MOST_OF_A_PLACE, Head, place_inches
from cascade_sim.plots.headline import Tile, headline_tiles, status_words, subtitle, write_head
from cascade_sim.plots.layout import HEAD, WIDTH, stack
from cascade_sim.plots.narrow_head import narrow_head
from cascade_sim.plots.reading import Names, Recording
from cascade_sim.plots.style import NARROW, panel_inches, say, text_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NARROW_FIGURE = 5.0
_GAP, _EDGE = 0.5, 0.14


def one_panel(
    head: Head,
    ax: Axes | None,
    height: float,
    *,
    width: float | None,
    left: float = 0.86,
    right: float = 0.76,
    bottom: float = 0.5,
) -> Axes:
    """Make one panel below a head, and write the head.

    In a new figure as narrow as a column the head takes the whole width.

    Parameters
    ----------
    head : Head
        What stands in it.
    ax : matplotlib.axes.Axes or None
        Gives its place to both and is removed; None makes a new figure.
    height : float
        Of the panel in a new figure, inches.
    width : float or None
        Of a new figure, inches.
    left, right, bottom : float
        Margins of a new figure, inches.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.
    """
    whole = WIDTH if width is None else width
    margins = (_EDGE, _EDGE) if whole < NARROW_FIGURE else (left, right)
    room = room_for(ax, width, *margins)
    narrow = room < NARROW
    high = HEAD
    if narrow:
        high = narrow_head(head.title, head.line, head.tiles, status_words(head.status), room)[1]
        high = min(high, MOST_OF_A_PLACE * place_inches(ax))
    top, panel = stack([high, height], ax, gap=_GAP, bottom=bottom, width=width)
    if ax is None:
        top, panel = _with_margins(top, *margins), _with_margins(panel, left, right)
    write_head(top, head.title, head.line, head.tiles, head.status, narrow)
    return panel


def _with_margins(ax: Axes, left: float, right: float) -> Axes:
    """Put an axes of the same height between other margins, inches."""
    figure: Any = ax.figure
    place, wide = ax.get_position(), figure.get_figwidth()
    ax.remove()
    grid = figure.add_gridspec(1, 1, left=left / wide, right=1 - right / wide, bottom=place.y0, top=place.y1)
    return figure.add_subplot(grid[0])


def room_for(ax: Axes | None, width: float | None, left: float, right: float) -> float:
    """Return how many inches wide the panel of a picture will be, before it is made."""
    if ax is not None:
        return panel_inches(ax)
    return (WIDTH if width is None else width) - left - right


def say_instead(panel: Axes, sentence: str) -> None:
    """Write into a panel why there is nothing to draw, broken to its width."""
    panel.set_xticks([])
    say(panel, broken(sentence, 0.9 * panel_inches(panel), 10))


def first_fitting(ax: Axes, *choices: str, size: float = 10.0) -> str:
    """Return the first of several headings that is no wider than a panel, or the last of them."""
    room = panel_inches(ax)
    return next((words for words in choices if text_inches(words, size, "bold") <= room), choices[-1])


def run_head(run: Any, recording: Recording | None, names: Names, tiles: list[Tile] | None = None) -> Head:
    """Return a head with a run's name, its clock and its figures.

    Parameters
    ----------
    run : Run
        Its ``scenario`` and ``summary`` are read.
    recording : Recording or None
        Its timeline; None where it has no rows.
    names : Names
        The currencies.
    tiles : list of Tile, optional
        The figures; by default those of the timeline.
    """
    summary = getattr(run, "summary", None) or {}
    title = str(getattr(run.scenario, "name", "") or "Cascade")
    line = "no time has passed" if recording is None else subtitle(run, recording)
    chosen = headline_tiles(summary, names) if tiles is None else tiles
    status = "completed" if recording is None else str(summary.get("status") or "completed")
    return Head(title, line, chosen, status)


def split(
    panel: Axes, widths: list[float | None], heights: list[float | None], gaps: tuple[float, float]
) -> list[list[Axes]]:
    """Cut a panel into a table of smaller ones.

    Parameters
    ----------
    panel : matplotlib.axes.Axes
        Gives its place and is removed.
    widths, heights : list of float or None
        Of the columns and rows, inches; None takes what is left.
    gaps : tuple of float
        Inches between two columns, and between two rows.

    Returns
    -------
    list of list of matplotlib.axes.Axes
        Row by row.
    """
    figure: Any = panel.figure
    across = _shares(widths, gaps[0], panel.bbox.width / figure.dpi)
    down = _shares(heights, gaps[1], panel.bbox.height / figure.dpi)
    grid = panel.get_subplotspec().subgridspec(  # type: ignore[union-attr]
        len(down),
        len(across),
        width_ratios=across,
        height_ratios=down,
        wspace=gaps[0] * len(across) / sum(across),
        hspace=gaps[1] * len(down) / sum(down),
    )
    panel.remove()
    return [[figure.add_subplot(grid[row, column]) for column in range(len(across))] for row in range(len(down))]


def _shares(sizes: list[float | None], gap: float, room: float) -> list[float]:
    """Return the sizes with the open ones filled in; those are never less than a fifth of the room."""
    known = sum(size for size in sizes if size is not None)
    left = room - known - gap * (len(sizes) - 1)
    each = max(left, 0.2 * room) / max(sizes.count(None), 1)
    return [each if size is None else size for size in sizes]
