from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from plots.looks import check_the_look, legend, words
from plots.stand_ins import crash_run, heatmap_of, small_run

from cascade_sim import plots
from cascade_sim.plots.frames import colour_range, frames_of
from cascade_sim.plots.reading import names_of, recording_of
from cascade_sim.plots.style import LONG, SHORT
from cascade_sim.scenario.record import Record


@pytest.fixture(scope="module")
def crash():
    run = crash_run(9_360, 10.0)
    run.heatmap = heatmap_of(run)
    return run


@pytest.fixture
def small():
    run = small_run()
    run.heatmap = heatmap_of(run, 40, 1.0, (80.0, 110.0))
    return run


def recording(run):
    return recording_of(run.timeline, run.scenario, names_of(run))


def parts(figure):
    """The axes of map, colour bar and profile."""
    map_ = next(ax for ax in figure.axes if ax.images)
    profile = next(ax for ax in figure.axes if ax.get_title(loc="left") == "At the end")
    return map_, next(ax for ax in figure.axes if "exact" in ax.get_xlabel()), profile


def colours_at(figure, values: list[float]) -> list[str]:
    (image,) = parts(figure)[0].images
    return [to_hex(colour, keep_alpha=True) for colour in image.to_rgba(np.array(values))]


def test_the_stand_in_counts_each_position_until_the_mark_first_reaches_it(small):
    trigger = small.crowd_map["trigger_price"].to_numpy()
    mark, middles = small.timeline["mark"].to_numpy(), small.heatmap.columns.to_numpy()
    for frame, row in ((0, 7), (40, 18), (99, 12), (60, 15)):
        in_bin = np.abs(trigger - middles[row]) < 0.375
        waiting = trigger < mark[: frame + 1].min()
        assert small.heatmap.iloc[frame, row] == pytest.approx(trigger[in_bin & waiting].sum())


def test_what_is_drawn_is_what_was_recorded(small):
    (image,) = parts(plots.heatmap(small))[0].images
    recorded, drawn = small.heatmap.to_numpy().T, np.asarray(image.get_array())
    low = image.norm.vmin
    np.testing.assert_array_equal(drawn[recorded >= low], recorded[recorded >= low])
    assert np.all(drawn[recorded == 0] < low)


def test_a_cell_lies_at_its_price_and_ends_at_its_time(small):
    (image,) = parts(plots.heatmap(small))[0].images
    begin, end, bottom, top = image.get_extent()
    assert (bottom, top) == pytest.approx((80.0, 110.0))
    assert (end - begin) * 86_400 == pytest.approx(100.0)
    assert image.origin == "lower"
    assert image.get_array().shape == (40, 100)


def test_bands_end_where_the_mark_sweeps_them(small):
    (image,) = parts(plots.heatmap(small))[0].images
    middles, mark = small.heatmap.columns.to_numpy(), small.timeline["mark"].to_numpy()
    open_ = np.asarray(image.get_array()) >= image.norm.vmin
    width = middles[1] - middles[0]
    for row, price in zip(open_, middles, strict=True):
        swept = np.minimum.accumulate(mark) < price - width
        assert not row[swept].any()


def test_colours_end_at_the_99th_percentile_and_nothing_is_darker_than_all():
    values = np.r_[np.zeros(50), np.arange(1.0, 1001.0)]
    low, high = colour_range(values)
    assert high == pytest.approx(np.percentile(values[values > 0], 99))
    assert 0 < low < high
    assert colour_range(np.zeros(3)) is None
    assert colour_range(np.array([7.0]))[1] == 7.0


def test_colours_grow_brighter_and_empty_cells_are_darkest(crash):
    figure = plots.heatmap(crash)
    (image,) = parts(figure)[0].images
    low, high = image.norm.vmin, image.norm.vmax
    shown = image.to_rgba(np.r_[0.1 * low, np.geomspace(low, high, 30)])[:, :3]
    assert np.all(np.diff(shown @ [0.2126, 0.7152, 0.0722]) > 0)
    assert colours_at(figure, [high, 10 * high])[0] == colours_at(figure, [10 * high])[0]


def test_cells_without_a_record_are_left_open(small):
    small.heatmap.iloc[:, 5] = np.nan
    figure = plots.heatmap(small)
    assert np.isnan(np.ma.filled(parts(figure)[0].images[0].get_array(), np.nan)[5]).all()
    assert colours_at(figure, [np.nan])[0].endswith("00")


def test_long_recordings_are_joined_by_their_maximum(small):
    times = pd.date_range("2020-01-01T00:01Z", periods=43_200, freq="min", name="time")
    values = np.random.default_rng(2).random((times.size, 3))
    frames = frames_of(pd.DataFrame(values, index=times, columns=[1.0, 2.0, 3.0]), recording(small))
    assert frames.notional.shape[1] <= 2_000
    assert frames.notional.max() == values.max()
    size = int((frames.edges[1] - frames.edges[0]) / 60e9)
    np.testing.assert_array_equal(frames.notional[:, 7], values[7 * size : 8 * size].max(axis=0))
    np.testing.assert_array_equal(frames.last, values[-1])
    assert frames.edges[0] == times[0].value - 60 * 10**9


def test_the_profile_is_the_last_frame_with_longs_below_the_mark_and_shorts_above(crash):
    profile = parts(plots.heatmap(crash))[2]
    filled = {to_hex(patch.get_facecolor()): patch.get_data().values for patch in profile.patches if patch.get_fill()}
    middles, mark = crash.heatmap.columns.to_numpy(), crash.timeline["mark"].iloc[-1]
    last = crash.heatmap.iloc[-1].to_numpy()
    assert set(filled) <= {LONG, SHORT}
    np.testing.assert_array_equal(filled[SHORT], np.where(middles > mark, last, 0.0))
    assert last[middles < mark].any() == (LONG in filled)
    (outline,) = [patch for patch in profile.patches if not patch.get_fill()]
    np.testing.assert_array_equal(outline.get_data().values, crash.heatmap.iloc[0].to_numpy())


def test_longs_that_are_left_are_orange(small):
    profile = parts(plots.heatmap(small))[2]
    assert [to_hex(patch.get_facecolor()) for patch in profile.patches if patch.get_fill()] == [LONG]


@pytest.mark.parametrize("width", [3.4, 5.0, 10.0])
def test_map_and_profile_share_the_price_axis(crash, width):
    map_, _, profile = parts(plots.heatmap(crash, width=width))
    assert map_.get_ylim() == profile.get_ylim()
    assert map_.get_position().y0 == pytest.approx(profile.get_position().y0)
    assert map_.get_position().y1 == pytest.approx(profile.get_position().y1)


def test_axes_and_colours_say_their_units(crash):
    figure = plots.heatmap(crash, base="BTC")
    map_, bar, profile = parts(figure)
    assert map_.get_ylabel() == "USD per BTC"
    assert map_.get_xlabel() == "time, UTC"
    assert "USD liquidated per 47.6 USD of price (exact, from the positions)" in bar.get_xlabel()
    assert profile.get_xlabel() == "USD per bin; line: at 06:01"


def test_the_low_and_the_outage_are_named(crash):
    figure = plots.heatmap(crash)
    assert f"low {crash.timeline['mark'].min():,.0f} at" in words(figure)
    assert legend(parts(figure)[0]) == ["index", "mark", "venue down 02:16–02:40"]


def test_an_index_that_is_the_mark_is_not_drawn_twice(small):
    small.timeline["index"] = small.timeline["mark"]
    assert legend(parts(plots.heatmap(small))[0]) == ["mark"]


@pytest.mark.parametrize(("prices", "within"), [((95.0, 105.0), False), ((80.0, 110.0), True)])
def test_the_axis_follows_a_mark_that_leaves_the_recorded_prices(small, prices, within):
    small.heatmap = heatmap_of(small, 20, 1.0, prices)
    figure = plots.heatmap(small)
    check_the_look(figure)
    low, high = parts(figure)[0].get_ylim()
    assert low <= min(prices[0], small.timeline["mark"].min())
    assert high >= prices[1]
    assert (low == pytest.approx(prices[0])) == within
    assert ("nothing was recorded here" in words(figure)) != within


def test_the_words_say_how_to_record_a_heatmap_and_the_format_knows_them(small):
    small.heatmap = None
    assert "record: {heatmap: {bins: 200, every: 1min}}" in words(plots.heatmap(small))
    assert Record.model_validate({"heatmap": {"bins": 200, "every": "1min"}}).heatmap.every == 60.0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame.iloc[:0], "before the first frame"),
        (lambda frame: frame * 0.0, "no open position had its liquidation price within the recorded prices"),
        (lambda frame: frame * np.nan, "no open position had its liquidation price within the recorded prices"),
    ],
)
def test_a_heatmap_with_nothing_in_it_says_so(small, change, sentence):
    small.heatmap = change(small.heatmap)
    assert sentence in words(plots.heatmap(small))
