from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from textbook import least_fixed_point

import cascade_sim as cs
from cascade_sim.metrics.fixed_point import uniform_drop
from cascade_sim.metrics.trigger_laws import UniformLaw
from cascade_sim.sweeps.cliff import find_cliff
from cascade_sim.sweeps.find import cliff

DEPTH, SALE, SPAN = 20e6, 0.2e6, 0.5


def falls_beyond(threshold: float):
    """Return whether a sale through a uniform map is a cascade, by open interest; and where it begins to be one."""

    def evaluate(open_interest: float) -> tuple[int, int]:
        drop = uniform_drop(DEPTH, UniformLaw(open_interest, 0.0, SPAN), SALE)
        return (16 if 1.0 - math.exp(-drop) >= threshold else 0), 16

    ratio = 1.0 - SALE / DEPTH / -math.log1p(-threshold)
    return evaluate, ratio * DEPTH * SPAN


def thresholds_of(values):
    """Return an evaluation in which each replicate cascades from its own value on; and count the calls."""
    thresholds = np.asarray(values, dtype=np.float64)
    calls: list[float] = []

    def evaluate(value: float) -> tuple[int, int]:
        calls.append(value)
        return int((thresholds <= value).sum()), thresholds.size

    return evaluate, calls


@pytest.mark.parametrize("threshold", [0.015, 0.02, 0.05, 0.2])
@pytest.mark.parametrize("log", [False, True])
def test_the_cliff_of_a_uniform_map_is_where_the_closed_form_has_it(threshold, log):
    evaluate, exact = falls_beyond(threshold)
    cliff = find_cliff(evaluate, 1e6, 12e6, 16, tolerance=1e-6, log=log)
    assert cliff.bracket[0] < exact <= cliff.bracket[1]
    assert cliff.value == pytest.approx(exact, rel=2e-5)
    assert cliff.bracket[1] - cliff.bracket[0] <= 1e-6 * 12e6
    # Replicates that are all alike leave no doubt but the numerical one.
    assert (cliff.low, cliff.high) == cliff.bracket
    assert cliff.rising
    assert cliff.monotone


def test_a_falling_probability_is_found_too():
    evaluate, exact = falls_beyond(0.05)
    cliff = find_cliff(lambda depth: evaluate(20e6 * 9e6 / depth), 9e6, 80e6, 16, tolerance=1e-4)
    assert not cliff.rising
    assert cliff.bracket[0] <= 20e6 * 9e6 / exact <= cliff.bracket[1]
    assert "falls through 50 %" in cliff.words()


def test_the_cliff_is_the_median_of_the_replicates_thresholds():
    thresholds = np.random.default_rng(4).uniform(10.0, 30.0, size=33)
    evaluate, _ = thresholds_of(thresholds)
    cliff = find_cliff(evaluate, 5.0, 50.0, 33, tolerance=1e-5)
    ordered = np.sort(thresholds)
    assert cliff.value == pytest.approx(ordered[16], abs=45e-5)
    # |k / 33 - 1/2| <= z sqrt(1/4 / 33) holds for k = 11 ... 22, so the interval ends at the 11th and the 23rd.
    assert cliff.low == pytest.approx(ordered[10], abs=1e-3)
    assert cliff.high == pytest.approx(ordered[22], abs=1e-3)
    assert cliff.low <= cliff.bracket[0] < cliff.bracket[1] <= cliff.high


@pytest.mark.parametrize("runs", [16, 33])
def test_the_interval_covers_the_median_as_often_as_its_test_says(runs):
    # 2,000 sets of thresholds; binomial for exactly what the test accepts, 4 standard errors; the search's outer
    # brackets can only widen it, by less than a set's chance to have a threshold within 1e-4 of the median.
    rng, trials = np.random.default_rng(12), 2_000
    z = stats.norm.ppf(0.975)
    accepted = [k for k in range(runs + 1) if abs(k / runs - 0.5) <= z * math.sqrt(0.25 / runs)]
    exact = stats.binom.cdf(accepted[-1], runs, 0.5) - stats.binom.cdf(accepted[0] - 1, runs, 0.5)
    hits = 0
    for _ in range(trials):
        evaluate, _ = thresholds_of(rng.lognormal(3.0, 0.3, size=runs))
        cliff = find_cliff(evaluate, 1.0, 400.0, runs, tolerance=1e-4, log=True)
        hits += cliff.low <= math.exp(3.0) <= cliff.high
    assert abs(hits / trials - exact) <= 4.0 * math.sqrt(exact * (1.0 - exact) / trials) + 2e-3


def test_no_value_is_run_twice_and_few_are_run():
    evaluate, calls = thresholds_of(np.random.default_rng(4).uniform(20.0, 30.0, size=16))
    cliff = find_cliff(evaluate, 5.0, 50.0, 16)
    assert len(calls) == len(set(calls)) == len(cliff.evaluated)
    assert len(calls) <= 2 + 3 * 7
    assert cliff.bracket[1] - cliff.bracket[0] <= 0.01 * 45.0
    table = cliff.frame()
    assert table["value"].is_monotonic_increasing
    assert (table["low"] <= table["share"]).all()


def test_an_interval_that_leaves_the_search_has_no_end_there():
    evaluate, _ = thresholds_of([1.0, 1.0, 20.0, 21.0, 22.0, 30.0, 99.0, 99.0])
    cliff = find_cliff(evaluate, 5.0, 50.0, 8)
    assert math.isnan(cliff.low)
    assert math.isnan(cliff.high)
    assert "beyond 5 and 50" in cliff.words()
    evaluate, _ = thresholds_of([10.0, 10.0, 20.0, 21.0, 22.0, 30.0, 99.0, 99.0])
    assert "below" not in find_cliff(evaluate, 5.0, 50.0, 8).words()
    assert "to beyond 50" in find_cliff(evaluate, 5.0, 50.0, 8).words()


def test_three_replicates_cannot_exclude_one_half_anywhere():
    cliff = find_cliff(thresholds_of([20.0] * 3)[0], 5.0, 50.0, 3)
    assert math.isnan(cliff.low)
    assert math.isnan(cliff.high)
    assert cliff.words().endswith("too few runs for a 95 % interval from 3 replicates")
    assert not math.isnan(find_cliff(thresholds_of([20.0] * 4)[0], 5.0, 50.0, 4).low)


def test_shares_that_turn_back_are_noted():
    def bumpy(value: float) -> tuple[int, int]:
        return (0 if value < 20.0 else 10 if value < 30.0 else 4 if value < 36.0 else 10), 10

    cliff = find_cliff(bumpy, 0.0, 64.0, 10, tolerance=0.001)
    assert not cliff.monotone
    assert "turned back" in cliff.words()


def test_failed_runs_are_left_out_and_counted():
    evaluate, _ = thresholds_of(np.linspace(10.0, 20.0, 15))
    cliff = find_cliff(evaluate, 5.0, 50.0, 16, key="crowd.longs.leverage.mean")
    assert cliff.failed == len(cliff.evaluated)
    assert f"{cliff.failed} failed runs left out" in cliff.words()
    assert "at crowd.longs.leverage.mean = 1" in cliff.words()
    with pytest.raises(cs.CascadeError, match=r"all runs failed at x = 5; run that point alone"):
        find_cliff(lambda _: (0, 0), 5.0, 50.0, 16, key="x")


def test_whole_numbers_are_tried_where_the_key_counts_something():
    evaluate, calls = thresholds_of([41.5] * 5)
    cliff = find_cliff(evaluate, 10.0, 101.0, 5, tolerance=1e-6, whole=True)
    assert cliff.bracket == (41.0, 42.0)
    assert all(value.is_integer() for value in calls)


def test_words_keep_as_many_digits_as_the_bracket_has():
    evaluate, _ = thresholds_of([1000.0123] * 5)
    words = find_cliff(evaluate, 1000.0, 1001.0, 5, tolerance=0.01).words()
    assert "bisected to 1000.008 to 1000.016, 95 % interval 1000.008 to 1000.016 from 5 replicates" in words


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [
        ([99.0] * 4, "0 of 4 runs at 5, 0 of 4 at 50; begin or end where cascades are likelier"),
        ([1.0] * 4, "4 of 4 runs at 5, 4 of 4 at 50; begin or end where cascades are rarer"),
        ([10.0, 99.0, 99.0], "0 of 3 runs at 5, 1 of 3 at 50"),
    ],
)
def test_no_crossing_is_said_with_what_was_seen_at_the_ends(thresholds, words):
    evaluate, calls = thresholds_of(thresholds)
    with pytest.raises(cs.CascadeError, match=words):
        find_cliff(evaluate, 5.0, 50.0, len(thresholds))
    assert calls == [5.0, 50.0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"low": 50.0}, "from 50 to 50 has no room"),
        ({"low": 0.0, "log": True}, "cannot start at 0"),
        ({"tolerance": 0.0}, "tolerance of 0"),
        ({"replicates": 0}, "at least one replicate"),
        ({"probability": 50.0}, "probability of 50"),
        ({"level": 1.0}, "confidence level of 1"),
    ],
)
def test_a_search_that_is_none_is_refused_before_anything_runs(changes, words):
    evaluate, calls = thresholds_of([10.0])
    with pytest.raises(cs.CascadeError, match=words):
        find_cliff(evaluate, **({"low": 5.0, "high": 50.0, "replicates": 1} | changes))
    assert calls == []


def test_the_cliff_of_real_runs_is_where_the_closed_form_has_it():
    # A log fall of (Q / D) / (1 - R) with Q / D = 1 % and R = OI / 1B; 1,000 traders follow it to about 1 / 1,000.
    scenario = cs.load_scenario("textbook/uniform", {"crowd.longs.traders": 1_000, "compare": {}})

    def evaluate(open_interest: float) -> tuple[int, int]:
        run = cs.run(scenario.with_overrides({"crowd.longs.open_interest": open_interest}))
        return int(run.summary["max_drawdown"] >= 0.05), 1

    cliff = find_cliff(evaluate, 100e6, 990e6, 1, tolerance=0.001)
    exact = (1.0 - 0.01 / -math.log1p(-0.05)) * 1e9
    assert cliff.value == pytest.approx(exact, rel=2e-3)


def test_the_cliff_of_a_count_is_searched_in_whole_numbers():
    # The first of N equal traders is triggered at a quarter of 50 % / N; the sale alone falls 1 %. R = 0.9 then does
    # the rest, unless gaps between few traders are wide, too: the least fixed point knows.
    scenario = cs.load_scenario("textbook/uniform", {"crowd.longs.open_interest": "900M", "compare": {}})
    found = cliff(scenario, "crowd.longs.traders", 2, 1_000, replicates=1, threshold="5%", tolerance=1e-6)
    few, many = found.bracket
    assert many == few + 1.0

    def falls(traders: float) -> float:
        places = (np.arange(traders) + 0.25) * SPAN / traders
        return least_fixed_point(places, 9e6 / traders, 0.2e6, density=DEPTH)[0]

    assert falls(few) < -math.log1p(-0.05) <= falls(many)
