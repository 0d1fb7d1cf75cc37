"""Lending pools that lie over protocol files: what wins over what, and what is refused."""

import pytest

from cascade_sim.scenario import ScenarioError, library, load_scenario
from cascade_sim.scenario.lending import ClipPool, FlipPool
from cascade_sim.scenario.preset_kinds import PROTOCOL
from cascade_sim.scenario.presets import load_preset
from cascade_sim.scenario.summary import check_in_one_line, in_one_line
from cascade_sim.sweeps.loading import load_sweep

LOANS = "loans: {count: 20, debt: 1M, health: {kind: uniform, from: 1.05, to: 2}}"
HOUSE = """\
extends: protocols/maker_2020
name: House
oracle: {deviation: 1%}
penalty: 10%
lot: 20
"""


def told(load):
    with pytest.raises(ScenarioError) as caught:
        load()
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def case(write, small_text):
    """Return a function that writes a scenario of an hour with one pool of some keys, and more below."""

    def text_of(keys, more="", name="case.yaml"):
        text = small_text.replace("duration: 100s", "duration: 3h")
        return write(f"{text}lending:\n  - name: pool\n    {LOANS}\n    {keys}\n{more}", name)

    return text_of


@pytest.mark.parametrize("name", library.presets(library.PROTOCOLS))
def test_every_bundled_protocol_stands_below_a_pool_and_comes_back_from_yaml(case, write, name):
    scenario = load_scenario(case(f"extends: {name}"))
    (pool,) = scenario.lending
    assert pool.extends is None
    assert load_scenario(write(scenario.to_yaml(), "again.yaml")).hash == scenario.hash


@pytest.mark.parametrize("name", library.presets(library.PROTOCOLS))
def test_every_bundled_protocol_names_its_sources_and_leaves_no_rule_to_a_default(name):
    protocol = load_preset(library.find_preset(name, library.PROTOCOLS), PROTOCOL)
    assert protocol.name
    assert protocol.description
    assert protocol.sources
    optional = {"extends", "ltv", "backstop"} | ({"whole_at", "whole_under"} if "compound" in name else set())
    assert set(type(protocol).model_fields) - protocol.model_fields_set <= optional
    assert protocol.oracle.model_fields_set >= {"source", "deviation", "heartbeat"}
    assert "lending protocol" in check_in_one_line(name)


def test_every_assumed_number_of_a_protocol_is_called_so():
    for name in library.presets(library.PROTOCOLS):
        lines = library.find_preset(name, library.PROTOCOLS).read_text(encoding="utf-8").splitlines()
        assert any(line.startswith("gas:") and "assumed" in line for line in lines), name


def test_maker_s_protocols_are_those_of_the_formulas_page(case):
    old = load_scenario(case("extends: protocols/maker_2020")).lending[0]
    assert (old.penalty, old.lot, old.min_increase, old.bid_duration, old.duration) == (0.13, 50, 0.03, 600, 172_800)
    assert (old.oracle.deviation, old.oracle.heartbeat, old.oracle.delay) == (float("inf"), 3600, 3600)
    new = load_scenario(case("extends: protocols/maker_liq2")).lending[0]
    assert (new.curve.cut, new.curve.step, new.tail, new.cusp, new.chip) == (0.99, 90, 8400, 0.4, 0.001)
    assert old.threshold == new.threshold == pytest.approx(1 / 1.5, rel=1e-8)


def test_keys_beside_extends_win_over_a_protocol_and_a_protocol_extends_another(case, write):
    write(HOUSE, "house.yaml")
    pool = load_scenario(case("extends: house.yaml\n    lot: 30\n    oracle: {delay: 0}")).lending[0]
    assert (pool.lot, pool.penalty, pool.dust) == (30, 0.1, 20)
    assert (pool.oracle.deviation, pool.oracle.heartbeat, pool.oracle.delay) == (0.01, 3600, 0)
    assert check_in_one_line("house.yaml") == (
        "House: lending protocol, threshold 66.7%, auctions by rising bids, penalty 10%"
    )


def test_another_protocol_takes_the_place_of_the_first_and_drops_what_was_written_for_its_kind(case):
    scenario = load_scenario(case("extends: protocols/maker_2020\n    lot: 30\n    gas: 1M"))
    for changed in (
        scenario.with_overrides({"lending.pool.extends": "protocols/maker_liq2"}),
        scenario.with_overrides({"lending.pool.kind": "clip"}),
    ):
        (pool,) = changed.lending
        assert isinstance(pool, ClipPool)
        assert (pool.gas, pool.penalty, pool.loans) == (1e6, 0.13, scenario.lending[0].loans)


def test_a_protocol_named_later_covers_what_was_written_before_but_keeps_name_and_loans(case):
    scenario = load_scenario(case("kind: flip\n    threshold: 50%\n    lot: 7"))
    (pool,) = scenario.with_overrides({"lending.pool.extends": "protocols/maker_2020"}).lending
    assert isinstance(pool, FlipPool)
    assert (pool.name, pool.lot, pool.threshold) == ("pool", 50, 0.666666667)
    assert pool.loans == scenario.lending[0].loans


def test_null_takes_the_protocol_away(case):
    scenario = load_scenario(case("kind: flip\n    threshold: 50%"))
    changed = scenario.with_overrides({"lending.pool.extends": "protocols/maker_2020"})
    assert changed.with_overrides({"lending.pool.extends": None}) == scenario


def test_a_comparison_under_another_protocol_comes_back_from_yaml(case, write):
    more = "compare:\n  falling: {lending.pool.extends: protocols/maker_liq2, lending.pool.gas: 1M, seed: 1}\n"
    scenario = load_scenario(case("extends: protocols/maker_2020\n    lot: 30", more.replace(", seed: 1", "")))
    falling = scenario.counterfactual("falling")
    assert isinstance(falling.lending[0], ClipPool)
    again = load_scenario(write(scenario.to_yaml(), "again.yaml"))
    assert again.counterfactual("falling") == falling
    assert again.hash == scenario.hash


def test_a_scenario_that_is_extended_brings_its_protocol_and_the_path_to_it(case, write):
    write(HOUSE, "lib/house.yaml")
    case("extends: house.yaml", name="lib/base.yaml")
    child = write("extends: ../lib/base.yaml\nname: Child\n", "mine/case.yaml")
    scenario = load_scenario(child, {"lending.pool.penalty": "5%"})
    assert (scenario.lending[0].lot, scenario.lending[0].penalty) == (20, 0.05)


def test_sweeps_vary_pools_by_name_and_by_protocol(case, write):
    case("extends: protocols/maker_2020")
    varied = "{lending.pool.penalty: [5%, 10%], lending.pool.extends: [protocols/maker_2020, protocols/maker_liq2]}"
    sweep = load_sweep(write(f"name: S\nscenario: case.yaml\nvary: {varied}\n", "sweep.yaml"))
    assert list(sweep.varied) == ["lending.pool.penalty", "lending.pool.extends"]
    wrong = write("name: S\nscenario: case.yaml\nvary: {lending.pol.penalty: [5%, 10%]}\n", "wrong.yaml")
    assert told(lambda: load_sweep(wrong)) == [
        "wrong.yaml:3:8 vary.lending.pol: there is no such pool; did you mean pool?"
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "extends: protocols/maker_2021",
            "there is no protocol protocols/maker_2021; did you mean protocols/maker_2020?",
        ),
        ("extends: aave_v3", "there is no protocol aave_v3; did you mean protocols/aave_v3?"),
        ("extends: venues/okx", "there is no protocol venues/okx; "),
        ("extends: march_2020", "march_2020 is a scenario, not a lending protocol; "),
        ("extends: 5", "is not the name of a preset; "),
    ],
)
def test_a_protocol_that_is_not_there_is_told_at_the_pool(case, keys, said):
    (line,) = told(lambda: load_scenario(case(keys)))
    assert line.startswith(f"case.yaml:17:5 lending.0.extends: {said}")


def test_mistakes_in_a_protocol_are_told_at_their_own_lines(case, write):
    write("kind: flip\nthreshold: 66%\nlot: -1\nloans: {count: 5}\nchain: {interval: 12s}\n", "mine.yaml")
    found = told(lambda: load_scenario(case("extends: mine.yaml")))
    assert [line.split(": ")[0] for line in found] == [
        "mine.yaml:3:1 lot",
        "mine.yaml:4:1 loans",
        "mine.yaml:5:1 chain",
    ]


def test_a_protocol_without_its_kind_is_refused(write):
    write("threshold: 66%\nlot: 5\n", "mine.yaml")
    assert told(lambda: check_in_one_line("mine.yaml")) == [
        "mine.yaml:1:1: does not say its kind; add kind: fixed_spread, flip or clip, "
        "or name a file that says it with extends:"
    ]


def test_a_protocol_is_no_scenario(write):
    said = (
        "is a lending protocol, not a scenario; write lending: [{name: pool, extends: protocols/aave_v2, loans: ...}]"
    )
    assert told(lambda: load_scenario("protocols/aave_v2")) == [f"protocols/aave_v2: {said} in a scenario"]


def test_protocols_are_neither_scenarios_nor_venues():
    protocols = set(library.presets(library.PROTOCOLS))
    assert len(protocols) == 5
    assert not protocols & {*library.presets(), *library.names(), *library.sweeps()}


def test_a_run_s_line_speaks_of_pools(case):
    assert in_one_line(load_scenario(case("extends: protocols/aave_v3"))).endswith("1 pool, 20 loans, 0 keepers")
