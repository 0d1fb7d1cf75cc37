"""The public names, and the package as somebody else installs it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from small_runs import assert_same_frame, crash

import cascade_sim as cs

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("numpy", "numba", "pandas", "pyarrow", "matplotlib", "pydantic", "ruamel", "mesa", "rich", "typer", "jinja2")
MECHANICS = {
    "adl",
    "auctions",
    "bybit",
    "compound",
    "cross_margin",
    "dydx",
    "flip",
    "funding",
    "hyperliquid",
    "insurance_fund",
    "lending",
    "margin",
    "mark",
    "requirements",
    "throttle",
    "tiers",
}
PROMISED = MECHANICS | {
    "CalibrationResult",
    "branching",
    "CascadeError",
    "Cliff",
    "Comparison",
    "DataError",
    "OutputError",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioError",
    "StrategyError",
    "Sweep",
    "SweepResult",
    "calibrate",
    "cascades",
    "cliff",
    "compare",
    "history",
    "load_scenario",
    "load_sweep",
    "plots",
    "run",
    "sweep",
    "write_report",
}


def python(program: str, **settings) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_are_those_that_were_promised():
    assert set(cs.__all__) == PROMISED
    for name in PROMISED:
        assert getattr(cs, name) is not None
        assert name in dir(cs)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'sweeep'"):
        _ = cs.sweeep


def test_importing_the_package_imports_nothing_heavy():
    printed = python(f"import sys, cascade_sim; print([name for name in {HEAVY} if name in sys.modules])")
    assert printed == "[]\n"


def test_every_room_of_venue_rules_is_its_module_and_lists_what_is_public():
    for name in MECHANICS:
        room = getattr(cs, name)
        assert room.__name__ == f"cascade_sim.mechanics.{name}"
        for public in room.__all__:
            assert getattr(room, public).__doc__
    written = {path.stem for path in (ROOT / "cascade_sim" / "mechanics").glob("*.py")}
    assert written - MECHANICS == {"__init__", "dydx_accounts", "inputs", "premium", "ticks"}


def test_the_rooms_of_venue_rules_are_in_the_architecture_s_table():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert {name for name in MECHANICS if f"| `cs.{name}` |" in text} == MECHANICS


def test_running_a_scenario_imports_no_agent_framework_and_no_pictures():
    program = (
        "import sys, cascade_sim as cs; cs.run(cs.load_scenario('textbook/uniform'));"
        "print([name for name in ('mesa', 'matplotlib', 'rich', 'typer') if name in sys.modules])"
    )
    assert python(program) == "[]\n"


def test_every_public_name_says_what_it_is():
    for name in PROMISED:
        assert getattr(cs, name).__doc__


def test_every_error_is_caught_by_its_base_and_has_an_exit_code():
    for error, code in ((cs.ScenarioError, 2), (cs.DataError, 2), (cs.OutputError, 1), (cs.RunError, 1)):
        assert issubclass(error, cs.CascadeError)
        assert error.exit_code == code


POSITIONS = pd.DataFrame(
    {
        "side": ["long", "short", "long"],
        "quantity": [2.0, 3.0, 1.0],
        "entry_price": [7900.0, 8100.0, 8000.0],
        "collateral": [800.0, 5_000.0, 150.0],
    }
)


def test_positions_from_a_frame_stand_beside_the_cohorts():
    run = cs.run(crash(), positions=POSITIONS)
    assert (run.crowd_map["cohort"] == "positions").sum() == 3
    assert len(run.crowd_map) == 703
    mine = run.liquidations[run.liquidations["cohort"] == "positions"]
    assert list(mine["trader"]) == [2]
    assert list(mine["quantity"]) == [1.0]


def test_positions_may_be_the_whole_crowd():
    run = cs.run(crash({"crowd.longs": None, "crowd.shorts": None}), positions=POSITIONS)
    assert run.timeline["open_interest"].iloc[0] == 6.0


def test_positions_that_cannot_stand_are_refused_with_their_rows():
    wrong = POSITIONS.assign(collateral=[800.0, -1.0, 150.0])
    with pytest.raises(cs.DataError, match="positions: row 1"):
        cs.run(crash(), positions=wrong)
    with pytest.raises(cs.DataError, match="side"):
        cs.run(crash(), positions=POSITIONS.drop(columns="side"))


def test_comparisons_can_be_left_out():
    scenario = crash({"compare.no_forced_selling": {"exchange.liquidation.policy": "none"}})
    alone = cs.run(scenario, counterfactuals=False)
    assert alone.counterfactuals == {}
    assert alone.summary["amplification"] is None
    assert_same_frame(alone.timeline, cs.run(scenario).timeline)


def test_progress_is_shown_on_standard_error_of_a_terminal_only(capfd):
    cs.run(crash(), progress=True)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def test_a_run_that_no_machine_holds_is_refused():
    with pytest.raises(cs.RunError, match="bytes of memory, this machine has"):
        cs.run(crash({"clock.tick": 1e-9}))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel without a network; the builder has to be installed."""
    pytest.importorskip("hatchling")
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_package_and_the_bundled_scenarios(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "cascade_sim/cli.py" in names
    assert "cascade_sim/bundled_scenarios/march_2020.yaml" in names
    assert "cascade_sim/bundled_scenarios/textbook/uniform.yaml" in names
    assert {"cascade_sim/report/template.html", "cascade_sim/report/style.css"} <= set(names)
    rooms = {name.split("/")[0] for name in names}
    assert {room for room in rooms if not room.endswith(".dist-info")} == {"cascade_sim"}
    written = {f"cascade_sim/{path.relative_to(ROOT / 'cascade_sim').as_posix()}"
               for path in (ROOT / "cascade_sim").rglob("*.py")}  # fmt: skip
    assert written <= set(names)


@pytest.mark.slow
def test_the_installed_wheel_runs_a_bundled_scenario_from_any_folder(wheel, tmp_path):
    """Installed beside the dependencies that are here; a wholly fresh environment is `.ci/run`'s business."""
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    done = subprocess.run([*command, str(wheel)], capture_output=True, text=True)
    if done.returncode and "No module named pip" in done.stderr:
        pytest.skip("this environment has no pip")
    assert done.returncode == 0, done.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = os.environ | {"PYTHONPATH": str(target), "MPLBACKEND": "Agg"}
    where = subprocess.run(
        [sys.executable, "-c", "import cascade_sim; print(cascade_sim.__file__)"],
        capture_output=True,
        text=True,
        cwd=elsewhere,
        env=environment,
    )
    assert where.stdout.startswith(str(target))
    done = subprocess.run(
        [sys.executable, str(target / "bin" / "cascade-sim"), "run", "textbook/uniform", "--out", "uniform"],
        capture_output=True,
        text=True,
        cwd=elsewhere,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert "closed form" in done.stdout
    assert {"summary.json", "timeline.parquet", "timeline.png"} <= {
        path.name for path in (elsewhere / "uniform").iterdir()
    }
