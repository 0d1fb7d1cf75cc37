"""What a picture must be to be read: every word inside it, and none over another."""

from __future__ import annotations

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from cascade_sim.plots.style import drawing_style


def shown_texts(figure: Figure) -> list[tuple[str, object]]:
    """Every piece of text that is drawn, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    with drawing_style():
        canvas.draw()
        renderer = canvas.get_renderer()
        found = []
        for ax in figure.axes:
            hidden = set()
            if not ax.axison:
                for axis in (ax.xaxis, ax.yaxis):
                    hidden |= set(axis.findobj(Text))
            for axis in (ax.xaxis, ax.yaxis):
                begin, end = sorted(axis.get_view_interval())
                for tick in axis.get_major_ticks():
                    if not begin <= tick.get_loc() <= end:
                        hidden |= {tick.label1, tick.label2}
            for text in ax.findobj(Text):
                if text in hidden or not text.get_visible() or not text.get_text().strip():
                    continue
                found.append((text.get_text(), text.get_window_extent(renderer)))
    return found


def unreadable(figure: Figure) -> list[str]:
    """Say which words leave the picture, and which cover each other."""
    width, height = figure.bbox.width, figure.bbox.height
    texts = shown_texts(figure)
    wrong = [
        f"{words!r} leaves the picture"
        for words, box in texts
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > width + 0.5 or box.y1 > height + 0.5
    ]
    for (one, box), (other, second) in itertools.combinations(texts, 2):
        across = min(box.x1, second.x1) - max(box.x0, second.x0)
        down = min(box.y1, second.y1) - max(box.y0, second.y0)
        if across > 1.0 and down > 2.0:
            wrong.append(f"{one!r} covers {other!r}")
    return wrong
