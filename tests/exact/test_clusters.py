"""Bands and chains of points, flat book of density 1 (validation.md A4, A5)."""

from __future__ import annotations

import numpy as np
import pytest
from textbook import VENUE_NAMES, VENUES, cascade, cells, least_fixed_point

START, END = 0.05, 0.08


def band(rho, traders=3000):
    edges = np.linspace(START, END, traders + 1)
    return cells(edges, rho * (edges - START), place=0.5 * max(0.0, 1.0 - rho) + 1e-6)


@pytest.mark.parametrize("rho", [0.4, 0.9, 3.0])
@pytest.mark.parametrize("order", [0.03, 0.05001, 0.055, 0.09])
@pytest.mark.parametrize(("contract", "side"), VENUES, ids=VENUE_NAMES)
def test_drop_and_forced_quantity_are_the_least_fixed_point(rho, order, contract, side):
    distance, quantity = band(rho)
    drop, forced = cascade(distance, quantity, order, contract=contract, side=side)
    assert (drop, forced) == pytest.approx(least_fixed_point(distance, quantity, order), rel=1e-9)


def test_a_push_that_does_not_reach_the_band_moves_the_price_by_itself_alone():
    assert cascade(*band(3.0), 0.9999 * START) == (pytest.approx(0.9999 * START, rel=1e-12), 0.0)


@pytest.mark.parametrize("rho", [0.4, 0.9])
def test_inside_a_thin_band_the_push_is_amplified_and_beyond_it_shifted(rho):
    mass = rho * (END - START)
    inside = START + 0.5 * (END - START) * (1.0 - rho)
    drop, _ = cascade(*band(rho), inside)
    assert drop == pytest.approx((inside - rho * START) / (1.0 - rho), rel=2e-4)
    drop, forced = cascade(*band(rho), 0.1)
    assert (drop, forced) == pytest.approx((0.1 + mass, mass), rel=1e-12)


@pytest.mark.parametrize("rho", [1.2, 3.0])
def test_a_thick_band_is_jumped_over_and_overshot(rho):
    mass = rho * (END - START)
    drop, forced = cascade(*band(rho), START * (1.0 + 1e-6))
    assert forced == pytest.approx(mass, rel=1e-12)
    assert drop == pytest.approx(START + mass, rel=1e-6)
    assert drop - END == pytest.approx((rho - 1.0) * (END - START), rel=1e-5)


SPACING, POINTS = 0.01, 12


@pytest.mark.parametrize("traders", [1, 50])
@pytest.mark.parametrize(("ratio", "reached"), [(1.0 + 1e-9, POINTS), (1.0 - 1e-9, 1), (0.5, 1), (3.0, POINTS)])
def test_a_chain_of_points_runs_through_if_each_mass_spans_the_gap(ratio, reached, traders):
    """M / (D h) >= 1; the push reaches exactly the first point."""
    distance = np.repeat(SPACING * np.arange(1, POINTS + 1), traders)
    mass = ratio * SPACING
    drop, forced = cascade(distance, mass / traders, SPACING * (1.0 + 1e-12))
    assert forced == pytest.approx(reached * mass, rel=1e-12)
    assert drop == pytest.approx(SPACING + reached * mass, rel=1e-11)


def test_a_chain_of_falling_masses_stops_at_the_first_gap_it_cannot_span():
    masses = SPACING * np.array([1.5, 1.2, 0.8, 0.6, 0.5, 3.0])
    distance = SPACING * np.arange(1.0, 7.0)
    drop, forced = cascade(distance, masses, SPACING * (1.0 + 1e-12))
    assert forced == pytest.approx(masses[:5].sum(), rel=1e-12)
    assert drop == pytest.approx(SPACING + masses[:5].sum(), rel=1e-12)
