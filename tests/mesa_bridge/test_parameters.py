from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.errors import ScenarioError
from cascade_sim.mesa_bridge.leverage_overrides import mean_leverage
from cascade_sim.mesa_bridge.parameters import KEYWORDS, with_parameters
from cascade_sim.scenario import Scenario, load_scenario
from cascade_sim.scenario.library import names

LOGNORMAL = {"kind": "lognormal", "mean": 10, "sigma": 0.5, "cap": 50}


def market(leverage=LOGNORMAL, entry=None, book=None, exchange=None, orders=None, **more) -> Scenario:
    cohort = {"side": "long", "traders": 100, "open_interest": "10M", "leverage": leverage}
    return Scenario(
        name="market",
        clock={"duration": "10min"},
        market={
            "price": 100,
            "book": book or {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}},
        },
        exchange={"max_leverage": 100, "maintenance": {"rate": "0.5%"}, **(exchange or {})},
        crowd={"longs": {**cohort, "entry": entry or {"kind": "lognormal", "width": "2%"}}},
        flow={"orders": [{"at": "1min", "sell": "5M"}] if orders is None else orders},
        **more,
    )


def placed(liquidation) -> Scenario:
    cohort = {"side": "long", "traders": 100, "open_interest": "10M", "liquidation": liquidation}
    return market().with_overrides({"crowd": {"longs": None, "placed": cohort}})


def refused(scenario: Scenario, **parameters) -> str:
    with pytest.raises(ScenarioError) as caught:
        with_parameters(scenario, **parameters)
    return str(caught.value)


def test_without_keywords_the_scenario_is_the_same():
    scenario = market()
    assert with_parameters(scenario) is scenario


def test_the_values_a_scenario_has_already_change_nothing():
    scenario = market()
    same = with_parameters(
        scenario,
        leverage=10,
        depth="20M",
        clustering="2%",
        shock="5M",
        fund=0,
        policy=scenario.exchange.liquidation.policy,
    )
    assert same == scenario


def test_every_keyword_sets_its_key():
    changed = with_parameters(
        market(), leverage=12, depth="30M", clustering="0.5%", shock="8M", fund="2M", policy="limit"
    )
    assert changed.crowd["longs"].leverage.mean == 12.0
    assert changed.market.book.depth.notional == 30e6
    assert changed.market.book.depth.within == 0.01
    assert changed.crowd["longs"].entry.width == 0.005
    assert changed.flow.orders[0].sell == 8e6
    assert changed.exchange.insurance_fund == 2e6
    assert changed.exchange.liquidation.policy == "limit"


def test_numpy_numbers_and_text_mean_the_same_as_plain_numbers():
    scenario = market()
    plain = with_parameters(scenario, leverage=12, depth=30e6, clustering=0.01, policy="paced")
    of_numpy = with_parameters(
        scenario,
        leverage=np.int64(12),
        depth=np.float64(30e6),
        clustering=np.float32(0.0078125) * np.float32(1.28),
        policy=np.str_("paced"),
    )
    text = with_parameters(scenario, leverage="12", depth="30M", clustering="1%", policy="paced")
    assert of_numpy.crowd["longs"].entry.width == pytest.approx(0.01, rel=1e-7)
    assert of_numpy.market == plain.market
    assert type(of_numpy.crowd["longs"].leverage.mean) is float
    assert plain == text


@pytest.mark.parametrize(
    ("leverage", "expected"),
    [
        ({"kind": "fixed", "value": 10}, {"value": 20.0}),
        ({"kind": "fixed", "value": 10, "cap": 15}, {"value": 20.0, "cap": 30.0}),
        (LOGNORMAL, {"mean": 20.0, "cap": 50.0}),
        ({**LOGNORMAL, "cap": 15}, {"mean": 20.0, "cap": 30.0}),
        ({**LOGNORMAL, "cap": 30}, {"mean": 20.0, "cap": 40.0}),
        ({"kind": "pareto", "exponent": 2.0, "minimum": 2}, {"mean": 20.0, "minimum": 2.0, "exponent": None}),
        ({"kind": "pareto", "mean": 5, "minimum": 2}, {"mean": 20.0, "minimum": 2.0}),
        ({"kind": "beta", "high": 15, "mean": 10}, {"mean": 20.0, "high": 30.0, "concentration": 4.0}),
        ({"kind": "beta", "high": 50, "a": 1, "b": 5}, {"mean": 20.0, "high": 50.0, "concentration": 6.0, "a": None}),
        ({"kind": "discrete", "weights": {5: "50%", 15: "50%"}}, {"weights": {10.0: 0.5, 30.0: 0.5}}),
        ({"kind": "discrete", "weights": {5: "50%", 15: "50%"}, "cap": 12}, {"cap": 24.0}),
    ],
)
def test_leverage_sets_the_mean_of_every_distribution(leverage, expected):
    changed = with_parameters(market(leverage), leverage=20).crowd["longs"].leverage
    assert {name: getattr(changed, name) for name in expected} == expected
    assert mean_leverage(changed) == pytest.approx(20.0)


def test_scaled_leverage_does_not_fall_below_one():
    spread = {"kind": "discrete", "weights": {1: "30%", 2: "30%", 10: "40%"}}
    changed = with_parameters(market(spread), leverage=2.45).crowd["longs"].leverage
    assert changed.weights == {1.0: 0.6, 5.0: 0.4}


def test_a_cap_grows_to_the_exchanges_maximum_and_no_further():
    assert with_parameters(market(), leverage=80).crowd["longs"].leverage.cap == 100.0
    said = refused(market(), leverage=150)
    assert said.startswith("leverage=150 crowd.longs.leverage.mean: 150 is above the exchange's maximum of 100")


def test_leverage_reaches_those_who_arrive():
    arrivals = {"traders_per_day": 100, "open_interest_per_day": "1M", "leverage": {"kind": "fixed", "value": 3}}
    changed = with_parameters(market().with_overrides({"crowd.longs.arrivals": arrivals}), leverage=7)
    assert changed.crowd["longs"].arrivals.leverage.value == 7.0


def test_leverage_passes_over_cohorts_placed_by_a_map_beside_others():
    mixed = market().with_overrides(
        {
            "crowd.map": {
                "side": "long",
                "traders": 1,
                "open_interest": 1,
                "liquidation": {"kind": "points", "at": ["2%"]},
            }
        }
    )
    assert with_parameters(mixed, leverage=7).crowd["longs"].leverage.mean == 7.0


def test_clustering_sets_the_width_of_entries_and_maps():
    clusters = {"kind": "clusters", "at": [98, 102], "width": "1%"}
    assert with_parameters(market(entry=clusters), clustering=0).crowd["longs"].entry.width == 0.0
    gaussian = placed({"kind": "gaussian", "at": "5%", "width": "1%"})
    assert with_parameters(gaussian, clustering=0.02).crowd["placed"].liquidation.width == 0.02


def test_a_shock_is_the_first_sale_among_the_orders():
    orders = [{"at": "1min", "buy": "1M"}, {"at": "2min", "sell": "2M"}, {"at": "3min", "sell": "3M"}]
    changed = with_parameters(market(orders=orders), shock="9M").flow.orders
    assert [order.signed_notional for order in changed] == [1e6, -9e6, -3e6]


def test_a_squeeze_is_set_off_by_a_purchase():
    changed = with_parameters(load_scenario("textbook/short_squeeze"), shock="9M").flow.orders
    assert [order.signed_notional for order in changed] == [9e6]


def test_a_shock_is_added_where_no_order_is_scheduled():
    quiet = market(orders=[])
    (order,) = with_parameters(quiet, shock="9M").flow.orders
    assert (order.at, order.sell) == (60.0, 9e6)
    assert with_parameters(quiet, shock=0) == quiet


def test_a_shock_of_nothing_takes_the_order_out_and_what_compares_it():
    compare = {"larger": {"flow.orders.0.sell": "7M"}, "calm": {"exchange.liquidation.policy": "none"}}
    changed = with_parameters(market(compare=compare), shock=0)
    assert changed.flow.orders == []
    assert list(changed.compare) == ["calm"]


def test_a_policy_keeps_or_gets_what_it_needs():
    paced = with_parameters(market(), policy="paced")
    assert paced.exchange.liquidation.half_life == 60.0
    assert with_parameters(market(), policy="partial").exchange.liquidation.partial.by == "health"
    own = market(exchange={"liquidation": {"policy": "paced", "notional_per_second": "1M"}})
    assert with_parameters(own, policy="paced") == own
    assert with_parameters(own, policy="market").exchange.liquidation.notional_per_second is None
    steps = load_scenario("six_venues").counterfactual("hyperliquid")
    assert with_parameters(steps, policy="partial") == steps
    assert with_parameters(steps, policy="market").exchange.liquidation.partial is None


def test_what_does_not_apply_says_why_and_what_to_do():
    mapped = placed({"kind": "points", "at": ["2%"]})
    assert refused(mapped, leverage=5) == (
        "leverage=5: no cohort draws leverage: each is placed by a liquidation map or read from a file; leave leverage "
        "out, or give a cohort leverage and entry instead of liquidation"
    )
    assert "no cohort stands in clusters that have a width; leave clustering out" in refused(mapped, clustering=0.01)
    infinite = market(book={"shape": "infinite"})
    assert "a book of shape infinite has no depth near the touch to set; leave depth out" in refused(infinite, depth=1)


def test_a_misspelt_keyword_is_named_with_the_one_that_was_meant():
    assert refused(market(), levarage=5) == "levarage=5: there is no such parameter; did you mean leverage?"
    assert "the parameters are leverage, depth, clustering, shock, fund or policy" in refused(market(), gravity=9.81)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"leverage": "much"}, "leverage=much: 'much' is not a number"),
        ({"leverage": float("nan")}, "leverage=nan: nan is not a finite number"),
        ({"leverage": 0.5}, "leverage=0.5 crowd.longs.leverage.mean:"),
        ({"depth": "25m"}, "depth=25m: 'm' is not a suffix; did you mean 25M?"),
        ({"depth": -1}, "depth=-1 market.book.depth.notional:"),
        ({"clustering": "2M"}, "clustering=2M: '2M' is not a fraction"),
        ({"shock": -5}, "shock=-5 flow.orders.0.sell:"),
        ({"fund": "5%"}, "fund=5%: '5%' is a percentage where an amount is wanted"),
        ({"policy": "limits"}, "policy=limits exchange.liquidation.policy:"),
        ({"policy": True}, "policy=True exchange.liquidation.policy:"),
    ],
)
def test_a_value_that_is_refused_names_its_keyword(given, said):
    assert refused(market(), **given).startswith(said)


def test_all_that_is_wrong_is_said_at_once():
    assert refused(market(), leverage="much", depth="25m", gravity=1).count("\n") == 2


@pytest.mark.parametrize("name", names())
def test_every_bundled_scenario_takes_each_keyword_or_says_why_not(name):
    scenario = load_scenario(name)
    for keyword in KEYWORDS:
        try:
            with_parameters(scenario, **{keyword: {"policy": "market", "clustering": 0.02}.get(keyword, 3)})
        except ScenarioError as error:
            (problem,) = error.problems
            assert problem.file.startswith(f"{keyword}=")
            assert problem.fix
