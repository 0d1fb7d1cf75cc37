from __future__ import annotations

import numpy as np
import pytest
from made_sweeps import failed, made

import cascade_sim as cs
from cascade_sim.sweeps.differences import difference, paired
from cascade_sim.sweeps.statistics import statistics


def shared_luck(runs: int = 30, effect: float = 0.02, seed: int = 5):
    """Return two points whose runs differ by an effect and a little, and share a luck that is ten times as large."""
    rng = np.random.default_rng(seed)
    luck, own = rng.normal(0.3, 0.1, runs), rng.normal(0.0, 0.01, (2, runs))
    return made({"x": [10.0, 20.0]}, {"max_drawdown": luck + own + [[0.0], [effect]]})


def test_shared_luck_makes_a_difference_sure_that_two_means_cannot_show():
    result = shared_luck()
    table, found = statistics(result), difference(result, 0, 1)
    assert table.loc[0, "mean_high"] > table.loc[1, "mean_low"]
    assert 0.0 < found.low < 0.02 < found.high
    assert found.mean == pytest.approx(table.loc[1, "mean"] - table.loc[0, "mean"], rel=1e-12)
    assert found.correlation > 0.95
    assert found.high - found.low < 0.25 * found.unpaired_width
    assert "with common luck" in found.words()


def test_the_interval_of_a_difference_covers_the_effect():
    # 1,000 pairs of points; a coverage of 95 % has a standard error of 0.7 %, and 30 pairs cost about 1 %.
    rng = np.random.default_rng(2)
    luck, own = rng.normal(0.3, 0.1, (1_000, 1, 30)), rng.normal(0.0, 0.01, (1_000, 2, 30))
    drawdowns = (luck + own + [[0.0], [0.02]]).reshape(2_000, 30)
    keys = {"x": np.tile([10.0, 20.0], 1_000), "y": np.repeat(np.arange(1_000.0), 2)}
    steps = paired(made(keys, {"max_drawdown": drawdowns}), "x")
    assert len(steps) == 1_000
    assert 0.91 <= ((steps["low"] <= 0.02) & (steps["high"] >= 0.02)).mean() <= 0.98


def test_swapping_two_points_turns_their_difference_round():
    result = shared_luck()
    there, back = difference(result, 0, 1), difference(result, 1, 0)
    assert back.mean == -there.mean
    # Resamples of mirrored samples are other resamples.
    assert back.low == pytest.approx(-there.high, abs=0.2 * (there.high - there.low))


def test_a_pair_with_a_failed_run_is_left_out_and_counted():
    result = failed(made({"x": [1, 2]}, {"max_drawdown": [[0.1, 0.2, 0.3], [0.2, 0.4, 0.9]]}), [2])
    found = difference(result, 0, 1)
    assert (found.pairs, found.left_out) == (2, 1)
    assert found.mean == pytest.approx(0.15, rel=1e-12)
    assert "1 replicates left out" not in found.words()
    assert "1 replicate left out" in found.words()


def test_points_that_do_not_share_their_luck_are_not_paired():
    result = made({"x": [1, 2]}, {"max_drawdown": [[0.1, 0.2], [0.2, 0.4]]}, common_luck=False)
    with pytest.raises(cs.CascadeError, match="common_luck: true"):
        difference(result, 0, 1)
    with pytest.raises(cs.CascadeError, match="no point 7; its points are 0 to 1"):
        difference(result, 0, 7)


def test_steps_along_a_key_compare_neighbours_with_all_else_equal():
    result = made(
        {"x": [1.0, 1.0, 3.0, 3.0, 2.0, 2.0], "y": [7.0, 8.0] * 3},
        {"max_drawdown": np.array([[0.1, 0.12], [0.2, 0.22], [0.4, 0.42], [0.8, 0.82], [0.2, 0.22], [0.4, 0.42]])},
    )
    steps = paired(result, "x")
    assert steps[["y", "from", "to"]].to_numpy().tolist() == [[7, 1, 2], [7, 2, 3], [8, 1, 2], [8, 2, 3]]
    assert steps["mean"].to_numpy() == pytest.approx([0.1, 0.2, 0.2, 0.4], rel=1e-12)
    with pytest.raises(cs.CascadeError, match="z is not varied; the sweep varies x, y"):
        paired(result, "z")
    alone = made({"x": [1.0, 2.0], "y": [1.0, 2.0]}, {"max_drawdown": [[0.1], [0.2]]})
    with pytest.raises(cs.CascadeError, match="no two points differ in x alone"):
        paired(alone, "x")
