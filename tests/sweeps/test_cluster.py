from __future__ import annotations

import os
import signal
import socket
import sys

import pytest
import sweep_stand_ins as stand_in
import sweep_work
from small_runs import assert_same_frame

import cascade_sim as cs
from cascade_sim.engine.provenance import versions
from cascade_sim.sweeps import cluster as dask
from cascade_sim.sweeps.executors import Here, as_workers

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
SWEEP = stand_in.a_sweep()


@pytest.fixture(scope="module")
def two_workers():
    local = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "processes": True, "silence_logs": "CRITICAL"}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, **local) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def client(two_workers):
    with distributed.Client(two_workers, set_as_default=False) as client:
        yield client


def rows_by(workers, work, **options):
    with workers:
        return stand_in.frame_of(SWEEP, stand_in.done_by(workers, SWEEP, work, **options))


def test_a_worker_killed_during_the_run_changes_no_row(client):
    expected = rows_by(Here(), sweep_work.work)
    found = []
    with as_workers(client) as workers:
        for done in stand_in.done_by(workers, SWEEP, sweep_work.slow_work):
            found.append(done)
            if len(found) == 3:
                os.kill(client.run(os.getpid).popitem()[1], signal.SIGKILL)
    assert_same_frame(stand_in.frame_of(SWEEP, found), expected)


@pytest.mark.slow
def test_a_run_that_always_kills_its_worker_becomes_a_row_and_the_others_are_done(client):
    expected = rows_by(Here(), sweep_work.work)
    rows = rows_by(as_workers(client), sweep_work.deadly_work)
    lost = (rows["point"] == 13) & (rows["replicate"] == 2)
    assert "the worker that ran it died" in rows.loc[lost, "error"].item()
    assert_same_frame(rows[~lost], expected[~lost])


def test_an_address_is_as_good_as_a_client_and_the_cluster_lives_on(two_workers, client):
    rows = rows_by(dask.cluster(two_workers.scheduler_address), sweep_work.work)
    assert_same_frame(rows, rows_by(Here(), sweep_work.work))
    assert client.submit(int, pure=False).result() == 0


def test_workers_of_other_versions_are_refused(client, monkeypatch):
    monkeypatch.setattr(dask, "versions", lambda: {**versions(), "numba": "9.9"})
    with pytest.raises(cs.RunError, match=r"the worker tcp://.* has numba .*, this process 9\.9"):
        as_workers(client)


def test_a_worker_that_joins_later_with_other_versions_is_refused(client):
    workers = as_workers(client)
    workers.versions = {**workers.versions, "pandas": "9.9"}
    with pytest.raises(cs.RunError, match="a worker has other versions"):
        rows_by(workers, sweep_work.work)


def test_a_scheduler_without_workers_is_refused(monkeypatch):
    monkeypatch.setattr(dask, "_CONNECT_S", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(cs.RunError, match="has no workers; start one on every machine with: dask worker tcp://"),
    ):
        dask.cluster(empty.scheduler_address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "somewhere", "ipc://here:5", "tcp://x:port"])
def test_an_address_at_which_nobody_listens_is_refused_at_once(address):
    with pytest.raises(cs.RunError, match=f"--scheduler {address}: no dask scheduler answers"):
        dask.cluster(address)


def test_a_port_that_is_no_schedulers_is_refused(monkeypatch):
    monkeypatch.setattr(dask, "_CONNECT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(cs.RunError, match="no dask scheduler"):
        dask.cluster(f"127.0.0.1:{silent.getsockname()[1]}")


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(cs.CascadeError, match=r"pip install 'cascade-sim\[cluster\]'"):
        dask.cluster("tcp://127.0.0.1:8786")
