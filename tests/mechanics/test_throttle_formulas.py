from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import venue_window as naive

from cascade_sim.mechanics import throttle
from cascade_sim.mechanics.throttle import first_order_quantity, liquidate_in_window, window_capacity

SIZES = st.lists(st.floats(-500, 500), min_size=1, max_size=4)
CALLS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3)), max_size=25)


def in_time(calls, sizes):
    times = np.cumsum([step for step, _ in calls]).astype(float)
    return times, np.array([place % len(sizes) for _, place in calls], dtype=np.int64)


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(throttle).failed == 0


def test_the_contracts_own_test_is_reproduced_for_longs_and_shorts():
    times, called = [0, 1, 6, 11, 12, 23], [0, 0, 0, 0, 1, 1]
    for sign in (1, -1):
        done = liquidate_in_window(times, called, [sign * 150, sign * 150], 100, 10)
        assert (sign * done.size_after).tolist() == [50, 50, 50, 0, 100, 0]
        assert done.liquidated.tolist() == [100, 0, 0, 50, 50, 100]
        assert done.sizes.tolist() == [0, 0]


def test_what_is_as_old_as_the_window_is_free_again():
    assert liquidate_in_window([0, 9.999], [0, 0], [25], 10, 10).liquidated.tolist() == [10, 0]
    assert liquidate_in_window([0, 10], [0, 0], [25], 10, 10).liquidated.tolist() == [10, 10]


def test_quota_comes_back_call_by_call_and_not_at_once():
    done = liquidate_in_window([0, 4, 10, 14], [0, 1, 2, 2], [6, 4, 50], 10, 10)
    assert done.liquidated.tolist() == [6, 4, 6, 4]


@given(CALLS, SIZES, st.floats(0.5, 300), st.floats(0.5, 40))
def test_no_window_ever_liquidates_more_than_its_capacity(calls, sizes, capacity, window):
    times, called = in_time(calls, sizes)
    done = liquidate_in_window(times, called, sizes, capacity, window)
    for now in times:
        within = (times <= now) & (times > now - window)
        assert done.liquidated[within].sum() <= capacity * (1 + 1e-12)


@given(CALLS, SIZES, st.floats(0.5, 300), st.floats(0.5, 40))
def test_sizes_shrink_towards_zero_by_what_was_liquidated(calls, sizes, capacity, window):
    times, called = in_time(calls, sizes)
    done = liquidate_in_window(times, called, sizes, capacity, window)
    for place, size in enumerate(sizes):
        closed = done.liquidated[called == place].sum()
        assert abs(done.sizes[place]) == pytest.approx(abs(size) - closed, abs=1e-9)
        assert size * done.sizes[place] >= 0


def test_a_balanced_market_gets_one_more_quota_at_each_time():
    balanced = {"skew": 40.0, "skew_scale": 1000.0, "max_pd": 0.05}
    done = liquidate_in_window([0, 0, 5, 5], [0, 0, 0, 0], [100], 10, 10, **balanced)
    assert done.liquidated.tolist() == [10, 0, 10, 0]
    lopsided = balanced | {"skew": 60.0}
    assert liquidate_in_window([0, 5], [0, 0], [100], 10, 10, **lopsided).liquidated.tolist() == [10, 0]


def test_closing_longs_takes_the_skew_down_and_can_open_the_way():
    done = liquidate_in_window([0, 5], [0, 0], [100], 10, 10, skew=55, skew_scale=1000, max_pd=0.05)
    assert done.liquidated.tolist() == [10, 10]
    shorts = liquidate_in_window([0, 5], [0, 0], [-100], 10, 10, skew=45, skew_scale=1000, max_pd=0.05)
    assert shorts.liquidated.tolist() == [10, 0]


def test_a_quota_spent_in_parts_that_round_is_spent():
    parts = [0.1] * 10
    done = liquidate_in_window([0.0] * 11, range(11), [*parts, 1.0], 1.0, 10)
    assert done.liquidated[-1] == 0


def test_the_sizes_given_are_not_changed_and_no_call_is_no_harm():
    sizes = np.array([5.0, -5.0])
    liquidate_in_window([0.0], [0], sizes, 1.0, 1.0)
    assert sizes.tolist() == [5.0, -5.0]
    assert liquidate_in_window([], [], sizes, 1.0, 1.0).sizes.tolist() == [5.0, -5.0]


def test_capacity_is_the_product_of_its_factors():
    assert window_capacity(0.007, 0.003, 1000, 10) == pytest.approx(100)
    assert window_capacity(0.0002, 0.0005, 1_000_000, [30, 60], multiplier=1.5).tolist() == pytest.approx(
        [31500, 63000]
    )


def test_large_positions_are_sent_in_parts_outside_the_cooldown_only():
    orders = first_order_quantity(10.0, [50e3, 100e3, 100_000.01, 5e6])
    assert orders.tolist() == [10.0, 10.0, 2.0, 2.0]
    waiting = first_order_quantity(10.0, 5e6, since_partial_s=[0.0, 29.9, 30.0, 1e4])
    assert waiting.tolist() == [10.0, 10.0, 2.0, 2.0]
    assert first_order_quantity(10.0, 50e3, threshold=10e3) == 2.0


@given(
    CALLS,
    SIZES,
    st.floats(0.5, 300),
    st.floats(0.5, 40),
    st.floats(-500, 500),
    st.sampled_from([0.0, 0.1, 0.5]),
)
def test_window_is_its_plain_twin_to_the_bit(calls, sizes, capacity, window, skew, max_pd):
    times, called = in_time(calls, sizes)
    balance = {"skew": skew, "skew_scale": 700.0, "max_pd": max_pd}
    done = liquidate_in_window(times, called, sizes, capacity, window, **balance)
    pairs = list(zip(times.tolist(), called.tolist(), strict=True))
    expected = naive.liquidate_in_window(pairs, sizes, capacity, window, **balance)
    assert (done.liquidated.tolist(), done.size_after.tolist()) == expected


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.one_of(st.floats(0, 100), st.just(math.inf)))
def test_first_order_is_its_plain_twin_to_the_bit(quantity, notional, since):
    order = first_order_quantity(quantity, notional, since_partial_s=since)
    assert order == naive.first_order(quantity, notional, since, 100_000.0, 0.2, 30.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time_s": [1.0, 0.0]}, "time_s must not decrease"),
        ({"time_s": [0.0, math.nan]}, "time_s must be finite"),
        ({"time_s": [0.0]}, "rows of one length"),
        ({"position": [0, 1]}, "position must be whole numbers from 0 to 0"),
        ({"position": [0, -1]}, "position must be whole numbers"),
        ({"position": [0.0, 0.5]}, "position must be whole numbers"),
        ({"sizes": [math.inf]}, "sizes must be finite"),
        ({"capacity": 0.0}, "capacity must be positive"),
        ({"window_s": 0.0}, "window_s must be positive"),
        ({"skew": math.nan}, "skew must be finite"),
        ({"skew_scale": 0.0}, "skew_scale must be positive"),
        ({"max_pd": -0.1}, "max_pd must be zero or more and finite"),
    ],
)
def test_wrong_calls_are_refused_with_the_reason(change, message):
    inputs = {"time_s": [0.0, 1.0], "position": [0, 0], "sizes": [5.0], "capacity": 1.0, "window_s": 1.0} | change
    with pytest.raises(ValueError, match=message):
        liquidate_in_window(**inputs)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: window_capacity(-0.1, 0, 1, 1), "maker_fee must be zero or more and finite"),
        (lambda: window_capacity(0, 0, 0, 1), "skew_scale must be positive"),
        (lambda: window_capacity(0, 0, 1, 0), "window_s must be positive"),
        (lambda: first_order_quantity(-1, 1), "quantity must be zero or more and finite"),
        (lambda: first_order_quantity(1, 1, share=0), "share must be positive"),
        (lambda: first_order_quantity(1, 1, share=1.5), "share must be positive and at most 1"),
        (lambda: first_order_quantity(1, 1, since_partial_s=math.nan), "since_partial_s must be zero or more"),
    ],
)
def test_wrong_numbers_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
