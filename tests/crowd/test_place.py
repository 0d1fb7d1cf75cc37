"""Laws are tested at a significance of 1e-4 with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cascade_sim.crowd import build_crowd
from cascade_sim.crowd.trigger_map import traders_per_point
from cascade_sim.errors import ScenarioError
from cascade_sim.mechanics.margin import bankruptcy_price, liquidation_price

ALPHA = 1e-4
SHAPES = {
    "uniform": ({"from": "1%", "to": "20%"}, stats.uniform(0.01, 0.19)),
    "exponential": ({"scale": "5%", "from": "2%"}, stats.expon(0.02, 0.05)),
    "gaussian": ({"at": "50%", "width": "10%"}, stats.norm(0.5, 0.1)),
}


def mapped(longs, side="long", traders=1000, **liquidation):
    cohort = longs(side=side, traders=traders, leverage=None, liquidation=liquidation)
    return {"c": cohort | {"open_interest": "8M"}}


@pytest.mark.parametrize("offset", [0.5, 0.05])
@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("kind", list(SHAPES))
def test_even_placement_puts_triggers_at_the_quantiles(venue, longs, kind, side, offset):
    keys, law = SHAPES[kind]
    crowd = build_crowd(venue(mapped(longs, side, kind=kind, offset=offset, **keys)), 1)
    quantiles = law.ppf((np.arange(1000) + offset) / 1000)
    sign = 1 if side == "long" else -1
    np.testing.assert_allclose(crowd.trigger, 8000 * np.exp(-sign * quantiles), rtol=1e-14)
    assert np.all(crowd.quantity == 8e6 / 1000 / 8000)
    assert np.all(crowd.entry_price == 8000)


@pytest.mark.parametrize("kind", list(SHAPES))
def test_random_placement_follows_the_map(venue, longs, kind):
    keys, law = SHAPES[kind]
    crowd = build_crowd(venue(mapped(longs, traders=20_000, kind=kind, placed="random", **keys)), 1)
    assert stats.kstest(np.log(8000 / crowd.trigger), law.cdf).pvalue > ALPHA


def test_gaussian_map_that_reaches_the_start_price_is_conditioned_on_lying_beyond_it(venue, longs):
    law = stats.truncnorm(-1, np.inf, loc=0.1, scale=0.1)
    even = build_crowd(venue(mapped(longs, kind="gaussian", at="10%", width="10%")), 1)
    quantiles = law.ppf((np.arange(1000) + 0.5) / 1000)
    np.testing.assert_allclose(np.log(8000 / even.trigger), quantiles, rtol=1e-11)
    random = mapped(longs, traders=20_000, kind="gaussian", at="10%", width="10%", placed="random")
    drawn = np.log(8000 / build_crowd(venue(random), 1).trigger)
    assert stats.kstest(drawn, law.cdf).pvalue > ALPHA


@pytest.mark.parametrize("basis", ["mark", "entry"])
@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("side", ["long", "short"])
def test_collateral_is_what_puts_the_liquidation_price_at_the_trigger(venue, longs, side, contract, basis):
    crowds = mapped(longs, side, kind="uniform", to="20%")
    tiers = [(0, 0.004), (8200, 0.01)]
    scenario = venue(crowds, contract=contract, maintenance={"tiers": tiers, "basis": basis})
    crowd = build_crowd(scenario, 1)
    given = side, crowd.quantity, crowd.entry_price, crowd.collateral
    back = liquidation_price(*given, tiers=tiers, basis=basis, contract=contract)
    np.testing.assert_allclose(back, crowd.trigger, rtol=1e-13)
    price = crowd.bankruptcy if contract == "linear" else -1 / crowd.bankruptcy
    np.testing.assert_allclose(price, bankruptcy_price(*given, contract=contract), rtol=1e-13)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_without_maintenance_bankruptcy_is_the_trigger_to_the_bit(venue, longs, contract):
    crowd = build_crowd(venue(mapped(longs, kind="uniform", to="20%"), contract=contract), 1)
    np.testing.assert_array_equal(crowd.bankruptcy, crowd.trigger if contract == "linear" else -1 / crowd.trigger)


@pytest.mark.parametrize("traders", [3, 7, 100, 1001])
def test_points_carry_their_shares_exactly(venue, longs, traders):
    shares = ["50%", "30%", "20%"]
    crowd = build_crowd(venue(mapped(longs, traders=traders, kind="points", at=["5%", "9%", "20%"], weights=shares)), 1)
    for distance, share in zip((0.05, 0.09, 0.2), (0.5, 0.3, 0.2), strict=True):
        rows = np.abs(np.log(8000 / crowd.trigger) - distance) < 1e-12
        assert math.fsum(crowd.quantity[rows] * 8000) == pytest.approx(8e6 * share, rel=1e-13)


def test_points_hold_traders_in_proportion_where_that_is_possible(venue, longs):
    crowd = build_crowd(venue(mapped(longs, traders=10, kind="points", at=["5%", "9%"], weights=["70%", "30%"])), 1)
    assert np.unique(crowd.trigger, return_counts=True)[1].tolist() == [3, 7]
    np.testing.assert_allclose(crowd.quantity, 8e6 / 10 / 8000, rtol=1e-15)


@pytest.mark.parametrize(
    ("weights", "traders", "expected"),
    [([0.6, 0.4], 100, [60, 40]), ([1 / 3] * 3, 7, [3, 2, 2]), ([0.98, 0.01, 0.01], 5, [3, 1, 1])],
)
def test_every_point_gets_its_share_of_traders_and_at_least_one(weights, traders, expected):
    assert traders_per_point(np.array(weights), traders).tolist() == expected


def test_randomly_placed_points_are_chosen_by_weight(venue, longs):
    keys = {"kind": "points", "at": ["5%", "9%"], "weights": ["70%", "30%"], "placed": "random"}
    crowd = build_crowd(venue(mapped(longs, traders=20_000, **keys)), 1)
    near = int(np.sum(crowd.trigger > 8000 * math.exp(-0.06)))
    assert stats.binomtest(near, 20_000, 0.7).pvalue > ALPHA


def test_sizes_may_differ_on_a_map(venue, longs):
    keys = mapped(longs, kind="points", at=["5%", "9%"], weights=["70%", "30%"])
    keys["c"]["size"] = {"kind": "pareto", "exponent": 1.3}
    crowd = build_crowd(venue(keys), 1)
    near = crowd.trigger > 8000 * math.exp(-0.06)
    assert crowd.quantity[near].sum() * 8000 == pytest.approx(0.7 * 8e6, rel=1e-12)
    assert np.unique(crowd.quantity).size == 1000


@pytest.mark.parametrize(
    ("liquidation", "message"),
    [
        ({"kind": "uniform", "to": "5%", "offset": 0}, r"liquidation: 1 of 1,000 triggers lie at the start"),
        ({"kind": "exponential", "scale": "5%", "offset": 1}, r"liquidation: some triggers lie at no finite"),
        ({"kind": "gaussian", "at": "50%", "width": "5%", "offset": 1}, r"lie at no finite price; choose"),
    ],
)
def test_triggers_that_cannot_be_are_refused(venue, longs, liquidation, message):
    with pytest.raises(ScenarioError, match=message):
        build_crowd(venue(mapped(longs, **liquidation)), 1)


def test_fewer_traders_than_points_are_refused(venue, longs):
    with pytest.raises(ScenarioError, match=r"crowd\.c\.traders: 2 traders cannot stand at 3 points"):
        build_crowd(venue(mapped(longs, traders=2, kind="points", at=["5%", "6%", "7%"])), 1)
