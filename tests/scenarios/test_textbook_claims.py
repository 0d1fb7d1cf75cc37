"""What the textbook scenarios say in their comments, in numbers."""

from __future__ import annotations

import math

import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from cascade_sim.metrics.theory import closed_form, closed_form_lines, measured
from cascade_sim.scenario import load_scenario
from cascade_sim.simulation import run


@pytest.fixture(scope="module")
def outcome():
    """Return the runs of a textbook scenario by name, the scenario's own under ``simulated``."""
    known = {}

    def runs(name):
        if name not in known:
            result = run(load_scenario(f"textbook/{name}"))
            known[name] = {"simulated": result, **result.counterfactuals}
        return known[name]

    return runs


def fall(result) -> float:
    return -math.log1p(-result.summary["max_drawdown"])


def rise(result) -> float:
    return math.log1p(result.summary["max_runup"])


def forced(result) -> float:
    return float(result.timeline[["forced_sell", "forced_buy"]].to_numpy().sum())


def fund_change(result) -> float:
    return float(result.liquidations["fund_change"].sum())


def test_uniform_meets_its_printed_closed_form_to_1e_9(outcome):
    result = outcome("uniform")["simulated"]
    form = closed_form(result.scenario)
    assert (form.move, form.forced) == pytest.approx((0.02, 200_000), rel=1e-14)
    assert measured(form, result) == pytest.approx((form.move, form.forced), rel=1e-9)
    assert closed_form_lines(form, result)[0].endswith("y = Q / (D - rho); R = 0.5 at the touch")


@pytest.mark.parametrize(
    ("name", "drop", "quantity"),
    [
        ("simulated", 0.02, 200_000),
        ("no_forced_selling", 0.01, 0),
        ("half_the_sale", 0.01, 100_000),
        ("above_one", 0.61, 12e6),
    ],
)
def test_uniform_falls_as_its_comments_say(outcome, name, drop, quantity):
    result = outcome("uniform")[name]
    assert fall(result) == pytest.approx(drop, rel=1e-9)
    assert forced(result) == pytest.approx(quantity, rel=1e-9)


def test_uniform_amplifies_twofold_and_feeds_its_fund(outcome):
    summary = outcome("uniform")["simulated"].summary
    assert summary["amplification"] == pytest.approx(2.0, rel=1e-9)
    assert summary["branching_ratio"] == pytest.approx(0.5, abs=0.01)
    assert summary["insurance_fund_used"] == summary["bad_debt"] == 0.0


def test_uniform_at_nine_tenths_falls_by_ten_percent():
    result = run(load_scenario("textbook/uniform", {"crowd.longs.open_interest": "900M"}), counterfactuals=False)
    assert fall(result) == pytest.approx(0.1, rel=2e-3)


@pytest.mark.parametrize(
    ("name", "drop", "sold", "rounds"),
    [
        ("simulated", 0.071, 100, 2),
        ("no_forced_selling", 0.021, 0, 0),
        ("smaller_sale", 0.0195, 0, 0),
        ("broken_chain", 0.046, 50, 1),
    ],
)
def test_two_clusters_fall_in_turn_or_not_at_all(outcome, name, drop, sold, rounds):
    result = outcome("two_clusters")[name]
    assert fall(result) == pytest.approx(drop, rel=1e-12)
    assert forced(result) == pytest.approx(sold * 10_000, rel=1e-12)
    assert result.timeline["rounds"].max() == rounds
    assert result.summary["adl_notional"] == result.summary["bad_debt"] == 0.0


def test_two_clusters_have_their_critical_sale_at_40_million():
    for sale, clears in ((39_999_999, False), (40_000_001, True)):
        scenario = load_scenario("textbook/two_clusters", {"flow.orders.0.sell": sale})
        assert (run(scenario, counterfactuals=False).summary["liquidated_count"] == 1000) == clears


def critical_sale() -> tuple[float, float]:
    """Place and size of the fold of the fold scenario: where ``R(y) = 1``, and ``B - L`` there in quote notional."""
    depth, mass, at, width = 2e9, 200e6, 0.05, 0.01
    top = brentq(lambda y: mass * norm.pdf(y, at, width) - depth, 0.02, 0.05, xtol=1e-16)
    return top, depth * top - mass * norm.cdf(top, at, width)


def test_the_fold_is_where_its_comments_say():
    top, sale = critical_sale()
    assert top == pytest.approx(0.03336482, abs=5e-9)
    assert sale == pytest.approx(57.10876e6, abs=5)
    assert sale / 2e9 == pytest.approx(0.02855438, abs=5e-9)


def test_just_below_the_fold_the_fall_stops_before_the_cluster(outcome):
    top, _ = critical_sale()
    result = outcome("fold")["just_below"]
    form = closed_form(result.scenario)
    assert fall(result) < top
    assert fall(result) == pytest.approx(form.move, rel=1e-3)
    assert fall(result) == pytest.approx(0.0325, abs=1e-4)
    assert result.summary["open_interest_cleared"] < 0.05


def test_just_above_the_fold_the_whole_cluster_falls(outcome):
    result = outcome("fold")["simulated"]
    assert fall(result) == pytest.approx((57.2e6 + 200e6) / 2e9, rel=1e-12)
    assert result.summary["liquidated_count"] == 20_000
    assert result.summary["adl_notional"] == result.summary["bad_debt"] == 0.0


def test_the_fold_jumps_at_the_critical_sale():
    # 20,000 traders of 10k USD make the map lumpy by half a trader either way.
    _, sale = critical_sale()
    for order, clears in ((sale - 25e3, False), (sale + 25e3, True)):
        scenario = load_scenario("textbook/fold", {"flow.orders.0.sell": order})
        summary = run(scenario, counterfactuals=False).summary
        assert (summary["open_interest_cleared"] == pytest.approx(1.0)) == clears


def test_the_approach_to_the_fold_steepens(outcome):
    runs = outcome("fold")
    slope_far = (fall(runs["just_below"]) - fall(runs["well_below"])) / 7e6
    nearer = run(load_scenario("textbook/fold", {"flow.orders.0.sell": "56.5M"}), counterfactuals=False)
    slope_near = (fall(runs["just_below"]) - fall(nearer)) / 0.5e6
    assert slope_near > 2.0 * slope_far > 2.0 / 2e9


@pytest.mark.parametrize(
    ("name", "trigger", "filled", "into_fund"),
    [
        ("simulated", 54_600.00, 54_599.99, 100.00),
        ("entry_5pc", 57_000.00, 56_999.99, 500.00),
        ("mark_5pc", 56_842.11, 56_842.10, 473.68),
        ("mark_1pc", 54_545.45, 54_545.45, 90.91),
        ("gap", 54_600.00, 50_400.00, -600.00),
    ],
)
def test_the_glossary_has_the_right_numbers_to_the_cent(outcome, name, trigger, filled, into_fund):
    result = outcome("glossary")[name]
    row = result.liquidations.iloc[0]
    assert len(result.liquidations) == 1
    assert round(row["trigger_price"], 2) == trigger
    assert round(row["fill_price"], 2) == filled
    assert round(row["bankruptcy_price"], 2) == 54_000.00
    assert row["quantity"] == pytest.approx(1 / 6, rel=1e-15)
    assert round(row["fund_change"], 2) == into_fund
    fund = result.timeline["insurance_fund"]
    assert fund.iloc[-1] - 1_000 == pytest.approx(row["fund_change"], abs=1e-9)
    assert result.summary["insurance_fund_used"] == pytest.approx(max(0.0, -into_fund))


def test_the_hundred_dollars_stay_with_a_trader_whose_venue_does_not_confiscate():
    result = run(load_scenario("textbook/glossary", {"exchange.liquidation.surplus": "trader"}), counterfactuals=False)
    assert fund_change(result) == 0.0
    assert result.summary["conservation_error"] < 1e-12


def test_the_fund_pays_nothing_on_a_fill_at_the_bankruptcy_price():
    changes = {
        "market.index.path.points": [["0s", 60_000], ["2min", 54_700], ["3min", 54_000]],
        "exchange.outages": [{"from": "2min", "to": "200s"}],
    }
    result = run(load_scenario("textbook/glossary", changes), counterfactuals=False)
    assert result.liquidations["fill_price"].iloc[0] == 54_000
    assert fund_change(result) == pytest.approx(0.0, abs=1e-9)


def test_a_squeeze_ends_where_its_triggers_have_thinned_out(outcome):
    runs = outcome("short_squeeze")
    for name, ratio, purchase in (
        ("simulated", 1.5, 4e6),
        ("tiny_purchase", 1.5, 1e5),
        ("half_the_shorts", 0.75, 4e6),
        ("both", 0.75, 1e5),
    ):
        share = brentq(
            lambda s, ratio=ratio, alone=purchase / 2e9: s + math.expm1(-ratio * s - alone / 0.04), 1e-9, 1.0
        )
        assert runs[name].summary["open_interest_cleared"] == pytest.approx(share, rel=5e-3)
        assert rise(runs[name]) == pytest.approx(purchase / 2e9 + ratio * share * 0.04, rel=5e-3)


def test_a_squeeze_has_the_sizes_that_its_comments_give(outcome):
    runs = outcome("short_squeeze")
    assert runs["simulated"].summary["open_interest_cleared"] == pytest.approx(0.63, abs=0.005)
    assert runs["tiny_purchase"].summary["open_interest_cleared"] == pytest.approx(0.583, abs=0.002)
    sizes = {name: round(100.0 * rise(result), 2) for name, result in runs.items()}
    assert sizes == {
        "simulated": 3.98,
        "no_forced_selling": 0.2,
        "tiny_purchase": 3.51,
        "half_the_shorts": 0.65,
        "both": 0.02,
    }
    assert runs["simulated"].summary["liquidated_share_long"] == 0.0
    assert runs["simulated"].summary["insurance_fund_used"] == 0.0


def test_a_fall_is_the_mirror_image_of_a_squeeze_in_log_price(outcome):
    upward = outcome("short_squeeze")["simulated"]
    mirror = {"crowd.shorts.side": "long", "flow.orders": [{"at": "1min", "sell": "4M"}]}
    downward = run(load_scenario("textbook/short_squeeze", mirror), counterfactuals=False)
    assert fall(downward) == pytest.approx(rise(upward), rel=1e-9)
    assert forced(downward) == pytest.approx(forced(upward), rel=1e-9)
    assert downward.summary["liquidated_count"] == upward.summary["liquidated_count"]
    assert downward.summary["branching_ratio"] == pytest.approx(upward.summary["branching_ratio"], rel=1e-9)
