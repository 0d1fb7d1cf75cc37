"""A run's folder: what it holds, what comes back, and what a damaged one says."""

from __future__ import annotations

import json
import os
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest
from small_runs import NO_FORCED_SELLING, SPOT, assert_same_frame, assert_same_run, crash, files_below

import cascade_sim as cs

FILES = {"summary.json", "scenario.yaml", "run.json", "timeline.parquet", "liquidations.parquet", "crowd.parquet"}


@pytest.fixture(scope="module")
def run() -> cs.Run:
    return cs.run(crash(NO_FORCED_SELLING))


@pytest.fixture
def folder(run, tmp_path):
    return run.save(tmp_path / "run")


def test_a_folder_holds_what_was_promised(folder):
    names = set(files_below(folder))
    assert {name for name in names if "/" not in name} == FILES
    below = "counterfactuals/no_forced_selling"
    assert {name for name in names if "/" in name} == {
        f"{below}/{name}" for name in ("summary.json", "timeline.parquet", "liquidations.parquet")
    }


def test_everything_comes_back_as_it_was(run, folder):
    loaded = cs.Run.load(folder)
    assert_same_run(loaded, run)
    assert_same_frame(loaded.crowd_map, run.crowd_map)
    assert loaded.scenario == run.scenario
    assert loaded.scenario.hash == run.scenario.hash
    assert loaded.seed == run.seed
    assert loaded.counterfactuals["no_forced_selling"].scenario == run.scenario.counterfactual("no_forced_selling")


def test_a_run_without_a_crowd_comes_back_too(tmp_path):
    run = cs.run(crash({"crowd.longs": None, "crowd.shorts": None}))
    loaded = cs.Run.load(run.save(tmp_path / "run"))
    assert_same_run(loaded, run)
    assert loaded.crowd_map is None


@pytest.mark.parametrize("name", ["timeline", "liquidations", "crowd"])
def test_units_stand_in_the_schema_and_at_every_field(name, run, folder):
    frame = {"timeline": run.timeline, "liquidations": run.liquidations, "crowd": run.crowd_map}[name]
    schema = pq.read_schema(folder / f"{name}.parquet")
    assert json.loads(schema.metadata[b"cascade_sim.units"]) == frame.attrs["units"]
    for column in frame.columns:
        assert schema.field(column).metadata[b"unit"].decode() == frame.attrs["units"][column]


def test_other_programs_can_read_the_tables(run, folder):
    frame = pd.read_parquet(folder / "timeline.parquet")
    assert str(frame.index.tz) == "UTC"
    assert frame.index.name == "time"
    assert (frame["mark"] == run.timeline["mark"]).all()


def test_the_summary_is_strict_json(run, folder):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    text = (folder / "summary.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse) == run.summary


def test_the_resolved_scenario_says_its_hash_seed_and_versions(run, folder):
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    heading = text.splitlines()[:2]
    assert run.scenario.hash in heading[0]
    assert "seed 3" in heading[0]
    for name in ("cascade-sim", "numpy", "numba", "python"):
        assert name in heading[1]
    manifest = json.loads((folder / "run.json").read_text())
    assert manifest["scenario_hash"] == run.scenario.hash
    assert manifest["seed"] == 3
    assert cs.load_scenario(folder / "scenario.yaml").hash == run.scenario.hash


def test_data_files_are_told_apart_by_their_contents(tmp_path):
    (tmp_path / "spot.csv").write_text(SPOT)
    (tmp_path / "crash.yaml").write_text(crash({"market.index.path": {"kind": "csv", "file": "spot.csv"}}).to_yaml())
    scenario = cs.load_scenario(tmp_path / "crash.yaml")
    folder = cs.run(scenario).save(tmp_path / "run")
    manifest = json.loads((folder / "run.json").read_text())
    assert len(manifest["data"]["spot.csv"]) == 64
    assert cs.Run.load(folder).scenario.base_dir == tmp_path
    assert cs.run(cs.Run.load(folder).scenario).summary == cs.Run.load(folder).summary


def test_a_second_run_replaces_the_first_one_whole(run, folder):
    (folder / "timeline.png").write_bytes(b"a picture of the first run")
    other = cs.run(crash({"crowd.longs": None, "crowd.shorts": None}))
    other.save(folder)
    assert set(files_below(folder)) == FILES - {"crowd.parquet"}
    assert_same_run(cs.Run.load(folder), other)


@pytest.mark.parametrize("name", sorted(FILES - {"crowd.parquet"}))
def test_a_half_deleted_folder_says_what_is_missing(name, folder):
    (folder / name).unlink()
    with pytest.raises(cs.RunError, match=rf"run: is not whole: {name} missing; run the scenario again"):
        cs.Run.load(folder)


def test_a_missing_counterfactual_is_named(folder):
    shutil.rmtree(folder / "counterfactuals")
    with pytest.raises(cs.RunError, match=r"no_forced_selling.timeline\.parquet: cannot be read"):
        cs.Run.load(folder)


def test_a_folder_that_holds_something_else_is_no_run(tmp_path):
    with pytest.raises(cs.RunError, match="is not the folder of a run"):
        cs.Run.load(tmp_path)
    with pytest.raises(cs.RunError, match="there is no such folder"):
        cs.Run.load(tmp_path / "nowhere")


@pytest.mark.parametrize("content", ["empty", "garbage", "cut", "wrong shape"])
@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_named_in_one_line(name, content, folder):
    path = folder / name
    whole = path.read_bytes()
    damaged = {
        "empty": b"",
        "garbage": b"\x00\xff\x13 not what it was",
        "cut": whole[: len(whole) // 2],
        "wrong shape": b"[1, 2, 3]\n",
    }[content]
    path.write_bytes(damaged)
    with pytest.raises(cs.RunError, match=r"run again|cannot be read") as caught:
        cs.Run.load(folder)
    message = str(caught.value)
    assert name in message
    assert "\n" not in message
    assert len(message) < 600


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("name", ["timeline.parquet", "liquidations.parquet", "crowd.parquet"])
def test_damaged_bytes_never_come_back_as_other_numbers(name, share, run, folder):
    """Either the file is refused, or the damage met nothing that matters."""
    path = folder / name
    content = bytearray(path.read_bytes())
    at = int(share * len(content))
    content[at : at + 20] = bytes(byte ^ 0x55 for byte in content[at : at + 20])
    path.write_bytes(content)
    loaded, said = None, ""
    try:
        loaded = cs.Run.load(folder)
    except cs.RunError as error:
        said = str(error)
    if loaded is None:
        assert name in said
    else:
        assert_same_run(loaded, run)
        assert_same_frame(loaded.crowd_map, run.crowd_map)


def test_the_folder_may_be_moved(run, folder, tmp_path):
    os.rename(folder, tmp_path / "elsewhere")
    assert_same_run(cs.Run.load(str(tmp_path / "elsewhere")), run)


def test_a_run_shows_itself_in_a_notebook(run):
    html = run._repr_html_()
    assert "<table>" in html
    assert "max_drawdown" in html
    assert "A crash in ten minutes" in html
    assert "119 liquidations" in repr(run) or "liquidations" in repr(run)
    shown = run.scenario._repr_html_()
    assert "A crash in ten minutes" in shown


def test_names_are_escaped_in_a_notebook():
    run = cs.run(crash({"name": "<script>alert(1)</script>"}))
    assert "<script>" not in run._repr_html_()
    assert "<script>" not in run.scenario._repr_html_()
