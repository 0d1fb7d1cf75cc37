"""The command line: quick where it should be, and clear about what is wrong."""

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from cascade_sim import cli
from cascade_sim.errors import RunError

GOOD = """\
name: Small
clock: {duration: 100s}
market: {price: 100, book: {shape: linear, depth: {within: 1%, notional: 1M}}}
crowd: {longs: {side: long, traders: 1000, open_interest: 10M, leverage: {kind: fixed, value: 10}}}
"""
FIVE_MISTAKES = """\
name: Five mistakes
clock: {durration: 2h}
market:
  price: -7900
  book: {shape: linar}
exchange: {insurance_fund: 5m, outages: [{from: 2h, to: 1h}]}
crowd: {}
"""
HEAVY = ("numpy", "numba", "pandas", "matplotlib", "pyarrow", "rich", "jinja2")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD)
    Path("bad.yaml").write_text(FIVE_MISTAKES)
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    """Stand in for the commands that run the engine, and keep what they were called with."""
    calls = []
    module = types.ModuleType("cascade_sim.commands")
    for name in ("run_command", "plot_command", "report_command", "compare_command"):
        setattr(module, name, lambda *arguments, name=name: calls.append((name, arguments)) or 0)
    monkeypatch.setitem(sys.modules, "cascade_sim.commands", module)
    module.calls = calls
    return module


def test_validate_says_ok_with_one_line_of_what_it_is(capsys):
    assert cli.main(["validate", "good.yaml"]) == 0
    line = "good.yaml: ok (Small: linear, 100s in 100 ticks, 1 cohort, 1,000 traders, 10M open interest)\n"
    assert capsys.readouterr().out == line


def test_validate_lists_every_mistake_and_leaves_with_two(capsys):
    assert cli.main(["validate", "bad.yaml", "good.yaml", "missing.yaml"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in lines[:5]] == [
        "bad.yaml:2:9",
        "bad.yaml:4:3",
        "bad.yaml:5:3",
        "bad.yaml:6:12",
        "good.yaml:",
    ]
    assert lines[5].startswith("missing.yaml: there is no such file")


def test_five_planted_mistakes_are_five_lines(capsys):
    Path("bad.yaml").write_text(FIVE_MISTAKES + "sead: 1\n")
    assert cli.main(["validate", "bad.yaml"]) == 2
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "bad.yaml:2:9",
        "bad.yaml:4:3",
        "bad.yaml:5:3",
        "bad.yaml:6:12",
        "bad.yaml:8:1",
    ]


def test_run_hands_over_what_was_asked_for(commands):
    arguments = [
        "run",
        "march_2020",
        "--out",
        "out/march",
        "--seed",
        "3",
        "--set",
        "a.b=5M",
        "--set",
        "c=[1, 2]",
    ]
    assert cli.main([*arguments, "--no-plots", "--quiet"]) == 0
    changes = {"a.b": "5M", "c": [1, 2]}
    assert commands.calls == [("run_command", ("march_2020", Path("out/march"), 3, changes, None, False, True))]


def test_run_goes_on_from_a_folder(commands):
    assert cli.main(["run", "--resume", "out/march"]) == 0
    assert commands.calls == [("run_command", (None, None, None, {}, Path("out/march"), True, False))]


def test_plot_report_and_compare_hand_over_what_was_asked_for(commands):
    assert cli.main(["plot", "a"]) == 0
    chosen = ["--only", "timeline", "--only", "depth", "--format", "svg", "--width", "3.4"]
    assert cli.main(["plot", "a", *chosen]) == 0
    assert cli.main(["report", "a"]) == 0
    assert cli.main(["report", "a", "--out", "b.html"]) == 0
    assert cli.main(["compare", "a", "b"]) == 0
    assert cli.main(["compare", "a", "b", "--out", "c.png"]) == 0
    assert commands.calls == [
        ("plot_command", (Path("a"), [], "png", None)),
        ("plot_command", (Path("a"), ["timeline", "depth"], "svg", 3.4)),
        ("report_command", (Path("a"), None)),
        ("report_command", (Path("a"), Path("b.html"))),
        ("compare_command", (Path("a"), Path("b"), None)),
        ("compare_command", (Path("a"), Path("b"), Path("c.png"))),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "no scenario is named"),
        (["run", "x", "--set", "seed"], "--set seed: is not an assignment"),
        (["run", "x", "--bogus"], "No such option"),
        (["run", "x", "--seed", "-1"], "seed"),
        (["validate"], "Missing argument"),
        (["plot", "a", "--format", "docx"], "'docx' is not one of 'png', 'svg', 'pdf'"),
        (["plot", "a", "--width", "wide"], "Invalid value for '--width'"),
        (["report"], "Missing argument"),
        (["nonsense"], "No such command"),
    ],
)
def test_what_cannot_be_asked_for_leaves_with_two(commands, capsys, arguments, message):
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert commands.calls == []


def test_a_failed_run_leaves_with_one_and_ctrl_c_with_130(commands, capsys):
    def fail(*_arguments):
        raise RunError("out/march does not hold a run")

    def interrupt(*_arguments):
        raise KeyboardInterrupt

    commands.plot_command = fail
    assert cli.main(["plot", "out/march"]) == 1
    assert capsys.readouterr().err == "out/march does not hold a run\n"
    commands.plot_command = interrupt
    assert cli.main(["plot", "out/march"]) == 130


def test_the_exit_code_of_a_command_is_handed_on(commands):
    commands.plot_command = lambda *_arguments: 130
    assert cli.main(["plot", "out/march"]) == 130


def test_schema_is_printed_or_written(capsys):
    assert cli.main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["title"] == "cascade_sim scenario"
    assert cli.main(["schema", "--out", "schema.json"]) == 0
    assert Path("schema.json").read_text(encoding="utf-8") == printed
    assert cli.main(["schema", "--sweep"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "cascade_sim sweep"
    assert cli.main(["schema", "--out", "no/such/folder/schema.json"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_list_names_the_bundled_scenarios(capsys):
    from cascade_sim.scenario import library

    assert cli.main(["list"]) == 0
    printed, _, sweeps = capsys.readouterr().out.partition("\nsweeps")
    printed, _, protocols = printed.partition("\nlending protocols")
    scenarios, _, presets = printed.partition("\nvenue presets")
    assert [line.split()[0] for line in scenarios.splitlines()] == library.names()
    assert [line.split()[0] for line in presets.splitlines()[1:]] == library.presets()
    assert [line.split()[0] for line in protocols.splitlines()[1:]] == library.presets(library.PROTOCOLS)
    assert [line.split()[0] for line in sweeps.splitlines()[1:]] == library.sweeps()


def test_version_is_the_installed_one(capsys):
    from importlib.metadata import version

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"cascade-sim {version('cascade-sim')}\n"


def test_python_m_is_the_command_line():
    done = subprocess.run([sys.executable, "-m", "cascade_sim", "validate", "bad.yaml"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "bad.yaml:4:3 market.price: -7900 is not above 0" in done.stdout


def test_the_formats_to_choose_from_are_those_that_a_run_s_folder_may_hold():
    from cascade_sim.engine.folder import PICTURE_FORMATS

    assert tuple(cli.PictureFormat) == PICTURE_FORMATS


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["report", "--help"], ["validate", "good.yaml"], ["validate", "bad.yaml"]],
)
def test_help_and_validation_import_nothing_heavy(arguments):
    program = (
        "import sys, cascade_sim.cli as cli; cli.main(sys.argv[1:]);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, env=os.environ)
    assert done.stderr.splitlines()[-1] == "[]"
