import math

import numpy as np
import pytest
from scipy import stats
from sweep_files import refusal, varying

from cascade_sim.scenario.findings import WrongError
from cascade_sim.sweeps.vary import read_varied

U = np.linspace(0.0, 1.0, 101)
DRAWN = "design: latin_hypercube\nsamples: 4\n"


def test_a_uniform_distribution_is_a_straight_line():
    entry = read_varied({"dist": "uniform", "low": "5M", "high": "15M"})
    assert entry.ppf(U) == pytest.approx(5e6 + 1e7 * U, rel=1e-15)
    assert (entry.kind, entry.bounded, entry.log) == ("dist", True, False)


def test_a_loguniform_distribution_is_a_straight_line_of_logarithms():
    entry = read_varied({"dist": "loguniform", "low": "0.1%", "high": "10%"})
    assert np.log(entry.ppf(U)) == pytest.approx(math.log(1e-3) + math.log(100) * U, rel=1e-13)
    assert entry.log


def test_a_normal_distribution_is_cut_off_as_scipy_s_truncated_one():
    entry = read_varied({"dist": "normal", "mean": 20, "sd": 5, "low": 12, "high": 40})
    assert entry.ppf(U) == pytest.approx(stats.truncnorm((12 - 20) / 5, (40 - 20) / 5, 20, 5).ppf(U), rel=1e-12)


def test_the_far_tail_keeps_its_precision_when_it_is_cut_off():
    entry = read_varied({"dist": "normal", "mean": 0, "sd": 1, "low": 7, "high": 8})
    drawn = entry.ppf(U)
    tail = stats.norm.sf
    assert (tail(7) - tail(drawn)) / (tail(7) - tail(8)) == pytest.approx(U, abs=1e-9)
    assert np.all(np.diff(drawn) > 0)


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ({"dist": "lognormal", "median": 20, "sigma": 0.4, "low": 5, "high": 80}, stats.lognorm(0.4, scale=20)),
        ({"dist": "lognormal", "median": 20, "sigma": 0.4, "low": 25, "high": 80}, stats.lognorm(0.4, scale=20)),
        ({"dist": "triangular", "low": 5, "mode": 10, "high": 80}, stats.triang(5 / 75, 5, 75)),
    ],
)
def test_probability_between_the_bounds_is_shared_out_evenly(written, full):
    drawn = read_varied(written).ppf(U)
    low, high = full.cdf([written["low"], written["high"]])
    assert (full.cdf(drawn) - low) / (high - low) == pytest.approx(U, abs=1e-12)
    assert (drawn[0], drawn[-1]) == (written["low"], written["high"])


def test_one_bound_is_enough_for_a_cut_and_not_for_bounds():
    entry = read_varied({"dist": "normal", "mean": 20, "sd": 5, "low": 20})
    assert entry.ppf([0.0, 0.5]) == pytest.approx([20, 20 + 5 * stats.norm.ppf(0.75)])
    assert not entry.bounded
    assert np.all(np.isfinite(entry.ppf(U)))


def test_a_distribution_without_bounds_never_gives_an_infinite_value():
    assert np.all(np.isfinite(read_varied({"dist": "normal", "mean": 0, "sd": 1}).ppf([0.0, 1.0])))
    assert np.all(read_varied({"dist": "lognormal", "median": 1, "sigma": 1}).ppf([0.0, 1.0]) > 0)


def test_a_range_without_steps_is_uniform_or_loguniform():
    assert read_varied("5..50").ppf(U) == pytest.approx(5 + 45 * U)
    log = read_varied({"from": "5M", "to": "80M", "scale": "log"})
    assert log.ppf([0.0, 0.25, 1.0]) == pytest.approx([5e6, 1e7, 8e7])
    assert log.log


def test_drawn_values_of_a_key_that_counts_are_whole(tmp_path):
    sweep = varying(tmp_path, "crowd.longs.traders: {dist: uniform, low: 100, high: 1k}", rest=DRAWN)
    drawn = sweep.varied["crowd.longs.traders"].at(np.array([0.0, 0.1234567, 1.0]))
    assert drawn == [100, 211, 1000]
    assert {type(value) for value in drawn} == {int}


def test_lists_and_ranges_share_the_unit_interval_equally():
    assert read_varied(["a", "b", "c"]).at(np.array([0.0, 0.333, 0.334, 0.667, 1.0])) == ["a", "a", "b", "c", "c"]
    assert read_varied("1..4 in 4 steps").at(np.array([0.2499, 0.25])) == [1, 2]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"dist": "unifrom", "low": 1, "high": 2}, "there is no distribution unifrom; did you mean uniform?"),
        ({"dist": ["a"], "low": 1, "high": 2}, "choose uniform, loguniform, normal, lognormal or triangular"),
        ({"dist": "uniform", "low": 2, "high": 1}, "is not above low"),
        ({"dist": "uniform", "low": 2}, "is missing; add it: upper bound"),
        ({"dist": "uniform", "low": 2, "hihg": 3}, "there is no such key; did you mean high?"),
        ({"dist": "uniform", "low": 2, "high": "300%"}, "is a percentage, low is a number"),
        ({"dist": "loguniform", "low": 0, "high": 1}, "0 is not above 0"),
        ({"dist": "normal", "mean": 0, "sd": 0}, "0 is not above 0"),
        ({"dist": "normal", "mean": 0, "sd": 1, "low": 9}, "lies above all that the distribution gives"),
        ({"dist": "lognormal", "median": 1, "sigma": 0.1, "high": 0.1}, "lies below all that the distribution gives"),
        ({"dist": "lognormal", "median": -1, "sigma": 0.1}, "-1 is not above 0"),
        ({"dist": "triangular", "low": 1, "mode": 5, "high": 3}, "lies outside low and high"),
    ],
)
def test_what_is_no_distribution_is_refused(written, message):
    with pytest.raises(WrongError) as refused:
        read_varied(written)
    (finding,) = refused.value.findings
    assert message in f"{finding.message}; {finding.fix}"


def test_a_bound_that_the_key_cannot_have_is_refused_at_its_place(tmp_path):
    line = "crowd.longs.leverage.mean: {dist: normal, mean: 10, sd: 3, low: 0.5, high: 50}"
    said = refusal(tmp_path, line, rest=DRAWN)
    assert said == "sweep.yaml:4:62 vary.crowd.longs.leverage.mean: 0.5 is below 1; give a value of at least 1"
