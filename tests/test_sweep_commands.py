"""`cascade-sim sweep` and `cascade-sim cliff`."""

import os

import pandas as pd
import pytest

import cascade_sim as cs
from cascade_sim.cli import main

SWEEP = """
name: Small
scenario:
  name: Small
  clock: {duration: 100s, tick: 1s}
  market: {price: 100, book: {shape: linear, depth: {within: 1%, notional: 1M}}}
  crowd:
    longs: {side: long, traders: 200, open_interest: 30M, leverage: {kind: lognormal, mean: 10, sigma: 0.5}}
  flow: {orders: [{at: 10s, sell: 3M}]}
vary:
  crowd.longs.leverage.mean: 5..20 in 4 steps
  market.book.depth.notional: [1M, 2M]
replicates: 4
outputs: [max_drawdown, liquidated_notional, bad_debt]
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


def test_a_sweep_is_run_printed_and_written(file, capsys):
    assert main(["sweep", "small.yaml", "--out", "out", "--workers", "1"]) == 0
    said = capsys.readouterr()
    assert "P(cascade)" in said.out
    assert "written to out" in said.err
    result = cs.SweepResult.load("out")
    assert len(result.frame) == 32
    assert len(pd.read_csv("out/runs.csv")) == 32
    drawn = {path.stem for path in file.parent.glob("out/*.png")}
    assert {"sweep_map", "survival_curves"} <= drawn


def test_what_is_finished_is_not_run_again(file, capsys):
    assert main(["sweep", "small.yaml", "--out", "out", "--workers", "1", "--no-plots"]) == 0
    first = cs.SweepResult.load("out").frame
    assert main(["sweep", "small.yaml", "--out", "out", "--workers", "1", "--no-plots"]) == 0
    pd.testing.assert_frame_equal(cs.SweepResult.load("out").frame, first)  # the seconds they took, too


def test_a_changed_sweep_refuses_the_folder(file, capsys):
    assert main(["sweep", "small.yaml", "--out", "out", "--workers", "1", "--no-plots"]) == 0
    changed = ["sweep", "small.yaml", "--out", "out", "--workers", "1", "--set", "exchange.insurance_fund=5M"]
    assert main(changed) == 1
    assert "out" in capsys.readouterr().err


def test_a_key_that_does_not_exist_is_told_with_its_place(file, capsys):
    file.write_text(SWEEP.replace("leverage.mean: 5", "leverage.maen: 5"), encoding="utf-8")
    assert main(["sweep", "small.yaml", "--out", "out"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("small.yaml:11:")
    assert "mean" in said
    assert not os.path.exists("out")


def test_a_scheduler_that_is_not_there_is_told(file, capsys):
    pytest.importorskip("distributed")
    assert main(["sweep", "small.yaml", "--out", "out", "--scheduler", "tcp://127.0.0.1:9"]) in (1, 2)
    assert "no dask scheduler answers" in capsys.readouterr().err


def test_the_cliff_is_told_in_a_sentence(file, capsys):
    arguments = ["cliff", "small.yaml", "--key", "crowd.longs.leverage.mean", "--workers", "1"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("the probability of a cascade rises through 50 %")


def test_failed_runs_are_run_again_only_when_asked(file, monkeypatch):
    from cascade_sim.sweeps import work

    command = ["sweep", "small.yaml", "--out", "out", "--workers", "1", "--no-plots", "--quiet"]

    def broken(*_, **__):
        raise MemoryError("for a moment")

    with monkeypatch.context() as patch:
        patch.setattr(work, "build_crowd", broken)
        patch.setattr(work, "batchable", lambda scenario: False)
        patch.setattr(work._last, "key", None)
        assert main(command) == 1
    assert len(cs.SweepResult.load("out").failures) == 32
    assert main(command) == 1
    assert main([*command, "--retry-failed"]) == 0
    result = cs.SweepResult.load("out")
    assert (len(result.frame), len(result.failures)) == (32, 0)


def test_plot_draws_the_pictures_of_a_sweep_again(file, capsys):
    assert main(["sweep", "small.yaml", "--out", "out", "--workers", "1", "--no-plots"]) == 0
    assert main(["plot", "out", "--only", "sweep_map", "--format", "svg"]) == 0
    assert (file.parent / "out" / "sweep_map.svg").is_file()
    assert main(["plot", "out", "--only", "timeline"]) == 2
    assert "it has: sweep_map" in capsys.readouterr().err
    assert main(["report", "out"]) == 1
    assert "holds a sweep of many runs" in capsys.readouterr().err
