from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import sweep_stand_ins as stand_in
import sweep_work
from small_runs import assert_same_frame, assert_same_run, crash, files_below

import cascade_sim as cs
from cascade_sim.engine.provenance import versions
from cascade_sim.sweeps import manifest, run, store
from cascade_sim.sweeps.executors import Here
from cascade_sim.sweeps.store import open_store, parts_of, read_rows

SWEEP = stand_in.a_sweep()
ROWS = stand_in.rows_of(SWEEP)


@pytest.fixture(scope="module")
def expected():
    return stand_in.frame_of(SWEEP, stand_in.done_by(Here(), SWEEP, sweep_work.work))


def fill(folder, stop=None, sweep=SWEEP, **options):
    """Run what a folder lacks, a part for every chunk; stop after so many chunks."""
    with open_store(folder, sweep, stand_in.rows_of(sweep), **options) as opened:
        for number, done in enumerate(stand_in.done_by(Here(), sweep, sweep_work.work, opened.finished)):
            if number == stop:
                return opened
            opened.add(done)
            opened.flush()
        opened.finish()
    return opened


def rows_in(folder):
    return read_rows(folder).drop(columns="wall_s")


def test_rows_come_back_as_they_were(tmp_path, expected):
    fill(tmp_path / "new" / "folder")
    assert_same_frame(rows_in(tmp_path / "new" / "folder"), expected)


def test_a_folder_says_what_it_holds(tmp_path):
    fill(tmp_path)
    about = json.loads((tmp_path / "sweep.json").read_text())
    assert (about["sweep_hash"], about["scenario_hash"], about["seed"]) == (SWEEP.hash, SWEEP.base.hash, 1)
    assert (about["points"], about["replicates"], about["runs"], about["finished"]) == (30, 4, 120, True)
    assert about["versions"] == versions()
    assert cs.load_sweep(tmp_path / "sweep.yaml").hash == SWEEP.hash
    schema = pq.read_schema(tmp_path / "parts" / "part-000001.parquet")
    said = {
        key: schema.metadata[f"cascade_sim.{key}".encode()].decode() for key in ("sweep_hash", "scenario_hash", "seed")
    }
    assert said == {"sweep_hash": SWEEP.hash, "scenario_hash": SWEEP.base.hash, "seed": "1"}
    assert f"numba {versions()['numba']}" in schema.metadata[b"cascade_sim.versions"].decode()
    assert {name: schema.field(name).metadata[b"unit"].decode() for name in about["units"]} == about["units"]


def test_all_parts_have_one_schema_so_that_other_programs_read_them_as_one_table(tmp_path):
    fill(tmp_path)
    assert len(parts_of(tmp_path)) > 3
    assert len({pq.read_schema(path).remove_metadata().to_string() for _, path in parts_of(tmp_path)}) == 1
    assert len(pd.read_parquet(tmp_path / "parts")) == 120


@pytest.mark.parametrize("stop", [0, 1, 3])
def test_a_sweep_that_was_stopped_goes_on_to_the_same_bits(tmp_path, stop):
    fill(tmp_path / "whole")
    fill(tmp_path / "stopped", stop)
    before = len(read_rows(tmp_path / "stopped"))
    opened = fill(tmp_path / "stopped")
    assert len(opened.finished) == before < 120
    assert (tmp_path / "whole" / "runs.csv").read_bytes() == (tmp_path / "stopped" / "runs.csv").read_bytes()
    assert_same_frame(rows_in(tmp_path / "whole"), rows_in(tmp_path / "stopped"))


def test_a_finished_sweep_is_left_as_it_is(tmp_path):
    fill(tmp_path)
    before = files_below(tmp_path)
    assert len(fill(tmp_path).finished) == 120
    assert files_below(tmp_path) == before


def test_the_text_has_every_digit_and_nothing_of_the_machine(tmp_path, expected):
    fill(tmp_path)
    with (tmp_path / "runs.csv").open(newline="") as file:
        header, *lines = csv.reader(file)
    assert header == list(expected.columns)
    values = expected.astype(object).where(expected.notna(), "").values.tolist()
    assert lines == [[value if isinstance(value, str) else repr(value) for value in row] for row in values]


def test_runs_that_failed_are_done_again_only_where_asked_for(tmp_path, expected):
    fill(tmp_path)
    failed = int(expected["error"].notna().sum())
    assert len(fill(tmp_path, retry_failed=True).finished) == 120 - failed
    assert_same_frame(rows_in(tmp_path), expected)
    assert sum(pq.read_metadata(path).num_rows for _, path in parts_of(tmp_path)) == 120 + failed


@pytest.mark.parametrize("damage", ["cut", "byte", "empty", "of another sweep"])
def test_a_damaged_part_is_set_aside_and_its_runs_are_done_again(tmp_path, expected, damage):
    fill(tmp_path)
    path = tmp_path / "parts" / "part-000003.parquet"
    content = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(4)
    content[column.data_page_offset + column.total_compressed_size - 3] ^= 1
    if damage == "of another sweep":
        pd.DataFrame({"point": [1]}).to_parquet(path)
    else:
        path.write_bytes({"cut": content[: len(content) // 2], "byte": content, "empty": b""}[damage])
    opened = fill(tmp_path)
    assert "part-000003.parquet: is damaged" in opened.notes[0]
    assert path.with_name("part-000003.parquet.damaged").exists()
    assert_same_frame(rows_in(tmp_path), expected)


def test_a_part_that_was_never_renamed_is_not_read(tmp_path, expected):
    fill(tmp_path, stop=2)
    (tmp_path / "parts" / ".part-000003.parquet.0123.tmp").write_bytes(b"PAR1 and no more")
    fill(tmp_path)
    assert_same_frame(rows_in(tmp_path), expected)
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_damaged_part_of_a_result_is_an_error_that_names_it(tmp_path):
    fill(tmp_path)
    (tmp_path / "parts" / "part-000001.parquet").write_bytes(b"")
    with pytest.raises(cs.RunError, match=r"part-000001.*damaged.*run the sweep again"):
        read_rows(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"seed": 2}, "at seed"), ({"replicates": 5}, "at replicates"), ({"points": 31}, "at vary")],
)
def test_another_sweep_is_refused_and_nothing_is_touched(tmp_path, changes, words):
    fill(tmp_path, stop=2)
    before = files_below(tmp_path)
    with pytest.raises(cs.OutputError, match=f"cannot be mixed.*{words}"):
        fill(tmp_path, sweep=stand_in.a_sweep(**changes))
    assert files_below(tmp_path) == before


def test_other_versions_are_refused(tmp_path, monkeypatch):
    fill(tmp_path, stop=2)
    monkeypatch.setattr(manifest, "versions", lambda: {**versions(), "numba": "9.9"})
    with pytest.raises(cs.OutputError, match=rf"made with numba {versions()['numba']}, here is 9\.9"):
        fill(tmp_path)


def test_data_that_was_changed_is_refused(tmp_path):
    file = tmp_path / "positions.csv"
    file.write_text("side,quantity,entry_price,collateral\nlong,1,8000,800\n")
    changes = {"crowd": {"real": {"positions": str(file)}}}

    def sweep():
        scenario = crash({"crowd.longs": None, **changes})
        return cs.Sweep(name="s", scenario=scenario, vary={stand_in.KEY: ["1M", "2M"]}, outputs=["max_drawdown"])

    fill(tmp_path / "out", stop=1, sweep=sweep())
    file.write_text("side,quantity,entry_price,collateral\nlong,1,8000,900\n")
    with pytest.raises(cs.OutputError, match=r"the data file .*positions.csv was changed since"):
        fill(tmp_path / "out", sweep=sweep())


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(cs.OutputError, match=r"holds no sweep.*thesis\.tex"):
        fill(tmp_path)
    with pytest.raises(cs.OutputError, match="is a file"):
        fill(tmp_path / "thesis.tex")


def test_a_folder_has_one_writer(tmp_path):
    with open_store(tmp_path, SWEEP, ROWS), pytest.raises(cs.OutputError, match="in use by another run"):
        fill(tmp_path)


def test_rows_that_were_finished_are_kept_when_the_disk_is_full(tmp_path, monkeypatch, expected):
    write, count = store.write_parquet, iter(range(10))

    def until_full(path, frame, about):
        if next(count) == 2:
            path.write_bytes(b"PAR1")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, frame, about)

    monkeypatch.setattr(store, "write_parquet", until_full)
    with pytest.raises(cs.OutputError, match=r"the disk is full.*are kept"):
        fill(tmp_path)
    monkeypatch.undo()
    assert [path.name for _, path in parts_of(tmp_path)] == ["part-000001.parquet", "part-000002.parquet"]
    assert not list(tmp_path.rglob("*.tmp"))
    fill(tmp_path)
    assert_same_frame(rows_in(tmp_path), expected)


def test_ctrl_c_keeps_what_was_found(tmp_path):
    with pytest.raises(KeyboardInterrupt), open_store(tmp_path, SWEEP, ROWS) as opened:  # noqa: PT012
        opened.add(next(stand_in.done_by(Here(), SWEEP, sweep_work.work)))
        signal.raise_signal(signal.SIGINT)
    assert len(read_rows(tmp_path)) == 1


def test_rows_do_not_wait_for_ever(tmp_path, monkeypatch):
    with open_store(tmp_path, SWEEP, ROWS) as opened:
        opened.add(next(stand_in.done_by(Here(), SWEEP, sweep_work.work)))
        assert len(read_rows(tmp_path)) == 0
        monkeypatch.setattr(store, "EVERY_S", 0.0)
        monkeypatch.setattr(store, "_LOST", 0.0)
        opened.flush_if_due()
        assert len(read_rows(tmp_path)) == 1


def real_sweep():
    vary = {stand_in.KEY: "2M..5M in 40 steps"}
    keep = [{stand_in.KEY: 2e6, "replicate": 1}]
    return cs.Sweep(name="real", scenario=crash(), vary=vary, replicates=4, seed=5, keep=keep)


SCRIPT = """
import os, signal, sys, test_sweep_store
from cascade_sim.sweeps import run, store

def killed_after_two_parts(self):
    flush(self)
    if len(store.parts_of(self.folder)) == 2:
        print(*test_sweep_store.children_of(os.getpid()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    store.EVERY_S = 0.0
    flush, store.Store.flush = store.Store.flush, killed_after_two_parts
    run.run_into(test_sweep_store.real_sweep(), test_sweep_store.Path(sys.argv[1]), workers=2, progress=False)
"""


def test_a_sweep_killed_half_way_resumes_to_the_same_bits_and_leaves_no_worker(tmp_path):
    script, folder = tmp_path / "script.py", tmp_path / "out"
    script.write_text(SCRIPT)
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (here, here.parent, here.parent.parent)))}
    killed = subprocess.run([sys.executable, script, folder], env=environment, stdout=subprocess.PIPE, text=True)
    assert killed.returncode == -signal.SIGKILL
    assert 0 < len(read_rows(folder)) < 160
    run.run_into(real_sweep(), folder, workers=1, progress=False)
    whole, resumed = cs.sweep(real_sweep()), cs.SweepResult.load(folder)
    assert_same_frame(resumed.frame.drop(columns="wall_s"), whole.frame.drop(columns="wall_s"))
    assert whole.kept.keys() == resumed.kept.keys() == {(0, 1)}
    assert_same_run(resumed.kept[0, 1], whole.kept[0, 1])
    whole.save(tmp_path / "saved")
    assert (tmp_path / "saved" / "runs.csv").read_bytes() == (folder / "runs.csv").read_bytes()
    assert not [worker for worker in killed.stdout.split() if is_alive(worker)]


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return listed.read_text().split() if listed.exists() else []


def is_alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
