import numpy as np
import pandas as pd
import pytest
from sweep_files import refusal, refusals, sweep_of, varying

from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import Scenario
from cascade_sim.sweeps.design import count_points, kept_runs, points_of, problem_of, unit_points
from cascade_sim.sweeps.table import sweep_of_points

LEVERAGE, DEPTH, SELL = "crowd.longs.leverage.mean", "market.book.depth.notional", "flow.orders.0.sell"
THREE = (
    f"{LEVERAGE}: {{dist: lognormal, median: 10, sigma: 0.5, low: 2, high: 50}}",
    f"{DEPTH}: {{from: 1M, to: 16M, scale: log}}",
    f"{SELL}: [1M, 2M, 4M, 8M]",
)


def lhs(folder, samples, seed=1):
    return varying(folder, *THREE, rest=f"design: latin_hypercube\nsamples: {samples}\nseed: {seed}\n")


def test_a_grid_is_the_product_with_the_last_key_fastest(tmp_path):
    sweep = varying(tmp_path, f"{LEVERAGE}: [5, 10]", f"{DEPTH}: 1M..3M in 3 steps")
    assert points_of(sweep) == [
        {LEVERAGE: leverage, DEPTH: depth} for leverage in (5, 10) for depth in (1_000_000, 2_000_000, 3_000_000)
    ]
    assert count_points(sweep) == 6


def test_a_zip_takes_first_values_together(tmp_path):
    sweep = varying(tmp_path, f"{LEVERAGE}: [5, 10, 10]", f"{DEPTH}: 1M..3M in 3 steps", rest="design: zip\n")
    assert points_of(sweep) == [
        {LEVERAGE: 5, DEPTH: 1_000_000},
        {LEVERAGE: 10, DEPTH: 2_000_000},
        {LEVERAGE: 10, DEPTH: 3_000_000},
    ]
    assert count_points(sweep) == 3


def test_a_latin_hypercube_has_one_point_in_each_stratum_of_each_key(tmp_path):
    cube = unit_points(lhs(tmp_path, 32))
    assert cube.shape == (32, 3)
    for column in cube.T:
        assert sorted((column * 32).astype(int)) == list(range(32))


def test_a_latin_hypercube_gives_listed_values_equal_shares(tmp_path):
    points = points_of(lhs(tmp_path, 32))
    assert len(points) == count_points(lhs(tmp_path, 32)) == 32
    assert {sell: sum(point[SELL] == sell for point in points) for sell in ("1M", "2M", "4M", "8M")} == dict.fromkeys(
        ("1M", "2M", "4M", "8M"), 8
    )
    assert all(2 <= point[LEVERAGE] <= 50 and 1e6 <= point[DEPTH] <= 16e6 for point in points)


def test_drawn_points_depend_on_the_seed_alone(tmp_path):
    assert points_of(lhs(tmp_path, 8)) == points_of(lhs(tmp_path, 8))
    assert points_of(lhs(tmp_path, 8)) != points_of(lhs(tmp_path, 8, seed=2))


def test_a_sobol_design_is_saltelli_s_scheme(tmp_path):
    sweep = varying(tmp_path, *THREE, rest="design: sobol\nsamples: 8\nseed: 3\n")
    cube = unit_points(sweep)
    assert len(points_of(sweep)) == count_points(sweep) == len(cube) == 8 * (3 + 2)
    blocks = cube.reshape(8, 5, 3)
    first, last = blocks[:, 0], blocks[:, 4]
    for key in range(3):
        mixed = first.copy()
        mixed[:, key] = last[:, key]
        assert np.array_equal(blocks[:, key + 1], mixed)
    assert np.array_equal(cube, unit_points(sweep))
    assert problem_of(sweep) == {"num_vars": 3, "names": [LEVERAGE, DEPTH, SELL], "bounds": [[0.0, 1.0]] * 3}


def test_sobol_base_points_fill_every_stratum_of_a_power_of_two(tmp_path):
    sweep = varying(tmp_path, *THREE, rest="design: sobol\nsamples: 16\n")
    base = unit_points(sweep)[::5]
    for column in base.T:
        assert sorted((column * 16).astype(int)) == list(range(16))


def test_ranges_with_steps_are_drawn_as_their_values(tmp_path):
    sweep = varying(tmp_path, f"{LEVERAGE}: 5..20 in 4 steps", rest="design: latin_hypercube\nsamples: 8\n")
    assert sorted(point[LEVERAGE] for point in points_of(sweep)) == [5, 5, 10, 10, 15, 15, 20, 20]


@pytest.mark.parametrize("design", ["grid", "zip"])
def test_a_distribution_needs_a_design_that_draws(tmp_path, design):
    said = refusal(tmp_path, THREE[0], rest=f"design: {design}\n")
    assert said == (
        f"sweep.yaml:4:3 vary.{LEVERAGE}: is a distribution, and the design is {design}; "
        "set design: latin_hypercube or design: sobol"
    )
    assert "has no steps; add steps, or" in refusal(tmp_path, f"{LEVERAGE}: 5..50", rest=f"design: {design}\n")


def test_sobol_needs_bounds_and_a_power_of_two(tmp_path):
    line = f"{LEVERAGE}: {{dist: lognormal, median: 10, sigma: 0.5, low: 2}}"
    said = refusal(tmp_path, line, rest="design: sobol\nsamples: 8\n")
    assert "4:3" in said
    assert "has no bounds, and the design is sobol; give low and high" in said
    assert len(points_of(varying(tmp_path, line, rest="design: latin_hypercube\nsamples: 7\n"))) == 7
    said = refusal(tmp_path, THREE[1], rest="design: sobol\nsamples: 100\n")
    assert said == "sweep.yaml:6:1 samples: 100 is not a power of 2, as the design sobol needs; take 64 or 128"


def test_samples_go_with_designs_that_draw(tmp_path):
    assert "samples: is missing" in refusal(tmp_path, THREE[1], rest="design: sobol\n")
    said = refusal(tmp_path, f"{LEVERAGE}: [5]", rest="samples: 8\n")
    assert said.startswith("sweep.yaml:5:1 samples: means nothing where design is grid")


def test_a_zip_of_unequal_lists_names_their_lengths(tmp_path):
    said = refusal(tmp_path, f"{LEVERAGE}: [5, 10]", f"{DEPTH}: [1M, 2M, 3M]", rest="design: zip\n")
    assert f"{LEVERAGE} has 2, {DEPTH} has 3" in said


def test_the_same_point_twice_is_refused(tmp_path):
    said = refusal(tmp_path, f"{DEPTH}: [5M, 7M, 5_000_000]")
    assert said.startswith(f"sweep.yaml:4:40 vary.{DEPTH}.2: 5000000 stands in it twice")
    said = refusal(tmp_path, f"{LEVERAGE}: [5, 10, 5]", f"{DEPTH}: [1M, 2M, 1_000k]", rest="design: zip\n")
    assert "points 0 and 2 (from 0) are the same" in said


def test_more_runs_than_anybody_means_are_refused_before_they_are_laid_out(tmp_path):
    lines = [f"{LEVERAGE}: 5..50 in 10k steps", f"{DEPTH}: 1M..2M in 10k steps"]
    assert "100,000,000 points with 1 replicates are more than 10,000,000 runs" in refusal(tmp_path, *lines)
    said = refusal(tmp_path, f"{LEVERAGE}: [5, 10]", rest="replicates: 6M\n")
    assert "2 points with 6,000,000 replicates" in said


def test_runs_to_keep_are_found_by_their_values(tmp_path):
    rest = f"replicates: 3\nkeep: [{{{DEPTH}: 2_000k}}, {{{LEVERAGE}: 10, {DEPTH}: 2M, replicate: 2}}]\n"
    sweep = varying(tmp_path, f"{LEVERAGE}: [5, 10]", f"{DEPTH}: 1M..3M in 3 steps", rest=rest)
    assert kept_runs(sweep, points_of(sweep)) == {1: (0,), 4: (0, 2)}
    bare = varying(tmp_path, f"{LEVERAGE}: [5, 10]")
    assert kept_runs(bare, points_of(bare)) == {}


def test_runs_to_keep_that_do_not_exist_are_refused(tmp_path):
    keep = f"[{{{LEVERAGE}: 7}}, {{crowd.longs.leverage.maen: 5}}, {{{LEVERAGE}: 5, replicate: 3}}, {{}}]"
    found = refusals(tmp_path, f"vary: {{{LEVERAGE}: [5, 10], {DEPTH}: [1M, 2M]}}\ndesign: zip\nkeep: {keep}\n")
    assert [(problem.line, problem.key) for problem in found] == [
        (5, f"keep.0.{LEVERAGE}"),
        (5, "keep.1.crowd.longs.leverage.maen"),
        (5, "keep.2.replicate"),
        (5, "keep.3"),
    ]
    assert found[0].message == "no point has the value 7"
    assert found[0].fix == "the values are 5 or 10"
    assert found[1].fix == f"did you mean {LEVERAGE}?"
    body = f"vary: {{{LEVERAGE}: [5, 10], {DEPTH}: [1M, 2M]}}\ndesign: zip\nkeep: [{{{LEVERAGE}: 5, {DEPTH}: 2M}}]\n"
    assert refusals(tmp_path, body)[0].message == "no point has these values together"


def test_a_table_of_points_is_a_sweep(tmp_path):
    scenario = sweep_of(tmp_path, f"vary: {{{LEVERAGE}: [5]}}\n").base
    table = pd.DataFrame({LEVERAGE: [5.0, 10.0], SELL: ["1M", "2M"], "crowd.longs.traders": [10, 20]})
    sweep = sweep_of_points(scenario, table, replicates=3)
    assert (sweep.design, sweep.replicates, sweep.base) == ("zip", 3, scenario)
    rows = [
        {LEVERAGE: 5.0, SELL: "1M", "crowd.longs.traders": 10},
        {LEVERAGE: 10.0, SELL: "2M", "crowd.longs.traders": 20},
    ]
    assert points_of(sweep) == rows
    assert {type(point["crowd.longs.traders"]) for point in points_of(sweep)} == {int}
    assert points_of(sweep_of_points(scenario, rows)) == rows


def test_points_that_lack_a_value_are_refused(tmp_path):
    scenario = sweep_of(tmp_path, f"vary: {{{LEVERAGE}: [5]}}\n").base
    for points in (pd.DataFrame({LEVERAGE: [5.0, np.nan]}), [{LEVERAGE: 5}, {SELL: 3}]):
        with pytest.raises(ScenarioError, match="has no value at point"):
            sweep_of_points(scenario, points)
    with pytest.raises(ScenarioError, match="holds no points"):
        sweep_of_points(scenario, [])
    with pytest.raises(ScenarioError, match="did you mean mean"):
        sweep_of_points(scenario, [{"crowd.longs.leverage.maen": 5}])


def test_every_point_of_a_whole_mapping_or_a_preset_is_a_scenario(tmp_path):
    sweep = varying(
        tmp_path,
        "exchange.extends: [venues/okx, venues/bybit]",
        "crowd.longs.leverage: [{kind: fixed, value: 5}, {kind: pareto, exponent: 2, cap: 50}]",
        "crowd.shorts: [null, {side: short, traders: 10, open_interest: 1M, leverage: {kind: fixed, value: 3}}]",
    )
    made = [sweep.base.with_overrides(point) for point in points_of(sweep)]
    assert len({scenario.hash for scenario in made}) == 8
    assert all(isinstance(scenario, Scenario) for scenario in made)
    assert made[0].exchange == sweep.base.with_overrides({"exchange.extends": "venues/okx"}).exchange
