"""The laws of cascades on random maps against exact arithmetic; simulated ones: `tests/exact/test_random_maps.py`."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from cascade_sim.metrics.borel import borel_pmf, endless_share
from cascade_sim.metrics.random_maps import drop_moments, exponential_sizes_pmf, generalised_poisson_pmf

RATIOS = (0.01, 0.3, 0.9, 1.0, 1.5, 3.0)


def in_sixty_digits(law, numbers):
    with localcontext() as context:
        context.prec = 60
        return [float(law(n)) for n in numbers]


@pytest.mark.parametrize("ratio", [0.0, *RATIOS])
@pytest.mark.parametrize("first", [0.02, 1.8, 40.0])
def test_the_generalised_poisson_law_meets_its_formula_in_sixty_digits(ratio, first):
    r, th = Decimal(ratio), Decimal(first)
    numbers = [0, 1, 2, 5, 17, 60, 400]
    expected = in_sixty_digits(
        lambda n: th * (th + n * r) ** (n - 1) * (-th - n * r).exp() / math.factorial(n), numbers
    )
    np.testing.assert_allclose(generalised_poisson_pmf(numbers, ratio, first), expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_law_of_exponential_sizes_meets_its_formula_in_sixty_digits(ratio):
    r = Decimal(ratio)
    numbers = [1, 2, 3, 9, 40, 300, 1000]
    expected = in_sixty_digits(
        lambda n: math.comb(2 * n - 2, n - 1) * r ** (n - 1) / (n * (1 + r) ** (2 * n - 1)), numbers
    )
    np.testing.assert_allclose(exponential_sizes_pmf(numbers, ratio), expected, rtol=1e-12)


@pytest.mark.parametrize("ratio", [0.3, 0.9, 1.5, 3.0])
def test_what_a_law_leaves_out_are_the_cascades_without_end(ratio):
    n = np.arange(0, 20_000)
    endless = endless_share(ratio)
    assert generalised_poisson_pmf(n, ratio, 0.7).sum() == pytest.approx(math.exp(-0.7 * endless), rel=1e-12)
    assert exponential_sizes_pmf(n, ratio).sum() == pytest.approx(min(1.0, 1.0 / ratio), rel=1e-12)


def test_many_cascades_of_one_are_a_cascade_of_a_sale():
    """A Poisson number of first liquidations, each with a Borel cascade of its own."""
    ratio, first, most = 0.6, 1.3, 60
    cascade = borel_pmf(np.arange(most), ratio)
    total, power = np.zeros(most), np.eye(1, most)[0]
    for number in range(most):
        total += math.exp(-first) * first**number / math.factorial(number) * power
        power = np.convolve(power, cascade)[:most]
    np.testing.assert_allclose(generalised_poisson_pmf(np.arange(most), ratio, first), total, rtol=1e-9)


def test_the_variance_of_the_drop_is_that_of_the_number_it_is_made_of():
    """Equal sizes: the drop is the sale's own and one unit a liquidation."""
    n = np.arange(0, 5000)
    for ratio, swept in ((0.3, 2.0), (0.7, 2.0), (0.9, 0.5)):
        law = generalised_poisson_pmf(n, ratio, ratio * swept)
        mean = swept + (n * law).sum()
        variance = ((n + swept - mean) ** 2 * law).sum()
        assert drop_moments(swept, ratio) == pytest.approx((mean, variance), rel=1e-9)


def test_the_published_example_of_the_busy_period():
    """validation.md B1: 6.667 and 51.85 (of R = 0.7, x0 = 2)."""
    assert drop_moments(2.0, 0.7) == pytest.approx((6.667, 51.85), rel=1e-4)


def test_without_feedback_a_sale_sets_off_a_poisson_number_and_a_liquidation_none():
    expected = [math.exp(-2.0) * 2.0**n / math.factorial(n) for n in range(6)]
    np.testing.assert_allclose(generalised_poisson_pmf(np.arange(6), 0.0, 2.0), expected, rtol=1e-14)
    assert exponential_sizes_pmf([0, 1, 2], 0.0).tolist() == [0.0, 1.0, 0.0]
    assert drop_moments(2.0, 0.0) == (2.0, 0.0)


def test_sizes_that_there_are_none_of_have_no_probability():
    assert generalised_poisson_pmf([-1, -5], 0.5, 1.0).tolist() == [0.0, 0.0]
    assert exponential_sizes_pmf([0, -2], 0.5).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("ratio", [-0.1, math.nan, math.inf])
def test_a_ratio_that_is_none_is_refused(ratio):
    for law in (
        lambda r: generalised_poisson_pmf(1, r, 1.0),
        lambda r: exponential_sizes_pmf(1, r),
        lambda r: drop_moments(1.0, r),
    ):
        with pytest.raises(ValueError, match="ratio must be"):
            law(ratio)


def test_a_sale_that_sweeps_nothing_and_a_drop_without_mean_are_refused():
    with pytest.raises(ValueError, match="first must be above 0"):
        generalised_poisson_pmf(1, 0.5, 0.0)
    with pytest.raises(ValueError, match="has no mean"):
        drop_moments(1.0, 1.0)
