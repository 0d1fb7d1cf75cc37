"""The Borel law against exact arithmetic, sums over the whole law, and simulated branching processes."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from plots.stand_ins import borel_sizes
from scipy.special import gammaln

from cascade_sim.metrics.borel import borel_pmf, borel_ratio, borel_survival, endless_share

RATIOS = (0.01, 0.3, 0.86, 0.9, 0.999, 1.0, 1.001, 1.3, 3.0)


def exact(n: int, ratio: float) -> Decimal:
    """The formula as it stands, in sixty digits."""
    mean = Decimal(ratio) * n
    return (-mean).exp() * mean ** (n - 1) / math.factorial(n)


@pytest.mark.parametrize("ratio", RATIOS)
def test_probabilities_meet_the_formula_in_sixty_digits(ratio):
    sizes = [1, 2, 3, 15, 16, 17, 100, 999, 1500]
    with localcontext() as context:
        context.prec = 60
        expected = [float(exact(n, ratio)) for n in sizes]
    found = borel_pmf(sizes, ratio)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-14 * (1 - math.log(max(other, 1e-300))), abs=1e-300)


def test_probabilities_of_large_sizes_meet_the_gamma_function_of_scipy():
    n = np.array([10**4, 10**5, 10**6])
    expected = np.exp(-n + (n - 1) * np.log(n) - gammaln(n + 1.0))
    np.testing.assert_allclose(borel_pmf(n, 1.0), expected, rtol=1e-7)  # scipy's route cancels 1e7 against 1e7


@pytest.mark.parametrize("ratio", [0.3, 0.9, 0.99, 1.0, 1.01, 1.5])
def test_the_survival_function_is_one_less_what_is_smaller(ratio):
    with localcontext() as context:
        context.prec = 60
        left, expected = Decimal(1), []
        for n in range(1, 1200):
            expected.append(float(left))
            left -= exact(n, ratio)
    known = np.array(expected)
    found = borel_survival(np.arange(1, 1200), ratio)
    shown = known > 1e-40
    np.testing.assert_allclose(found[shown], known[shown], rtol=1e-12)


@pytest.mark.parametrize("ratio", [0.87, 0.9, 0.97, 1.03])
def test_far_tails_are_the_sums_of_their_terms(ratio):
    decay = ratio - 1 - math.log(ratio)
    terms = borel_pmf(np.arange(1, int(740 / decay)), ratio)
    sums = np.cumsum(terms[::-1])[::-1] + endless_share(ratio)
    n = np.unique(np.geomspace(1, 0.9 * terms.size, 500).astype(int))
    n = n[sums[n - 1] > 1e-280]
    np.testing.assert_allclose(borel_survival(n, ratio), sums[n - 1], rtol=1e-11)


def test_at_the_critical_ratio_a_million_is_as_rare_as_the_asymptotic_law_says():
    assert borel_survival(100, 1.0) == pytest.approx(0.07997, abs=5e-6)
    assert math.sqrt(2 / (math.pi * 100)) == pytest.approx(0.07979, abs=5e-6)
    n = 10**6
    smaller = math.fsum(borel_pmf(np.arange(1, n), 1.0))
    assert borel_survival(n, 1.0) == pytest.approx(1.0 - smaller, rel=1e-11)
    assert borel_survival(10**12, 1.0) == pytest.approx(math.sqrt(2 / math.pi) * 1e-6, rel=1e-11)


def test_neighbouring_sizes_differ_by_their_probability_across_the_change_of_method():
    n = np.arange(990, 1010)
    for ratio in (0.99, 1.0, 1.01):
        steps = -np.diff(borel_survival(n, ratio))
        np.testing.assert_allclose(steps, borel_pmf(n[:-1], ratio), rtol=1e-9)


def test_above_the_critical_ratio_endless_cascades_are_counted_in():
    assert endless_share(1.5) == pytest.approx(0.58281, abs=5e-6)
    assert borel_survival(10**5, 1.5) == pytest.approx(endless_share(1.5), rel=1e-14)
    assert endless_share(1.0) == endless_share(0.5) == 0.0
    tiny = endless_share(1.0 + 1e-6)
    assert tiny == pytest.approx(2e-6, rel=1e-5)


def test_without_feedback_every_cascade_is_of_one():
    assert borel_pmf([0, 1, 2], 0.0).tolist() == [0.0, 1.0, 0.0]
    assert borel_survival([1, 2], 0.0).tolist() == [1.0, 0.0]
    assert borel_pmf([-1, 0], 0.5).tolist() == [0.0, 0.0]
    assert borel_survival([0, 1], 0.5).tolist() == [1.0, 1.0]


def test_simulated_branching_processes_follow_the_law_and_give_their_ratio_back():
    sizes = borel_sizes(0.8, 40_000, seed=3)
    found, error = borel_ratio(sizes)
    assert abs(found - 0.8) < 4 * error
    for n in (2, 5, 20, 60):
        expected = float(borel_survival(n, 0.8))
        spread = math.sqrt(expected * (1 - expected) / sizes.size)
        assert abs((sizes >= n).mean() - expected) < 4 * spread


def test_the_standard_error_is_the_spread_of_repeated_estimates():
    estimates = [borel_ratio(borel_sizes(0.6, 400, seed))[0] for seed in range(400)]
    expected = math.sqrt(0.6 * 0.4 / 400)
    assert np.std(estimates) == pytest.approx(expected, rel=0.15)  # four standard errors of a spread of 400


@pytest.mark.parametrize("ratio", [-0.1, math.nan, math.inf])
def test_a_ratio_that_is_none_is_refused(ratio):
    for law in (borel_pmf, borel_survival):
        with pytest.raises(ValueError, match="ratio must be 0 or more"):
            law(3, ratio)


@pytest.mark.parametrize("sizes", [[], [0, 3], [np.nan, 2]])
def test_sizes_that_are_no_counts_are_refused(sizes):
    with pytest.raises(ValueError, match="at least one"):
        borel_ratio(sizes)
