"""Uniform map, book that is empty at the touch (validation.md A3): D = Lam y, so Q = Lam y^2 / 2."""

from __future__ import annotations

import math

import numpy as np
import pytest
from textbook import VENUE_NAMES, VENUES, cascade, cells, least_fixed_point

from cascade_sim.kernels import state as k

LAM = 20.0
BOOK = {"shape": k.SHAPE_POWER, "exponent": 2.0, "density": 0.5 * LAM}


def uniform_map(rho, start, end, traders=20_000):
    edges = np.linspace(start, end, traders + 1)
    return cells(edges, rho * (edges - start), place=1e-3)


@pytest.mark.parametrize("rho", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("order", [1e-3, 0.1])
@pytest.mark.parametrize(("contract", "side"), VENUES, ids=VENUE_NAMES)
def test_drop_and_forced_quantity_are_the_least_fixed_point(rho, order, contract, side):
    distance = np.random.default_rng(3).uniform(0.0, 0.5, 5000)
    quantity = rho * 0.5 / distance.size
    drop, forced = cascade(distance, quantity, order, contract=contract, side=side, **BOOK)
    expected = least_fixed_point(distance, quantity, order, density=0.5 * LAM, exponent=2.0)
    assert (drop, forced) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("rho", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("order", [1e-3, 0.1])
def test_drop_is_the_root_of_the_quadratic(rho, order):
    drop, _ = cascade(*uniform_map(rho, 0.0, 0.5), order, **BOOK)
    assert drop == pytest.approx((rho + math.sqrt(rho**2 + 2.0 * LAM * order)) / LAM, rel=1e-3)


def test_square_root_impact_is_unstable_at_the_touch_however_small_the_push():
    drop, _ = cascade(*uniform_map(1.0, 0.0, 0.5, 500_000), 1e-9, **BOOK)
    assert drop == pytest.approx(2.0 / LAM, rel=1e-5)


def test_levels_that_start_at_a_distance_jump_at_the_critical_push():
    start, rho = 0.04, 2.0
    critical = 0.5 * LAM * start**2
    distance, quantity = uniform_map(rho, start, 0.6, 500_000)
    before, none = cascade(distance, quantity, critical * (1.0 - 1e-6), **BOOK)
    after, _ = cascade(distance, quantity, critical * (1.0 + 1e-3), **BOOK)
    assert none == 0.0
    assert before == pytest.approx(start, rel=1e-6)
    assert after == pytest.approx(2.0 * rho / LAM - start, rel=2e-3)


def test_levels_too_thin_for_their_distance_do_not_jump():
    start, rho = 0.04, 0.5
    critical = 0.5 * LAM * start**2
    drop, _ = cascade(*uniform_map(rho, start, 0.6, 500_000), critical * 1.001, **BOOK)
    assert drop == pytest.approx(start, rel=2e-3)
