import pickle
import shutil

import numpy as np
import pytest
from sweep_files import HEAD, SCENARIO, sweep_of, varying

from cascade_sim.metrics.definitions import SUMMARY
from cascade_sim.metrics.lending_figures import LENDING
from cascade_sim.scenario import Scenario, library, load_scenario
from cascade_sim.scenario.yaml_text import read_yaml
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.spec import DEFAULT_OUTPUTS, Sweep
from cascade_sim.sweeps.summary import check_in_one_line

VARY = "vary: {crowd.longs.leverage.mean: 5..20 in 4 steps}\n"


def test_what_is_left_out_has_its_default(tmp_path):
    sweep = sweep_of(tmp_path, VARY)
    assert (sweep.design, sweep.replicates, sweep.seed, sweep.common_luck, sweep.keep) == ("grid", 1, 0, True, [])
    assert (sweep.threshold, sweep.samples, sweep.description) == (0.2, None, "")
    assert sweep.outputs == list(DEFAULT_OUTPUTS)


def test_sections_that_are_named_and_left_empty_are_left_out(tmp_path):
    assert sweep_of(tmp_path, VARY + "cascade:\nkeep:\n") == sweep_of(tmp_path, VARY)


def test_outputs_left_out_are_the_numbers_of_one_run_in_the_summary_s_order():
    left_out = ["low_time", "amplification", "feedback_share", "rebound_1h", "basis_at_low", "status"]
    assert list(DEFAULT_OUTPUTS) == [key for key in SUMMARY if key not in left_out and key not in LENDING]


def test_outputs_that_need_a_second_run_can_be_asked_for(tmp_path):
    assert sweep_of(tmp_path, VARY + "outputs: [bad_debt, amplification]\n").outputs == ["bad_debt", "amplification"]


def test_the_scenario_is_found_beside_the_file_or_among_the_bundled(tmp_path):
    beside = sweep_of(tmp_path, VARY).base
    assert beside.resolved() == {**load_scenario(tmp_path / "small.yaml").resolved(), "compare": {}}
    bundled = sweep_of(tmp_path, "vary: {flow.orders.0.sell: [1M]}\n", "name: T\nscenario: textbook/two_clusters\n")
    assert bundled.base.name == "Two clusters"


def test_the_base_has_no_comparisons_that_an_override_could_break(tmp_path):
    sweep = varying(tmp_path, "crowd.longs: [null, {traders: 5}]")
    assert sweep.base.compare == {}
    assert [len(sweep.base.with_overrides(point).crowd) for point in points_of(sweep)] == [0, 1]


def test_a_scenario_can_be_written_out_in_the_file(tmp_path):
    inline = "name: T\nscenario:\n" + "".join(f"  {line}\n" for line in SCENARIO.splitlines())
    assert sweep_of(tmp_path, VARY, inline).base == sweep_of(tmp_path, VARY).base
    assert sweep_of(tmp_path, VARY, inline).hash == sweep_of(tmp_path, VARY, HEAD.replace("Test", "T")).hash


def test_a_scenario_written_out_can_extend_another(tmp_path):
    head = "name: T\nscenario: {extends: small.yaml, crowd: {longs: {traders: 7}}, compare: {}}\n"
    base = sweep_of(tmp_path, VARY, head).base
    assert (base.name, base.crowd["longs"].traders, base.crowd["longs"].open_interest) == ("Small", 7, 10e6)


def test_data_files_are_found_from_the_scenario_s_folder(tmp_path):
    (tmp_path / "data").mkdir()
    shutil.copy(library.find("textbook/uniform"), tmp_path / "data" / "u.yaml")
    sweep = sweep_of(tmp_path, "vary: {clock.duration: [5min]}\n", "name: T\nscenario: data/u.yaml\n")
    assert sweep.base.base_dir == tmp_path / "data"
    inline = sweep_of(tmp_path, "vary: {clock.duration: [5min]}\n", "name: T\nscenario: {extends: data/u.yaml}\n")
    assert inline.base.base_dir == tmp_path


def test_a_path_to_data_in_an_extended_scenario_is_seen_from_the_sweep_file(tmp_path):
    (tmp_path / "data").mkdir()
    text = SCENARIO[: SCENARIO.index("crowd:")] + "crowd: {whales: {positions: whales.csv}}\n"
    (tmp_path / "data" / "w.yaml").write_text(text, encoding="utf-8")
    head = "name: T\nscenario: {extends: data/w.yaml}\n"
    base = sweep_of(tmp_path, "vary: {clock.duration: [50s]}\n", head).base
    assert base.crowd["whales"].positions == "data/whales.csv"


def test_a_sweep_is_built_in_python_from_the_same_keys(tmp_path):
    written = sweep_of(tmp_path, VARY + "cascade: {max_drawdown: 10%}\n")
    vary = {"crowd.longs.leverage.mean": "5..20 in 4 steps"}
    about = {"name": "Test", "vary": vary, "cascade": {"max_drawdown": 0.1}}
    built = Sweep(scenario=written.base, **about)
    assert built == written
    assert hash(built) == hash(written)
    assert built.base.base_dir == tmp_path
    assert Sweep(scenario=str(tmp_path / "small.yaml"), **about) == written
    assert Sweep(scenario=tmp_path / "small.yaml", **about) == written
    assert Sweep(scenario=written.base.written.plain(), **about) == written


def test_python_values_are_taken_as_they_are(tmp_path):
    base = sweep_of(tmp_path, VARY).base
    vary = {"crowd.longs.leverage.mean": np.linspace(5, 20, 4), "flow.orders.0.at": (5.0, 10.0)}
    sweep = Sweep(name="T", scenario=base, vary=vary)
    assert [len(entry.values) for entry in sweep.varied.values()] == [4, 2]
    assert type(points_of(sweep)[0]["crowd.longs.leverage.mean"]) is float


@pytest.mark.parametrize("varied", [VARY, "vary: {exchange.extends: [venues/okx, venues/bybit]}\n"])
def test_a_sweep_and_its_scenario_survive_pickling(tmp_path, varied):
    sweep = sweep_of(tmp_path, varied)
    copied = pickle.loads(pickle.dumps(sweep))
    assert copied == sweep
    assert points_of(copied) == points_of(sweep)
    assert copied.base.base_dir == sweep.base.base_dir
    assert copied.base.written == sweep.base.written
    point = points_of(sweep)[0]
    assert copied.base.with_overrides(point).hash == sweep.base.with_overrides(point).hash
    assert isinstance(pickle.loads(pickle.dumps(sweep.base)), Scenario)


def test_the_hash_is_that_of_what_is_meant(tmp_path):
    first = sweep_of(tmp_path, VARY)
    again = sweep_of(
        tmp_path, "vary: {crowd.longs.leverage.mean: {from: 5.0, to: 20, steps: 4}}\ndesign: grid\nseed: 0\n"
    )
    assert again.hash == first.hash
    for other in (
        VARY + "seed: 1\n",
        VARY + "replicates: 2\n",
        VARY + "common_luck: false\n",
        VARY + "outputs: [bad_debt]\n",
        VARY.replace("4 steps", "4 log steps"),
    ):
        assert sweep_of(tmp_path, other).hash != first.hash
    changed = HEAD.replace("small.yaml", "{extends: small.yaml, market: {price: 101}, compare: {}}")
    assert sweep_of(tmp_path, VARY, changed).hash != first.hash


def test_the_hash_knows_which_keys_are_defaults_that_an_override_may_not_rest_on(tmp_path):
    body = "vary: {exchange.funding: [{kind: plain}]}\n"
    silent = "name: T\nscenario: textbook/two_clusters\n"
    chosen = "name: T\nscenario: {extends: textbook/two_clusters, market: {mark: {kind: last}}}\n"
    first, second = sweep_of(tmp_path, body, silent), sweep_of(tmp_path, body, chosen)
    assert first.base == second.base
    assert first.hash != second.hash


def test_the_hash_holds_the_rules_of_varied_presets(tmp_path):
    body = "vary: {exchange.extends: [venues/okx, house.yaml]}\n"
    (tmp_path / "house.yaml").write_text("name: House\nmax_leverage: 50\n", encoding="utf-8")
    first = sweep_of(tmp_path, body).hash
    assert sweep_of(tmp_path, body).hash == first
    (tmp_path / "house.yaml").write_text("name: House\nmax_leverage: 40\n", encoding="utf-8")
    assert sweep_of(tmp_path, body).hash != first


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (VARY, "Test: sweep of Small, grid, 4 points"),
        (
            "vary: {crowd.longs.leverage.mean: [5, 10], crowd.longs.traders: 1k..3k in 3 steps}\nreplicates: 16\n",
            "Test: sweep of Small, grid of 2 x 3, 6 points, 16 replicates, 96 runs",
        ),
        (VARY + "design: zip\n", "Test: sweep of Small, zip of 1 key, 4 points"),
        (VARY + "design: sobol\nsamples: 8\n", "Test: sweep of Small, sobol, 8 base samples of 1 key, 24 points"),
        (VARY + "design: latin_hypercube\nsamples: 1\n", "Test: sweep of Small, latin hypercube of 1 key, 1 point"),
    ],
)
def test_a_sweep_is_said_in_one_line(tmp_path, body, said):
    sweep_of(tmp_path, body)
    assert check_in_one_line(str(tmp_path / "sweep.yaml")) == said


def test_a_bundled_sweep_is_found_by_name_from_any_folder(tmp_path, monkeypatch):
    folder = tmp_path / "bundled" / "sweeps"
    folder.mkdir(parents=True)
    (folder / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "leverage.yaml").write_text(HEAD + VARY, encoding="utf-8")
    monkeypatch.setattr(library, "folder", lambda: tmp_path / "bundled")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert library.sweeps() == ["sweeps/leverage", "sweeps/small"]
    assert library.names() == []
    assert load_sweep("sweeps/leverage").name == load_sweep("sweeps/leverage.yaml").name == "Test"
    assert check_in_one_line("sweeps/leverage").startswith("Test: sweep of Small")


def test_what_is_written_is_what_is_read(tmp_path):
    text = sweep_of(tmp_path, VARY).to_yaml()
    assert read_yaml(text, "x")[0].plain()["vary"] == {
        "crowd.longs.leverage.mean": {"from": 5, "to": 20, "steps": 4, "scale": "linear"}
    }
