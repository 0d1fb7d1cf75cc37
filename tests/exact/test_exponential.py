"""Exponential map, flat book (validation.md A2): the Lambert W function, and the final size of an epidemic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import lambertw
from textbook import VENUE_NAMES, VENUES, cascade, least_fixed_point

SCALE = 0.05
RATIOS = [0.5, 0.9, 1.5, 3.0]


def exponential_map(ratio, traders):
    """Equal positions at the quantiles of an exponential map with rho(0) = ratio (and D = 1)."""
    share = (np.arange(traders) + 0.5) / traders
    return -SCALE * np.log1p(-share), ratio * SCALE / traders


def lambert_drop(ratio, order):
    reach = order + ratio * SCALE
    return reach + SCALE * float(lambertw(-ratio * math.exp(-reach / SCALE)).real)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("order", [1e-3, 0.02, 0.3])
@pytest.mark.parametrize(("contract", "side"), VENUES, ids=VENUE_NAMES)
def test_drop_and_forced_quantity_are_the_least_fixed_point(ratio, order, contract, side):
    distance, quantity = exponential_map(ratio, 5000)
    drop, forced = cascade(distance, quantity, order, contract=contract, side=side)
    expected_drop, expected_forced = least_fixed_point(distance, quantity, order)
    assert drop == pytest.approx(expected_drop, rel=1e-9)
    assert forced == pytest.approx(expected_forced, rel=1e-9)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("order", [1e-3, 0.02, 0.3])
def test_drop_approaches_lambert_w_at_order_one_over_n(ratio, order):
    exact = lambert_drop(ratio, order)
    for traders in (1000, 10_000, 100_000):
        drop, _ = cascade(*exponential_map(ratio, traders), order)
        assert abs(drop / exact - 1.0) < 60.0 / traders


@pytest.mark.parametrize(("ratio", "size"), [(1.5, 0.582812), (3.0, 0.940480), (1.1, None), (0.9, 0.0)])
def test_a_push_next_to_nothing_liquidates_the_final_size_of_an_epidemic(ratio, size):
    if size is None:
        size = brentq(lambda share: 1.0 - math.exp(-ratio * share) - share, 0.01, 0.99, xtol=1e-15)
    distance, quantity = exponential_map(ratio, 1_000_000)
    drop, forced = cascade(distance, quantity, 1e-7)
    assert forced / (ratio * SCALE) == pytest.approx(size, abs=3e-5)
    assert drop == pytest.approx(ratio * SCALE * size, abs=2e-6)


def test_the_size_grows_from_zero_as_twice_the_excess_over_one():
    for excess in (0.01, 0.02, 0.04):
        _, forced = cascade(*exponential_map(1.0 + excess, 1_000_000), 1e-7)
        assert forced / ((1.0 + excess) * SCALE) == pytest.approx(2.0 * excess, rel=2.0 * excess)
