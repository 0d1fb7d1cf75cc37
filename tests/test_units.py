"""Quantities as people write them."""

import contextlib
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_sim import units
from cascade_sim.units import UnitError

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (5, 5.0),
        ("25M", 25e6),
        ("40k", 40e3),
        ("1.1B", 1.1e9),
        ("2T", 2e12),
        ("200_000", 2e5),
        ("1e-4", 1e-4),
        (".5", 0.5),
        (" -3 k ", -3e3),
    ],
)
def test_amounts_mean_what_they_say(written, meant):
    assert units.parse_quantity(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("0.5%", 0.005), ("0.7%", 0.007), ("100%", 1.0), (0.25, 0.25), ("0.25", 0.25), ("-1e1%", -0.1)],
)
def test_a_percent_sign_means_a_fraction_of_one_rounded_once(written, meant):
    assert units.parse_fraction(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("36h", 129_600.0),
        ("1min", 60.0),
        ("250ms", 0.25),
        ("7d", 604_800.0),
        ("45 s", 45.0),
        (1.5, 1.5),
        ("1h30min", 5400.0),
        ("-3d", -259_200.0),
        ("never", math.inf),
        (math.inf, math.inf),
        (timedelta(minutes=2), 120.0),
    ],
)
def test_durations_mean_what_they_say(written, meant):
    assert units.parse_duration(written) == meant


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("1.1bn", "did you mean 1.1B"),
        ("25m", "did you mean 25M"),
        ("40K", "did you mean 40k"),
        ("600MM", "did you mean 600M"),
        ("200,000", "did you mean 200_000"),
        ("5%", "such as"),
        ("5 USD", "leave currencies out"),
        ("3h", "such as"),
        ("lots", "such as"),
        ("", "such as"),
        (None, "such as"),
        (True, "such as"),
        ([1], "such as"),
    ],
)
def test_a_wrong_amount_is_refused_with_what_to_write(written, hint):
    with pytest.raises(UnitError) as caught:
        units.parse_quantity(written)
    assert hint in caught.value.fix


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("5m", "did you mean 5min"),
        ("2 hours", "did you mean 2h"),
        ("1w", "did you mean 7d"),
        ("NEVER", "did you mean never"),
        ("5%", "the units of time are"),
        ("", "such as"),
        ("1h and more", "such as"),
        ("soon", "such as"),
        (None, "such as"),
    ],
)
def test_a_wrong_duration_is_refused_with_what_to_write(written, hint):
    with pytest.raises(UnitError) as caught:
        units.parse_duration(written)
    assert hint in caught.value.fix


@pytest.mark.parametrize("parse", [units.parse_quantity, units.parse_fraction, units.parse_moment])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, ".nan", ".inf", "nan", "-inf", "1e999"])
def test_what_is_not_finite_is_refused(parse, value):
    with pytest.raises(UnitError):
        parse(value)


def test_a_duration_that_is_not_a_number_is_refused():
    for value in (math.nan, "nan", -math.inf, "1e999s"):
        with pytest.raises(UnitError):
            units.parse_duration(value)


def test_a_time_without_a_zone_is_utc_and_others_are_brought_to_it():
    expected = datetime(2020, 3, 12, 10, tzinfo=UTC)
    assert units.parse_time("2020-03-12T10:00:00Z") == expected
    assert units.parse_time("2020-03-12 10:00") == expected
    assert units.parse_time("2020-03-12T12:00:00+02:00") == expected
    assert units.parse_time(datetime(2020, 3, 12, 11, tzinfo=timezone(timedelta(hours=1)))) == expected
    assert units.format_time(expected) == "2020-03-12T10:00:00Z"


@pytest.mark.parametrize("written", ["2020-13-12", "2020-02-30T00:00:00Z", "12 March", 5])
def test_a_time_that_is_not_in_the_calendar_is_refused(written):
    with pytest.raises(UnitError):
        units.parse_time(written)


def test_a_moment_is_a_duration_or_a_time():
    assert units.parse_moment("20min") == 1200.0
    assert units.parse_moment("2020-03-12") == datetime(2020, 3, 12, tzinfo=UTC)
    with pytest.raises(UnitError, match="not a moment"):
        units.parse_moment("never")


@given(finite)
def test_amounts_written_in_full_are_read_back(value):
    assert units.parse_quantity(units.format_quantity(value, 17)) == pytest.approx(value, rel=1e-15, abs=1e-300)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6))
def test_fractions_written_in_full_are_read_back(value):
    assert units.parse_fraction(units.format_percent(value, 17)) == pytest.approx(value, rel=1e-14, abs=1e-300)


@given(st.floats(min_value=1e-6, max_value=1e10) | st.just(math.inf))
def test_durations_written_in_full_are_read_back(value):
    assert units.parse_duration(units.format_duration(value, 17)) == pytest.approx(value, rel=1e-14)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_politely(text):
    for parse in (units.parse_quantity, units.parse_fraction, units.parse_duration, units.parse_moment):
        with contextlib.suppress(UnitError):
            parse(text)


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.1e9, "1.1B"), (25e6, "25M"), (40e3, "40k"), (7900, "7900"), (999_999, "1M"), (0.5, "0.5")],
)
def test_amounts_are_written_short(value, written):
    assert units.format_quantity(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (129_600, "36h"),
        (100, "100s"),
        (5400, "1.5h"),
        (0.25, "250ms"),
        (math.inf, "never"),
        (604_800, "7d"),
        (0, "0s"),
    ],
)
def test_durations_are_written_short(value, written):
    assert units.format_duration(value) == written


def test_fractions_are_written_as_percentages():
    assert units.format_percent(0.005) == "0.5%"
    assert units.format_percent(1.0) == "100%"


def test_a_whole_number_beyond_floats_is_refused():
    with pytest.raises(UnitError, match="is not a finite number"):
        units.parse_quantity(10**400)
