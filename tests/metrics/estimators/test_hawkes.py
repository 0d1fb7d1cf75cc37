"""Likelihoods of self-exciting processes, against sums over all pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from cascade_sim.metrics.estimators import hawkes
from cascade_sim.metrics.estimators.excitation import sums_before
from cascade_sim.metrics.estimators.profile import Terms, best, given, peak


def process(seed: int, ratio: float, number: int, delay: float = 0.5):
    """Times of a Hawkes process of rate 1, by its clusters; its length."""
    random, length = np.random.default_rng(seed), float(number)
    time = random.uniform(-50.0 * delay, length, random.poisson((1.0 - ratio) * (length + 50.0 * delay)))
    parts = []
    while time.size:
        parts.append(time)
        time = np.repeat(time, random.poisson(ratio, time.size))
        time = time + random.exponential(delay, time.size)
    time = np.sort(np.concatenate(parts))
    return time[(time >= 0.0) & (time < length)], length


def likelihood(time, marks, length, mu, ratio, decay):
    """Logarithm of the likelihood, all pairs."""
    total = -mu * length
    for k, at in enumerate(time):
        before = sum(m * decay * math.exp(-decay * (at - t)) for t, m in zip(time[:k], marks[:k], strict=True))
        total += math.log(mu + ratio * before)
        total -= ratio * marks[k] * (1.0 - math.exp(-decay * (length - at)))
    return total


def likelihood_of_counts(count, marks, mu, ratio, kept):
    """The same for Poisson counts in ticks, empty ticks included; without the factorials."""
    total = 0.0
    for t in range(count.size):
        before = sum(marks[s] * (1.0 - kept) * kept ** (t - s - 1) for s in range(t))
        total += count[t] * math.log(mu + ratio * before) - mu - ratio * before
    return total


@pytest.mark.parametrize("lead", [0.0, 1.0])
def test_the_chain_of_maps_is_the_sum_over_all_earlier_events(lead):
    random = np.random.default_rng(1)
    gap = lead + random.exponential(size=70) * random.integers(0, 2, 70)
    weight = random.exponential(size=71)
    decay = np.array([0.01, 1.0, 30.0, np.inf])
    found = sums_before(gap, weight, decay, lead)
    time = np.append(0.0, np.cumsum(gap))
    for row, each in enumerate(decay):
        for i in range(71):
            since = time[i] - time[:i] - lead
            since[np.abs(since) < 1e-12] = 0.0
            kept = np.where(since == 0.0, 1.0, np.exp(-each * np.maximum(since, 1e-300)))
            assert found[row, i] == pytest.approx((weight[:i] * kept).sum(), rel=1e-10, abs=1e-300)


def terms_of(time, marks, length, decay) -> Terms:
    decay = np.atleast_1d(decay)
    whole = (1.0 - np.exp(-decay[:, None] * (length - time))) @ marks
    exerted = decay[:, None] * sums_before(np.diff(time), marks, decay)
    return Terms(np.ones(time.size), exerted, whole, length)


def test_the_profile_is_the_largest_likelihood_over_the_push():
    time, length = process(3, 0.5, 60)
    marks = np.random.default_rng(4).exponential(size=time.size)
    terms = terms_of(time, marks, length, np.array([0.7, 3.0]))
    for ratio in (0.0, 0.4, 0.9):
        for row, decay in enumerate((0.7, 3.0)):
            brute = minimize(
                lambda x, ratio=ratio, decay=decay: -likelihood(time, marks, length, math.exp(x[0]), ratio, decay),
                [0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11},
            )  # fmt: skip
            assert given(terms, ratio)[row] == pytest.approx(-brute.fun, abs=1e-8)


def test_the_estimate_and_its_interval_are_those_of_a_search_over_all_pairs():
    time, length = process(5, 0.5, 80)
    ones = np.ones(time.size)

    def worst(ratio=None):
        def minus(x):
            return -likelihood(time, ones, length, math.exp(x[0]), x[2] if ratio is None else ratio, math.exp(x[1]))

        start = [math.log(0.5), 0.7] + ([0.4] if ratio is None else [])
        return minimize(minus, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 500})

    top, found = worst(), hawkes.from_times(time, length)
    assert found.value == pytest.approx(top.x[2], abs=2e-3)
    for end in (found.low, found.high):
        assert end > 0.0
        assert worst(end).fun - top.fun == pytest.approx(0.5 * 1.96**2, abs=0.03)


@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_the_likelihood_of_counts_is_that_of_every_tick(delay):
    random = np.random.default_rng(6)
    count = random.poisson(0.4, 60).astype(float)
    marks = count * random.uniform(0.5, 1.5, 60)
    tick = np.flatnonzero(count)
    kept = math.exp(-1.0 / delay) if delay else 0.0

    def minus(x):
        return -likelihood_of_counts(count, marks, math.exp(x[0]), max(x[1], 0.0), kept)

    brute = minimize(minus, [-1.0, 0.1], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    found = hawkes.from_counts(tick, count[tick], 60, marks[tick], delay=delay)
    assert found.value == pytest.approx(max(brute.x[1], 0.0), abs=1e-5)


def test_the_largest_likelihood_is_a_maximum_with_as_many_events_as_there_were():
    time, length = process(7, 0.7, 400)
    terms = terms_of(time, np.ones(time.size), length, np.array([0.5, 2.0, 20.0]))
    values, ratios = best(terms)
    for row, ratio in enumerate(ratios):
        assert given(terms, ratio)[row] == pytest.approx(values[row], abs=1e-8)
        assert given(terms, ratio + 0.01)[row] < values[row]
        assert given(terms, max(ratio - 0.01, 0.0))[row] <= values[row]


def test_the_unit_of_time_changes_nothing():
    time, length = process(8, 0.5, 300)
    one, other = hawkes.from_times(time, length), hawkes.from_times(1000.0 * time, 1000.0 * length)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), abs=2e-4)


def test_a_known_delay_narrows_intervals_on_average():
    width = np.zeros(2)
    for seed in range(8):
        time, length = process(seed, 0.1, 300)
        for place, delay in enumerate((None, 0.5)):
            found = hawkes.from_times(time, length, delay=delay)
            assert found.low <= found.value <= found.high
            width[place] += found.high - found.low
    assert width[1] < 0.8 * width[0]


def test_a_process_without_feedback_is_told_as_one():
    time = np.sort(np.random.default_rng(10).uniform(0.0, 500.0, 500))
    found = hawkes.from_times(time, 500.0)
    assert found.low == 0.0
    assert found.value < 0.15


def test_too_few_or_too_close_liquidations_give_no_estimate_but_a_reason():
    assert hawkes.from_times([0.5] * 12, 1.0).note == "all liquidations have the same time"
    assert hawkes.from_times([0.5, 0.6], 1.0).note == "fewer than 10 liquidations"
    assert hawkes.from_counts([3, 4], [50.0, 40.0], 100).note == "all liquidations fired in one or two ticks"
    assert hawkes.from_counts([], [], 100).value is None


def test_times_that_do_not_ascend_are_refused():
    for time in ([2.0, 1.0], [-1.0, 1.0], [1.0, 6.0]):
        with pytest.raises(ValueError, match="ascend"):
            hawkes.from_times(time, 5.0)
    for tick in ([1, 1], [-1, 1], [1, 5]):
        with pytest.raises(ValueError, match="each once"):
            hawkes.from_counts(tick, [1.0, 1.0], 5)


def test_a_parabola_s_peak_is_found_between_its_points():
    place = np.array([0.0, 1.0, 3.0, 4.0])
    assert peak(place, 5.0 - 2.0 * (place - 1.3) ** 2) == (pytest.approx(1.3), pytest.approx(5.0))
    assert peak(place, place) == (4.0, 4.0)
