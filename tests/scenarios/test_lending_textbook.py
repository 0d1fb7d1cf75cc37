"""What textbook/lending says in its comments, in numbers; and when theory has nothing to say of pools."""

from __future__ import annotations

import math

import pytest

from cascade_sim.metrics.theory import closed_form, closed_form_lines, measured
from cascade_sim.scenario import load_scenario
from cascade_sim.simulation import run


@pytest.fixture(scope="module")
def outcome():
    result = run(load_scenario("textbook/lending"))
    return {"simulated": result, **result.counterfactuals}


def sold(result) -> float:
    lent = float(result.timeline["keeper_sold"].sum()) if result.scenario.lending else 0.0
    return float(result.timeline["forced_sell"].sum()) + lent


@pytest.mark.parametrize(
    ("name", "drop", "quantity"),
    [
        ("simulated", 0.012, 240_000),
        ("no_lending", 0.006, 60_000),
        ("no_exchange_liquidations", 0.006, 60_000),
        ("neither", 0.004, 0),
        ("oracle_of_the_mid", 0.008, 120_000),
        ("late_oracle", 0.006, 60_000),
        ("held", 0.006, 60_000),
        ("little_capital", 0.006, 60_000),
    ],
)
def test_it_falls_as_its_comments_say(outcome, name, drop, quantity):
    result = outcome[name]
    assert -math.log1p(-result.summary["max_drawdown"]) == pytest.approx(drop, rel=1e-9)
    assert sold(result) == pytest.approx(quantity, rel=1e-9)


def test_it_meets_its_printed_closed_form_to_1e_9(outcome):
    result = outcome["simulated"]
    form = closed_form(result.scenario)
    assert measured(form, result) == pytest.approx((form.move, form.forced), rel=1e-9)
    lines = closed_form_lines(form, result)
    assert lines[0].endswith("y = Q / (D - rho_1 - rho_2); R = 0.6667 at the touch")
    assert [line.partition(":")[0].strip() for line in lines[1:]] == ["simulated", "no_lending"]


def test_keepers_who_hold_liquidate_for_what_they_have_and_leave_the_rest(outcome):
    little, held = (outcome[name].summary for name in ("little_capital", "held"))
    assert little["pool_repaid"] == pytest.approx(1e6, rel=1e-12)
    assert little["pool_liquidations"] < 0.3 * held["pool_liquidations"]


@pytest.mark.parametrize(
    "change",
    [
        {"lending.pool.bonus": "24%"},
        {"lending.pool.protocol_fee": "1%"},
        {"lending.pool.oracle.source": "mid"},
        {"lending.pool.oracle.delay": "1s"},
        {"lending.pool.loans.health.placed": "random"},
        {"lending.pool.loans.size.kind": "lognormal", "lending.pool.loans.size.sigma": 1.0},
        {"keepers.bots.latency": "1s"},
        {"keepers.bots.capital": "1M"},
        {"keepers.bots.margin": "1%"},
        {"chain.gas_price": 1},
        {"chain.capacity": "1M"},
        {"chain.interval": "1min"},
        {"exchange.fees.taker": "0.05%"},
        {"crowd.longs.open_interest": "1B"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_pool_that_is_not_plain_has_no_closed_form(change):
    assert closed_form(load_scenario("textbook/lending")) is not None
    assert closed_form(load_scenario("textbook/lending", change)) is None


def test_a_pool_alone_has_the_closed_form_of_a_uniform_map():
    scenario = load_scenario("textbook/lending", {"crowd.longs": None})
    form = closed_form(scenario)
    assert form.formula == "y = Q / (D - rho)"
    assert measured(form, run(scenario, counterfactuals=False)) == pytest.approx((form.move, form.forced), rel=1e-9)
