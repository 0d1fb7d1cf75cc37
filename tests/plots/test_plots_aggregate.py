from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cascade_sim.plots.aggregate import envelope, sum_by_bar, thin, weighted_edge


@given(
    count=st.integers(1, 5_000),
    buckets=st.integers(1, 300),
    seed=st.integers(0, 1_000),
    missing=st.sampled_from([0.0, 0.3, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_thinning_keeps_the_extremes_the_ends_and_the_order(count, buckets, seed, missing):
    rng = np.random.default_rng(seed)
    x, y = np.arange(float(count)), rng.normal(size=count)
    y[rng.random(count) < missing] = np.nan
    thin_x, thin_y = thin(x, y, buckets)
    assert thin_x.size == thin_y.size <= 2 * buckets + 2
    assert np.all(np.diff(thin_x) >= 0)
    assert (thin_x[0], thin_x[-1]) == (0.0, count - 1.0)
    if np.isfinite(y).any():
        assert np.nanmin(thin_y) == np.nanmin(y)
        assert np.nanmax(thin_y) == np.nanmax(y)
    np.testing.assert_array_equal(y[thin_x.astype(int)], thin_y)


def test_a_stretch_without_values_stays_a_hole():
    y = np.ones(10_000)
    y[4_000:6_000] = np.nan
    x, thinned = thin(np.arange(10_000.0), y, 100)
    assert np.isnan(thinned[(x > 4_100) & (x < 5_900)]).all()
    assert np.isfinite(thinned[(x < 3_900) | (x > 6_100)]).all()


@given(count=st.integers(1, 3_000), buckets=st.integers(1, 200), seed=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_a_band_holds_every_value_and_its_mean_lies_inside(count, buckets, seed):
    y = np.random.default_rng(seed).normal(size=count)
    band = envelope(np.arange(float(count)), y, buckets)
    assert band.x.size <= 2 * buckets
    assert band.low.min() == y.min()
    assert band.high.max() == y.max()
    assert np.all(band.low <= band.mean + 1e-12)
    assert np.all(band.mean <= band.high + 1e-12)


def test_a_row_that_ends_on_an_edge_belongs_to_the_bar_before_it():
    moments = np.array([1, 10, 11, 20, 21], dtype=np.int64)
    np.testing.assert_array_equal(sum_by_bar(moments, np.ones(5), 10, 3, 0), [2, 2, 1])


def test_bars_lose_no_amount_and_pass_over_nan():
    amounts = np.array([1.0, np.nan, 2.0, 4.0])
    assert sum_by_bar(np.array([5, 6, 7, 31]), amounts, 10, 4, 0).sum() == 7.0


@pytest.mark.parametrize("values", [[0.5, 0.5], [0.5, np.nextafter(0.5, 1.0)], [0.0, 0.0]])
def test_the_weighted_edge_of_values_that_differ_by_rounding_is_the_largest(values):
    assert weighted_edge(values, [1.0, 1.0], 0.9) == max(values)


def test_the_weighted_edge_is_found_to_a_thousandth_of_the_range():
    values = np.random.default_rng(0).random(200_000)
    assert weighted_edge(values, np.ones(values.size), 0.9) == pytest.approx(0.9, abs=3e-3)
    assert weighted_edge(values, np.zeros(values.size), 0.9) == pytest.approx(values.max())
