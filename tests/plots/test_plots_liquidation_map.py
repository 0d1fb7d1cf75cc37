from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from plots.readable import unreadable
from plots.stand_ins import calm_run, crash_run, small_run

from cascade_sim import plots
from cascade_sim.plots.crowd_shape import crowd_shape
from cascade_sim.plots.style import LEVERAGE_RAMP, LONG, NO_LEVERAGE, SHORT


def crowd(side, trigger, quantity=1.0, leverage=10.0) -> pd.DataFrame:
    side, trigger = np.atleast_1d(side), np.atleast_1d(np.asarray(trigger, dtype=float))
    columns = {
        "side": side,
        "trigger_price": trigger,
        "quantity": quantity,
        "leverage": leverage,
        "cohort": "c",
    }
    return pd.DataFrame(columns)


def words(figure) -> str:
    figure.draw_without_rendering()
    return "\n".join(text.get_text() for ax in figure.axes for text in ax.texts)


def curves(figure) -> dict[str, np.ndarray]:
    return {line.get_color(): np.column_stack(line.get_data()) for line in figure.axes[-1].lines}


def test_running_totals_meet_the_crowd_exactly_at_the_ends():
    rng = np.random.default_rng(4)
    trigger = np.r_[100 * np.exp(-rng.uniform(0.01, 0.2, 500)), 100 * np.exp(rng.uniform(0.01, 0.2, 300))]
    positions = crowd(np.repeat([1, -1], [500, 300]), trigger, quantity=rng.random(800))
    shape = crowd_shape(positions, 100.0, (100.0, 100.0), inverse=False)
    notional = positions["quantity"] * positions["trigger_price"]
    assert shape.long_total[-1] == pytest.approx(notional[:500].sum())
    assert shape.short_total[-1] == pytest.approx(notional[500:].sum())
    assert shape.tiers.sum() == pytest.approx(notional.sum())


def test_a_running_total_counts_what_a_move_to_a_price_liquidates():
    positions = crowd([1, 1, 1], [95.0, 90.0, 80.0], quantity=[1.0, 2.0, 4.0])
    shape = crowd_shape(positions, 100.0, (100.0, 100.0), inverse=True)
    for level, closed in ((96.0, 0.0), (94.5, 1.0), (89.5, 3.0), (79.9, 7.0)):
        assert np.interp(-level, -shape.long_prices, shape.long_total) == pytest.approx(closed)


def test_the_start_price_is_an_edge_and_no_bar_mixes_longs_and_shorts():
    positions = crowd([1, -1], [99.999, 100.001])
    shape = crowd_shape(positions, 100.0, (60.0, 150.0), inverse=False)
    assert np.any(np.isclose(shape.edges, 100.0, rtol=0, atol=1e-9))
    filled = np.flatnonzero(shape.tiers.sum(axis=0))
    assert shape.edges[filled[0] + 1] == pytest.approx(100.0)
    assert shape.edges[filled[1]] == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("leverage", "tier"),
    [(1.0, 0), (3.0, 0), (3.01, 1), (10.0, 1), (25.0, 2), (50.0, 3), (51.0, 4), (np.nan, 5)],
)
def test_leverage_falls_into_its_tier(leverage, tier):
    shape = crowd_shape(crowd(1, 90.0, leverage=leverage), 100.0, (100.0, 100.0), inverse=False)
    assert np.flatnonzero(shape.tiers.sum(axis=1)) == [tier]


def test_positions_that_no_price_liquidates_are_left_out_and_their_share_is_said(small):
    small.crowd_map = crowd([1, 1, -1], [90.0, 0.0, np.inf], quantity=[2.0, 1.0, 1.0])
    text = words(plots.liquidation_map(small))
    assert "50.0 %" in text
    assert "50.0 % of open interest (liquidated at no price)" in text


def test_a_long_tail_is_cut_and_its_share_is_said(small):
    small.crowd_map = crowd(np.full(1_001, -1), np.r_[np.linspace(101, 120, 1_000), 5_000.0])
    figure = plots.liquidation_map(small)
    assert figure.axes[1].get_xlim()[1] < 130
    assert "of shorts (above" in words(figure)


def test_an_extreme_tail_does_not_coarsen_the_axis():
    positions = crowd(np.full(1_001, -1), np.r_[np.linspace(101, 120, 1_000), 1e12])
    shape = crowd_shape(positions, 100.0, (100.0, 100.0), inverse=True)
    assert 118 < shape.high < 125
    assert shape.above == pytest.approx(1 / 1_001, rel=1e-3)


def test_the_prices_that_the_mark_reached_are_inside_and_named(crash):
    figure = plots.liquidation_map(crash, base="BTC")
    low, high = figure.axes[1].get_xlim()
    mark = crash.timeline["mark"]
    assert low <= mark.min() <= mark.max() <= high
    text = words(figure)
    assert f"lowest mark {mark.min():,.0f}" in text
    assert "start 7,934" in text
    assert "highest" not in text


def test_a_run_that_swept_nothing_names_only_the_start(small):
    small.timeline["mark"] = 100.0
    text = words(plots.liquidation_map(small))
    assert "start 100" in text
    assert "mark" not in text


def test_axes_say_their_units(crash):
    left, right = plots.liquidation_map(crash, base="BTC").axes[1:]
    assert left.get_ylabel() == "USD per 200 USD of price"
    assert right.get_ylabel() == "total, USD"
    assert "USD per BTC" in left.get_xlabel()


def test_bars_are_stacked_by_leverage_and_curves_have_the_colours_of_their_sides(crash, small):
    figure = plots.liquidation_map(crash)
    labels = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert labels == ["up to 3×", "3–10×", "10–25×", "25–50×", "over 50×"]
    assert set(curves(figure)) == {LONG, SHORT}
    assert set(curves(plots.liquidation_map(small))) == {LONG}
    assert len({*LEVERAGE_RAMP, NO_LEVERAGE, LONG, SHORT}) == len(LEVERAGE_RAMP) + 3


def test_the_long_curve_falls_towards_the_start_and_the_short_curve_rises_from_it(crash):
    figure = plots.liquidation_map(crash)
    longs, shorts = curves(figure)[LONG], curves(figure)[SHORT]
    assert np.all(longs[:, 0] <= 7934.0)
    assert np.all(shorts[:, 0] >= 7934.0)
    assert longs[0, 1] == shorts[0, 1] == 0.0
    assert np.all(np.diff(longs[:, 1]) >= 0)
    assert np.all(np.diff(shorts[:, 1]) >= 0)


def test_a_crowd_given_as_a_mapping_of_arrays_is_read_too(small):
    as_frame = plots.liquidation_map(small)
    small.crowd_map = {name: small.crowd_map[name].to_numpy() for name in small.crowd_map}
    np.testing.assert_array_equal(curves(as_frame)[LONG], curves(plots.liquidation_map(small))[LONG])


@pytest.mark.parametrize(
    ("positions", "sentence"),
    [
        (None, "this run kept no record of its crowd"),
        (crowd([], []), "this scenario has no leveraged crowd"),
        (crowd([1, -1], [0.0, np.inf]), "no price liquidates anybody in this crowd"),
    ],
)
def test_a_map_without_anything_to_draw_says_why(positions, sentence):
    run = small_run()
    run.crowd_map = positions
    assert sentence in words(plots.liquidation_map(run))


def test_a_single_position_can_be_drawn(small):
    small.crowd_map = crowd(1, 99.9)
    assert "1 position " in words(plots.liquidation_map(small)) + " "


def test_a_million_positions_are_added_up_before_they_are_drawn(small):
    rng = np.random.default_rng(0)
    small.crowd_map = crowd(np.ones(1_000_000, dtype=np.int8), 100 * np.exp(-rng.random(1_000_000)))
    figure = plots.liquidation_map(small)
    assert len(figure.axes[1].patches) <= 2 * 100
    assert curves(figure)[LONG].shape[0] <= 2_001


def test_the_map_needs_no_timeline(small):
    small.timeline = small.timeline.iloc[:0]
    plots.liquidation_map(small).draw_without_rendering()


def test_no_words_leave_the_picture(crash, small):
    for run in (crash, small):
        figure = plots.liquidation_map(run)
        figure.draw_without_rendering()
        for ax in figure.axes:
            box = ax.get_tightbbox()
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= figure.bbox.width
            assert box.y1 <= figure.bbox.height


@pytest.mark.parametrize("width", [None, 3.4, 5.0])
@pytest.mark.parametrize("run", [crash_run(1_000, 93.6), small_run(), calm_run()], ids=["crash", "small", "unknown"])
def test_every_word_of_a_map_can_be_read_at_any_width(run, width):
    figure = plots.liquidation_map(run, width=width)
    assert figure.get_figwidth() == (width or 10.0)
    assert unreadable(figure) == []


def test_names_of_prices_that_lie_close_stand_above_each_other():
    run = small_run()
    run.timeline["mark"] = np.linspace(96.0, 104.0, len(run.timeline))
    figure = plots.liquidation_map(run, width=3.4)
    assert "lowest mark 96.00" in words(figure)
    assert "highest mark 104.0" in words(figure)
    assert unreadable(figure) == []
