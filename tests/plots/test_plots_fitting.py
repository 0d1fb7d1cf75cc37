"""Words, ticks and panels that fit into the room there is."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib.dates as mdates
import numpy as np
import pytest
from matplotlib.figure import Figure

from cascade_sim.plots.below import broken
from cascade_sim.plots.clock_axis import SparseDates
from cascade_sim.plots.headed import Head
from cascade_sim.plots.one_panel import first_fitting, one_panel, split
from cascade_sim.plots.price_panel import name_extreme
from cascade_sim.plots.reading import names_of, recording_of
from cascade_sim.plots.style import text_inches
from cascade_sim.plots.ticks import log_amounts


@pytest.mark.parametrize("width", [1.2, 2.0, 3.3, 8.0])
def test_broken_lines_are_no_wider_than_the_room_and_lose_no_word(width):
    words = "Branching ratio R = 0.949: each unit closed by force set off 0.949 more; WWWWWWWW MMMMMMMM iiiiiiii " * 3
    lines = broken(words, width).split("\n")
    assert " ".join(lines) == words.strip()
    assert max(text_inches(line, 8.5) for line in lines) <= max(width, 1.6)


@pytest.mark.parametrize("width", [1.2, 2.4, 8.4])
def test_every_length_of_run_has_round_moments_and_not_too_many(width):
    ax = Figure().subplots()
    locator = SparseDates(width)
    ax.xaxis.set_major_locator(locator)
    for seconds in np.unique(np.geomspace(2, 40 * 86_400, 150).astype(int)):
        begin = mdates.date2num(np.datetime64("2020-03-12T06:00:00"))
        ax.set_xlim(begin, begin + seconds / 86_400)
        moments = locator()
        assert 1 <= len(moments) <= max(width / 0.62, 2)


def test_small_shares_on_a_logarithmic_axis_are_powers_of_ten():
    ax = Figure().subplots()
    ax.set_yscale("log")
    ax.set_ylim(1e-6, 1e6)
    log_amounts(ax.yaxis)
    label = ax.yaxis.get_major_formatter()
    shown = [label(value, 0) for value in (1e-6, 2e-5, 1e-4, 1e-3, 0.01, 1.0, 1e3, 1e6)]
    assert shown == ["10⁻⁶", "2·10⁻⁵", "10⁻⁴", "0.001", "0.01", "1", "1,000", "1M"]


def test_parts_of_a_panel_have_the_inches_asked_for():
    panel = Figure(figsize=(10, 8)).subplots()
    wide, tall = panel.bbox.width / 100, panel.bbox.height / 100
    rows = split(panel, [None, 1.5], [None, 0.4], (0.2, 0.6))
    sizes = [[(ax.bbox.width / 100, ax.bbox.height / 100) for ax in row] for row in rows]
    np.testing.assert_allclose(sizes[0][0], (wide - 1.7, tall - 1.0))
    np.testing.assert_allclose(sizes[1][1], (1.5, 0.4))
    assert (rows[0][1].bbox.x0 - rows[0][0].bbox.x1) / 100 == pytest.approx(0.2)
    assert (rows[0][0].bbox.y0 - rows[1][0].bbox.y1) / 100 == pytest.approx(0.6)


def test_a_panel_has_its_margins_and_a_narrow_head_the_whole_width():
    for width, edge in ((10.0, 0.7), (3.4, 0.14)):
        panel = one_panel(Head("A name", "a line", []), None, 3.0, width=width, left=0.7, right=0.2, bottom=0.5)
        head = next(ax for ax in panel.figure.axes if ax is not panel)
        assert panel.bbox.x0 / 100 == pytest.approx(0.7)
        assert panel.bbox.x1 / 100 == pytest.approx(width - 0.2)
        assert panel.bbox.y0 / 100 == pytest.approx(0.5)
        assert panel.bbox.height / 100 == pytest.approx(3.0)
        assert head.bbox.x0 / 100 == pytest.approx(edge)


@pytest.mark.parametrize("status", ["completed", "interrupted", "book_exhausted"])
@pytest.mark.parametrize("width", [2.0, 2.6, 3.4, 10.0])
@pytest.mark.parametrize("title", ["A", "A cascade of many words that go on and on and on", "Liquidationskaskade" * 6])
def test_a_title_of_any_length_is_written_beside_any_status(title, width, status):
    figure = one_panel(Head(title, "a line", [], status), None, 2.0, width=width).figure
    written = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert any(words.startswith(title[:6]) for words in written)


def test_a_heading_too_wide_for_its_panel_gives_way_to_a_shorter_one():
    ax = Figure(figsize=(3, 3)).subplots()
    assert first_fitting(ax, "Quantity closed by force, by round", "By round", "k") == "By round"
    assert first_fitting(ax, "W" * 40, "M" * 40) == "M" * 40


@pytest.mark.parametrize("low", [0, 50, 99])
@pytest.mark.parametrize("figure_width", [2.0, 10.0])
def test_the_named_low_stays_within_its_panel(small: SimpleNamespace, low, figure_width):
    small.timeline["mark"] = 100.0
    small.timeline.iloc[low, small.timeline.columns.get_loc("mark")] = 90.0
    recording = recording_of(small.timeline, small.scenario, names_of(small))
    ax = Figure(figsize=(figure_width, 3)).subplots()
    ax.set_xlim(*recording.dates(np.array([recording.start, recording.end])))
    ax.set_ylim(89.9, 101)
    assert name_extreme(ax, recording, recording.column("mark"), inwards=True) == -1
    ax.figure.draw_without_rendering()
    (text,) = ax.texts
    box = text.get_window_extent()
    assert ax.bbox.x0 - 2 <= box.x0 <= box.x1 <= ax.bbox.x1 + 2
    assert box.y0 > ax.transData.transform((0, 90.0))[1]
