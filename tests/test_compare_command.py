"""`cascade-sim compare`: two saved runs, or one scenario over many seeds."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import NO_FORCED_SELLING, crash

import cascade_sim as cs
from cascade_sim.cli import main
from cascade_sim.sweeps.compared import work

SHORT = {"clock.duration": "2min", "clock.tick": "2s", "flow.orders": [{"at": "10s", "sell": "4M"}]}
QUIET = ["--workers", "1", "--quiet"]


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "crash.yaml"
    path.write_text(crash(SHORT | NO_FORCED_SELLING).to_yaml(), encoding="utf-8")
    return path


def test_a_scenario_is_run_for_its_seeds_printed_and_written(file, capsys):
    assert main(["compare", "crash.yaml", "--seeds", "3", "--out", "out", *QUIET]) == 0
    said = capsys.readouterr()
    assert "seeds 3 to 5" in said.out
    assert "no forced selling" in said.out
    assert said.err.endswith("written to out\n")
    written = {path.name for path in (file.parent / "out").iterdir()}
    assert written == {"scenario.yaml", "manifest.json", "parts", "runs.parquet", "comparison.json", "comparison.png"}
    assert (file.parent / "out" / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_an_interrupted_comparison_says_how_to_go_on(file, capsys, monkeypatch):
    def interrupted(scenario, seed):
        if seed > 3:
            raise KeyboardInterrupt
        return cs.run(scenario, seed)

    with monkeypatch.context() as patch:
        patch.setattr(work, "run", interrupted)
        assert main(["compare", "crash.yaml", "--seeds", "3", "--out", "out", *QUIET]) == 130
        assert "interrupted; the same command goes on from what is finished" in capsys.readouterr().err
    ran = []
    monkeypatch.setattr(work, "run", lambda scenario, seed: ran.append(seed) or cs.run(scenario, seed))
    assert main(["compare", "crash.yaml", "--seeds", "3", "--out", "out", *QUIET]) == 0
    assert ran == [4, 5]


def test_a_comparison_of_which_every_seed_fails_leaves_with_one(file, capsys, monkeypatch):
    def broken(scenario, seed):
        raise cs.RunError("the book is empty")

    monkeypatch.setattr(work, "run", broken)
    assert main(["compare", "crash.yaml", "--seeds", "2", "--out", "out", *QUIET]) == 1
    assert "2 of 2 seeds failed and are left out; the first: the book is empty" in capsys.readouterr().out


def test_changes_hold_in_every_run(file, capsys):
    changed = ["--set", "compare={}", "--set", "compare.gone={crowd.longs: null, crowd.shorts: null}"]
    assert main(["compare", "crash.yaml", "--seeds", "2", *changed, *QUIET]) == 0
    assert "\n    gone " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["crash.yaml", "crash.yaml"], "crash.yaml: is a scenario, not the folder of a run; compare takes the folders"),
        (["run", "crash.yaml"], "crash.yaml: is a scenario, not the folder of a run"),
        (["march_2020", "six_venues"], "march_2020: is a scenario, not the folder of a run"),
        (["run"], "run: is the folder of one run; compare takes the folders of two saved runs, or one scenario"),
        (["run", "run", "--seeds", "5"], "--seeds, --workers and --set are for a scenario"),
        (
            ["endogenous"],
            "Endogenous cascades: has no compare entries, so there is nothing to compare it with; add some",
        ),
        (["nothing.yaml"], "nothing.yaml: there is no such file"),
    ],
)
def test_what_cannot_be_compared_is_one_line(arguments, message, file, capsys):
    cs.run(cs.load_scenario(file), counterfactuals=False).save("run")
    assert main(["compare", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(message)
    assert said.count("\n") == 1


def test_the_help_says_which_is_which(capsys):
    assert main(["compare", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Compare two saved runs, or a scenario with its `compare` entries over many seeds" in said
    assert "RUN|SCENARIO" in said
