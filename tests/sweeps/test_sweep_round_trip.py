import pytest
from sweep_files import SCENARIO, sweep_of

from cascade_sim.errors import ScenarioError
from cascade_sim.sweeps.design import kept_runs, points_of
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.spec import Sweep

SWEEPS = {
    "ranges": "vary: {crowd.longs.leverage.mean: 5..20 in 4 log steps, flow.orders.0.sell: 1M..3M in 3 steps}\n"
    "replicates: 3\nkeep: [{crowd.longs.leverage.mean: 5, replicate: 2}]\n",
    "lists": "vary: {market.book.depth.notional: [1M, 2_000k], clock.duration: [1min, 90s]}\ndesign: zip\n",
    "mappings": "vary: {crowd.longs.leverage: [{kind: fixed, value: 5}, {kind: pareto, exponent: 2, cap: 50}]}\n",
    "kinds": "vary: {crowd.longs.leverage: [{cap: 20}, {kind: fixed, value: 5}], market.mark.kind: [last, mid]}\n",
    "cohorts": "vary: {crowd.longs: [null, {traders: 5}]}\n",
    "distributions": "vary:\n  crowd.longs.leverage.mean: {dist: lognormal, median: 8, sigma: 0.4, high: 50}\n"
    "  crowd.longs.traders: 100..1k\n  flow.orders.0.at: {dist: triangular, low: 0, mode: 10s, high: 1min}\n"
    "design: latin_hypercube\nsamples: 8\nseed: 3\n",
    "sobol": "vary: {crowd.longs.leverage.mean: 5..20, market.price: [100, 101]}\ndesign: sobol\nsamples: 4\n",
    "presets": "vary: {exchange.extends: [venues/okx, venues/bybit, null], crowd.longs.leverage.mean: [5, 6]}\n",
}
HEADS = {
    "file": "name: T\nscenario: small.yaml\n",
    "inline": "name: T\nscenario: {extends: small.yaml, market: {price: 99}}\n",
    "on a preset": "name: T\nscenario: {extends: small.yaml, exchange: {extends: venues/okx, insurance_fund: 7M}}\n",
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", SWEEPS)
def test_a_written_sweep_is_the_same_sweep(tmp_path, body, head):
    sweep = sweep_of(tmp_path, SWEEPS[body], HEADS[head])
    file = tmp_path / "written.yaml"
    file.write_text(sweep.to_yaml(), encoding="utf-8")
    again = load_sweep(file)
    assert again.hash == sweep.hash
    assert again.resolved() == sweep.resolved()
    points = points_of(sweep)
    assert points_of(again) == points
    assert kept_runs(again, points_of(again)) == kept_runs(sweep, points_of(sweep))
    for point in points:
        assert again.base.with_overrides(point).hash == sweep.base.with_overrides(point).hash


def test_a_written_sweep_fails_at_the_same_points(tmp_path):
    sweep = sweep_of(tmp_path, "vary: {exchange.extends: [null, venues/okx]}\n", "name: T\nscenario: textbook/fold\n")
    (tmp_path / "written.yaml").write_text(sweep.to_yaml(), encoding="utf-8")
    for base in (sweep.base, load_sweep(tmp_path / "written.yaml").base):
        base.with_overrides({"exchange.extends": None})
        with pytest.raises(ScenarioError, match=r"market\.mark does not say"):
            base.with_overrides({"exchange.extends": "venues/okx"})


def test_a_written_sweep_finds_its_data_from_the_folder_that_is_given(tmp_path):
    sweep = sweep_of(tmp_path, SWEEPS["ranges"])
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / "sweep.yaml"
    file.write_text(sweep.to_yaml(), encoding="utf-8")
    assert load_sweep(file, folder=sweep.base.base_dir).base.base_dir == tmp_path
    assert load_sweep(file).base.base_dir == tmp_path / "out"


def test_a_written_sweep_of_a_scenario_made_in_python_is_the_same(tmp_path):
    base = sweep_of(tmp_path, SWEEPS["ranges"]).base
    bare = type(base)(**base.resolved())
    sweep = Sweep(name="T", scenario=bare, vary={"exchange.extends": ["venues/okx"], "clock.duration": [30.0]})
    file = tmp_path / "written.yaml"
    file.write_text(sweep.to_yaml(), encoding="utf-8")
    assert load_sweep(file).hash == sweep.hash


def test_text_of_any_kind_survives(tmp_path):
    head = "name: 'a: #b \u2028 é'\ndescription: |\n  two\n  lines\nscenario: small.yaml\n"
    sweep = sweep_of(tmp_path, SWEEPS["lists"], head)
    file = tmp_path / "written.yaml"
    file.write_text(sweep.to_yaml(), encoding="utf-8")
    again = load_sweep(file)
    assert (again.name, again.description, again.hash) == (sweep.name, sweep.description, sweep.hash)
    assert "calm" in SCENARIO
    assert "calm" not in sweep.to_yaml()
