"""The one look of every picture: colours, type, and figures that leave no trace in matplotlib's global state.

The colours come from the palettes of Okabe and Ito (2008, "Color Universal Design") and Tol (2021, "Colour schemes"),
made to stay apart for readers with any common colour deficiency. Orange always means longs and blue always means
shorts; nothing else uses these two.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure

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
INVENTORY = "#aa7a00"
HALT = "#e9e4d6"
LEVERAGE_RAMP = ("#dce3a5", "#a3cf91", "#5aa88f", "#2f6f86", "#2b3a67")
NO_LEVERAGE = "#a7b0b8"

SCREEN_DPI = 100
FILE_DPI = 200

_FAMILIES = ("axes", "figure", "font", "grid", "hatch", "legend", "lines", "patch", "path", "text")
_FAMILIES += ("xtick", "ytick", "xaxis", "yaxis", "savefig", "mathtext", "image", "date", "pdf", "svg", "ps", "agg")
_OWN = {
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
    "svg.fonttype": "none",
    "svg.hashsalt": "cascade_sim",
    "pdf.fonttype": 42,
}


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw in the house style, whatever the reader's own settings are, and put those back afterwards."""
    house: dict[str, Any] = {
        key: value for key, value in matplotlib.rcParamsDefault.items() if key.partition(".")[0] in _FAMILIES
    }
    with matplotlib.rc_context({**house, **_OWN}):
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


def panel_heading(ax: Axes, heading: str, lift: float = 0.0) -> None:
    """Put a panel's name and its legend in one line above it, where neither can cover the data.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel. Labelled artists of axes that share its place (``twinx``) are listed too.
    heading : str
        What the panel shows.
    lift : float
        Inches to leave free between the panel and this line.
    """
    ax.set_title(heading, loc="left", fontsize=10, fontweight="bold", color=INK, pad=4.5 + 72 * lift)
    handles, labels = [], []
    for sibling in ax.figure.axes:
        if sibling is ax or sibling.bbox.bounds == ax.bbox.bounds:
            found = sibling.get_legend_handles_labels()
            handles += found[0]
            labels += found[1]
    if handles:
        ax.legend(
            handles,
            labels,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0 + lift * ax.figure.dpi / ax.bbox.height),
            borderaxespad=0.0,
            borderpad=0.25,
            ncols=len(handles),
            handlelength=1.6,
            handletextpad=0.5,
            columnspacing=1.4,
        )


def say(ax: Axes, sentence: str) -> None:
    """Write a sentence into the middle of a panel that has nothing to draw."""
    ax.text(0.5, 0.5, sentence, transform=ax.transAxes, ha="center", va="center", color=MUTED, fontsize=10)
