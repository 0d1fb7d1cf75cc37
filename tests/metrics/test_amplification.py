"""Amplification sets a run against the same run without forced selling."""

from __future__ import annotations

import math

import pytest

from cascade_sim.metrics.cascade import add_amplification, excursions
from cascade_sim.simulation import run

NO_FORCED_SELLING = {"compare": {"no_forced_selling": {"exchange.liquidation.policy": "none"}}}


def moves(drawdown: float, runup: float) -> dict:
    return {"max_drawdown": drawdown, "max_runup": runup, "amplification": None, "feedback_share": None}


def amplified(with_forced: dict, without: dict) -> tuple:
    add_amplification(with_forced, without)
    return with_forced["amplification"], with_forced["feedback_share"]


def test_a_uniform_map_of_ratio_r_amplifies_by_one_over_one_minus_r(plain):
    summary = run(plain(NO_FORCED_SELLING)).summary
    assert summary["amplification"] == pytest.approx(2.0, rel=1e-9)
    assert summary["feedback_share"] == pytest.approx(0.5, rel=1e-9)


def test_without_the_counterfactual_there_is_no_amplification(plain):
    other = {"compare": {"half": {"flow.orders.0.sell": "10M"}}}
    for result in (run(plain()), run(plain(NO_FORCED_SELLING), counterfactuals=False), run(plain(other))):
        assert result.summary["amplification"] is None
        assert result.summary["feedback_share"] is None


def test_a_counterfactual_that_hardly_moves_leaves_it_undefined(plain):
    for sale, defined in (("1.9M", False), ("2.1M", True)):  # 2M are 0.1 %
        summary = run(plain(NO_FORCED_SELLING | {"flow.orders.0.sell": sale})).summary
        assert (summary["amplification"] is not None) == defined


def test_the_larger_excursion_is_compared_in_its_own_direction():
    fall = amplified(moves(0.5, 0.1), moves(0.2, 0.9))
    assert fall == pytest.approx((math.log(0.5) / math.log(0.8), 1.0 - math.log(0.8) / math.log(0.5)))
    rise = amplified(moves(0.1, 0.5), moves(0.9, 0.2))
    assert rise == pytest.approx((math.log(1.5) / math.log(1.2), 1.0 - math.log(1.2) / math.log(1.5)))


def test_a_price_of_nothing_has_no_amplification_that_json_could_hold():
    assert excursions(moves(1.0, 0.0)) == (math.inf, 0.0)
    assert amplified(moves(1.0, 0.0), moves(0.5, 0.0)) == (None, None)


def test_forced_selling_that_dampens_has_a_negative_share():
    assert amplified(moves(0.1, 0.0), moves(0.2, 0.0))[1] < 0.0
