"""Where results go: which folders are refused, and that nothing is ever half-written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_runs import NO_FORCED_SELLING, assert_same_run, crash, files_below

import cascade_sim as cs
from cascade_sim.engine import folder as folders
from cascade_sim.engine.folder import all_or_nothing, claim_folder, held


@pytest.fixture(scope="module")
def run() -> cs.Run:
    return cs.run(crash(NO_FORCED_SELLING))


@pytest.fixture(scope="module")
def other() -> cs.Run:
    return cs.run(crash({"exchange.insurance_fund": 0}))


def test_a_folder_that_holds_something_else_is_left_alone(run, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(cs.OutputError, match=r"is in use and holds no run of cascade_sim \(it has thesis.tex\)"):
        run.save(tmp_path)
    assert files_below(tmp_path) == {"thesis.tex": b"years of work"}


def test_a_folder_with_nothing_but_a_scenario_file_is_left_alone(run, tmp_path):
    (tmp_path / "scenario.yaml").write_text("name: mine")
    with pytest.raises(cs.OutputError, match=r"it has scenario.yaml"):
        run.save(tmp_path)
    assert files_below(tmp_path) == {"scenario.yaml": b"name: mine"}


def test_a_folder_that_somebody_calls_checkpoint_is_no_interrupted_run(run, tmp_path):
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "weights.bin").write_bytes(b"...")
    with pytest.raises(cs.OutputError, match="is in use"):
        run.save(tmp_path)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_is_no_folder(place, run, tmp_path):
    (tmp_path / "file").write_text("a file")
    with pytest.raises(cs.OutputError, match="is a file, or lies in one; give a folder"):
        run.save(tmp_path / place)
    assert files_below(tmp_path) == {"file": b"a file"}


def test_missing_folders_are_made(run, tmp_path):
    assert_same_run(cs.Run.load(run.save(tmp_path / "one" / "two")), run)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not hold for this user")
def test_a_folder_without_permission_is_refused(run, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(cs.OutputError, match="Permission denied"):
            run.save(tmp_path / "run")
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_another_run_writes_to_is_refused(run, tmp_path):
    pytest.importorskip("fcntl")
    claim_folder(tmp_path / "run")
    with held(tmp_path / "run"), pytest.raises(cs.OutputError, match="is in use by another run"):
        run.save(tmp_path / "run")
    assert_same_run(cs.Run.load(run.save(tmp_path / "run")), run)


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("written_before", range(9))
def test_a_full_disk_leaves_an_old_result_as_it_was(written_before, run, other, tmp_path, monkeypatch):
    """The disk is full at the first file, at the second, and so on."""
    place = other.save(tmp_path / "run")
    before = files_below(place)
    left = [written_before]
    real_open, real_write = open, Path.write_text

    def count(path) -> None:
        if str(path).endswith(".tmp"):
            left[0] -= 1
            if left[0] < 0:
                real_open(path, "wb").close()
                raise FULL

    def write_text(self, *arguments, **settings):
        count(self)
        return real_write(self, *arguments, **settings)

    import pyarrow.parquet as pq

    real_table = pq.write_table

    def write_table(table, path, **settings):
        count(path)
        return real_table(table, path, **settings)

    monkeypatch.setattr(Path, "write_text", write_text)
    monkeypatch.setattr(pq, "write_table", write_table)
    with pytest.raises(cs.OutputError, match="cannot be written: the disk is full; free some room"):
        run.save(place)
    assert files_below(place) == before
    assert_same_run(cs.Run.load(place), other)


def test_a_full_disk_leaves_no_file_in_a_new_folder(run, tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    def refuse(*arguments, **settings):
        raise FULL

    monkeypatch.setattr(pq, "write_table", refuse)
    with pytest.raises(cs.OutputError, match="the disk is full"):
        run.save(tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []


def test_a_rename_that_fails_leaves_a_folder_that_says_it_is_not_whole(run, other, tmp_path, monkeypatch):
    place = other.save(tmp_path / "run")
    real, left = os.replace, [2]

    def replace(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)

    monkeypatch.setattr(folders.os, "replace", replace)
    with pytest.raises(cs.OutputError, match="Input/output error"):
        run.save(place)
    monkeypatch.undo()
    with pytest.raises(cs.RunError, match=r"is not whole: run\.json"):
        cs.Run.load(place)
    assert not [name for name in files_below(place) if name.endswith(".tmp")]
    assert_same_run(cs.Run.load(run.save(place)), run)


LIMITED = """
import resource, signal, sys
import cascade_sim as cs
run = cs.Run.load(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    run.save(sys.argv[2])
except cs.OutputError as error:
    print(error)
"""


def test_a_write_that_the_system_refuses_leaves_an_old_result_as_it_was(run, other, tmp_path):
    """No file may grow beyond 4 kB: a real error of the operating system, in the middle of a table."""
    pytest.importorskip("resource")
    new, old = run.save(tmp_path / "new"), other.save(tmp_path / "old")
    before = files_below(old)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(new), str(old)], capture_output=True, text=True, check=True
    )
    assert "cannot be written: " in done.stdout
    assert done.stdout.count("\n") == 1
    assert files_below(old) == before


def test_a_tiny_disk_that_is_full_leaves_an_old_result_as_it_was(run, other, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], capture_output=True, check=False
    ) if os.name == "posix" else None  # fmt: skip
    if mounted is None or mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        place = other.save(disk / "run")
        before = files_below(place)
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        (disk / "filler").write_bytes(b"\0" * (free - 20_000))
        with pytest.raises(cs.OutputError, match="the disk is full"):
            run.save(place)
        assert files_below(place) == before
        (disk / "filler").unlink()
        assert_same_run(cs.Run.load(run.save(place)), run)
    finally:
        subprocess.run(["umount", str(disk)], check=True, capture_output=True)


def test_temporary_names_never_look_like_results(run, tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    seen = []
    real = pq.write_table
    monkeypatch.setattr(
        pq, "write_table", lambda table, path, **settings: (seen.append(path), real(table, path, **settings))
    )
    run.save(tmp_path / "run")
    assert len(seen) == 5
    assert all(Path(path).suffix == ".tmp" for path in seen)
    assert not list(tmp_path.rglob("*.tmp"))


def test_what_a_killed_run_left_behind_is_swept_away(run, tmp_path):
    place = tmp_path / "run"
    (place / ".unfinished-1").mkdir(parents=True)
    (place / ".unfinished-1" / "1.tmp").write_text("half of a file")
    run.save(place)
    assert not [name for name in files_below(place) if "unfinished" in name]


def test_an_error_of_the_writer_itself_leaves_nothing_behind(tmp_path):
    def write():
        with all_or_nothing(tmp_path, "last") as place:
            place("first").write_text("whole")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert list(tmp_path.iterdir()) == []
