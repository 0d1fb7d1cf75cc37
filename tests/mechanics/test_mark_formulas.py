from __future__ import annotations

import doctest
import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import venue_mark as naive

from cascade_sim.mechanics import mark
from cascade_sim.mechanics.mark import (
    ExponentialAverage,
    basis_price,
    exponential_average,
    exponential_average_step,
    fair_price,
    hyperliquid_mark_price,
    index_price,
    median_price,
)

PRICES = st.floats(1e-3, 1e6)
MAYBE = st.one_of(PRICES, st.none())
SERIES = st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0.1, 500)), min_size=1, max_size=15)


def missing(value):
    return math.nan if value is None else value


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(mark).failed == 0


@given(st.lists(PRICES, min_size=1, max_size=9), st.randoms())
def test_median_does_not_depend_on_the_order_of_the_sources(prices, luck):
    shuffled = prices.copy()
    luck.shuffle(shuffled)
    assert median_price(shuffled) == median_price(prices) == statistics.median(prices)


def test_one_wild_source_cannot_move_a_median_of_three_past_the_others():
    for wild in (1e-6, 1e9):
        assert 2005 <= median_price([2005, 2007, wild]) <= 2007


def test_fair_price_starts_at_the_full_funding_and_ends_at_the_index():
    prices = fair_price(8000.0, -0.003, np.array([8.0, 4.0, 0.0]))
    np.testing.assert_allclose(prices, [7976.0, 7988.0, 8000.0], rtol=1e-14)
    assert fair_price(2000, 0.005, 0.5, 1.0) == pytest.approx(2005)
    assert fair_price(2000, 0.005, 0.5 * 3600, 3600) == fair_price(2000, 0.005, 0.5, 1.0)


def test_basis_price_follows_a_constant_basis_and_forgets_the_samples_level():
    index_samples = np.array([100.0, 200.0, 300.0])
    price = basis_price(150.0, index_samples + 4.0, index_samples + 6.0, index_samples)
    assert price == pytest.approx(155.0)
    table = basis_price([150.0, 250.0], np.ones((2, 3)) * 101, np.ones((2, 3)) * 103, 100.0)
    assert table.tolist() == [152.0, 252.0]


def test_exponential_average_of_a_constant_is_the_constant():
    np.testing.assert_allclose(exponential_average([7.0] * 5, [3.0, 0.5, 100.0, 9.0, 3.0]), 7.0, rtol=1e-14)


def test_exponential_average_is_the_sum_of_samples_weighted_by_age():
    samples, durations = np.array([10.0, 14.0, 9.0, 20.0]), np.array([3.0, 5.0, 2.0, 4.0])
    age = durations[::-1].cumsum()[::-1] - durations
    weights = durations * np.exp(-age / 150.0)
    assert exponential_average(samples, durations)[-1] == pytest.approx((weights * samples).sum() / weights.sum())


def test_published_exponential_average_is_reproduced():
    assert exponential_average([10, 10, 20], 3.0)[-1] == pytest.approx(13.400224, abs=1e-5)


def test_a_series_may_begin_with_samples_that_stood_for_no_time():
    path = exponential_average([5.0, 8.0, 9.0], [0.0, 0.0, 3.0])
    assert np.isnan(path[:2]).all()
    assert path[2] == 9.0


@given(SERIES, st.floats(1, 1000))
def test_a_series_and_its_single_steps_agree_to_the_bit(series, constant):
    state = ExponentialAverage(0.0, 0.0)
    path = exponential_average(*zip(*series, strict=True), time_constant_s=constant)
    for (sample, duration), expected in zip(series, path, strict=True):
        state = exponential_average_step(state, sample, duration, time_constant_s=constant)
        assert state.numerator / state.denominator == expected


def test_the_fourth_source_counts_only_where_exactly_two_of_three_exist():
    nan = math.nan
    assert hyperliquid_mark_price(100.0, 2.0, 104.0, 109.0, book_ema=50.0) == 104.0
    assert hyperliquid_mark_price(nan, 2.0, 104.0, 109.0, book_ema=105.0) == 105.0
    assert hyperliquid_mark_price(100.0, nan, 104.0, 109.0, book_ema=50.0) == 104.0
    assert hyperliquid_mark_price(100.0, 2.0, nan, 109.0, book_ema=103.0) == 103.0
    assert hyperliquid_mark_price(100.0, 2.0, 104.0, nan) == 103.0
    assert hyperliquid_mark_price(nan, nan, 104.0, nan, book_ema=50.0) == 104.0


def test_a_stray_source_loses_its_weight_and_two_of_them_leave_the_median():
    prices = [100.0, 101.0, 102.0, 120.0]
    assert index_price(prices, [1, 2, 1, 50]) == pytest.approx(101.0)
    assert index_price([80.0, 100.0, 101.0, 102.0, 120.0], [50, 1, 1, 1, 50]) == 101.0
    assert index_price([100.0, 105.0, 100.0], [1, 2, 1]) == pytest.approx(102.5)
    assert index_price(prices, [1, 2, 1, 50], max_deviation=1.0) > 115


def test_an_exchange_without_a_price_has_no_weight():
    assert index_price([100.0, math.nan, 102.0], [1, 50, 3]) == pytest.approx(101.5)


@given(PRICES, st.floats(-0.1, 0.1), st.floats(0, 8))
def test_fair_price_is_its_plain_twin_to_the_bit(index, rate, left):
    assert fair_price(index, rate, left) == naive.fair_price(index, rate, left, 8.0)


@given(PRICES, st.lists(st.tuples(PRICES, PRICES, PRICES), min_size=1, max_size=9))
def test_basis_price_is_its_plain_twin_to_the_bit(index, samples):
    bids, asks, indices = zip(*samples, strict=True)
    assert basis_price(index, bids, asks, indices) == naive.basis_price(index, bids, asks, indices)


@given(SERIES, st.floats(1, 1000))
def test_exponential_average_is_its_plain_twin_to_the_bit(series, constant):
    samples, durations = zip(*series, strict=True)
    path = exponential_average(samples, durations, time_constant_s=constant)
    assert path.tolist() == naive.exponential_average(samples, durations, constant)


@given(MAYBE, st.one_of(st.floats(-100, 100), st.none()), PRICES, MAYBE, PRICES)
def test_hyperliquid_mark_is_its_plain_twin_to_the_bit(oracle, basis, book, external, book_ema):
    sources = [missing(value) for value in (oracle, basis, book, external)]
    price = hyperliquid_mark_price(*sources, book_ema=book_ema)
    assert price == naive.hyperliquid_mark(oracle, basis, book, external, book_ema)


@given(st.lists(st.tuples(st.floats(90, 110), st.booleans(), st.floats(0.1, 9)), min_size=1, max_size=7))
def test_index_is_its_plain_twin_to_the_bit(sources):
    sources[0] = (sources[0][0], True, sources[0][2])
    prices = [price if exists else None for price, exists, _ in sources]
    weights = [weight for *_, weight in sources]
    try:
        expected = naive.index_price(prices, weights, 0.05)
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="at least one source"):
            index_price([missing(price) for price in prices], weights)
    else:
        assert index_price([missing(price) for price in prices], weights) == expected


def test_scalars_stay_plain_numbers_and_tables_keep_their_shape():
    assert type(median_price([1.0, 2.0])) is float
    assert type(fair_price(1.0, 0.0, 0.0)) is float
    assert type(hyperliquid_mark_price(1.0, 0.0, 1.0, 1.0)) is float
    assert median_price(np.ones((2, 3, 4))).shape == (2, 3)
    assert exponential_average(np.ones((2, 4)), 3.0, time_constant_s=[30.0, 150.0]).shape == (2, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: median_price([]), "at least one value"),
        (lambda: median_price(5.0), "prices must be a list"),
        (lambda: median_price([1.0, math.nan]), "prices must be positive and finite, not nan"),
        (lambda: fair_price(0, 0, 0), "index_price must be positive"),
        (lambda: fair_price(1, math.inf, 0), "funding_rate must be finite"),
        (lambda: fair_price(1, 0, -1), "hours_left must be zero or more and finite"),
        (lambda: fair_price(1, 0, 9), "hours_left must not be above interval_h"),
        (lambda: fair_price(1, 0, 0, 0), "interval_h must be positive"),
        (lambda: basis_price(1, [], [], []), "at least one value"),
        (lambda: basis_price(1, [1], [-1], [1]), "ask must be positive"),
        (lambda: exponential_average([1.0], [0.0]), "durations_s must not all be zero"),
        (lambda: exponential_average([1.0], [-1.0]), "durations_s must be zero or more and finite"),
        (lambda: exponential_average([1.0], 1.0, time_constant_s=0), "time_constant_s must be positive"),
        (lambda: exponential_average_step(ExponentialAverage(1, -1), 1, 1), "denominator must be zero or more"),
        (lambda: hyperliquid_mark_price(math.nan, 0, math.nan, math.nan), "at least one of oracle, book and external"),
        (lambda: hyperliquid_mark_price(-1, 0, 1, 1), "oracle_price must be positive"),
        (lambda: hyperliquid_mark_price(1, math.inf, 1, 1), "basis_ema must be finite"),
        (lambda: index_price([math.nan, math.nan]), "at least one source with a price and a weight"),
        (lambda: index_price([1.0, 1.0], 0.0), "at least one source with a price and a weight"),
        (lambda: index_price([1.0], -1.0), "weights must be zero or more and finite"),
        (lambda: index_price([1.0], max_deviation=-0.1), "max_deviation must be zero or more and finite"),
    ],
)
def test_wrong_inputs_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
