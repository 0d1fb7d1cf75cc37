"""Gaussian and lognormal maps, flat book (validation.md A6, A7): the fold, where a cascade turns from none to all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr
from textbook import VENUE_NAMES, VENUES, cascade, cells, least_fixed_point

AT, WIDTH = 0.5, 0.1


def density(y):
    return np.exp(-0.5 * ((y - AT) / WIDTH) ** 2) / (WIDTH * np.sqrt(2.0 * np.pi))


def mass(y):
    return ndtr((y - AT) / WIDTH) - ndtr(-AT / WIDTH)


FOLD = brentq(lambda y: density(y) - 1.0, 0.0, AT, xtol=1e-15)
CRITICAL = FOLD - mass(FOLD)


def gaussian_map(fine=1e-7):
    """Cells as fine as that near the fold, coarse elsewhere."""
    edges = np.concatenate(
        [
            np.linspace(0.0, FOLD - 2e-3, 3000, endpoint=False),
            np.arange(FOLD - 2e-3, FOLD + 2e-4, fine),
            np.linspace(FOLD + 2.1e-4, 1.3, 3000),
        ]
    )
    return cells(edges, mass(edges), place=1e-3)


def test_the_fold_lies_where_theory_puts_it():
    assert pytest.approx(0.333648, abs=1e-6) == FOLD
    assert pytest.approx(0.285544, abs=1e-6) == CRITICAL


@pytest.mark.parametrize("order", [0.1, 0.28, 0.2855, 0.2856, 0.4])
@pytest.mark.parametrize(("contract", "side"), VENUES, ids=VENUE_NAMES)
def test_drop_and_forced_quantity_are_the_least_fixed_point(order, contract, side):
    distance, quantity = gaussian_map(fine=1e-6)
    drop, forced = cascade(distance, quantity, order, contract=contract, side=side)
    assert (drop, forced) == pytest.approx(least_fixed_point(distance, quantity, order), rel=1e-9)


def test_just_below_the_critical_push_the_cascade_stops_and_just_above_it_lands_beyond_the_map():
    distance, quantity = gaussian_map()
    below, _ = cascade(distance, quantity, CRITICAL * (1.0 - 1e-7))
    above, forced = cascade(distance, quantity, CRITICAL * (1.0 + 1e-7))
    assert below == pytest.approx(FOLD, abs=1e-4)
    assert above == pytest.approx(1.285544, abs=1e-6)
    assert forced == pytest.approx(1.0, abs=1e-6)


def test_the_distance_to_the_fold_closes_as_the_square_root_of_what_is_missing():
    distance, quantity = gaussian_map()
    missing = np.geomspace(1e-7, 2e-5, 25)
    gaps = [FOLD - cascade(distance, quantity, CRITICAL - push)[0] for push in missing]
    slope, level = np.polyfit(np.log(missing), np.log(gaps), 1)
    curvature = density(FOLD) * (AT - FOLD) / WIDTH**2
    assert slope == pytest.approx(0.500, abs=0.002)
    geometric_middle = 0.5 * (np.log(missing[0]) + np.log(missing[-1]))
    prefactor = np.exp(level + (slope - 0.5) * geometric_middle)
    assert prefactor == pytest.approx(np.sqrt(2.0 / curvature), rel=0.005)


@pytest.mark.parametrize("order", [0.01, 0.05, 0.2])
def test_a_lognormal_map_stops_at_the_smallest_root(order):
    centre, spread, held = np.log(0.1), 0.5, 0.06

    def gap(y):
        return y - order - held * ndtr((np.log(y) - centre) / spread)

    grid = np.linspace(1e-6, 0.4, 4001)
    first = np.flatnonzero(gap(grid) > 0.0)[0]
    exact = brentq(gap, grid[first - 1], grid[first], xtol=1e-15)
    edges = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 200_000)])
    with np.errstate(divide="ignore"):
        cumulative = held * ndtr((np.log(edges) - centre) / spread)
    drop, _ = cascade(*cells(edges, cumulative, place=1e-3), order)
    assert drop == pytest.approx(exact, rel=1e-4)
