from pathlib import Path

import pytest
from sweep_files import HEAD, SCENARIO, refusal, refusals, sweep_of, varying

from cascade_sim.cli import main
from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import library, load_scenario
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.spec import Sweep

MEAN = "crowd.longs.leverage.mean"
VARY = f"vary: {{{MEAN}: [5, 10]}}\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "crowd.longs.leverage.maen: [5, 10]",
            "4:3 vary.crowd.longs.leverage.maen: there is no such key; did you mean mean?",
        ),
        ("crowd.lnogs.traders: [5, 10]", "4:3 vary.crowd.lnogs: there is no such cohort; did you mean longs?"),
        ("crwod.longs.traders: [5, 10]", "4:3 vary.crwod: there is no such key; did you mean crowd?"),
        ("flow.orders.7.sell: [5, 10]", "4:3 vary.flow.orders: has no entry 7; entries are counted from 0"),
        ("flow.orders.0.sel: [5, 10]", "4:3 vary.flow.orders.0.sel: there is no such key; did you mean sell?"),
        (
            "market.price.high: [5, 10]",
            "4:3 vary.market.price.high: market.price is a single value; vary that key itself",
        ),
        (
            "market.book.shape: [linear, sqare]",
            "4:31 vary.market.book: there is no shape 'sqare'; choose linear, power, table or infinite",
        ),
        (
            f"{MEAN}: [5, ten]",
            f"4:34 vary.{MEAN}: 'ten' is not a number; write a number such as 200_000, 40k, 25M or 1.1B",
        ),
        (f"{MEAN}: [5, 0.5]", f"4:34 vary.{MEAN}: 0.5 is below 1; give a value of at least 1"),
        (f"{MEAN}: 0.5..5 in 10 steps", f"4:3 vary.{MEAN}: 0.5 is below 1; give a value of at least 1"),
        (f"{MEAN}: 5..0.5 in 100 steps", f"4:3 vary.{MEAN}: 0.5 is below 1; give a value of at least 1"),
        ("clock.duration: [5min, never]", "4:26 vary.clock.duration: 'never' does not end; give a finite duration"),
        (
            "crowd.longs.leverage: [{kind: fixed, value: 5}, {kind: pareot, exponent: 2}]",
            "4:51 vary.crowd.longs.leverage: there is no kind 'pareot'; did you mean pareto?",
        ),
        (
            "crowd.longs.leverage: [{kind: fixed, value: 5}, {kind: pareto}]",
            "4:51 vary.crowd.longs.leverage.exponent: is missing; give exponent or mean",
        ),
        (
            "crowd..traders: [5]",
            "4:3 vary.crowd..traders: is not a dotted key; write the keys from the root with one dot",
        ),
        (
            f"{MEAN}: 5",
            f"4:3 vary.{MEAN}: 5 is a single value; write a list, such as [5, 10, 20], or a range: 5..50 in 10",
        ),
        (f"{MEAN}: []", f"4:3 vary.{MEAN}: is empty; give it values, such as [5, 10, 20]"),
        (f"{MEAN}:", f"4:3 vary.{MEAN}: is empty; write a list"),
        (f"{MEAN}: {{form: 5, to: 50, steps: 4}}", f"4:31 vary.{MEAN}.form: there is no such key; did you mean from?"),
        (
            "crowd.longs: {traders: 5}",
            "4:3 vary.crowd.longs: is neither a list, a range nor a distribution; put it in a",
        ),
        (
            "seed: [1, 2]",
            "4:3 vary.seed: means nothing for the rows of a sweep; leave it out; replicates: and seed: of",
        ),
        ("compare.calm: [1, 2]", "4:3 vary.compare.calm: means nothing for the rows of a sweep; leave it out"),
        (
            "exchange.extends: [venues/okx, venues/bybt]",
            "4:34 vary.exchange.extends: there is no preset venues/bybt; did",
        ),
    ],
)
def test_a_key_or_value_that_can_never_be_valid_is_refused_at_its_place(tmp_path, line, said):
    assert refusal(tmp_path, line).startswith(f"sweep.yaml:{said}")


def test_a_value_that_is_wrong_only_beside_others_is_left_to_its_points(tmp_path):
    sweep = varying(tmp_path, "crowd.longs.leverage: [{kind: fixed, value: 5}, {kind: fixed, value: 500}]")
    with pytest.raises(ScenarioError, match="500"):
        sweep.base.with_overrides({"crowd.longs.leverage": {"kind": "fixed", "value": 500}})


def test_keys_that_exist_only_together_are_not_refused(tmp_path):
    assert "where kind is lognormal" in refusal(tmp_path, "crowd.longs.leverage.exponent: [2, 3]")
    varying(tmp_path, "crowd.longs.leverage.kind: [pareto]", "crowd.longs.leverage.exponent: [2, 3]")


def test_a_key_inside_another_varied_one_is_refused(tmp_path):
    body = f"vary:\n  {MEAN}: [5]\n  crowd.longs: [{{traders: 5}}]\n"
    (problem,) = refusals(tmp_path, body)
    assert (problem.line, problem.key) == (4, f"vary.{MEAN}")
    assert problem.message == "lies inside crowd.longs, which is varied, too"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "1:1 vary: is missing"),
        ("vary: {}\n", "3:1 vary: is empty"),
        ("vary: 5\n", "3:1 vary: 5 stands where a mapping is wanted"),
        (VARY + "desing: zip\n", "4:1 desing: there is no such key; did you mean design?"),
        (VARY + "extends: other.yaml\n", "4:1 extends: a sweep extends nothing; write scenario: {extends: ...}"),
        (VARY + "design: gird\n", "4:1 design: cannot be 'gird'; did you mean grid?"),
        (VARY + "replicates: 0\n", "4:1 replicates: 0 is not above 0"),
        (VARY + "replicates: 1.5\n", "4:1 replicates: 1.5 is not a whole number"),
        (VARY + "seed: -1\n", "4:1 seed: -1 is below 0"),
        (VARY + "common_luck: maybe\n", "4:1 common_luck: 'maybe' stands where true or false is wanted"),
        (VARY + "cascade: {max_drawdown: 20}\n", "4:11 cascade.max_drawdown: 20 means 2000%; did you mean 20%?"),
        (VARY + "outputs: []\n", "4:1 outputs: is empty"),
        (VARY + "outputs: [bad_dept]\n", "4:11 outputs.0: the summary has no bad_dept; did you mean bad_debt?"),
        (VARY + "outputs: [low_time]\n", "4:11 outputs.0: low_time is text"),
        (VARY + "outputs: [halts, halts]\n", "4:18 outputs.1: halts stands in it twice"),
        (VARY + "seed: 1\nseed: 2\n", "5:1 seed: is written twice; the first is on line 4"),
    ],
)
def test_what_is_wrong_beside_vary_has_its_place(tmp_path, body, said):
    (problem,) = refusals(tmp_path, body)
    assert str(problem).startswith(f"{tmp_path}/sweep.yaml:{said}")


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("", "1:1 scenario: is missing; add it: what is run"),
        ("scenario: smal.yaml\n", "2:1 scenario: there is no file smal.yaml; did you mean small.yaml?"),
        ("scenario: [small.yaml]\n", "2:1 scenario: is not a scenario; name a file or a bundled scenario"),
        ("scenario: venues/okx\n", "2:1 scenario: is a venue preset, not a scenario"),
        ("scenario: {extends: smal.yaml}\n", "2:12 scenario.extends: there is no file smal.yaml"),
        ("scenario: {extends: small.yaml, market: {prise: 5}}\n", "2:42 scenario.market.prise: there is no such key"),
        ("scenario: {extends: small.yaml, clock: {tick: 1x}}\n", "2:41 scenario.clock.tick: '1x' is not a duration"),
    ],
)
def test_a_scenario_that_cannot_be_used_has_its_place_in_the_sweep(tmp_path, scenario, said):
    (problem,) = refusals(tmp_path, VARY, "name: T\n" + scenario)
    assert str(problem).startswith(f"{tmp_path}/sweep.yaml:{said}")


def test_what_is_wrong_in_the_scenario_s_own_file_is_said_with_that_file(tmp_path):
    (tmp_path / "wrong.yaml").write_text(SCENARIO.replace("price: 100", "price: -1"), encoding="utf-8")
    (problem,) = refusals(tmp_path, VARY, "name: T\nscenario: wrong.yaml\n")
    assert (problem.file, problem.line, problem.key) == (str(tmp_path / "wrong.yaml"), 4, "market.price")


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_file(tmp_path):
    body = (
        "vary:\n  crowd.longs.leverage.maen: [5]\n  market.price: [1, many]\n  flow.orders.0.sell: {dist: unifrom}\n"
        "design: sobol\nsamples: 3\noutputs: [bad_dept]\nkeep: [{market.price: 7}]\n"
    )
    found = refusals(tmp_path, body)
    assert [(problem.line, problem.key) for problem in found] == [
        (4, "vary.crowd.longs.leverage.maen"),
        (5, "vary.market.price"),
        (6, "vary.flow.orders.0.sell.dist"),
        (8, "samples"),
        (9, "outputs.0"),
        (10, "keep.0.market.price"),
    ]


def test_python_gets_the_same_messages_without_a_place(tmp_path):
    base = sweep_of(tmp_path, VARY).base
    with pytest.raises(ScenarioError) as refused:
        Sweep(name="T", scenario=base, vary={"crowd.longs.leverage.maen": [5]}, desing="zip")
    assert str(refused.value).splitlines() == [
        "<python> desing: there is no such key; did you mean design?",
        "<python> vary.crowd.longs.leverage.maen: there is no such key; did you mean mean?",
    ]


def test_a_scenario_and_a_preset_are_told_from_a_sweep(tmp_path):
    sweep_of(tmp_path, VARY)
    with pytest.raises(ScenarioError) as refused:
        load_sweep(tmp_path / "small.yaml")
    assert "is a scenario, not a sweep; write a sweep file with scenario: small.yaml and vary:" in str(refused.value)
    for name, what in (("textbook/fold", "a scenario"), (library.find_preset("venues/okx"), "a venue preset")):
        with pytest.raises(ScenarioError, match=f"is {what}, not a sweep"):
            load_sweep(name)
    with pytest.raises(ScenarioError) as refused:
        load_scenario(tmp_path / "sweep.yaml")
    assert "is a sweep, not a scenario; run it with cascade-sim sweep" in str(refused.value)
    found = refusals(tmp_path, VARY, "name: T\nscenario: sweep.yaml\n")
    assert found[0].message == "is a sweep, not a scenario"


def test_a_bundled_sweep_is_no_scenario(tmp_path, monkeypatch):
    (tmp_path / "bundled" / "sweeps").mkdir(parents=True)
    (tmp_path / "bundled" / "sweeps" / "leverage.yaml").write_text(HEAD + VARY, encoding="utf-8")
    monkeypatch.setattr(library, "folder", lambda: tmp_path / "bundled")
    with pytest.raises(
        ScenarioError, match="is a sweep, not a scenario; run it with cascade-sim sweep sweeps/leverage"
    ):
        load_scenario("sweeps/leverage")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; write a sweep into it"),
        ("- a\n", "holds a list where a mapping is wanted; begin with name:, scenario:, vary:"),
        ("name: a: b\n", "a colon is not expected here"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text, said):
    file = tmp_path / "sweep.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=said):
        load_sweep(file)


def test_a_file_that_is_not_there_is_refused(tmp_path, monkeypatch):
    sweep_of(tmp_path, VARY)
    monkeypatch.chdir(tmp_path)
    for name, said in (
        ("sweeep.yaml", "sweeep.yaml: there is no such file; did you mean sweep.yaml?"),
        (".", "is a folder"),
        ("x" * 5000, "is not a name that a file can have"),
    ):
        with pytest.raises(ScenarioError) as refused:
            load_sweep(name)
        assert said in str(refused.value)
    assert load_sweep(Path("sweep.yaml")).name == "Test"


def test_validate_checks_sweeps_beside_scenarios(tmp_path, monkeypatch, capsys):
    sweep_of(tmp_path, VARY)
    (tmp_path / "wrong.yaml").write_text(HEAD + "vary: {crowd.longs.tradres: [5]}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "sweep.yaml", "wrong.yaml", "small.yaml"]) == 2
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "sweep.yaml: ok (Test: sweep of Small, grid, 2 points)"
    assert said[1] == "wrong.yaml:3:8 vary.crowd.longs.tradres: there is no such key; did you mean traders?"
    assert said[2].startswith("small.yaml: ok (Small: linear, 100s")
