"""Which scenarios have a closed form, and that the simulation meets it."""

from __future__ import annotations

import math

import pytest

from cascade_sim.metrics.theory import closed_form, closed_form_lines, measured
from cascade_sim.simulation import run

UNIFORM = {"kind": "uniform", "to": "1%"}
SQUARE_ROOT = {"market.book": {"shape": "power", "exponent": 2}}
SHORTS = {"crowd.longs.side": "short", "flow.orders.0": {"at": "1min", "buy": "20M"}}


def errors(scenario):
    form = closed_form(scenario)
    move, forced = measured(form, run(scenario, counterfactuals=False))
    return abs(move / form.move - 1.0), abs(forced / form.forced - 1.0)


def test_a_uniform_map_has_its_closed_form(plain):
    form = closed_form(plain())
    assert form.move == pytest.approx(0.02, rel=1e-14)
    assert form.forced == pytest.approx(200_000, rel=1e-14)
    assert form.ratio == pytest.approx(0.5, rel=1e-14)
    assert form.formula == "y = Q / (D - rho)"
    assert form.direction == -1.0


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("changes", [{}, SHORTS], ids=["longs", "shorts"])
@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.8, 0.9])
def test_the_simulation_meets_the_uniform_law_to_1e_9(plain, ratio, changes, contract):
    inverse = contract == "inverse"
    # Contracts stand at constant density, so 1 % of a price is 1 % of log price but for the curvature of the logarithm.
    side = 1.0 if changes else -1.0
    density = 20e6 / abs(math.log1p(side * 0.01)) if inverse else 2e9
    step = ratio * density * 0.5 / 1000
    whole_positions = round(0.02 / 0.0005) * step * (1.0 - ratio) / ratio
    word = "buy" if changes else "sell"
    scenario = plain(
        changes | {"market.contract": contract, f"flow.orders.0.{word}": whole_positions,
                   "crowd.longs.open_interest": ratio * density * 0.5,
                   "crowd.longs.liquidation.offset": (1.0 - ratio) / 2.0}
    )  # fmt: skip
    form = closed_form(scenario)
    assert form.move == pytest.approx(0.02, rel=1e-12)
    assert form.ratio == pytest.approx(ratio, rel=1e-12)
    assert max(errors(scenario)) < 1e-9


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("changes", [{}, SHORTS], ids=["longs", "shorts"])
@pytest.mark.parametrize(
    "shape", [{"shape": "linear"}, {"shape": "power", "exponent": 2}, {"shape": "power", "exponent": 0.7}]
)
def test_clusters_are_met_exactly_in_every_book(plain, shape, changes, contract):
    scenario = plain(
        changes | {"market.book": shape, "market.contract": contract, "crowd.longs.open_interest": "60M"},
        kind="points", at=["0.9%", "1.1%", "40%"], weights=["30%", "50%", "20%"],
    )  # fmt: skip
    form = closed_form(scenario)
    assert form.forced > 0.0
    assert max(errors(scenario)) < 1e-12


@pytest.mark.parametrize(
    "liquidation",
    [
        {"kind": "exponential", "scale": "5%"},
        {"kind": "gaussian", "at": "3%", "width": "4%"},
        {"kind": "uniform", "from": "0.5%", "to": "30%"},
    ],
    ids=lambda keys: keys["kind"],
)
def test_finitely_many_traders_approach_the_law_as_one_over_their_number(plain, liquidation):
    few, many = (
        errors(plain({"crowd.longs.traders": traders, "crowd.longs.open_interest": "60M"}, **liquidation))
        for traders in (1_000, 100_000)
    )
    assert max(few) < 2e-2
    assert max(many) < 3e-4


def test_several_cohorts_add_up(plain):
    scenario = plain()
    cohort = {"side": "long", "traders": 1000, "open_interest": "250M", "liquidation": {"kind": "uniform", "to": "50%"}}
    both = scenario.with_overrides({"crowd.longs.open_interest": "250M", "crowd.more": cohort})
    assert closed_form(both).move == pytest.approx(0.02, rel=1e-13)
    assert closed_form(both).ratio == pytest.approx(0.5, rel=1e-13)


@pytest.mark.parametrize(
    "changes",
    [
        {"market.book.half_spread": "0.01%"},
        {"market.book.refill": {"half_life": "1h"}},
        {"market.book.withdrawal": {"volatility": "1%"}},
        {"market.book": {"shape": "infinite"}},
        {"market.book.depth.until": "1.9%"},
        {"market.mark": {"kind": "mid"}},
        {"market.mark": {"kind": "index_ema"}},
        {"market.index.path": {"kind": "gbm", "volatility": "1%"}},
        {"market.index.pull.half_life": "1h"},
        {"market.index.follow.half_life": "1h"},
        {"exchange.liquidation.policy": "limit"},
        {"exchange.liquidation.policy": "none"},
        {"exchange.liquidation.delay": "1s"},
        {"exchange.outages": [{"from": "0s", "to": "1min"}]},
        {"exchange.adl": True},
        {"flow.noise": {"notional_per_second": "1k"}},
        {"flow.value": {"notional_per_second": "1k", "at": "1%"}},
        {"flow.momentum": {"notional_per_second": "1k", "at": "1%", "over": "1min"}},
        {"flow.orders": []},
        {"flow.orders": [{"at": 0, "sell": "1M"}, {"at": 0, "sell": "1M"}]},
        {"flow.orders.0.over": "1min"},
        {"flow.orders.0.at": "3min"},
        {"flow.orders": [{"at": 0, "buy": "1M"}]},
        {"crowd.longs.liquidation.placed": "random"},
        {"crowd.longs.size": {"kind": "pareto", "exponent": 1.5}},
        {"crowd.longs": None},
        {"crowd.others": {"side": "short", "traders": 1, "open_interest": 1, "liquidation": UNIFORM}},
        {"crowd.others": {"side": "long", "traders": 1, "open_interest": 1, "leverage": {"kind": "fixed", "value": 2}}},
    ],
    ids=str,
)  # fmt: skip
def test_nothing_is_claimed_where_a_condition_is_not_met(plain, changes):
    assert closed_form(plain(changes)) is None


@pytest.mark.parametrize("changes", [{}, SHORTS], ids=["longs", "shorts"])
@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("basis", ["mark", "entry"])
def test_a_fund_that_theory_calls_large_enough_is_never_used_up(plain, contract, changes, basis):
    changes = changes | {
        "market.contract": contract,
        "exchange.adl": True,
        "exchange.maintenance": {"rate": "0.1%", "basis": basis},
    }
    # The largest loss there can be: what is sold, times what the last price lies beyond the first bankruptcy.
    unit = 100.0 if contract == "linear" else 1 / 100.0
    fund = 250_000 * (100.0 if contract == "inverse" else 1.0) * 0.021 * unit
    for given, known in ((fund, True), (0.01 * fund, False)):
        scenario = plain(changes | {"exchange.insurance_fund": given})
        assert (closed_form(scenario) is not None) == known
    used = run(plain(changes | {"exchange.insurance_fund": fund})).summary
    assert 0.0 < used["insurance_fund_used"] < fund
    assert used["adl_notional"] == used["bad_debt"] == 0.0


def test_maintenance_that_no_fill_reaches_makes_the_fund_irrelevant(plain):
    assert closed_form(plain({"exchange.adl": True, "exchange.maintenance.rate": "5%"})) is not None


def test_the_lines_show_theory_beside_the_run_and_its_counterfactuals(plain):
    compare = {"half": {"flow.orders.0.sell": "10M"}, "no_forced_selling": {"exchange.liquidation.policy": "none"}}
    result = run(plain({"compare": compare}))
    lines = closed_form_lines(closed_form(result.scenario), result)
    assert lines[0] == "closed form: uniform triggers in a flat book, y = Q / (D - rho); R = 0.5 at the touch"
    assert lines[1].startswith("  simulated: log fall 0.02, expected 0.02 (error ")
    assert lines[2].startswith("  half: log fall 0.01, expected 0.01 (error ")
    assert "forced 100,000 base, expected 100,000" in lines[2]
    assert len(lines) == 3


def test_square_root_impact_is_unstable_at_the_touch(plain):
    form = closed_form(plain(SQUARE_ROOT))
    assert form.ratio == math.inf


@pytest.mark.parametrize(
    ("changes", "liquidation", "formula"),
    [
        ({}, {"kind": "uniform", "from": "1.5%", "to": "5%"}, "y = Q / D, short of every trigger"),
        ({}, {"kind": "uniform", "from": "0.5%", "to": "50%"}, "y = (Q - rho a) / (D - rho)"),
        ({}, {"kind": "uniform", "from": "0.5%", "to": "5%"}, "y = (Q + M) / D, everybody sold"),
        ({}, {"kind": "exponential", "scale": "4%"}, "y = a + l W(-R exp(-a / l)), a = (Q + M) / D"),
        ({}, {"kind": "gaussian", "at": "10%", "width": "4%"}, "least y with B(y) - L(y) >= Q"),
        (SQUARE_ROOT, {"kind": "points", "at": ["1%"]}, "y = ((Q + M) / Q1)^(1/2), everybody sold"),
    ],
)  # fmt: skip
def test_the_formula_names_the_regime(plain, changes, liquidation, formula):
    assert closed_form(plain(changes, **liquidation)).formula == formula
