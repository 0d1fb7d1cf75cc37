"""What holds for the heatmap, the waterfall, the rounds and the cascade sizes alike."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from plots.looks import check_the_look, words
from plots.stand_ins import ACCOUNT, calm_run, fired, heatmap_of, run_of_cascades, small_run

from cascade_sim import plots

PICTURES = {name: getattr(plots, name) for name in ("heatmap", "waterfall", "rounds", "cascade_sizes")}
every = pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)


def full_run() -> SimpleNamespace:
    run = run_of_cascades(np.array([1, 5, 2, 1, 1, 30, 4, 1]))
    run.heatmap = heatmap_of(run, 50, 1.0, (78.0, 112.0))
    run.summary |= ACCOUNT
    return run


@every
@pytest.mark.parametrize("width", [None, 6.0, 3.4])
def test_nothing_overlaps_or_is_cut_at_any_width(draw, width):
    figure = draw(full_run(), width=width)
    assert figure.get_figwidth() == (width or 10.0)
    check_the_look(figure)


@every
@pytest.mark.parametrize("width", [None, 3.4])
def test_a_run_in_which_nothing_happened_says_so(draw, width):
    figure = draw(calm_run(), width=width)
    check_the_look(figure)
    assert any(word in words(figure) for word in ("no heatmap", "no position was liquidated"))


@every
def test_a_run_without_rows_is_a_readable_picture(draw):
    run = calm_run()
    run.timeline, run.summary, run.liquidations = run.timeline.iloc[:0], {}, fired([])
    text = words(draw(run))
    assert "no time has passed" in text
    assert any(word in text for word in ("nothing to draw", "no position", "does not say who paid"))


@every
def test_a_run_of_one_tick_can_be_drawn(draw):
    run = full_run()
    run.timeline, run.heatmap = run.timeline.iloc[:1], run.heatmap.iloc[:1]
    check_the_look(draw(run))


@every
def test_a_run_of_an_earlier_version_can_be_drawn(draw):
    run = small_run()
    run.summary = {}
    run.timeline = run.timeline.drop(columns=["mark", "index"])
    check_the_look(draw(run))


@every
def test_holes_in_a_timeline_are_no_obstacle(draw):
    run = full_run()
    run.timeline = run.timeline.astype(float) * np.nan
    run.heatmap.iloc[:, 3] = np.nan
    run.heatmap.iloc[5] = np.nan
    check_the_look(draw(run))


@every
def test_a_picture_can_take_the_place_of_an_axes(draw):
    figure = Figure(figsize=(18, 8))
    left, right = figure.subplots(1, 2)
    box = left.get_position()
    assert draw(full_run(), left) is figure
    assert right in figure.axes
    assert left not in figure.axes
    check_the_look(figure)
    for ax in figure.axes:
        if ax is not right:
            place = ax.get_position()
            assert box.x0 - 1e-9 <= place.x0 <= place.x1 <= box.x1 + 1e-9
            assert box.y0 - 1e-9 <= place.y0 <= place.y1 <= box.y1 + 1e-9


@every
@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_same_picture_gives_the_same_file(draw, kind, tmp_path):
    one, other = (plots.save(draw(full_run()), tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
    assert one == other


@every
def test_the_readers_own_style_is_neither_used_nor_changed(draw, tmp_path):
    plain = plots.save(draw(full_run()), tmp_path / "plain.png").read_bytes()
    with mpl.rc_context({"font.size": 31.0, "axes.facecolor": "black", "image.cmap": "jet", "image.origin": "upper"}):
        before = dict(mpl.rcParams)
        styled = plots.save(draw(full_run()), tmp_path / "styled.png").read_bytes()
        assert dict(mpl.rcParams) == before
    assert plain == styled


@every
def test_currencies_are_called_what_the_caller_calls_them(draw):
    run = full_run()
    text = words(draw(run, quote="EUR", base="XBT"))
    assert "USD" not in text
    assert "coin" not in text


def test_no_picture_needs_pyplot():
    script = (
        "import sys; sys.path.insert(0, 'tests');"
        "from plots.test_plots_new_pictures import PICTURES, full_run;"
        "[draw(full_run()).draw_without_rendering() for draw in PICTURES.values()];"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
