"""Loans of a pool: their health factors follow the distribution, their debts and collateral the totals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest, norm
from small_lending import lent

import cascade_sim as cs
from cascade_sim.crowd.loans import LEAST_HEALTH, Loans
from cascade_sim.engine.lending import lending_of, loans_of

PRICE, THRESHOLD = 8000.0, 0.8
UNIFORM = {"kind": "uniform", "from": 1.1, "to": 2.5}
LOG_UNIFORM = {"kind": "log_uniform", "from": 1.1, "to": 2.5}
LOGNORMAL = {"kind": "lognormal", "median": 1.6, "sigma": 0.7}
CLUSTERS = {"kind": "clusters", "at": [1.2, 1.5, 2.0], "weights": ["25%", "35%", "40%"], "width": "5%"}


def pool(health=UNIFORM, count=1000, **changes):
    """Return a scenario with one pool of the given loans."""
    loans = {"count": count, "debt": "3M", "health": health, **changes}
    if "collateral" in changes:
        del loans["debt"]
    pools = [{"name": "only", "kind": "fixed_spread", "threshold": THRESHOLD, "loans": loans}]
    scenario = lent({"lending": pools})
    assert [each.name for each in scenario.lending] == ["only"]
    return scenario


def drawn(health=UNIFORM, seed=1, **changes) -> Loans:
    (loans,) = loans_of(pool(health, **changes), seed)
    return loans


def health_of(loans: Loans) -> np.ndarray:
    return loans.collateral * PRICE * loans.threshold / loans.debt


def distribution(health):
    """Return the distribution function of a health factor, from its definition."""
    if health["kind"] == "uniform":
        return lambda h: (h - 1.1) / 1.4
    if health["kind"] == "log_uniform":
        return lambda h: np.log(h / 1.1) / math.log(2.5 / 1.1)
    if health["kind"] == "lognormal":
        return lambda h: norm.cdf(np.log((h - 1.0) / 0.6) / 0.7)
    shares = (0.25, 0.35, 0.4)
    return lambda h: sum(
        share * norm.cdf(np.log((h - 1.0) / (at - 1.0)) / 0.05)
        for share, at in zip(shares, (1.2, 1.5, 2.0), strict=True)
    )


@pytest.mark.parametrize("health", [UNIFORM, LOG_UNIFORM])
def test_evenly_placed_loans_stand_at_the_quantiles_from_the_lowest_health(health):
    loans = drawn({**health, "placed": "even"}, count=400)
    np.testing.assert_allclose(distribution(health)(health_of(loans)), (np.arange(400) + 0.5) / 400, atol=1e-12)


@pytest.mark.parametrize(
    "health",
    [{**UNIFORM, "placed": "random"}, {**LOG_UNIFORM, "placed": "random"}, LOGNORMAL, CLUSTERS],
    ids=lambda health: health["kind"],
)
def test_drawn_loans_follow_their_distribution(health):
    found = kstest(health_of(drawn(health, count=20_000)), distribution(health))
    assert found.pvalue > 1e-3


def test_clusters_of_no_width_hold_their_shares_exactly():
    health = health_of(drawn({**CLUSTERS, "width": 0}, count=4000, seed=5))
    places, counts = np.unique(health.round(9), return_counts=True)
    np.testing.assert_allclose(places, [1.2, 1.5, 2.0])
    np.testing.assert_allclose(counts / 4000, [0.25, 0.35, 0.4], atol=0.03)


@pytest.mark.parametrize(
    "size", [{"kind": "equal"}, {"kind": "lognormal", "sigma": 2.0}, {"kind": "pareto", "exponent": 1.2}]
)
def test_debts_or_collaterals_add_up_to_the_total_whatever_their_sizes(size):
    owed, held = drawn(LOGNORMAL, size=size), drawn(LOGNORMAL, size=size, collateral="5M")
    assert owed.debt.sum() == pytest.approx(3e6, rel=1e-12)
    assert held.collateral.sum() * PRICE == pytest.approx(5e6, rel=1e-12)
    np.testing.assert_allclose(owed.debt / 3e6, held.collateral * PRICE / 5e6, rtol=1e-12)
    np.testing.assert_allclose(health_of(owed), health_of(held), rtol=1e-12)


def test_no_loan_is_under_water_at_the_start_however_wide_the_distribution():
    loans = drawn({"kind": "lognormal", "median": 1.001, "sigma": 8.0}, count=5000)
    health = health_of(loans)
    assert np.count_nonzero(health < LEAST_HEALTH * (1 + 1e-12)) > 100
    assert health.min() > 1.0
    assert loans.trigger().max() < PRICE


def test_a_pool_s_luck_does_not_depend_on_other_pools_nor_on_its_parameters():
    loans = lent().lending
    whole = loans_of(lent(), 7)
    alone = loans_of(lent({"lending": [loans[2].model_dump(by_alias=True)]}), 7)
    for one, other in zip(whole[2], alone[0], strict=True):
        np.testing.assert_array_equal(one, other)
    narrow, wide = (drawn({**LOGNORMAL, "sigma": sigma}) for sigma in (0.1, 0.9))
    assert (np.argsort(health_of(narrow)) == np.argsort(health_of(wide))).all()


def test_another_seed_draws_other_loans():
    assert not np.array_equal(health_of(drawn(LOGNORMAL, seed=1)), health_of(drawn(LOGNORMAL, seed=2)))


def test_sizes_that_cannot_be_computed_are_refused_at_their_key():
    with pytest.raises(cs.ScenarioError, match=r"lending\.0\.loans\.size.*cannot be computed"):
        drawn(size={"kind": "pareto", "exponent": 1e-3})


def test_loans_stand_in_the_order_in_which_a_falling_oracle_reaches_them():
    scenario = lent()
    lending, loans = lending_of(scenario, 3, 10), loans_of(scenario, 3)
    assert lending is not None
    for row, each in zip(lending.pools, loans, strict=True):
        slots = slice(row["first"], row["end"])
        order = np.lexsort((np.arange(each.debt.size), -each.trigger()))
        np.testing.assert_array_equal(lending.index[slots], order)
        np.testing.assert_array_equal(lending.key[slots], -each.trigger()[order])
        for name in Loans._fields:
            np.testing.assert_array_equal(getattr(lending, name)[slots], getattr(each, name)[order])
        assert row["head"] == row["first"]
        assert row["debt"] == pytest.approx(each.debt.sum(), rel=1e-12)


def test_equal_triggers_keep_the_order_in_which_loans_were_built():
    scenario = pool({**CLUSTERS, "at": [1.5], "weights": None, "width": 0}, count=50)
    lending = lending_of(scenario, 3, 10)
    assert lending is not None
    np.testing.assert_array_equal(lending.index, np.arange(50))


def test_a_scenario_without_pools_has_no_chain():
    assert lending_of(lent({"lending": [], "keepers": None, "chain": None}), 3, 10) is None
