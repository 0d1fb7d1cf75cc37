"""Rows of panels over one clock, with the scenario's events marked through them and listed below."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim.plots import event_marks
from cascade_sim.plots.below import LINE, broken, say_below
from cascade_sim.plots.clock_axis import shade_halts, share_clock
from cascade_sim.plots.headed import Head, headed, panel_width, place_inches, words_left, words_width
from cascade_sim.plots.layout import HEAD
from cascade_sim.plots.reading import Recording, halts_of
from cascade_sim.plots.style import LEGEND_ROW, NARROW, finish, lower_top

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FLATTER, _PRESSED, _GAP, _MOST_WORDS = 0.62, 0.6, 0.42, 0.2
_MOST_SAID = 0.1
_DROP = 0.45


class Panel(NamedTuple):
    """One row of the picture.

    Attributes
    ----------
    height : float
        Inches, where there is room enough.
    lines : int
        How many lines its legend takes at most in a narrow picture.
    spare : int
        0 for what is always shown; of the others the largest is left out first where there is no room.
    draw : callable
        Draws it into an axes.
    """

    height: float
    lines: int
    spare: int
    draw: Callable[[Axes], None]


class Marks(NamedTuple):
    """The events to mark, the lines that list them below, and the row of each flag above the first panel."""

    markers: list[event_marks.Marker]
    lines: list[tuple[str, str, str]]
    rows: list[int]

    @property
    def flags(self) -> float:
        """Inches that the flags take above the first panel."""
        return event_marks.FLAG_ROW * (max(self.rows) + 1) if self.rows else 0.0


def marks_of(run: Any, recording: Recording, ax: Axes | None, width: float | None) -> Marks:
    """Return what is marked in a picture of a run; nothing where the list would take too much of an axes' place."""
    markers = event_marks.markers_of(run, recording)
    lines = event_marks.legend_lines(markers, recording, words_width(ax, width))
    marks = Marks(markers, lines, event_marks.flag_rows(markers, recording, panel_width(ax, width)))
    taken = event_marks.legend_inches(lines) + marks.flags
    return Marks([], [], []) if taken > _MOST_WORDS * place_inches(ax) else marks


def panel_rows(
    head: Head,
    chosen: list[Panel],
    run: Any,
    recording: Recording,
    marks: Marks,
    ax: Axes | None,
    width: float | None,
    said: str = "",
) -> Figure:
    """Draw panels below a head, over one clock.

    Parameters
    ----------
    head : Head
        What stands in it.
    chosen : list of Panel
        The panels. The first one has the flags of the events above it.
    run : Run
        Says when the venue stood still.
    recording : Recording
        Its timeline.
    marks : Marks
        What is marked.
    ax : matplotlib.axes.Axes or None
        Gives its place and is removed; None makes a new figure.
    width : float or None
        Of a new figure, inches.
    said : str
        A few sentences below all; left out where they would take too much of an axes' place.

    Returns
    -------
    matplotlib.figure.Figure
    """
    wide, whole, room = panel_width(ax, width), words_width(ax, width), place_inches(ax)
    size = 7.0 if wide < NARROW else 8.5
    listed = event_marks.legend_inches(marks.lines)
    spoken = LINE * (broken(said, whole, size).count("\n") + 1) + 0.05 if said else 0.0
    if spoken > _MOST_SAID * room:
        said, spoken = "", 0.0
    if wide < NARROW:
        chosen = [each._replace(height=_FLATTER * each.height + LEGEND_ROW * each.lines) for each in chosen]
    chosen = _fitting(chosen, room - HEAD - listed - spoken - marks.flags, _PRESSED if wide >= NARROW else 1.0)
    heights = [chosen[0].height + marks.flags, *(each.height for each in chosen[1:])]
    panels = headed(head, heights, ax, width=width, below=listed + spoken)
    for panel in panels[1:]:
        panel.sharex(panels[0])
    share_clock(panels, recording)
    if marks.rows:
        lower_top(panels[0], marks.flags)
    for panel, each in zip(panels, chosen, strict=True):
        panel.grid(True, axis="y")
        each.draw(panel)
    finish(panels)
    shade_halts(panels, halts_of(run, recording))
    event_marks.draw_markers(panels, marks.markers, marks.rows)
    left = words_left(panels[-1], ax is None)
    event_marks.write_legend(panels[-1], marks.lines, marks.markers, recording, _DROP, left)
    say_below(panels[-1], said, 72 * (_DROP + listed), size, left=left, room=whole)
    return panels[0].figure  # type: ignore[return-value]


def _fitting(chosen: list[Panel], room: float, pressed: float) -> list[Panel]:
    """Leave out what is least wanted until the panels fit into ``room`` inches, pressed to a share of their height."""
    while sum(pressed * each.height + _GAP for each in chosen) > room and any(each.spare for each in chosen):
        chosen = [each for each in chosen if each is not max(chosen, key=lambda panel: panel.spare)]
    return chosen
