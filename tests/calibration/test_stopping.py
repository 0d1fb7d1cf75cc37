"""A fit that was stopped ends as one that was not; its folder belongs to it alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fits import FREE, planted, small
from small_runs import files_below

import cascade_sim as cs
from cascade_sim.calibration import evaluate
from cascade_sim.calibration.asked import asked_for
from cascade_sim.calibration.ledger import FIT, RUNS
from cascade_sim.calibration.targets import MISSING
from cascade_sim.cli import main
from cascade_sim.errors import OutputError, RunError

EVALUATIONS = 25
FREE_TWO = {name: FREE[name] for name in ("depth_over_open_interest", "refill")}


@pytest.fixture(scope="module")
def scenario() -> cs.Scenario:
    return planted(free=FREE_TWO)


@pytest.fixture(scope="module")
def whole(scenario, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    cs.calibrate(scenario, evaluations=EVALUATIONS, out=folder)
    return folder


def test_a_fit_that_is_killed_half_way_ends_with_the_same_evaluations(scenario, whole, tmp_path, monkeypatch):
    execute, left = evaluate.execute, [12]

    def dying(*arguments, **options):
        for done in execute(*arguments, **options):
            if left[0] <= 0:
                raise KeyboardInterrupt
            left[0] -= len(done)
            yield done

    monkeypatch.setattr(evaluate, "execute", dying)
    with pytest.raises(KeyboardInterrupt):
        cs.calibrate(scenario, evaluations=EVALUATIONS, out=tmp_path)
    monkeypatch.undo()
    lines = (tmp_path / RUNS).read_text().splitlines()
    assert 0 < len(lines) < EVALUATIONS
    assert not (tmp_path / FIT).exists()
    again = cs.calibrate(scenario, evaluations=EVALUATIONS, out=tmp_path)
    assert again.frame.equals(cs.calibrate(scenario, evaluations=EVALUATIONS).frame)
    assert (tmp_path / FIT).read_bytes() == (whole / FIT).read_bytes()
    assert files_below(tmp_path)["evaluations.parquet"] == files_below(whole)["evaluations.parquet"]


def test_a_torn_last_line_costs_one_run(scenario, whole, tmp_path, monkeypatch):
    text = (whole / RUNS).read_text()
    (tmp_path / "calibration.json").write_bytes((whole / "calibration.json").read_bytes())
    (tmp_path / RUNS).write_text(text[: text.rindex("{") + 10])
    ran: list[int] = []
    execute = evaluate.execute
    monkeypatch.setattr(
        evaluate, "execute", lambda plan, tasks, *rest: ran.extend(range(len(tasks))) or execute(plan, tasks, *rest)
    )
    cs.calibrate(scenario, evaluations=EVALUATIONS, out=tmp_path)
    assert len(ran) <= 2
    assert (tmp_path / FIT).read_bytes() == (whole / FIT).read_bytes()


def test_more_evaluations_go_on_from_those_that_are_there(scenario, whole, tmp_path):
    for name in ("calibration.json", RUNS):
        (tmp_path / name).write_bytes((whole / name).read_bytes())
    more = cs.calibrate(scenario, evaluations=EVALUATIONS + 5, out=tmp_path)
    assert len(more.evaluations) > EVALUATIONS - 2
    assert (tmp_path / RUNS).read_text().startswith((whole / RUNS).read_text())


def test_the_folder_of_another_fit_is_refused(whole):
    with pytest.raises(OutputError, match="holds runs of another fit"):
        cs.calibrate(small(), evaluations=EVALUATIONS, out=whole)


def test_a_folder_that_is_in_use_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds no calibration of cascade_sim \(it has thesis.txt\)"):
        cs.calibrate(small(), evaluations=EVALUATIONS, out=tmp_path)


def test_points_that_cannot_be_run_are_far_off_and_no_end():
    # Each alone is valid up to its end; both together leave less margin than the maintenance rate.
    free = {
        "leverage": {"sets": "crowd.longs.leverage.value", "from": 10, "to": 60, "start": 20},
        "maintenance": {"sets": "exchange.maintenance.rate", "from": "0.5%", "to": "4%", "start": "0.5%"},
    }
    result = cs.calibrate(small(free, **{"crowd.longs.leverage": {"kind": "fixed", "value": 20}}), evaluations=12)
    frame = result.frame
    assert frame.loc[frame["failed"] > 0, "objective"].min() == MISSING**2
    assert 0 < (frame["failed"] > 0).sum() < len(frame)
    assert result.best["maintenance"] * result.best["leverage"] < 1.0


def test_a_fit_of_which_every_run_fails_says_why():
    missing = {"market.index.path": {"kind": "csv", "file": "nowhere.csv"}}
    with pytest.raises(RunError, match=r"every run failed, the first with: .*nowhere\.csv"):
        cs.calibrate(small({"refill": FREE["refill"]}, **missing), evaluations=4)


def test_the_fitted_scenario_extends_the_one_that_was_fitted(tmp_path, capsys):
    base = small(FREE_TWO).to_yaml()
    (tmp_path / "event.yaml").write_text(base)
    out = tmp_path / "fits" / "first"
    code = main(["calibrate", str(tmp_path / "event.yaml"), "--out", str(out), "--evaluations", "10", "--workers", "1",
                 "--traders", "350", "--set", "exchange.insurance_fund=30k", "--quiet"])  # fmt: skip
    assert code == 0
    assert "max_drawdown" in capsys.readouterr().out
    fitted = cs.load_scenario(out / "fitted.yaml")
    fit = json.loads((out / FIT).read_text())
    assert fitted.with_overrides(fit["events"][0]["fitted"]) == fitted
    assert fitted.exchange.insurance_fund == 30_000.0
    assert [cohort.traders for cohort in fitted.crowd.values()] == [200, 150]
    summary = cs.run(fitted, counterfactuals=False).summary
    assert summary["max_drawdown"] == pytest.approx(fit["targets"][0]["simulated"], rel=1e-12)
    for picture in ("fit.png", "profile.png"):
        assert (out / picture).read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_two_workers_find_what_one_finds(scenario):
    alone = cs.calibrate(scenario, evaluations=EVALUATIONS)
    both = cs.calibrate(scenario, evaluations=EVALUATIONS, workers=2)
    assert alone.frame.equals(both.frame)


def test_what_a_fit_depends_on_changes_its_digest():
    assert asked_for(small()).digest == asked_for(small()).digest
    assert asked_for(small()).digest != asked_for(small(), seeds=2).digest
    assert asked_for(small()).digest != asked_for(small(), {"exchange.insurance_fund": "1k"}).digest
