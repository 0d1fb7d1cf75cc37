from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import venue_funding as naive

from cascade_sim.mechanics import funding, premium
from cascade_sim.mechanics.funding import (
    average_premium,
    clamped_funding_rate,
    damped_funding_rate,
    dydx_funding_cap,
    dydx_funding_rate,
    funding_payment,
    interest_rate,
    position_funding,
    premium_index,
)

RATES = st.floats(-0.1, 0.1)
PRICES = st.floats(1e-3, 1e6)
CAPS = st.one_of(st.floats(0, 0.1), st.just(math.inf))
SAMPLES = st.lists(RATES, min_size=1, max_size=20)


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(funding).failed == doctest.testmod(premium).failed == 0


def test_premium_is_zero_exactly_while_the_index_lies_within_the_impact_prices():
    index = np.array([98.9, 99.0, 100.0, 101.0, 101.1])
    premiums = premium_index(99.0, 101.0, index)
    assert (premiums[1:4] == 0).all()
    assert premiums[0] > 0 > premiums[4]


@given(st.floats(90, 110), st.floats(0, 5), st.floats(90, 110))
def test_premium_changes_sign_when_book_and_index_are_mirrored(bid, spread, index):
    there = premium_index(bid, bid + spread, index)
    back = premium_index(2 * index - (bid + spread), 2 * index - bid, index)
    assert there == pytest.approx(-back, abs=1e-14)


def test_rising_weights_count_the_last_sample_most():
    samples = [0.004, 0.001, 0.0]
    assert average_premium(samples) == pytest.approx(0.005 / 3)
    assert average_premium(samples, weighting="rising") == pytest.approx((0.004 + 2 * 0.001) / 6)
    assert average_premium(samples[::-1], weighting="rising") > average_premium(samples)


def test_a_window_leaves_older_samples_out():
    samples = np.arange(12.0).reshape(2, 6)
    assert average_premium(samples, last=2).tolist() == [4.5, 10.5]
    assert average_premium(samples[0], last=6) == average_premium(samples[0])


@given(RATES)
def test_the_interest_itself_is_charged_within_the_clamp_and_the_premium_drives_beyond_it(level):
    rate = clamped_funding_rate(level)
    if abs(0.0001 - level) < 0.0005:
        assert rate == 0.0001
    else:
        assert abs(rate - level) == pytest.approx(0.0005, abs=1e-15)


def test_published_clamp_example_is_reproduced():
    # BitMEX ONDO: a premium of -0.184 % is charged as -0.134 %.
    assert clamped_funding_rate(-0.00184) == pytest.approx(-0.00134, abs=1e-12)


def test_a_day_of_shorter_intervals_costs_as_much_as_a_day_of_long_ones():
    day = [24 / hours * clamped_funding_rate(0.003, interval_h=hours) for hours in (1.0, 2.0, 4.0, 8.0)]
    np.testing.assert_allclose(day, day[0], rtol=1e-12)


def test_interest_is_the_gap_between_the_currencies_by_interval():
    assert interest_rate() == pytest.approx(0.0001)
    assert interest_rate(0.0003, 0.0006) == pytest.approx(-0.0001)
    assert interest_rate(times_a_day=24) == pytest.approx(0.0003 / 24)


@given(RATES, st.floats(0, 0.01))
def test_damping_takes_the_band_off_the_premium(level, damp):
    rate = damped_funding_rate(level, damp=damp)
    assert rate == pytest.approx(math.copysign(max(abs(level) - damp, 0.0), level), abs=1e-16)
    assert damped_funding_rate(-level, damp=damp) == -rate


@given(RATES, CAPS)
def test_caps_hold_both_ways(level, cap):
    assert abs(clamped_funding_rate(level, cap=cap)) <= cap
    assert abs(damped_funding_rate(level, cap=cap)) <= cap
    assert abs(8 * dydx_funding_rate(level, cap=cap)) <= cap


def test_dydx_charges_an_eighth_of_the_premium_an_hour_within_its_cap():
    cap = dydx_funding_cap(0.05, 0.03)
    assert cap == pytest.approx(0.12)
    assert dydx_funding_rate(0.004) == 0.0005
    assert dydx_funding_rate(0.004, interest_h=0.0000125) == pytest.approx(0.0005125)
    assert dydx_funding_rate([-3.0, 3.0], cap=cap).tolist() == [-cap / 8, cap / 8]


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=8), st.floats(0, 1), PRICES, RATES)
def test_payments_of_a_market_sum_to_zero(contract, longs, cut, mark, rate):
    shorts = [cut * sum(longs), (1 - cut) * sum(longs)]
    sides = [1] * len(longs) + [-1, -1]
    received = position_funding(sides, longs + shorts, mark, rate, contract=contract)
    assert math.fsum(received) == pytest.approx(0.0, abs=1e-12 * (1e-300 + np.abs(received).sum()))


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_longs_pay_a_positive_rate_and_receive_a_negative_one(contract):
    received = position_funding([["long"], ["short"]], 100.0, 50.0, [0.001, -0.001], contract=contract)
    assert (np.sign(received) == [[-1, 1], [1, -1]]).all()


def test_notional_is_quote_for_linear_and_coin_for_inverse_contracts():
    assert position_funding("short", 2.0, 8000.0, 0.001) == pytest.approx(16.0)
    assert position_funding("short", 16_000.0, 8000.0, 0.001, contract="inverse") == pytest.approx(0.002)


def test_payments_add_up_over_intervals_and_parts_of_them():
    assert funding_payment(20_000, 0.0001, 3) == pytest.approx(6.0)
    hours = funding_payment(-1000.0, 0.0004, np.ones(8) / 8)
    assert hours.sum() == pytest.approx(funding_payment(-1000.0, 0.0004))


@given(PRICES, st.floats(0, 1e3), PRICES)
def test_premium_is_its_plain_twin_to_the_bit(bid, spread, index):
    assert premium_index(bid, bid + spread, index) == naive.premium_index(bid, bid + spread, index)


@given(SAMPLES, st.booleans())
def test_average_is_its_plain_twin_to_the_bit(samples, rising):
    average = average_premium(samples, weighting="rising" if rising else "equal")
    assert average == naive.average_premium(samples, rising)


@given(RATES, RATES, st.floats(0, 0.01), st.sampled_from([1.0, 2.0, 4.0, 8.0]), CAPS)
def test_rates_are_their_plain_twins_to_the_bit(level, interest, band, hours, cap):
    clamped = clamped_funding_rate(level, interest, clamp=band, interval_h=hours, cap=cap)
    assert clamped == naive.clamped_rate(level, interest, band, hours, cap)
    assert damped_funding_rate(level, damp=band, cap=cap) == naive.damped_rate(level, band, cap)
    assert dydx_funding_rate(level, interest_h=interest, cap=cap) == naive.hourly_rate(level, interest, cap)


@given(st.sampled_from([1, -1]), st.floats(0, 1e6), PRICES, RATES, st.booleans())
def test_payment_is_its_plain_twin_to_the_bit(side, quantity, mark, rate, inverse):
    received = position_funding(side, quantity, mark, rate, contract="inverse" if inverse else "linear")
    assert received == naive.payment(side, quantity, mark, rate, inverse)


def test_scalars_stay_plain_numbers():
    plain = [
        premium_index(1, 2, 1),
        average_premium([0.0]),
        interest_rate(),
        clamped_funding_rate(0.0),
        damped_funding_rate(0.0),
        dydx_funding_cap(0.1, 0.05),
        dydx_funding_rate(0.0),
        funding_payment(1, 1),
        position_funding(1, 1, 1, 1),
    ]
    assert {type(value) for value in plain} == {float}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: premium_index(0, 1, 1), "impact_bid must be positive"),
        (lambda: premium_index(2, 1, 1), "impact_bid must not be above impact_ask"),
        (lambda: premium_index(1, 1, math.nan), "index_price must be positive"),
        (lambda: average_premium([]), "at least one value"),
        (lambda: average_premium([math.nan]), "premium must be finite"),
        (lambda: average_premium([0.1], weighting="falling"), "weighting must be 'equal' or 'rising'"),
        (lambda: average_premium([0.1], last=2), "last must be 1 to 1 samples, not 2"),
        (lambda: average_premium([0.1], last=0), "last must be 1 to 1 samples, not 0"),
        (lambda: interest_rate(times_a_day=0), "times_a_day must be positive"),
        (lambda: clamped_funding_rate(math.inf), "premium must be finite"),
        (lambda: clamped_funding_rate(0, math.nan), "interest must be finite"),
        (lambda: clamped_funding_rate(0, clamp=-0.1), "clamp must be zero or more and finite"),
        (lambda: clamped_funding_rate(0, interval_h=0), "interval_h must be positive"),
        (lambda: clamped_funding_rate(0, cap=-1), "cap must be zero or more"),
        (lambda: damped_funding_rate(0, damp=-1), "damp must be zero or more and finite"),
        (lambda: dydx_funding_cap(0.03, 0.05), "must not be above initial_margin_fraction"),
        (lambda: dydx_funding_rate(0, cap=math.nan), "cap must be zero or more, or infinite for no limit, not nan"),
        (lambda: funding_payment(1, 1, -1), "times must be zero or more and finite"),
        (lambda: position_funding("flat", 1, 1, 1), "side must be"),
        (lambda: position_funding(1, -1, 1, 1), "quantity must be zero or more and finite"),
        (lambda: position_funding(1, 1, 0, 1), "mark_price must be positive"),
        (lambda: position_funding(1, 1, 1, 1, contract="quanto"), "contract must be"),
    ],
)
def test_wrong_inputs_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
