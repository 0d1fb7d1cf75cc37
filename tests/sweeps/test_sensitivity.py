from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from made_sweeps import failed, made

import cascade_sim as cs
from cascade_sim.metrics.fixed_point import uniform_drop
from cascade_sim.metrics.trigger_laws import UniformLaw
from cascade_sim.sweeps.sensitivity import sobol, tornado

RANGES = {"sale": (0.5, 2.0), "depth": (50.0, 100.0), "ratio": (0.1, 0.8)}


def scheme(evaluate, ranges, samples: int = 512, second_order: bool = False, seed: int = 1, replicates: int = 1):
    """Return a whole Saltelli scheme with the output of every point."""
    from SALib.sample import sobol as sampler

    problem = {"num_vars": len(ranges), "names": list(ranges), "bounds": list(ranges.values())}
    drawn = sampler.sample(problem, samples, calc_second_order=second_order, seed=seed)
    outputs = np.array([evaluate(*row) for row in drawn])[:, None] + np.zeros((1, replicates))
    points = {name: drawn[:, place] for place, name in enumerate(ranges)}
    return made(points, {"max_drawdown": outputs}, design="sobol", samples=samples)


def fall(sale: float, depth: float, ratio: float) -> float:
    """Return the log fall of case A1 through the closed form."""
    return uniform_drop(depth, UniformLaw(1e3 * ratio * depth, 0.0, 1e3), sale)


@pytest.mark.parametrize("second_order", [False, True])
def test_on_a_log_scale_sale_depth_and_ratio_share_the_variance_without_rest(second_order):
    # ln y = ln Q - ln D - ln(1 - R) is a sum of independent terms: ST = S1, and the S1 add up to 1. Each term's
    # variance is known, so each index is too.
    table = sobol(scheme(fall, RANGES, second_order=second_order), transform=np.log)
    points = (np.arange(200_000) + 0.5) / 200_000

    def variance(term, name):
        low, high = RANGES[name]
        return term(low + (high - low) * points).var()

    terms = {"sale": np.log, "depth": np.log, "ratio": lambda ratio: np.log1p(-ratio)}
    parts = pd.Series({name: variance(term, name) for name, term in terms.items()})
    exact = (parts / parts.sum()).to_numpy()
    assert (np.abs(table["S1"] - exact) <= 1.5 * table["S1_conf"]).all()
    assert (np.abs(table["ST"] - exact) <= 1.5 * table["ST_conf"]).all()
    assert (np.abs(table["ST"] - table["S1"]) <= table["S1_conf"] + table["ST_conf"]).all()
    assert table["S1"].sum() == pytest.approx(1.0, abs=table["S1_conf"].max())
    assert (table["S1_conf"] < 0.2).all()
    pairs = table.attrs.get("second_order", [])
    assert len(pairs) == (3 if second_order else 0)
    assert all(abs(pair["S2"]) <= 1.5 * pair["S2_conf"] for pair in pairs)


def test_a_product_has_interactions_that_the_sum_of_s1_leaves_out():
    # y = a b with a, b uniform on [-1, 1]: all variance is in the pair.
    table = sobol(scheme(lambda a, b: a * b, {"a": (-1.0, 1.0), "b": (-1.0, 1.0)}, second_order=True))
    assert (table["S1"].abs() <= 2.0 * table["S1_conf"]).all()
    assert table["ST"].to_numpy() == pytest.approx(1.0, abs=0.15)
    assert table.attrs["second_order"][0]["S2"] == pytest.approx(1.0, abs=0.2)


def test_indices_repeat_and_replicates_are_averaged_first():
    one, many = scheme(fall, RANGES, 64), scheme(fall, RANGES, 64, replicates=2)
    noise = np.random.default_rng(3).uniform(-0.001, 0.001, size=len(one.frame))
    many.frame["max_drawdown"] += np.stack((noise, -noise), axis=1).ravel()
    pd.testing.assert_frame_equal(sobol(many), sobol(one), rtol=1e-9)
    pd.testing.assert_frame_equal(sobol(one), sobol(one), check_exact=True)
    many.frame = many.frame.sample(frac=1.0, random_state=2)
    pd.testing.assert_frame_equal(sobol(many), sobol(one), rtol=1e-9)


def test_a_scheme_with_holes_is_refused_with_their_points():
    result = failed(scheme(fall, RANGES, 8), [3, 17], "the crowd is empty")
    with pytest.raises(
        cs.CascadeError, match=r"2 of 40 points have no run .*: point 3, 17.*First error: the crowd is e"
    ):
        sobol(result)
    with pytest.raises(cs.CascadeError, match="40 of 40 points have no finite number after the transform"):
        sobol(scheme(lambda *_: 0.0, RANGES, 8), transform=np.log)
    with pytest.raises(cs.CascadeError, match="one number for each point"):
        sobol(scheme(fall, RANGES, 8), transform=np.mean)


def test_a_constant_output_is_said_to_be_one():
    with pytest.raises(cs.CascadeError, match=r"the same at all 40 points \(0.25\): there is no variance"):
        sobol(scheme(lambda *_: 0.25, RANGES, 8))


def test_an_output_that_hardly_ever_differs_has_indices_without_warnings():
    result = scheme(lambda *_: 0.25, RANGES, 8)
    result.frame.loc[0, "max_drawdown"] = 0.5
    assert np.isfinite(sobol(result).to_numpy()).all()


def test_other_designs_and_parts_of_a_scheme_are_refused():
    with pytest.raises(cs.CascadeError, match="need `design: sobol`; this sweep's is grid"):
        sobol(made({"x": [1, 2]}, {"max_drawdown": [[0.1], [0.2]]}))
    with pytest.raises(cs.CascadeError, match="3 points are no whole scheme of 2 base samples and 1 keys"):
        sobol(made({"x": [1, 2, 3]}, {"max_drawdown": [[0.1], [0.2], [0.3]]}, design="sobol", samples=2))


def test_without_salib_the_message_says_what_to_install(monkeypatch):
    result = scheme(fall, RANGES, 8)
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    with pytest.raises(cs.CascadeError, match=r"pip install 'cascade-sim\[sensitivity\]'"):
        sobol(result)


def grid(xs, ys, evaluate):
    points = {"x": np.repeat(xs, len(ys)), "y": np.tile(ys, len(xs))}
    outputs = [[evaluate(x, y)] for x, y in zip(points["x"], points["y"], strict=True)]
    return made(points, {"max_drawdown": outputs})


def test_on_a_grid_each_key_moves_with_the_others_at_their_middle():
    result = grid([1.0, 2.0, 4.0], [10.0, 20.0, 30.0, 50.0], lambda x, y: x * y)
    table = tornado(result)
    assert table.attrs["rule"] == "grid"
    assert table.attrs["base"] == 2.0 * 20.0
    assert list(table.index) == ["y", "x"]
    columns = ["low_at", "high_at", "low", "high", "swing", "low_points", "high_points"]
    assert table.loc["x", columns].tolist() == [1.0, 4.0, 20.0, 80.0, 60.0, 1, 1]
    assert table.loc["y", columns].tolist() == [10.0, 50.0, 20.0, 100.0, 80.0, 1, 1]


def test_a_key_that_lowers_the_output_has_a_negative_swing():
    table = tornado(grid([1.0, 2.0], [1.0, 2.0], lambda x, y: -3.0 * x + y))
    assert table["swing"].to_dict() == {"x": -3.0, "y": 1.0}


def test_drawn_points_are_compared_by_their_outer_tenths():
    rng = np.random.default_rng(8)
    x, y = ((rng.permutation(2_000) + 0.5) / 2_000 for _ in range(2))
    table = tornado(made({"x": x, "y": y}, {"max_drawdown": (2.0 * x)[:, None]}, design="latin_hypercube"))
    assert table.attrs["rule"] == "tenths"
    assert table.loc["x", "low_points"] == 200
    assert table.loc["x", "low_at"] == pytest.approx(0.05, rel=1e-12)
    assert table.loc["x", "swing"] == pytest.approx(2.0 * 0.9, rel=1e-12)
    # y does nothing; the difference of two means of 200 uniform draws on [0, 2] has a standard error of 0.058.
    assert abs(table.loc["y", "swing"]) < 4.0 * 0.058
    assert list(table.index) == ["x", "y"]


def test_text_is_ordered_by_its_output():
    table = tornado(grid(["okx", "bybit", "dydx"], [1.0, 2.0], lambda x, y: {"okx": 3, "bybit": 1, "dydx": 2}[x] + y))
    assert table.loc["x", ["low_at", "high_at", "swing"]].tolist() == ["bybit", "okx", 2.0]


def test_a_frame_will_do_and_failed_runs_are_left_out():
    result = failed(grid([1.0, 2.0, 3.0], [1.0, 2.0], lambda x, y: x + y), [0])
    table = tornado(result.frame, keys=["x", "y"])
    pd.testing.assert_frame_equal(table, tornado(result), check_exact=True)
    assert table.loc["x", "low_points"] == 0
    assert np.isnan(table.loc["x", "swing"])
    assert table.index[0] == "y"
    with pytest.raises(cs.CascadeError, match="keys missing"):
        tornado(result.frame)
    with pytest.raises(cs.CascadeError, match="z is not varied; the sweep varies x, y"):
        tornado(result, keys=["z"])


def test_many_keys_with_many_values_are_no_grid():
    x = np.random.default_rng(1).uniform(size=(12, 300))
    table = tornado(made({f"k{place}": row for place, row in enumerate(x)}, {"max_drawdown": x[0][:, None]}))
    assert table.attrs["rule"] == "tenths"
    assert table.index[0] == "k0"
