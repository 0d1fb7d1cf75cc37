"""The branching ratio by its definition, on maps that can be counted by hand, and on a run's own book."""

from __future__ import annotations

import numpy as np
import pytest
from metrics.conftest import plain_scenario

from cascade_sim.metrics.branching import poisson_score
from cascade_sim.metrics.estimators import structural
from cascade_sim.metrics.estimators.ground import density_of
from cascade_sim.simulation import run


def lattice(ratio: float, density: float, number: int = 1000):
    """Equal positions in the middle of cells over a log-distance of 1, ``ratio density`` in all."""
    return structural.SideMap((np.arange(number) + 0.5) / number, np.full(number, ratio * density / number))


def test_a_uniform_map_in_a_flat_book_has_its_ratio_wherever_the_price_goes():
    found = structural.walked(lattice(0.3, 50.0), [0.1, 0.1, 0.05, 0.4, 0.9], [50.0] * 5)
    assert found.value == pytest.approx(0.3)
    assert found.n == pytest.approx(900)
    assert (found.low, found.high) == pytest.approx(poisson_score(0.3, 900 / 0.3))


def test_what_the_price_walks_again_is_counted_once():
    crowd = lattice(0.3, 50.0)
    straight = structural.walked(crowd, [0.2, 0.6], [50.0, 25.0])
    back_and_forth = structural.walked(crowd, [0.2, 0.0, 0.15, 0.6, 0.1], [50.0, 1.0, 1.0, 25.0, 1.0])
    assert straight == back_and_forth
    assert straight.value == pytest.approx((0.2 * 0.3 + 0.4 * 0.6) / 0.6)


def test_phases_add_up_to_the_whole_weighted_by_the_ground_they_won():
    random = np.random.default_rng(1)
    crowd = structural.SideMap(np.sort(random.random(500)), random.exponential(size=500))
    reached, density = np.sort(random.random(40)), random.uniform(100, 1000, 40)
    whole = structural.walked(crowd, reached, density).value * reached[-1]
    first = structural.walked(crowd, reached[:15], density[:15]).value * reached[14]
    rest = structural.walked(crowd, reached[15:], density[15:], begin=reached[14]).value * (reached[-1] - reached[14])
    assert whole == pytest.approx(first + rest)


def test_a_trigger_exactly_where_a_row_ends_belongs_to_that_row():
    crowd = structural.SideMap(np.array([0.0, 0.1, 0.2]), np.array([1.0, 2.0, 4.0]))
    assert structural.walked(crowd, [0.1], [10.0]).value == pytest.approx(3.0 / 10.0 / 0.1)
    assert structural.walked(crowd, [0.2], [10.0], begin=0.1).value == pytest.approx(4.0 / 10.0 / 0.1)


def test_the_interval_holds_a_random_map_s_ratio_as_often_as_it_says():
    random, held = np.random.default_rng(2), []
    for _ in range(400):
        number = random.poisson(120)
        size = random.exponential(size=number)
        crowd = structural.SideMap(np.sort(random.random(number)), size)
        found = structural.walked(crowd, [0.5, 1.0], [200.0, 100.0])
        # Half of the ground with a book of 200, half with one of 100.
        held.append(found.low <= 120.0 * (0.5 / 200.0 + 0.5 / 100.0) <= found.high)
    assert 0.90 <= np.mean(held) <= 0.98


def test_ahead_of_the_price_lies_only_what_has_not_fired():
    crowd = lattice(0.5, 100.0)
    place, reached = np.array([0.0, 0.3, 0.195, 0.1]), np.array([0.0, 0.3, 0.3, 0.3])
    found = structural.ahead(crowd, place, reached, [100.0, 50.0, 100.0, 100.0], window=0.2)
    assert found == pytest.approx([0.5, 1.0, 0.5 * 0.095 / 0.2, 0.0], rel=1e-2)
    assert np.isnan(structural.ahead(crowd, [0.1], [0.1], [np.nan])).all()


def test_without_new_ground_or_a_book_there_is_no_estimate_but_a_reason():
    crowd = lattice(0.5, 100.0)
    assert structural.walked(crowd, [0.1, 0.2], [1.0, 1.0], begin=0.3).note == "the mark won no new ground"
    assert "not known" in structural.walked(crowd, [0.1], [np.nan]).note
    assert "not known" in structural.walked(crowd, [0.1], [0.0]).note
    assert structural.walked(crowd, [], []).value is None


def test_ground_without_triggers_is_a_ratio_of_zero_with_an_upper_end():
    crowd = structural.SideMap(np.array([0.9]), np.array([2.0]))
    found = structural.walked(crowd, [0.1], [100.0])
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(poisson_score(0.0, 0.1 * 100.0 / 2.0)[1])
    nobody = structural.side_map([], [], 1.0, 1.0)
    assert structural.walked(nobody, [0.1], [100.0]).note == "nobody can be liquidated on this side"


def test_triggers_that_never_fire_are_left_out_and_sides_look_in_their_direction():
    longs = structural.side_map([90.0, 0.0, 80.0], [1.0, 2.0, 3.0], 100.0, 1.0)
    np.testing.assert_allclose(longs.depth, [np.log(100 / 90), np.log(100 / 80)])
    shorts = structural.side_map([125.0, np.inf, 110.0], [1.0, 2.0, 3.0], 100.0, -1.0)
    np.testing.assert_allclose(shorts.depth, [np.log(1.1), np.log(1.25)])
    assert shorts.quantity.tolist() == [3.0, 1.0]


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_depth_of_a_flat_book_is_found_exactly_at_every_price(contract, side):
    order = {"at": "1min", "sell" if side > 0 else "buy": "20M"}
    found = density_of(run(plain_scenario({"market.contract": contract, "crowd": {}, "flow.orders": [order]})), side)
    unit = -np.log1p(-0.01) if contract == "inverse" else 0.01 * 100.0
    np.testing.assert_allclose(found, 20e6 / unit, rtol=2e-2)
    np.testing.assert_allclose(found, found[0], rtol=1e-12)
