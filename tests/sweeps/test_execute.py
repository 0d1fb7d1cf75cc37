from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
import sweep_stand_ins as stand_in
import sweep_work
from small_runs import assert_same_frame

import cascade_sim as cs
from cascade_sim.sweeps.executors import Given, Here, LocalPool, as_workers

TESTS = Path(stand_in.__file__).parent
SWEEP = stand_in.a_sweep()


def rows_by(workers, work=sweep_work.work, **options):
    with workers:
        return stand_in.frame_of(SWEEP, stand_in.done_by(workers, SWEEP, work, **options))


def pool(**options):
    return LocalPool(2, preload=stand_in.HOME, **options)


@pytest.fixture(scope="module")
def expected():
    return rows_by(Here())


def test_a_sweep_in_process_has_every_run(expected):
    assert len(expected) == 120
    assert list(zip(expected["point"], expected["replicate"], strict=True))[::4] == [(point, 0) for point in range(30)]
    assert set(expected.loc[expected["error"].notna(), "point"]) == {5, 16, 27}


def test_threads_of_somebody_else_give_the_same_rows_and_live_on(expected):
    with ThreadPoolExecutor(3) as executor:
        assert_same_frame(rows_by(as_workers(executor)), expected)
        assert executor.submit(int).result() == 0


def test_a_pool_one_of_whose_workers_is_killed_gives_the_same_rows_and_leaves_nobody_behind(expected, tmp_path):
    workers = pool()
    assert_same_frame(rows_by(workers, sweep_work.once_deadly_work, place=str(tmp_path)), expected)
    assert (tmp_path / "died").exists()
    assert all(process.exitcode == 0 for process in workers.processes)


def test_a_run_that_always_kills_its_worker_becomes_a_row_and_the_others_are_done(expected):
    rows = rows_by(pool(compiled=False), sweep_work.deadly_work)
    lost = (rows["point"] == 13) & (rows["replicate"] == 2)
    assert list(rows.loc[lost, "status"]) == ["failed"]
    assert "the worker that ran it died" in rows.loc[lost, "error"].item()
    assert_same_frame(rows[~lost], expected[~lost])


def test_ctrl_c_is_heard_by_the_parent_alone_and_ends_the_workers():
    found, workers = [], pool()
    with pytest.raises(KeyboardInterrupt), workers:  # noqa: PT012
        for done in stand_in.done_by(workers, SWEEP, sweep_work.slow_work):
            found.append(done)
            if len(found) == 1:
                for process in workers.processes:
                    os.kill(process.pid, signal.SIGINT)
                assert all(process.is_alive() for process in workers.processes)
            if len(found) == 3:
                threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert len(found) >= 3
    assert all(process.exitcode == -signal.SIGKILL for process in workers.processes)
    stand_in.frame_of(SWEEP, found)


def test_workers_that_cannot_start_are_one_error(capfd):
    with pytest.raises(cs.RunError, match=r"cannot start.*workers=1"):
        rows_by(LocalPool(1, preload="no_such_module"))
    assert "no_such_module" in capfd.readouterr().err


UNGUARDED = f"""
import cascade_sim as cs
from small_runs import crash
cs.sweep(crash(), {{"{stand_in.KEY}": ["1M", "2M"]}}, workers=2)
"""


def test_a_script_without_a_guard_is_told_so_once(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    said = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stderr.count("Traceback") == 1
    assert 'under `if __name__ == "__main__":`' in said.stderr.splitlines()[-1]


def test_workers_have_one_thread_and_the_parent_keeps_its_own(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with LocalPool(1, preload=stand_in.HOME) as workers:
        names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        assert [workers.executor.submit(os.getenv, name).result() for name in names] == ["1"] * 4
    assert os.environ["NUMBA_NUM_THREADS"] == "7"
    assert "OMP_NUM_THREADS" not in os.environ


def test_an_executor_of_somebody_else_that_breaks_is_not_replaced():
    class Broken(ThreadPoolExecutor):
        def submit(self, *arguments):
            raise BrokenExecutor

    with Broken(1) as executor, pytest.raises(cs.RunError, match="the executor that was given broke"):
        rows_by(as_workers(executor))


def test_a_mistake_of_the_program_is_no_row():
    with pytest.raises(LookupError):
        rows_by(Here(), sweep_work.mistaken_work)


def test_few_chunks_are_under_way_however_long_the_sweep():
    taken, most = 0, 0

    class Counted(ThreadPoolExecutor):
        under_way = 0

        def submit(self, *arguments):
            nonlocal most
            Counted.under_way += 1
            most = max(most, Counted.under_way)
            future = super().submit(*arguments)
            return future

    with Counted(2) as executor:
        for done in stand_in.done_by(Given(executor), SWEEP, sweep_work.work):
            Counted.under_way -= 1
            taken += len(done)
    assert taken == 120
    assert most <= 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"workers": 0}, "workers: 0"), ({"executor": 3}, "int runs nothing"), ({"workers": -1}, "give 1 or more")],
)
def test_what_runs_nothing_is_refused(arguments, words):
    with pytest.raises(cs.CascadeError, match=words):
        as_workers(**arguments)


def test_one_worker_is_this_process():
    assert isinstance(as_workers(workers=1), Here)
