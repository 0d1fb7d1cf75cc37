"""Single keys changed from outside."""

import pytest

from cascade_sim.scenario import ScenarioError, load_scenario, parse_assignments


def told(scenario, changes):
    with pytest.raises(ScenarioError) as caught:
        scenario.with_overrides(changes)
    return [str(problem) for problem in caught.value.problems]


def test_values_are_read_as_in_a_file():
    assignments = ["a.b=20", "c=5M", "d=none", "e=[1, 2]", "f={kind: fixed}", "g=", "h=a=b", "i=true"]
    assert parse_assignments(assignments) == {
        "a.b": 20,
        "c": "5M",
        "d": "none",
        "e": [1, 2],
        "f": {"kind": "fixed"},
        "g": None,
        "h": "a=b",
        "i": True,
    }


def test_what_is_not_an_assignment_is_told():
    with pytest.raises(ScenarioError) as caught:
        parse_assignments(["seed", "=3", "x=[1", "seed=3"])
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["--set seed", "--set =3", "--set x=[1"]


def test_an_override_changes_one_key_and_nothing_else(sample):
    changed = sample.with_overrides({"crowd.shorts.leverage.mean": "20"})
    assert changed.crowd["shorts"].leverage.mean == 20
    before, after = sample.resolved(), changed.resolved()
    before["crowd"]["shorts"]["leverage"]["mean"] = 20
    assert before == after
    assert sample.crowd["shorts"].leverage.mean == 8


def test_overrides_apply_on_top_of_overrides(sample):
    twice = sample.with_overrides({"market.price": 8000}).with_overrides({"market.book.half_spread": "1%"})
    assert twice == sample.with_overrides({"market": {"price": 8000, "book": {"half_spread": 0.01}}})


def test_loading_takes_overrides(write, sample_text):
    scenario = load_scenario(write(sample_text), overrides={"exchange.insurance_fund": 0, "seed": 8})
    assert (scenario.exchange.insurance_fund, scenario.seed) == (0, 8)


@pytest.mark.parametrize("keys", [("kind", "value"), ("value", "kind")])
def test_the_kind_of_a_part_can_be_replaced_in_any_order(sample, keys):
    values = {"kind": "fixed", "value": 20}
    changes = {f"crowd.shorts.leverage.{key}": values[key] for key in keys}
    leverage = sample.with_overrides(changes).crowd["shorts"].leverage
    assert (leverage.kind, leverage.value) == ("fixed", 20)


def test_one_share_and_one_item_of_a_list_can_be_reached(sample):
    changes = {"crowd.longs.leverage.weights.5": "35%", "crowd.longs.leverage.weights.100": 0}
    changes = {"crowd.longs.leverage.weights.5": "20%", "crowd.longs.leverage.weights.10": "40%"}
    changed = sample.with_overrides({**changes, "flow.orders.0.sell": "40M"})
    assert changed.crowd["longs"].leverage.weights[5.0] == 0.2
    assert changed.flow.orders[0].signed_notional == -40e6
    assert sample.with_overrides({"flow.orders.0.buy": 5}).flow.orders[0].signed_notional == 5


def test_switching_liquidations_off_works_whatever_the_policy_was(sample):
    paced = sample.with_overrides({"exchange.liquidation": {"policy": "paced", "half_life": "30s"}})
    delayed = sample.with_overrides({"exchange.liquidation.delay": "5s"})
    for scenario in (paced, delayed):
        assert scenario.counterfactual("no_forced_selling").exchange.liquidation.policy == "none"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"exchange.insurance_fnd": 3},
            "--set exchange.insurance_fnd=3 exchange.insurance_fnd: there is no such key; did you mean insurance_fund?",
        ),
        (
            {"exchang.adl": True},
            "--set exchang.adl=True exchang: there is no such key; did you mean exchange?",
        ),
        (
            {"crowd.long.traders": 5},
            "--set crowd.long.traders=5 crowd.long: there is no such cohort; did you mean longs?",
        ),
        (
            {"crowd.longs.traders": -1},
            "--set crowd.longs.traders=-1 crowd.longs.traders: -1 is below 0; ",
        ),
        ({"flow.orders.3.sell": 5}, "--set flow.orders.3.sell=5 flow.orders: has no entry 3; "),
        ({"a..b": 5}, "--set a..b=5: is not a dotted key; "),
        ({"market": 5}, "--set market=5 market: 5 stands where a mapping is wanted; "),
        ({"extends": "x"}, "--set extends=x extends: extends works in files only; "),
        (
            {"exchange.liquidation.policy": "paced"},
            "--set exchange.liquidation.policy=paced exchange.liquidation.half_life: is missing; ",
        ),
        (
            {"crowd.longs.leverage.mean": 9},
            "--set crowd.longs.leverage.mean=9 crowd.longs.leverage.mean: there is no such key where kind "
            "is discrete; ",
        ),
        (
            {"crowd.shorts.leverage.kind": "fixed"},
            "--set crowd.shorts.leverage.kind=fixed crowd.shorts.leverage.value: is missing; ",
        ),
    ],
)
def test_an_override_that_is_wrong_is_named(sample, changes, line):
    problems = told(sample, changes)
    assert len(problems) == 1
    assert problems[0].startswith(line)


def test_an_override_that_spoils_a_value_of_the_file_names_the_line_of_the_value(sample):
    problems = told(sample, {"exchange.max_leverage": 50})
    assert problems[0].startswith("sample.yaml:19:84 crowd.longs.leverage.weights.100: 100 is above")


def test_a_whole_cohort_can_be_added_and_taken_away(sample):
    whales = {"side": "long", "traders": 5, "open_interest": "1M", "leverage": {"kind": "fixed", "value": 2}}
    assert list(sample.with_overrides({"crowd.longs2": whales}).crowd) == ["longs", "shorts", "longs2"]
    assert list(sample.with_overrides({"crowd.shorts": None}).crowd) == ["longs"]
