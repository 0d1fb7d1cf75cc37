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

from matplotlib import rc_context, rcParamsDefault
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

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
FUND = "#117733"
BAD_DEBT = INK
DELEVERAGED = "#cc6677"
SOCIALISED = "#aa4499"
COLLATERAL = "#a7b0b8"
LINK = "#9b9b9b"
INVENTORY = "#aa7a00"
BLANK = "#f5f4f0"
HALT = "#e9e4d6"
LEVERAGE_RAMP = ("#d3dc86", "#8fc487", "#4a9d8e", "#2b6a86", "#2b2f5e")
NO_LEVERAGE = "#a7b0b8"

SCREEN_DPI = 100
FILE_DPI = 200

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


def text_inches(words: str, size: float, weight: str = "normal") -> float:
    """Measure how long a line of text is, in inches, at a size in points."""
    font = FontProperties(family=["DejaVu Sans"], size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(words, font, False)[0] / 72.0


def panel_heading(ax: Axes, heading: str, lift: float = 0.0, twins: bool = True) -> None:
    """Put a panel's name and its legend in one line above it, where neither can cover the data.

    In a panel too narrow for both the legend goes inside.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    heading : str
        What the panel shows.
    lift : float
        Inches to leave free between the panel and this line.
    twins : bool
        Whether labelled artists of axes that share the panel's place (``twinx``) are listed too.
    """
    ax.set_title(heading, loc="left", fontsize=10, fontweight="bold", color=INK, pad=4.5 + 72 * lift)
    handles, labels = [], []
    for sibling in ax.figure.axes:
        if sibling is ax or (twins and sibling.bbox.bounds == ax.bbox.bounds):
            found = sibling.get_legend_handles_labels()
            handles += found[0]
            labels += found[1]
    if handles:
        taken = text_inches(heading, 10, "bold") + sum(text_inches(label, 8.5) + 0.46 for label in labels)
        crowded = taken > ax.bbox.width / ax.figure.dpi
        ax.legend(
            handles,
            labels,
            loc="best" if crowded else "lower right",
            bbox_to_anchor=None if crowded else (1.0, 1.0 + lift * ax.figure.dpi / ax.bbox.height),
            fontsize=7 if crowded else 8.5,
            frameon=crowded,
            borderaxespad=0.3 if crowded else 0.0,
            borderpad=0.25,
            ncols=1 if crowded else len(handles),
            handlelength=1.6,
            handletextpad=0.5,
            columnspacing=1.4,
        )


def say(ax: Axes, sentence: str) -> None:
    """Write a sentence into the middle of a panel that has nothing to draw."""
    ax.grid(False)
    ax.set_yticks([])
    ax.set_facecolor(BLANK)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.text(0.5, 0.5, sentence, transform=ax.transAxes, ha="center", va="center", color=MUTED, fontsize=10)
