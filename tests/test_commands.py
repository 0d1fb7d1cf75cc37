"""What the commands leave on the screen and on the disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_runs import NO_FORCED_SELLING, assert_same_run, crash, files_below

import cascade_sim as cs
from cascade_sim.cli import main
from cascade_sim.engine import simulate
from cascade_sim.engine.advance import advance
from cascade_sim.engine.folder import PICTURES
from cascade_sim.plots.album import pictures_of
from cascade_sim.simulation import BASE, Simulation

REPORTED = {
    "reported": {
        "max_drawdown": {"value": "50.5%", "source": "an exchange's bars"},
        "liquidated_notional": {"value": ["863M", "1.4B"], "unit": "USD", "source": "a vendor's page"},
        "traders_ruined": {"value": 12_000, "source": "a newspaper"},
    }
}
TABLES = {"summary.json", "timeline.parquet", "liquidations.parquet", "scenario.yaml", "run.json", "crowd.parquet"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    Path("crash.yaml").write_text(crash(NO_FORCED_SELLING | REPORTED).to_yaml())
    return tmp_path


def pictures_below(folder: str) -> dict[str, bytes]:
    return {name: content for name, content in files_below(Path(folder)).items() if name in PICTURES}


def interrupted(folder: str, changes: dict | None = None) -> None:
    """Leave an interrupted run behind, as Ctrl-C does."""
    scenario = cs.load_scenario("crash.yaml", changes)
    simulation = Simulation(scenario)
    simulation.worlds[BASE] = simulate.build_world(scenario, 3, simulation.crowd(BASE))
    advance(simulation.worlds[BASE], 100)
    simulation.save(Path(folder) / "checkpoint")


def test_run_writes_its_tables_and_pictures_and_says_where(capfd):
    assert main(["run", "crash.yaml", "--out", "out/crash"]) == 0
    run = cs.Run.load("out/crash")
    expected = {f"{name}.png" for name, entry in pictures_of(run).items() if entry.at_once}
    assert {"timeline.png", "liquidation_map.png"} <= expected
    assert {name for name in files_below(Path("out/crash")) if "/" not in name} == TABLES | expected
    for content in pictures_below("out/crash").values():
        assert content.startswith(b"\x89PNG")
        assert len(content) > 20_000
    screen = capfd.readouterr()
    assert screen.err.splitlines()[-1] == "written to out/crash"
    assert_same_run(run, cs.run(cs.load_scenario("crash.yaml")))


def test_run_prints_simulated_beside_reported_figures_with_their_sources(capsys):
    assert main(["run", "crash.yaml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("A crash in ten minutes: linear, 10min in 600 ticks")
    assert lines[0].endswith("seed 3")
    assert lines[2].split() == ["figure", "unit", "simulated", "reported", "no_forced_selling"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[4:] if line}
    assert rows["max_drawdown"] == ["6.31%", "50.5%", "[1]", "5.44%"]
    assert rows["liquidated_notional"][0] == "quote"
    assert " ".join(rows["liquidated_notional"][2:7]) == "863M to 1.4B [2] 0"
    assert rows["traders_ruined"] == ["–", "12k", "[3]", "–"]
    assert rows["status"] == ["completed", "completed"]
    assert "[1] max_drawdown: an exchange's bars" in lines
    assert "[2] liquidated_notional in USD: a vendor's page" in lines


def test_without_a_terminal_there_is_no_progress_bar(capfd):
    assert main(["run", "crash.yaml", "--no-plots"]) == 0
    assert capfd.readouterr().err == ""


def test_seed_and_changes_are_those_of_the_command_line():
    arguments = ["run", "crash.yaml", "--out", "out", "--no-plots", "--seed", "5"]
    assert main([*arguments, "--set", "exchange.insurance_fund=5M", "--set", "record.every=10s"]) == 0
    run = cs.Run.load("out")
    assert run.seed == 5
    assert run.scenario.exchange.insurance_fund == 5e6
    assert len(run.timeline) == 60
    assert json.loads(Path("out/run.json").read_text())["seed"] == 5


def test_a_bundled_scenario_runs_from_any_folder(capsys):
    assert main(["run", "textbook/uniform", "--out", "uniform", "--no-plots"]) == 0
    assert "closed form" in capsys.readouterr().out
    assert cs.Run.load("uniform").summary["status"] == "completed"


def test_a_folder_in_use_is_refused_before_anything_runs(capsys):
    Path("notes").mkdir()
    Path("notes/todo.txt").write_text("buy milk")
    assert main(["run", "crash.yaml", "--out", "notes"]) == 1
    screen = capsys.readouterr()
    assert screen.err == (
        "notes: is in use and holds no run of cascade_sim (it has todo.txt); give an empty or new folder\n"
    )
    assert screen.out == ""
    assert files_below(Path("notes")) == {"todo.txt": b"buy milk"}


def test_a_file_as_the_folder_is_refused(capsys):
    assert main(["run", "crash.yaml", "--out", "crash.yaml"]) == 1
    assert capsys.readouterr().err == "crash.yaml: is a file, or lies in one; give a folder\n"


def test_a_run_that_is_refused_leaves_no_folder(capsys):
    Path("positions.csv").write_text("side,quantity,entry_price,collateral\nlong,1,9000,1\n")
    change = "crowd={book: {positions: positions.csv}}"
    assert main(["run", "crash.yaml", "--out", "out", "--set", change]) == 2
    assert "positions.csv" in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_second_run_into_the_same_folder_replaces_the_first_one():
    assert main(["run", "crash.yaml", "--out", "out"]) == 0
    assert main(["run", "crash.yaml", "--out", "out", "--seed", "8", "--no-plots"]) == 0
    assert cs.Run.load("out").seed == 8
    assert not pictures_below("out")


def test_a_reader_that_goes_away_does_not_cost_the_results():
    command = [sys.executable, "-m", "cascade_sim", "run", "crash.yaml", "--out", "out", "--no-plots"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert "Traceback" not in said
    assert cs.Run.load("out").summary["status"] == "completed"


def test_an_interrupted_run_is_taken_up(capsys):
    interrupted("out")
    assert main(["run", "--resume", "out", "--no-plots"]) == 0
    assert "note" not in capsys.readouterr().err
    assert_same_run(cs.Run.load("out"), cs.run(cs.load_scenario("crash.yaml")))
    assert not Path("out/checkpoint").exists()


@pytest.mark.parametrize(
    "same", [["crash.yaml"], ["--seed", "3"], ["crash.yaml", "--set", "exchange.insurance_fund=20k"]]
)
def test_naming_the_same_run_again_is_no_mistake(same):
    interrupted("out")
    assert main(["run", *same, "--resume", "out", "--no-plots"]) == 0
    assert_same_run(cs.Run.load("out"), cs.run(cs.load_scenario("crash.yaml")))


@pytest.mark.parametrize(
    "other",
    [
        ["textbook/uniform"],
        ["--seed", "4"],
        ["--set", "exchange.insurance_fund=21k"],
        ["crash.yaml", "--seed", "4"],
    ],
)
def test_an_interrupted_run_of_something_else_is_not_taken_up(other, capsys):
    interrupted("out")
    before = files_below(Path("out"))
    assert main(["run", *other, "--resume", "out"]) == 2
    said = capsys.readouterr().err
    assert "holds an interrupted run of 'A crash in ten minutes' with seed 3, not the run that is named" in said
    assert said.count("\n") == 1
    assert files_below(Path("out")) == before


def test_a_new_run_does_not_wipe_out_an_interrupted_one_of_something_else(capsys):
    interrupted("out", {"exchange.insurance_fund": 1})
    before = files_below(Path("out"))
    assert main(["run", "crash.yaml", "--out", "out"]) == 1
    said = capsys.readouterr().err
    assert "go on with it (cascade-sim run --resume out), or give another folder" in said
    assert files_below(Path("out")) == before


def test_the_same_run_may_be_started_again_where_it_was_interrupted(capsys):
    interrupted("out")
    assert main(["run", "crash.yaml", "--out", "out", "--no-plots"]) == 0
    assert "note: out holds this run, interrupted; starting it again" in capsys.readouterr().err
    assert not Path("out/checkpoint").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "--resume", "nowhere"], 1, "nowhere: holds no interrupted run"),
        (["run", "--resume", "a", "--out", "b"], 2, "--out and --resume are both given"),
        (["plot", "nowhere"], 1, "nowhere: there is no such folder"),
        (["plot", "."], 1, ".: is not the folder of a run"),
        (["report", "nowhere"], 1, "nowhere: there is no such folder"),
        (["report", "."], 1, ".: is not the folder of a run"),
        (["compare", "nowhere", "nowhere"], 1, "nowhere: there is no such folder"),
    ],
)
def test_folders_that_do_not_fit_are_one_line(arguments, code, message, capsys):
    assert main(arguments) == code
    said = capsys.readouterr().err
    assert said.startswith(message)
    assert said.count("\n") == 1


def test_a_checkpoint_that_is_damaged_is_one_line(capsys):
    interrupted("out")
    Path("out/checkpoint/base.run.npz").write_bytes(b"PK\x03\x04 cut")
    assert main(["run", "--resume", "out"]) == 1
    said = capsys.readouterr().err
    assert "the checkpoint cannot be read" in said
    assert said.count("\n") == 1


def test_plotting_an_interrupted_run_says_how_to_go_on(capsys):
    interrupted("out")
    assert main(["plot", "out"]) == 1
    assert "go on with: cascade-sim run --resume out" in capsys.readouterr().err


def test_compare_prints_two_runs_and_what_differs(capsys):
    change = ["--set", "exchange.insurance_fund=0", "--set", "market.mark.kind=mid"]
    assert main(["run", "crash.yaml", "--out", "one", "--no-plots"]) == 0
    assert main(["run", "crash.yaml", "--out", "two", "--no-plots", *change]) == 0
    capsys.readouterr()
    assert main(["compare", "one", "two"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("one: A crash in ten minutes")
    assert lines[3].split() == ["figure", "unit", "one", "two"]
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["max_drawdown"][0] == "6.31%"
    assert rows["exchange.insurance_fund"] == ["20000", "0"]
    assert rows["market.mark.kind"] == ["last", "mid"]


def test_comparing_a_run_with_itself_names_no_difference(capsys):
    assert main(["run", "crash.yaml", "--out", "one", "--no-plots"]) == 0
    capsys.readouterr()
    assert main(["compare", "one", "one"]) == 0
    printed = capsys.readouterr().out
    assert "one (first)" in printed
    assert "differs in" not in printed
