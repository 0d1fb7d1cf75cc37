from __future__ import annotations

import math

import pytest

from cascade_sim.plots.crowd_shape import round_step
from cascade_sim.plots.numbers import bar_seconds, human, moment, percent, price, span_text
from cascade_sim.plots.ticks import AmountTicks, PlainTicks, PriceAndDistance, ShortTicks


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (912e6, "912M"),
        (1.0499e9, "1.05B"),
        (999.7e6, "1B"),
        (-40_000.0, "−40k"),
        (1540.0, "1,540"),
        (0.25, "0.25"),
        (math.nan, "–"),
    ],
)
def test_amounts_are_written_as_people_say_them(value, text):
    assert human(value) == text


def test_two_digits_of_three_before_the_point_need_no_power_of_ten():
    assert human(526_000.0, 2) == "530k"
    assert human(526.0, 2) == "530"
    assert human(5_260_000.0, 2) == "5.3M"


def test_percentages_never_round_something_to_nothing():
    assert percent(0.5344) == "53.4 %"
    assert percent(0.0) == "0.0 %"
    assert percent(1e-5) == "< 0.1 %"
    assert percent(1.0) == "100 %"


def test_prices_keep_four_digits():
    assert [price(value) for value in (7934.2, 61.523, 0.45123, 40_159.0)] == [
        "7,934",
        "61.52",
        "0.4512",
        "40,159",
    ]


def test_a_moment_is_rounded_not_cut():
    second = 1_000_000_000
    assert moment(1_584_065_759 * second) == "02:16"
    assert moment(1_584_065_759 * second, seconds=True) == "02:15:59"
    assert moment(1_584_065_760 * second, day=True) == "02:16 on 13 Mar"


def test_durations_are_written_in_their_natural_unit():
    assert [span_text(value) for value in (0.5, 900, 3600, 93_600, 5_025)] == [
        "0.5 s",
        "15 min",
        "1 h",
        "26 h",
        "5025 s",
    ]


@pytest.mark.parametrize("span", [1.0, 100.0, 600.0, 93_600.0, 864_000.0])
@pytest.mark.parametrize("step", [0.1, 0.7, 1.0, 7.0, 60.0])
def test_a_bar_holds_a_whole_number_of_rows_and_bars_stay_few(span, step):
    length = bar_seconds(span, step)
    assert length / step == pytest.approx(round(length / step))
    assert length >= step * (1 - 1e-9)
    assert span / length <= 111


def test_twenty_six_hours_of_seconds_become_quarters_of_an_hour():
    assert bar_seconds(93_600.0, 1.0) == 900


def test_labels_of_one_axis_have_the_same_decimals_and_the_same_unit():
    assert PlainTicks().format_ticks([95.0, 97.5, 100.0]) == ["95.0", "97.5", "100.0"]
    assert AmountTicks().format_ticks([0.0, 5e8, 1e9]) == ["0", "0.5B", "1.0B"]
    assert AmountTicks().format_ticks([0.0, 2000.0, 4000.0]) == ["0", "2,000", "4,000"]
    assert ShortTicks().format_ticks([0.01, 1.0, 10.0]) == ["0.01", "1", "10"]


def test_a_price_label_says_how_far_it_is_from_the_start():
    assert PriceAndDistance(100.0).format_ticks([90.0, 100.0, 110.0]) == [
        "90\n−10 %",
        "100\n0 %",
        "110\n+10 %",
    ]


def test_a_round_step_is_the_next_of_1_2_25_5():
    assert [round_step(least) for least in (0.9, 1.1, 2.1, 3.0, 60.0)] == [1.0, 2.0, 2.5, 5.0, 100.0]
