"""The one look of every picture: colours, type, and figures that leave no trace in matplotlib's global state.

The colours come from the palettes of Okabe and Ito (2008, "Color Universal Design") and Tol (2021, "Colour
schemes"), made to stay apart for readers with any common colour deficiency. Orange always means longs and
blue always means shorts; nothing else uses these two.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context, rcParamsDefault
from matplotlib.figure import Figure

from cascade_sim.plots.wrapping import text_inches as text_inches
from cascade_sim.plots.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONG = "#d55e00"
SHORT = "#0072b2"
INK = "#1c1c1c"
MUTED = "#6b6b6b"
FAINT = "#e4e4e4"
MARK = INK
INDEX = "#b9b9b9"
COUNTERFACTUAL = "#009e73"
OPEN_INTEREST = "#5d6d7e"
DEPTH = "#2a9d8f"
SPREAD = "#882255"
BID = DEPTH
ASK = "#5c4d00"
FUND = "#117733"
BAD_DEBT = INK
DELEVERAGED = "#cc6677"
SOCIALISED = "#aa4499"
COLLATERAL = "#a7b0b8"
LINK = "#9b9b9b"
INVENTORY = "#aa7a00"
VAULT = "#8c6bb1"
ENTRIES = OPEN_INTEREST
EXITS = "#b9a88f"
FUNDING = "#661100"
PUSHED = COLLATERAL
OTHER_FLOW = EXITS
ABSORBED = SOCIALISED
HEALTHY = OPEN_INTEREST
RIPE = DELEVERAGED
TOXIC = SPREAD
IN_AUCTION = INVENTORY
REPAID = FUND
FOR_NOTHING = SOCIALISED
LEAST = "#ddcc77"
GAS = "#b3532b"
POOLS = (DEPTH, "#7b5ba6", "#7d8f2f", "#cc79a7", "#332288")
POSITIONS = OPEN_INTEREST
FIXED_SPREAD = SPREAD
EVENT = "#8a8a8a"
BLANK = "#f5f4f0"
HALT = "#e9e4d6"
LEVERAGE_RAMP = ("#d3dc86", "#8fc487", "#4a9d8e", "#2b6a86", "#2b2f5e")
NO_LEVERAGE = "#a7b0b8"
RUNS = (INK, COUNTERFACTUAL, "#cc79a7", "#882255", "#ddcc77", "#335533", "#661100", "#bbbbbb")
RUN_DASHES: tuple[Any, ...] = (
    "solid",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 2)),
    (0, (3, 1.2, 1, 1.2, 1, 1.2)),
    (0, (2.5, 1.2)),
    (0, (1, 2.5)),
)

NARROW = 4.0
SCREEN_DPI = 100
FILE_DPI = 200
LEGEND_ROW = 0.135
_HANDLE = 0.46

_FAMILIES = {
    "agg",
    "axes",
    "figure",
    "font",
    "grid",
    "hatch",
    "image",
    "legend",
    "lines",
    "mathtext",
    "patch",
}
_FAMILIES |= {"path", "pdf", "ps", "savefig", "svg", "text", "xaxis", "xtick", "yaxis", "ytick"}
_OWN: dict[str, Any] = {
    "figure.dpi": SCREEN_DPI,
    "savefig.dpi": FILE_DPI,
    "font.family": ["DejaVu Sans"],  # ships with matplotlib: the same picture on every machine
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a scenario's name is a dollar sign
    "axes.edgecolor": "#9b9b9b",
    "axes.labelcolor": MUTED,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.7,
    "xtick.color": "#9b9b9b",
    "ytick.color": "#9b9b9b",
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.solid_joinstyle": "round",
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "cascade_sim",
    "pdf.fonttype": 42,
}


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw in the house style, whatever the reader's own settings are, and put those back afterwards."""
    plain = {key: value for key, value in rcParamsDefault.items() if key.partition(".")[0] in _FAMILIES}
    house: Any = {**plain, **_OWN}
    with rc_context(house):
        yield


class Picture(Figure):
    """A matplotlib figure that pyplot does not know of, and that a notebook shows all the same."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return a PNG at twice the screen's resolution, and the size at which a notebook shows it."""
        buffer = io.BytesIO()
        with drawing_style():
            self.savefig(buffer, format="png", dpi=2 * SCREEN_DPI)
        width, height = self.get_size_inches() * SCREEN_DPI
        return buffer.getvalue(), {"width": round(width), "height": round(height)}


def new_picture(width: float, height: float) -> Picture:
    """Return an empty figure of ``width`` by ``height`` inches."""
    return Picture(figsize=(width, height), dpi=SCREEN_DPI, facecolor="white")


def panel_inches(ax: Axes) -> float:
    """Return how wide a panel is, in inches."""
    return ax.bbox.width / float(ax.figure.dpi)


def is_narrow(ax: Axes) -> bool:
    """Tell whether a panel is as narrow as a column of a paper, so that its words must be few and small."""
    return panel_inches(ax) < NARROW


def siblings(ax: Axes, twins: bool = True) -> list[Axes]:
    """Return a panel and the axes that share its place (``twinx``)."""
    return [each for each in ax.figure.axes if each is ax or (twins and each.bbox.bounds == ax.bbox.bounds)]


def lower_top(ax: Axes, inches: float) -> None:
    """Take room for words from a panel's upper end, at most two thirds of it."""
    figure: Any = ax.figure
    box = ax.get_position()
    taken = min(inches / float(figure.get_figheight()), box.height * 2 / 3)
    for each in siblings(ax):
        each.set_position((box.x0, box.y0, box.width, box.height - taken))


def panel_heading(ax: Axes, heading: str, lift: float = 0.0, twins: bool = True, note: str = "") -> None:
    """Put a panel's name, a note and its legend above it, where none of them can cover the data.

    All in one line where that is wide enough; else in lines of their own, for which the panel gives up room.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    heading : str
        What the panel shows.
    lift : float
        Inches to leave free between the panel and these lines.
    twins : bool
        Whether labelled artists of axes that share the panel's place (``twinx``) are listed too.
    note : str
        A few words for the right end of the line.
    """
    handles, labels = [], []
    for sibling in siblings(ax, twins):
        found = sibling.get_legend_handles_labels()
        handles += found[0]
        labels += found[1]
    width = panel_inches(ax)
    size = 9.0 if is_narrow(ax) else 10.0
    beside = sum(text_inches(words, 8.5) + _HANDLE for words in (*labels, *([note] if note else [])))
    taken = text_inches(heading, size, "bold")
    crowded = beside > width - taken
    columns = _columns(labels, width) if crowded else len(labels)
    legend_height = LEGEND_ROW * -(-len(labels) // columns) if crowded and labels else 0.0
    above = legend_height + (LEGEND_ROW if crowded and note else 0.0)
    if above:
        lower_top(ax, above)
    ax.set_title(heading, loc="left", fontsize=size, fontweight="bold", color=INK, pad=4.5 + 72 * (lift + above))
    if note:
        right = not crowded and not handles
        after = 0.0 if crowded or right else 72 * (taken + 0.15)
        ax.annotate(
            note,
            (float(right), 1),
            xycoords="axes fraction",
            xytext=(after, (2.5 if crowded else 6) + 72 * (lift + legend_height)),
            textcoords="offset points",
            ha="right" if right else "left",
            fontsize=7 if crowded else 8.5,
            color=MUTED,
            annotation_clip=False,
        )
    if handles:
        ax.legend(
            handles,
            labels,
            loc="lower left" if crowded else "lower right",
            bbox_to_anchor=(0.0 if crowded else 1.0, 1.0 + (lift + 0.02 * crowded) * ax.figure.dpi / ax.bbox.height),
            fontsize=7 if crowded else 8.5,
            borderaxespad=0.0,
            borderpad=0.0 if crowded else 0.25,
            labelspacing=0.25,
            ncols=columns,
            handlelength=1.6,
            handletextpad=0.5,
            columnspacing=1.4,
        )


def _columns(labels: list[str], width: float) -> int:
    """Return how many columns of a legend in small type fit into ``width`` inches."""
    for columns in range(len(labels), 1, -1):
        # matplotlib fills a legend column by column, the first ones with one entry more
        ends = np.cumsum([len(part) for part in np.array_split(labels, columns)])
        parts = [labels[begin:end] for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
        if sum(max(text_inches(label, 7) for label in part) + 0.37 for part in parts) - 0.13 <= width:
            return columns
    return 1


def finish(panels: list[Axes]) -> None:
    """Align the names of the panels' axes, and set them and the numbers in small type where panels are narrow."""
    axes = [ax for panel in panels for ax in siblings(panel)]
    for ax in axes if is_narrow(panels[0]) else ():
        ax.tick_params(labelsize=7, pad=2)
        ax.xaxis.label.set_fontsize(7)
        ax.yaxis.label.set_fontsize(7)
        ax.yaxis.labelpad = 2
    panels[0].figure.align_ylabels(axes)


def say(ax: Axes, sentence: str) -> None:
    """Write a sentence into the middle of a panel that has nothing to draw."""
    ax.grid(False)
    ax.set_yticks([])
    ax.set_facecolor(BLANK)
    for spine in ax.spines.values():
        spine.set_visible(False)
    size = 8.0 if is_narrow(ax) else 10.0
    room = max(0.94 * panel_inches(ax), 0.5)
    words = "\n".join(line for part in sentence.split("\n") for line in wrapped(part, room, size))
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=MUTED, fontsize=size)
