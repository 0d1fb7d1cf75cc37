"""`cs.sweep` as users call it: in memory or into a folder, from keys or from a table of points."""

import pandas as pd
import pytest
from small_runs import crash

import cascade_sim as cs

LEVERAGE, DEPTH = "crowd.longs.leverage.mean", "market.book.depth.notional"
VARY = {LEVERAGE: [8, 20], DEPTH: "5M..20M in 3 log steps"}


def same_rows(one, other):
    walls = [name for name in one.frame.columns if name.startswith("wall_")]
    pd.testing.assert_frame_equal(one.frame.drop(columns=walls), other.frame.drop(columns=walls), check_exact=True)


@pytest.fixture(scope="module")
def result():
    return cs.sweep(crash(), VARY, replicates=3, seed=7, cascade={"max_drawdown": "10%"})


def test_there_is_one_row_a_run_in_the_order_of_points_and_replicates(result):
    frame = result.frame
    assert list(zip(frame["point"], frame["replicate"], strict=True)) == [(p, r) for p in range(6) for r in range(3)]
    assert frame[DEPTH].tolist()[:9] == pytest.approx([5e6] * 3 + [10e6] * 3 + [20e6] * 3, rel=1e-15)
    assert set(frame["status"]) == {"completed"}


def test_rows_have_their_units(result):
    units = result.frame.attrs["units"]
    assert units["max_drawdown"] == "fraction"
    assert units["liquidated_notional"] == "quote"
    assert set(result.units) <= set(result.frame.columns)


def test_a_row_can_be_run_again_by_itself(result):
    row = result.frame.iloc[10]
    run = cs.run(result.scenario_at(int(row["point"])), seed=int(row["seed"]))
    assert run.summary["max_drawdown"] == row["max_drawdown"]
    assert run.summary["liquidated_notional"] == row["liquidated_notional"]


def test_a_folder_holds_the_same_rows_as_memory(result, tmp_path):
    written = cs.sweep(result.sweep, out=tmp_path / "out")
    same_rows(written, result)
    same_rows(cs.SweepResult.load(result.save(tmp_path / "saved")), result)


def test_a_table_of_points_is_a_sweep_over_its_rows(result):
    table = result.points
    by_table = cs.sweep(crash(), table, replicates=3, seed=7, cascade={"max_drawdown": "10%"})
    same_rows(by_table, result)
    same_rows(
        cs.sweep(crash(), table.to_dict("records"), replicates=3, seed=7, cascade={"max_drawdown": "10%"}), result
    )


def test_a_pool_of_processes_gives_the_same_rows(result):
    same_rows(cs.sweep(result.sweep, workers=2), result)


def test_runs_that_are_to_be_kept_are_whole_runs(tmp_path):
    settings = {"replicates": 2, "keep": [{LEVERAGE: 20, DEPTH: 20e6, "replicate": 1}], "outputs": ["max_drawdown"]}
    kept = cs.sweep(crash(), {LEVERAGE: [8, 20], DEPTH: [5e6, 20e6]}, **settings).kept
    assert list(kept) == [(3, 1)]
    folder = cs.sweep(crash(), {LEVERAGE: [8, 20], DEPTH: [5e6, 20e6]}, out=tmp_path / "out", **settings)
    pd.testing.assert_frame_equal(folder.kept[3, 1].timeline, kept[3, 1].timeline, check_freq=False)
    row = folder.frame.iloc[7]
    assert kept[3, 1].summary["max_drawdown"] == row["max_drawdown"]


def test_venue_presets_and_the_shape_of_a_distribution_can_be_varied():
    vary = {
        "exchange.extends": ["venues/okx", "venues/bybit"],
        "crowd.longs.leverage": [{"kind": "fixed", "value": 10}, {"kind": "lognormal", "mean": 10, "sigma": 0.5}],
    }
    found = cs.sweep(crash({"crowd.longs.leverage": {"kind": "fixed", "value": 5}}), vary, outputs=["max_drawdown"])
    assert found.frame["error"].isna().all()
    assert found.frame["exchange.extends"].tolist() == ["venues/okx"] * 2 + ["venues/bybit"] * 2
    assert found.frame["max_drawdown"].nunique() == 4


def test_a_point_that_cannot_be_does_not_stop_the_others():
    fixed = {"crowd.longs.leverage": {"kind": "fixed", "value": 10}, "crowd.longs.leverage.cap": None}
    base = crash({"exchange.max_leverage": 125, **fixed})
    found = cs.sweep(base, {"crowd.longs.leverage.value": [10, 20, 200]}, outputs=["max_drawdown"])
    assert found.frame["max_drawdown"].notna().tolist() == [True, True, False]
    assert len(found.failures) == 1
    assert "crowd.longs.leverage" in found.failures["error"].iloc[0]


def test_a_sweep_says_itself_what_to_vary(result):
    with pytest.raises(cs.CascadeError, match="says itself"):
        cs.sweep(result.sweep, {LEVERAGE: [1]})
    with pytest.raises(cs.CascadeError, match="vary is missing"):
        cs.sweep(crash())


def test_the_result_says_what_it_is(result):
    assert repr(result) == "<SweepResult 'sweep': 18 runs of 6 points>"
    shown = result._repr_html_()
    assert LEVERAGE in shown
    assert "18 runs of 6 points" in shown


def test_a_notebook_is_not_kept_waiting_by_many_points(result, monkeypatch):
    from cascade_sim.sweeps import result as room

    monkeypatch.setattr(room, "_MOST_POINTS_SHOWN", 5)
    assert "<table" not in result._repr_html_()
