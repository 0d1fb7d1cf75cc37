"""Lending pools, keepers and the chain in a scenario file: what is read, what is changed, what is refused."""

import math

import pytest

from cascade_sim.scenario import Scenario, ScenarioError, load_scenario
from cascade_sim.scenario.chain import Chain
from cascade_sim.scenario.keepers import LognormalLimit
from cascade_sim.scenario.lending import ClipPool, Dilution, FixedSpreadPool, FlipPool, SafetyModule
from cascade_sim.scenario.schema import scenario_schema
from cascade_sim.scenario.summary import check_in_one_line
from cascade_sim.scenario.yaml_text import read_yaml

POOLS = """\
lending:
  - name: maker
    kind: flip
    threshold: 66.67%
    lot: 50
    loans: {count: 20, debt: 1M, health: {kind: uniform, from: 1.05, to: 2}}
  - name: aave
    kind: fixed_spread
    threshold: 82.5%
    ltv: 80%
    bonus: 5%
    backstop: {kind: dilution}
    loans: {count: 30, collateral: 2M, health: {kind: clusters, at: [1.1, 2]}}
keepers:
  bots: {count: 3, capital: 500k, gas_limit: 60, latency: 15s}
  rich: {gas_limit: {kind: lognormal, median: 40, sigma: 0.5}, sell_half_life: never}
chain: {interval: 12s, congestion: {windows: [{from: 10s, to: 50s, share: 10%}]}}
"""
LINES_BEFORE = 13


@pytest.fixture
def pools(write, small_text):
    return load_scenario(write(small_text + POOLS))


@pytest.fixture
def refused(problems_of, small_text):
    """Return a function that replaces something in the pools and says what is then wrong: line, column, message."""

    def find(old, new):
        assert POOLS.count(old) == 1, old
        return [str(problem) for problem in problems_of(small_text + POOLS.replace(old, new))]

    return find


def test_every_kind_of_pool_keeper_and_chain_is_read(pools):
    maker, aave = pools.lending
    assert isinstance(maker, FlipPool)
    assert isinstance(aave, FixedSpreadPool)
    assert (maker.name, maker.lot, maker.room, maker.loans.health.from_) == ("maker", 50, math.inf, 1.05)
    assert (aave.bonus, aave.loans.collateral, aave.backstop) == (0.05, 2e6, Dilution(kind="dilution"))
    assert (pools.keepers["bots"].gas_limit, pools.keepers["bots"].sell_half_life) == (60, 0)
    assert pools.keepers["rich"].gas_limit == LognormalLimit(kind="lognormal", median=40, sigma=0.5)
    assert pools.chain.congestion.windows[0].share == 0.1
    assert pools.chain.token_price == "market"


def test_a_resolved_scenario_with_pools_is_the_same_scenario(pools, write):
    again = load_scenario(write(pools.to_yaml(), "again.yaml"))
    assert again.hash == pools.hash
    assert again.lending == pools.lending
    assert Scenario.model_validate(pools.resolved()).hash == pools.hash


def test_without_lending_nothing_of_it_is_in_the_resolved_scenario(small):
    assert not {"lending", "keepers", "chain"} & set(small.resolved())
    assert (small.lending, small.keepers, small.chain) == ([], {}, Chain())


def test_pools_keepers_and_chain_fit_the_schema(small_text, pools):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(scenario_schema())
    for text in (small_text + POOLS, pools.to_yaml(), "extends: x\nlending: [{name: a, extends: protocols/aave_v3}]\n"):
        assert [error.message for error in validator.iter_errors(read_yaml(text, "x")[0].plain())] == []


def test_a_summary_line_counts_pools_loans_and_keepers(pools):
    assert check_in_one_line("case.yaml").endswith(", 2 pools, 50 loans, 4 keepers")


@pytest.mark.parametrize("key", ["lending.aave.bonus", "lending.1.bonus"])
def test_a_pool_is_changed_by_its_name_or_its_place(pools, key):
    changed = pools.with_overrides({key: "7%"})
    assert changed.lending[1].bonus == 0.07
    assert changed.lending[0] == pools.lending[0]


def test_a_pool_s_loans_and_backstop_are_changed_below_it(pools):
    changed = pools.with_overrides(
        {
            "lending.maker.loans.collateral": "3M",
            "lending.maker.loans.health": {"kind": "lognormal", "median": 1.5, "sigma": 0.5},
            "lending.aave.backstop": {"kind": "safety_module", "capital": "5M"},
        }
    )
    loans = changed.lending[0].loans
    assert (loans.debt, loans.collateral, loans.health.median) == (None, 3e6, 1.5)
    assert changed.lending[1].backstop == SafetyModule(kind="safety_module", capital=5e6)


def test_another_kind_drops_the_keys_of_the_old_one_and_keeps_the_loans(pools):
    clip = pools.with_overrides({"lending.maker.kind": "clip"}).lending[0]
    assert isinstance(clip, ClipPool)
    assert clip.loans == pools.lending[0].loans
    assert clip.threshold == 0.6667


def test_pools_and_keepers_are_taken_away(pools):
    assert [pool.name for pool in pools.with_overrides({"lending.maker": None}).lending] == ["aave"]
    assert list(pools.with_overrides({"keepers.bots": None}).keepers) == ["rich"]
    none = pools.with_overrides({"lending": []})
    assert none.lending == []
    assert load_scenario("case.yaml", {"lending": []}).with_overrides(none.resolved()) == none


def test_a_file_above_replaces_the_list_and_merges_keepers(pools, write):
    child = write("extends: case.yaml\nlending: []\nkeepers: {bots: {count: 5}}\n", "child.yaml")
    scenario = load_scenario(child)
    assert scenario.lending == []
    assert (scenario.keepers["bots"].count, scenario.keepers["bots"].capital) == (5, 5e5)


def test_a_loans_file_keeps_its_place_when_its_scenario_is_extended(write, small_text):
    text = POOLS.replace("{count: 20, debt: 1M, health: {kind: uniform, from: 1.05, to: 2}}", "{file: loans.csv}")
    write(small_text + text, "lib/base.yaml")
    child = write("extends: ../lib/base.yaml\nname: Child\n", "mine/case.yaml")
    assert load_scenario(child).lending[0].loans.file == "../lib/loans.csv"


def test_comparisons_reach_into_lending(write, small_text):
    entries = (
        "compare:\n  none: {lending: []}\n  low: {lending.aave.bonus: 1%}\n"
        "  alone: {keepers.bots: null, lending.maker: null}\n"
    )
    scenario = load_scenario(write(small_text + POOLS + entries))
    assert scenario.counterfactual("none").lending == []
    assert scenario.counterfactual("low").lending[1].bonus == 0.01
    assert len(scenario.counterfactual("alone").lending) == 1
    again = load_scenario(write(scenario.to_yaml(), "again.yaml"))
    assert all(again.counterfactual(name) == scenario.counterfactual(name) for name in scenario.compare)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bonus: 5%", "close_factor: 120%", "11:5 lending.1.close_factor: '120%' is above 1; give a value of at"),
        ("threshold: 82.5%", "threshold: 80%", "9:5 lending.1.threshold: 80% is not above ltv, which is 80%; raise"),
        ("threshold: 82.5%", "threshold: 100%", "9:5 lending.1.threshold: '100%' is not below 1; give a value below 1"),
        ("bonus: 5%", "bonus: -5%", "11:5 lending.1.bonus: '-5%' is below 0; give a value of at least 0"),
        ("from: 1.05", "from: 1", "6:58 lending.0.loans.health.from: a health factor of 1 is under water: it would"),
        ("at: [1.1, 2]", "at: [2, 0.9]", "13:73 lending.1.loans.health.at.1: a health factor of 0.9 is under water"),
        ("to: 2}", "to: 1.02}", "6:70 lending.0.loans.health.to: 1.02 does not lie above from, which is 1.05; raise"),
        ("name: aave", "name: maker", "7:5 lending.1.name: another pool is called maker, too; choose another name"),
        ("name: aave", "name: aa-ve", "7:5 lending.1.name: 'aa-ve' cannot be the name of a pool; use letters, digits"),
        ("name: aave", "name: '2020'", "7:5 lending.1.name: '2020' cannot be the name of a pool; use letters, digits"),
        ("name: aave", "name: lending", "7:5 lending.1.name: lending cannot be the name of a pool: the figures of all"),
        ("kind: flip", "kind: flap", "2:5 lending.0: there is no kind 'flap'; did you mean flip?"),
        ("lot: 50", "bonus: 5%", "5:5 lending.0.bonus: there is no such key where kind is flip; it belongs to fixed"),
        ("lot: 50", "oracle: {delay: 2min}", "5:14 lending.0.oracle.delay: after 2min no price arrives in a run of"),
        (
            "lot: 50",
            "oracle: {deviation: never, heartbeat: 1min, delay: 40s}",
            "5:32 lending.0.oracle.heartbeat: every 1min, 40s late, no price arrives in a run of 100s; shorten",
        ),
        ("lot: 50", "oracle: {deviation: never}", "5:14 lending.0.oracle.deviation: with neither deviation nor"),
        ("debt: 1M, ", "debt: 1M, collateral: 2M, ", "6:34 lending.0.loans.collateral: excludes debt; give either"),
        ("debt: 1M, ", "", "6:5 lending.0.loans.debt: is missing; add what they owe in all, such as debt: 120M"),
        ("count: 20, ", "file: a.csv, ", "6:13 lending.0.loans.file: excludes debt; give either debt or file"),
        ("interval: 12s", "interval: 1500ms", "17:9 chain.interval: 1.5s is not a whole number of ticks of 1s; choose"),
        ("interval: 12s", "interval: 5min", "17:9 chain.interval: 5min is longer than the run of 100s; let there be"),
        ("to: 50s", "to: 5s", "17:59 chain.congestion.windows.0.to: the window does not end after it begins; let to"),
        ("{windows: [{from: 10s, to: 50s, share: 10%}]}", "{over: 1min}", "17:24 chain.congestion.volatility: with"),
        ("interval: 12s", "token_price: 0", "17:9 chain.token_price: 0 is not above 0; give a value above 0; for"),
        ("gas_limit: 60", "gas_limit: cheap", "15:35 keepers.bots.gas_limit: 'cheap' is not a number; write a number"),
        ("kind: lognormal", "kind: normal", "16:10 keepers.rich.gas_limit: there is no kind 'normal'; did you mean"),
        ("median: 40", "mean: 40", "16:39 keepers.rich.gas_limit.mean: there is no such key; did you mean"),
        ("  bots:", "  b.ts:", "15:3 keepers.b.ts: 'b.ts' cannot be a name; use letters, digits, _ and - only"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place_and_what_to_change(refused, old, new, said):
    line, _, rest = said.partition(":")
    (problem,) = refused(old, new)
    assert problem.startswith(f"case.yaml:{int(line) + LINES_BEFORE}:{rest}")


def test_a_second_mistake_is_told_beside_the_first(refused):
    assert len(refused("bonus: 5%", "bonus: -5%\n    name: maker")) == 2


def test_an_inverse_contract_has_no_pools(problems_of, small_text):
    text = small_text.replace("market:", "market:\n  contract: inverse") + POOLS
    (problem,) = problems_of(text)
    assert (problem.key, problem.line) == ("lending", LINES_BEFORE + 2)
    assert "set market.contract: linear" in problem.fix


def test_keepers_and_chain_need_lending_that_is_written(problems_of, small_text):
    alone = POOLS[POOLS.index("keepers:") :]
    found = problems_of(small_text + alone)
    assert [(problem.key, problem.message) for problem in found] == [
        ("keepers", "means nothing without lending"),
        ("chain", "means nothing without lending"),
    ]
    assert problems_of(small_text + alone + "lending: []\n") == []


def test_toxic_bonuses_are_legal(pools):
    assert pools.with_overrides({"lending.aave.bonus": "30%"}).lending[1].bonus == 0.3


def test_an_unknown_pool_or_keeper_in_an_override_is_told_once(pools):
    for key, said in {
        "lending.mker.lot": "lending.mker: there is no such pool; did you mean maker?",
        "lending.dydx": "lending.dydx: there is no such pool; the pools are maker or aave",
        "lending.7.lot": "lending: has no entry 7; entries are counted from 0",
        "keepers.bts.count": "keepers.bts: there is no such cohort; did you mean bots?",
    }.items():
        with pytest.raises(ScenarioError) as caught:
            pools.with_overrides({key: 5})
        assert [str(problem) for problem in caught.value.problems] == [f"--set {key}=5 {said}"]


def test_a_pool_where_there_are_none_is_told_so(small):
    with pytest.raises(ScenarioError, match="there is no such pool; the scenario has no pools"):
        small.with_overrides({"lending.maker.lot": 5})


def test_a_wrong_comparison_of_a_pool_is_told_at_its_key(problems_of, small_text):
    (problem,) = problems_of(small_text + POOLS + "compare: {x: {keepers.bots: null, lending.aave.bonus: -1}}\n")
    assert (problem.line, problem.column) == (LINES_BEFORE + 18, 35)
    assert problem.key == "compare.x.lending.1.bonus"
