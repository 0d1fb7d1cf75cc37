"""Keepers as rows: in the order in which they act, each with what its cohort says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm
from small_lending import lent

from cascade_sim.crowd.keepers import UNLIMITED_CAPITAL, keeper_rows, share_kept

TWO = {"low": {"count": 2, "gas_limit": 10}, "high": {"count": 3, "gas_limit": 50, "capital": "1M", "latency": "15s"}}


def test_those_who_pay_the_highest_gas_price_stand_first_and_ties_in_the_scenario_s_order():
    rows = keeper_rows(lent({"keepers": TWO, "keepers.bots": None, "keepers.holders": None}), 1)
    assert rows["cohort"].tolist() == [1, 1, 1, 0, 0]
    assert rows["place"].tolist() == [0, 1, 2, 0, 1]


def test_a_keeper_has_its_cohort_s_terms():
    rows = keeper_rows(lent({"keepers.bots.count": 2}), 1)
    holders, bots = (rows[rows["cohort"] == number] for number in (0, 1))
    assert holders["gas_limit"].tolist() == [30.0, 30.0]
    assert holders["kept"].tolist() == [0.5 ** (12 / 120)] * 2
    assert holders["capital"].tolist() == holders["cash"].tolist() == [200_000.0] * 2
    assert bots["latency_ticks"].tolist() == [12, 12]
    assert bots["margin"].tolist() == [0.01, 0.01]
    assert bots["kept"].tolist() == [0.0, 0.0]


def test_capital_without_limit_is_more_than_any_loan_and_keeps_cents():
    rows = keeper_rows(lent({"keepers.bots.capital": "never"}), 1)
    unlimited = rows[rows["cohort"] == 1]
    assert (unlimited["cash"] == UNLIMITED_CAPITAL).all()
    cent = (UNLIMITED_CAPITAL + 0.01) - UNLIMITED_CAPITAL
    assert cent == pytest.approx(0.01, rel=0.02)


def test_drawn_gas_limits_are_lognormal_and_no_other_cohort_s_business():
    many = keeper_rows(lent({"keepers.bots.count": 3000}), 5)
    limits = many["gas_limit"][many["cohort"] == 1]
    assert kstest(limits, lambda limit: norm.cdf(np.log(limit / 80) / 0.5)).pvalue > 1e-3
    assert (np.diff(many["gas_limit"]) <= 0).all()
    alone = keeper_rows(lent({"keepers.bots.count": 3000, "keepers.holders": None}), 5)
    np.testing.assert_array_equal(alone["gas_limit"], limits)


@pytest.mark.parametrize(("half_life", "kept"), [(0.0, 0.0), (12.0, 0.5), (24.0, 0.5**0.5), (np.inf, 1.0)])
def test_what_is_left_of_an_inventory_halves_with_the_half_life(half_life, kept):
    assert share_kept(half_life, 12.0) == pytest.approx(kept)
