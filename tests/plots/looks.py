"""What a picture shows, as tests ask for it."""

from __future__ import annotations

import itertools

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox


def words(figure: Figure) -> str:
    """All that is written into panels and legends, with headings and axis labels; broken lines are joined."""
    figure.draw_without_rendering()
    texts = []
    for ax in figure.axes:
        texts += [text.get_text() for text in ax.texts]
        texts += [ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()]
        if ax.get_legend():
            texts += [text.get_text() for text in ax.get_legend().get_texts()]
    return "\n".join(text.replace("\n", " ") for text in texts)


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else []


def line(figure: Figure, label: str):
    """The one line of a picture whose label begins so."""
    (found,) = [line for ax in figure.axes for line in ax.lines if str(line.get_label()).startswith(label)]
    return found


def _written(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is drawn outside legends, with its place in pixels."""
    renderer = figure.canvas.get_renderer()
    texts = []
    for ax in figure.axes:
        texts += [*ax.texts, ax.title, ax._left_title, ax._right_title]
        if not ax.axison:
            continue
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            texts.append(axis.label)
            texts += [
                tick.label1
                for tick in axis.get_major_ticks()
                if low <= tick.get_loc() <= high and tick.label1.get_visible()
            ]
    drawn = [text for text in texts if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in drawn]


def check_the_look(figure: Figure) -> None:
    """Nothing that is written leaves the figure, and no two texts overlap."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    written = _written(figure)
    for text, box in written:
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= figure.bbox.width + 1, text
        assert box.y1 <= figure.bbox.height + 1, text
    for (one, box), (other, its) in itertools.combinations(written, 2):
        shared = Bbox.intersection(box, its)
        assert shared is None or min(shared.width, shared.height) < 1.5, (one, other)
