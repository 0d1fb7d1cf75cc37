"""An exchange that starts from a venue's preset: what wins over what, and what is refused."""

import pickle

import pytest

from cascade_sim.scenario import Scenario, ScenarioError, library, load_scenario
from cascade_sim.scenario.presets import load_preset
from cascade_sim.scenario.summary import check_in_one_line

MARKED = {"market.mark": {"kind": "index_ema"}, "crowd.longs.leverage.value": 5}
WRITTEN = {
    "max_leverage", "maintenance", "fees", "liquidation", "insurance_fund", "adl", "adl_ranking", "funding",
}  # fmt: skip
HOUSE = """\
name: House rules
max_leverage: 50
maintenance: {tiers: [[0, 1%, 50], [1M, 2%, 25]], basis: entry}
liquidation: {policy: partial, surplus: trader, partial: {by: tiers, tiers: 2}}
insurance_fund: 3M
halt: {move: 10%, over: 5min, for: 15min}
outages: [{from: 10s, to: 20s}]
"""


def told(load):
    with pytest.raises(ScenarioError) as caught:
        load()
    return [str(problem) for problem in caught.value.problems]


def in_scenario(text, exchange):
    return text.replace("exchange:\n  max_leverage: 125\n", f"exchange: {exchange}\n")


@pytest.fixture
def marked(small_text):
    """Return the small scenario's text with a mark, and without rules of its own."""
    return in_scenario(small_text.replace("price: 100", "price: 100\n  mark: {kind: last}"), "{}")


@pytest.fixture
def house(write):
    return write(HOUSE, "house.yaml")


@pytest.mark.parametrize("name", library.presets())
@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_every_bundled_preset_loads_under_every_contract(small, name, contract):
    scenario = small.with_overrides({**MARKED, "market.contract": contract, "exchange.extends": name})
    assert scenario.exchange.funding is not None
    assert small.with_overrides(scenario.resolved()).hash == scenario.hash


@pytest.mark.parametrize("name", library.presets())
def test_every_bundled_preset_says_what_it_stands_for_and_leaves_no_main_rule_to_what_is_below(name):
    preset = load_preset(library.find_preset(name))
    assert preset.name
    assert preset.description
    assert preset.sources
    assert set(preset.model_fields_set) >= WRITTEN
    assert {"basis", "closing_fee"} <= preset.maintenance.model_fields_set
    assert preset.lowest_rate <= 1 / preset.max_leverage


def test_presets_are_not_scenarios_to_run():
    assert len(library.presets()) == 6
    assert not set(library.presets()) & set(library.names())
    assert library.find("venues/okx") is None


def test_keys_beside_extends_win_over_the_preset(marked, write, house):
    text = marked.replace("exchange: {}", "exchange: {extends: house.yaml, insurance_fund: 0, halt: {move: 20%}}")
    exchange = load_scenario(write(text)).exchange
    assert (exchange.insurance_fund, exchange.max_leverage) == (0, 50)
    assert (exchange.halt.move, exchange.halt.for_) == (0.2, 900)
    assert exchange.extends is None


def test_a_rate_beside_extends_replaces_the_tiers_of_the_preset(marked, write, house):
    rules = "{extends: house.yaml, maintenance: {rate: 0.5%}, liquidation: {policy: market}, outages: []}"
    exchange = load_scenario(write(marked.replace("exchange: {}", f"exchange: {rules}"))).exchange
    assert (exchange.maintenance.tiers, exchange.maintenance.rate) == (None, 0.005)
    assert exchange.maintenance.basis == "entry"
    assert (exchange.liquidation.partial, exchange.liquidation.surplus) == (None, "trader")
    assert exchange.outages == []


def test_null_beside_extends_takes_a_rule_of_the_preset_away(marked, write, house):
    text = marked.replace("exchange: {}", "exchange: {extends: house.yaml, halt: null}")
    assert load_scenario(write(text)).exchange.halt is None


def test_a_preset_named_later_covers_what_was_written_before(small, house):
    exchange = small.with_overrides({"exchange.extends": "house.yaml"}).exchange
    assert exchange.max_leverage == 50


def test_one_preset_after_another_leaves_nothing_of_the_first(small, house):
    changed = small.with_overrides({"exchange.extends": "house.yaml", "exchange.insurance_fund": 7})
    other = changed.with_overrides({**MARKED, "exchange.extends": "venues/dydx_v4"})
    assert other.exchange.halt is None
    assert other.exchange.max_leverage == 20
    assert other.exchange.insurance_fund == 7
    assert other.with_overrides({"exchange.extends": None}).exchange.max_leverage == 125


def test_one_cell_of_a_preset_s_tiers_can_be_reached(small, house):
    changed = small.with_overrides({"exchange.extends": "house.yaml", "exchange.maintenance.tiers.1.1": "3%"})
    assert changed.exchange.maintenance.tiers == [(0.0, 0.01, 50.0), (1e6, 0.03, 25.0)]


def test_a_scenario_that_is_extended_brings_its_preset_and_the_path_to_it(marked, write):
    write(HOUSE, "lib/house.yaml")
    write(marked.replace("exchange: {}", "exchange: {extends: house.yaml, insurance_fund: 1}"), "lib/base.yaml")
    child = write("extends: ../lib/base.yaml\nexchange: {max_leverage: 60}\n", "mine/case.yaml")
    exchange = load_scenario(child).exchange
    assert (exchange.max_leverage, exchange.insurance_fund, exchange.maintenance.basis) == (60, 1, "entry")
    switched = write("extends: ../lib/base.yaml\nexchange: {extends: venues/okx}\n", "mine/other.yaml")
    assert load_scenario(switched).exchange.fees.taker == 0.0005
    assert load_scenario(switched).exchange.insurance_fund == 1


def test_presets_extend_presets(marked, write):
    write("extends: venues/okx\nname: OKX with a small fund\ninsurance_fund: 1M\n", "small_fund.yaml")
    exchange = load_scenario(write(marked.replace("{}", "{extends: small_fund.yaml}", 1))).exchange
    assert (exchange.insurance_fund, exchange.maintenance.closing_fee) == (1e6, True)


def test_a_counterfactual_can_be_another_venue(marked, write, house):
    text = marked + "compare: {house: {exchange.extends: house.yaml}, okx: {exchange: {extends: venues/okx}}}\n"
    scenario = load_scenario(write(text))
    assert scenario.counterfactual("house").exchange.max_leverage == 50
    assert scenario.counterfactual("okx").exchange.price_band.within == 0.05


@pytest.mark.parametrize("below", [None, *library.presets()])
@pytest.mark.parametrize("other", [*library.presets()])
def test_a_counterfactual_under_another_preset_is_the_same_once_it_has_been_written_out(write, below, other):
    changes = {"exchange.extends": other, "crowd.longs.leverage.cap": 15}
    scenario = load_scenario("six_venues", overrides={"exchange.extends": below, "compare": {"elsewhere": changes}})
    again = load_scenario(write(scenario.to_yaml()))
    assert again.hash == scenario.hash
    assert again.counterfactual("elsewhere") == scenario.counterfactual("elsewhere")
    assert again.counterfactual("elsewhere").crowd["longs"].leverage.cap == 15


def test_a_scenario_built_in_python_can_name_a_preset(small):
    sections = {"clock": small.clock, "market": {**small.resolved()["market"]}, "exchange": {"extends": "venues/okx"}}
    assert Scenario(name="Built", **sections).exchange.price_band.of == "index"


def test_a_scenario_with_a_preset_can_be_sent_to_another_process(small, house):
    changed = small.with_overrides({"exchange.extends": "house.yaml"})
    assert pickle.loads(pickle.dumps(changed)).with_overrides({"seed": 3}).exchange == changed.exchange


def test_the_hash_does_not_say_where_rules_were_written(small, house):
    changed = small.with_overrides({"exchange.extends": "house.yaml"})
    assert small.with_overrides(changed.resolved()).hash == changed.hash
    assert "extends" not in changed.to_yaml()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("okx", "there is no preset okx; did you mean venues/okx? The presets are venues/binance_usdm, "),
        ("venues/okex", "there is no preset venues/okex; did you mean venues/okx? "),
        ("nowhere/at_all", "there is no preset nowhere/at_all; the presets are venues/binance_usdm, "),
        ("march_2020", "march_2020 is a scenario, not a venue preset; "),
        ("[a, b]", "is not the name of a preset; "),
        ("5", "is not the name of a preset; "),
    ],
)
def test_a_preset_that_is_not_there_is_told_once_with_those_that_are(marked, write, name, said):
    rules = f"{{extends: {name}, liquidation: {{policy: partial, partial: {{tiers: 1}}}}}}"
    (line,) = told(lambda: load_scenario(write(marked.replace("exchange: {}", f"exchange: {rules}"))))
    assert line.startswith(f"case.yaml:7:12 exchange.extends: {said}")


@pytest.mark.parametrize(
    ("rules", "lines"),
    [
        (
            "clock: {tick: 1s}\nmax_leverage: 50\n",
            ["rules.yaml:1:1 clock: has no place in a venue preset; take it out; a preset holds the keys of exchange "],
        ),
        ("exchange: {max_leverage: 50}\n", ["rules.yaml:1:1 exchange: has no place in a venue preset; "]),
        ("max_leverge: 50\n", ["rules.yaml:1:1 max_leverge: there is no such key; did you mean max_leverage?"]),
        (
            "max_leverage: 50\nmaintenance:\n  tiers: [[0, 1%], [0, 2%]]\ninsurance_fund: -5\n",
            [
                "rules.yaml:3:20 maintenance.tiers.1: 0 does not lie above 0; ",
                "rules.yaml:4:1 insurance_fund: -5 is below 0; ",
            ],
        ),
        ("max_leverage: 50\nmax_leverage: 60\n", ["rules.yaml:2:1 max_leverage: is written twice; "]),
        ("extends: rules.yaml\n", ["rules.yaml:1:1 extends: the presets extend each other in a circle: "]),
        ("", ["rules.yaml: is empty"]),
    ],
)
def test_what_is_wrong_with_a_preset_is_told_at_its_own_lines(marked, write, rules, lines):
    write(rules, "rules.yaml")
    text = marked.replace("exchange: {}", "exchange: {extends: rules.yaml}")
    found = told(lambda: load_scenario(write(text)))
    assert len(found) == len(lines)
    for line, start in zip(found, lines, strict=True):
        assert line.startswith(start)


def test_a_good_preset_that_does_not_fit_the_scenario_is_told_at_the_line_that_names_it(small_text, write):
    text = in_scenario(small_text, "{extends: venues/okx}")
    (line,) = told(lambda: load_scenario(write(text)))
    assert line.startswith("case.yaml:6:12 exchange.funding: is paid on the mark, ")


def test_a_missing_preset_is_told_beside_other_mistakes(marked, write):
    text = marked.replace("exchange: {}", "exchange: {extends: nowhere}").replace("traders: 1000", "traders: -1")
    text = text.replace("    side: long", "    side: long\n    wallet: 1\n    top_up: {}")
    found = told(lambda: load_scenario(write(text)))
    assert [line.split()[1] for line in found] == ["exchange.extends:", "crowd.longs.traders:"]


def test_a_missing_preset_of_a_counterfactual_is_told_at_its_line(marked, write):
    (line,) = told(lambda: load_scenario(write(marked + "compare: {other: {exchange.extends: venues/okex}}\n")))
    assert line.startswith("case.yaml:14:19 compare.other.exchange.extends: there is no preset venues/okex; ")


def test_a_wrong_preset_of_a_counterfactual_is_told_at_its_own_lines(marked, write):
    write("insurance_fund: -5\n", "rules.yaml")
    (line,) = told(lambda: load_scenario(write(marked + "compare: {other: {exchange.extends: rules.yaml}}\n")))
    assert line.startswith("rules.yaml:1:1 insurance_fund: -5 is below 0; ")


@pytest.mark.parametrize("name", ["venues/okx", "house.yaml"])
def test_a_preset_is_no_scenario(write, house, name):
    said = f"is a venue preset, not a scenario; write exchange: {{extends: {name}}} in a scenario"
    assert told(lambda: load_scenario(name)) == [f"{name}: {said}"]
    assert told(lambda: load_scenario(write(f"extends: {name}\n"))) == [f"case.yaml:1:1 extends: {said}"]


def test_a_preset_is_checked_by_itself(write, house):
    assert check_in_one_line("house.yaml") == (
        "House rules: venue preset, up to 50x, 2 brackets from 1%, policy partial by tiers, fund 3M"
    )
    for name in library.presets():
        assert "venue preset" in check_in_one_line(name)
    write("insurance_fund: -5\nclock: {tick: 1s}\n", "venues/mine.yaml")
    found = told(lambda: check_in_one_line("venues/mine.yaml"))
    assert [line.split()[0] for line in found] == ["venues/mine.yaml:1:1", "venues/mine.yaml:2:1"]
