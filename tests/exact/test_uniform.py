"""Uniform map, flat book (validation.md A1): drop Q / (D - rho), amplification 1 / (1 - R)."""

from __future__ import annotations

import numpy as np
import pytest
from textbook import VENUE_NAMES, VENUES, cascade, cells, least_fixed_point, setting
from worlds import event_rows

from cascade_sim.kernels import state as k

RATIOS = [0.0, 0.3, 0.6, 0.9, 0.99]


def random_map(ratio, traders=10_000, reach=0.4):
    random = np.random.default_rng(11)
    distance = random.uniform(0.0, reach, traders)
    size = random.exponential(size=traders)
    return distance, size * (ratio * reach / size.sum())


def lattice(ratio, traders, reach):
    """Equal positions whose triggers lie at the share (1 - R) / 2 of their cells."""
    edges = np.linspace(0.0, reach, traders + 1)
    return cells(edges, ratio * edges, place=0.5 * (1.0 - ratio))


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize(("contract", "side"), VENUES, ids=VENUE_NAMES)
def test_drop_and_forced_quantity_are_the_least_fixed_point(ratio, contract, side):
    distance, quantity = random_map(ratio)
    order = 0.25 * (1.0 - ratio)
    drop, forced = cascade(distance, quantity, order, contract=contract, side=side)
    expected_drop, expected_forced = least_fixed_point(distance, quantity, order)
    assert drop == pytest.approx(expected_drop, rel=1e-9)
    assert forced == pytest.approx(expected_forced, rel=1e-9)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize(("contract", "side"), VENUES, ids=VENUE_NAMES)
def test_a_lattice_meets_the_continuum_law(ratio, contract, side):
    distance, quantity = lattice(ratio, 3000, 0.3)
    order = 0.25 * (1.0 - ratio)
    drop, forced = cascade(distance, quantity, order, contract=contract, side=side)
    assert drop == pytest.approx(order / (1.0 - ratio), rel=1e-9)
    assert forced == pytest.approx(ratio * order / (1.0 - ratio), rel=1e-9)


@pytest.mark.parametrize("ratio", [0.3, 0.6, 0.9])
def test_midpoint_maps_approach_the_continuum_law_at_order_one_over_n(ratio):
    order = 0.25 * (1.0 - ratio)
    for traders in (100, 1000, 10_000, 100_000):
        edges = np.linspace(0.0, 0.3, traders + 1)
        drop, _ = cascade(*cells(edges, ratio * edges), order)
        assert abs(drop / 0.25 - 1.0) < 12.0 / traders


def rounds_of(ratio, mark=k.MARK_LAST):
    """Quantity sold in each round, in units of the order's own impact."""
    order = 0.2 * (1.0 - ratio)
    distance, quantity = lattice(ratio, 400_000, 0.25)
    events = event_rows(setting(distance, quantity, [(0, order)], mark=mark).run())
    return np.bincount(events["round"], weights=events["filled"])[1:] / order


@pytest.mark.parametrize("ratio", [0.3, 0.6, 0.9, 0.99])
def test_round_k_adds_the_kth_power_of_the_ratio(ratio):
    rounds = rounds_of(ratio)[:8]
    powers = ratio ** np.arange(1, rounds.size + 1)
    resolution = 3e-6 / (1.0 - ratio)
    np.testing.assert_allclose(rounds, powers, atol=resolution)
    np.testing.assert_allclose(1.0 + np.cumsum(rounds), (1.0 - ratio * powers) / (1.0 - ratio), atol=8.0 * resolution)


@pytest.mark.parametrize("ratio", [0.3, 0.9, 1.5])
def test_mark_mid_amplifies_by_half_the_ratio(ratio):
    order = 0.1 * (1.0 - 0.5 * ratio)
    distance, quantity = lattice(ratio, 100_000, 0.3)
    drop, _ = cascade(distance, quantity, order, mark=k.MARK_MID)
    assert drop / order == pytest.approx(1.0 / (1.0 - 0.5 * ratio), rel=1e-4)


@pytest.mark.parametrize("ratio", [1.0, 1.0001, 2.0])
def test_at_a_ratio_of_one_the_cascade_runs_to_the_end_of_the_map(ratio):
    edges = np.linspace(0.0, 0.3, 3001)
    distance, quantity = cells(edges, ratio * edges)
    drop, forced = cascade(distance, quantity, 1e-3)
    assert forced == pytest.approx(0.3 * ratio, rel=1e-12)
    assert drop == pytest.approx(1e-3 + 0.3 * ratio, rel=1e-12)
