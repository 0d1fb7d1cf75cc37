from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from plots.full_runs import add_book, full_run
from plots.readable import unreadable
from plots.stand_ins import calm_run, crash_run, small_run

from cascade_sim import plots
from cascade_sim.plots import style

BOOK = "Makers' notional near the price"


def panel(figure, heading):
    return next(ax for ax in figure.axes if ax.get_title(loc="left") == heading)


def words(figure) -> str:
    return " ".join(text.get_text() for ax in figure.axes for text in ax.texts).replace("\n", " ")


def side(figure, label):
    return next(line for line in panel(figure, BOOK).lines if line.get_label() == label)


@pytest.fixture(scope="module")
def full():
    return full_run(1_000)


@pytest.fixture(scope="module")
def picture(full):
    return plots.depth(full)


def test_asks_are_drawn_upwards_and_bids_downwards():
    run = add_book(small_run())
    figure = plots.depth(run)
    np.testing.assert_array_equal(side(figure, "asks").get_ydata(), run.timeline["ask_depth"])
    np.testing.assert_array_equal(side(figure, "bids").get_ydata(), -run.timeline["bid_depth"])
    low, high = panel(figure, BOOK).get_ylim()
    assert low < -run.timeline["bid_depth"].max()
    assert high > run.timeline["ask_depth"].max()


def test_amounts_have_no_sign_below_zero(picture):
    formatter = panel(picture, BOOK).yaxis.get_major_formatter()
    assert formatter.format_ticks([-5e6, 0.0, 5e6]) == ["5M", "0", "5M"]


def test_neither_side_of_the_book_has_the_colour_of_a_side_of_the_crowd(picture):
    colours = {to_hex(side(picture, label).get_color()) for label in ("asks", "bids")}
    assert len(colours) == 2
    assert not colours & {style.LONG, style.SHORT}


def test_the_least_of_each_side_is_said_with_its_time(full, picture):
    least = full.timeline["bid_depth"].min()
    when = full.timeline["bid_depth"].idxmin()
    assert f"least of the bids within 1 %, at {when.round('min'):%H:%M} on 13 Mar" in words(picture)
    assert f"{least / 1e3:.0f}k USD" in words(picture)


def test_the_least_survives_thinning():
    run = full_run(100_000)
    run.timeline.iloc[31_234, run.timeline.columns.get_loc("bid_depth")] = 1.0
    figure = plots.depth(run)
    ring = next(line for line in panel(figure, BOOK).lines if line.get_marker() == "o" and line.get_ydata()[0] == -1.0)
    assert len(ring.get_xdata()) == 1
    assert "1 USD" in words(figure)


def test_spread_and_depth_multiplier_stand_below_with_their_units(picture):
    assert panel(picture, "Spread, bid to ask").get_ylabel() == "% of price"
    assert panel(picture, "Depth multiplier").get_ylabel() == "% of full depth"
    assert "least 2.0 % at" in words(picture)


def test_a_book_that_never_changes_is_flat_and_says_so(calm):
    figure = plots.depth(add_book(calm))
    assert "it never changed in this run" in words(figure)
    assert "nobody withdrew" in words(figure)
    assert set(side(figure, "asks").get_ydata()) == {10e6}


def test_an_infinite_book_says_that_it_is(calm):
    calm.scenario.market.book = SimpleNamespace(shape="infinite")
    figure = plots.depth(calm)
    assert "the book is infinite" in words(figure)
    assert "Depth multiplier" not in [ax.get_title(loc="left") for ax in figure.axes]


def test_a_run_that_did_not_record_the_book_shows_what_withdrew(full):
    older = crash_run(1_000, 93.6)
    figure = plots.depth(older)
    assert "this run did not record how much stands near the price" in words(figure)
    assert panel(figure, "Depth multiplier").lines


def test_a_run_without_rows_says_so(small):
    small.timeline = small.timeline.iloc[:0]
    assert "there is no book to draw" in words(plots.depth(small))


@pytest.mark.parametrize("column", ["bid_depth", "ask_depth", "bid", "ask", "depth_multiplier", "mark"])
def test_no_column_is_needed(column):
    run = add_book(small_run())
    run.timeline = run.timeline.drop(columns=column)
    plots.depth(run).draw_without_rendering()
    run.timeline[column] = np.nan
    plots.depth(run).draw_without_rendering()


def test_the_venues_outage_is_shaded_in_every_panel(picture):
    for heading in (BOOK, "Spread, bid to ask", "Depth multiplier"):
        assert len([shade for shade in panel(picture, heading).collections if shade.get_zorder() == 0.4]) == 1


@pytest.mark.parametrize("width", [None, 3.4, 5.0])
@pytest.mark.parametrize(
    "run",
    [full_run(1_000), crash_run(1_000, 93.6), add_book(calm_run()), add_book(small_run(1)), small_run()],
    ids=["full", "older", "flat", "one tick", "small"],
)
def test_every_word_can_be_read_at_any_width(run, width):
    figure = plots.depth(run, width=width)
    assert figure.get_figwidth() == (width or 10.0)
    assert unreadable(figure) == []


def test_it_can_take_the_place_of_an_axes(full):
    figure = Figure(figsize=(16, 7))
    left, right = figure.subplots(1, 2)
    box = left.get_position()
    assert plots.depth(full, left) is figure
    assert left not in figure.axes
    assert all(ax.get_position().x1 <= box.x1 + 1e-9 for ax in figure.axes if ax is not right)


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_it_is_written_in_every_format(full, tmp_path, ending):
    assert plots.save(plots.depth(full), tmp_path / f"depth.{ending}").stat().st_size > 1_000
