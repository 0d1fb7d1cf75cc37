"""Estimators from counts: the spread of windows, and an autoregression of bins."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.metrics.estimators import fano, feed, inar


def test_the_expected_value_tends_to_the_ratio_for_long_windows():
    for ratio in (0.0, 0.15, 0.5, 0.8):
        assert fano.expected(ratio, 1e-6) == pytest.approx(ratio, abs=1e-4)
        assert fano.expected(ratio, 0.05) <= ratio


def test_short_windows_read_low():
    assert fano.expected(0.15, 10.0 / 200.0) == pytest.approx(0.142, abs=0.001)
    assert fano.expected(0.8, 0.1) == pytest.approx(0.738, abs=0.001)


def paced_counts(ratio: float, windows: int, delay: float, seed: int) -> np.ndarray:
    """Counts in windows of length 1 of clusters whose generations follow at exponential delays; 20 in a window."""
    random = np.random.default_rng(seed)
    time = random.uniform(-5.0, windows, random.poisson(20.0 * (1.0 - ratio) * (windows + 5.0)))
    found = np.zeros(windows)
    while time.size:
        inside = time[(time >= 0.0) & (time < windows)]
        found += np.bincount(inside.astype(int), minlength=windows)
        time = np.repeat(time, random.poisson(ratio, time.size))
        time = time + random.exponential(delay, time.size)
    return found


@pytest.mark.parametrize("ratio", [0.15, 0.5, 0.8])
def test_long_runs_of_windows_come_to_what_is_expected_and_the_correction_undoes_it(ratio):
    counts = paced_counts(ratio, 40_000, 0.1, seed=round(100 * ratio))
    plain, corrected = fano.from_counts(counts), fano.from_counts(counts, delay=0.1)
    assert plain.value == pytest.approx(fano.expected(ratio, 0.1), abs=0.01)
    assert corrected.value == pytest.approx(ratio, abs=0.01)
    assert corrected.low < ratio < corrected.high


def test_the_spread_of_a_poisson_process_is_no_feedback():
    counts = np.random.default_rng(1).poisson(30.0, (400, 50)).astype(float)
    found = [fano.from_counts(row) for row in counts]
    values = np.array([each.value for each in found])
    assert abs(values.mean()) <= 4.0 * values.std() / 20.0
    assert 0.90 <= np.mean([each.low <= 0.0 <= each.high for each in found]) <= 0.98


def test_windows_that_say_nothing_of_spread_give_a_reason():
    for counts in ([1.0, 2.0], [0.0] * 9, [0.0] * 8 + [7.0], [3.0] * 9):
        found = fano.from_counts(counts)
        assert found.value is None
        assert found.note


def test_the_autoregression_is_least_squares_on_the_bins_before():
    counts = np.random.default_rng(2).poisson(3.0, 200).astype(float)
    columns = np.column_stack([np.ones(197), counts[2:-1], counts[1:-2], counts[:-3]])
    expected = np.linalg.lstsq(columns, counts[3:], rcond=None)[0][1:].sum()
    assert inar.from_counts(counts, lags=3).value == pytest.approx(expected, rel=1e-10)


def test_counts_that_follow_the_rule_without_errors_give_its_coefficients_exactly():
    counts = [10.0, 2.0]
    for _ in range(40):
        counts.append(3.0 + 0.5 * counts[-1] + 0.2 * counts[-2])
    found = inar.from_counts(counts, lags=2)
    assert (found.value, found.low, found.high) == pytest.approx((0.7, 0.7, 0.7), abs=1e-8)


def test_the_autoregression_s_interval_covers_as_often_as_it_says():
    random, found = np.random.default_rng(3), []
    for _ in range(300):
        counts = np.zeros(600)
        for t in range(1, 600):
            counts[t] = random.poisson(0.6 + 0.4 * counts[t - 1])
        found.append(inar.from_counts(counts))
    assert np.mean([each.value for each in found]) == pytest.approx(0.4, abs=0.01)
    assert 0.90 <= np.mean([each.low <= 0.4 <= each.high for each in found]) <= 0.98


def test_too_few_bins_give_a_reason():
    assert inar.from_counts(np.ones(8), lags=2).value is None
    assert inar.from_counts(np.zeros(100)).note


def test_a_feed_shows_the_last_liquidation_of_every_second():
    assert feed.last_of_each([0.1, 0.9, 1.0, 1.2, 1.99, 4.0]).tolist() == [1, 4, 5]
    assert feed.last_of_each([0.1, 0.9, 1.0, 3.0], period=2.0).tolist() == [2, 3]
    assert feed.last_of_each([]).size == 0
