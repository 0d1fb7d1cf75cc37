from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from scipy import special, stats

from cascade_sim.crowd.beta import beta_quantile
from cascade_sim.crowd.normal import normal_quantile


def test_normal_quantile_agrees_with_scipy_and_the_standard_library():
    share = np.concatenate([[2.0**-54, 1e-300, 1e-12, 0.075, 0.0750001, 0.5, 0.925], np.linspace(1e-6, 1, 9999)])
    share = share[share < 1]
    quantile = normal_quantile(share)
    # scipy's own error reaches 4e-15 between the centre and the shoulder.
    np.testing.assert_allclose(quantile, special.ndtri(share), rtol=1e-14, atol=1e-15)
    plain = NormalDist()
    np.testing.assert_allclose(quantile, [plain.inv_cdf(p) for p in share], rtol=1e-14, atol=1e-15)


def test_normal_quantile_is_odd_and_reaches_infinity_at_the_ends():
    share = np.array([2.0**-30, 0.01, 0.07, 0.3])
    np.testing.assert_allclose(normal_quantile(1 - share), -normal_quantile(share), rtol=1e-12)
    assert normal_quantile(np.array([0.0, 0.5, 1.0])).tolist() == [-np.inf, 0.0, np.inf]


@pytest.mark.parametrize(("a", "b"), [(0.2, 0.3), (0.5, 5.0), (1.0, 1.0), (2.0, 7.0), (0.7, 60.0), (300, 500)])
def test_beta_quantile_is_accurate_in_probability(a, b):
    share = np.concatenate([[1e-9, 1e-6, 1e-4], np.linspace(0.001, 0.999, 4001), [0.9999, 1 - 1e-6]])
    quantile = beta_quantile(a, b)(share)
    np.testing.assert_allclose(stats.beta(a, b).cdf(quantile), share, rtol=2e-5, atol=1e-6)
    assert np.all(np.diff(quantile) >= 0)


def test_beta_quantile_of_equal_shapes_one_is_uniform():
    share = np.linspace(0.01, 0.99, 99)
    np.testing.assert_allclose(beta_quantile(1.0, 1.0)(share), share, atol=1e-6)
