"""Ctrl-C, sent for real: what was done is kept, and going on gives the bits of a run that nobody interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from small_runs import CRASH, crash, files_below

import cascade_sim as cs
from cascade_sim.engine.checkpoint import load_world
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.simulation import BASE

# Liquidations that the end of the book leaves waiting are tried again every tick: seconds of work in a small file.
SLOW = {
    "clock": {"duration": "25min", "tick": "0.1s"},
    "record.every": "1s",
    "market.book.depth": {"within": "1%", "notional": "2M", "until": "2%"},
    "market.index": {"pull": {"half_life": "never"}, "follow": {"half_life": "never"}},
    "crowd.longs": {"traders": 300, "open_interest": "300M", "leverage": {"kind": "fixed", "value": 60}},
    "exchange.adl": False,
}
NONE = {"exchange.liquidation.policy": "none"}
SLOW_BASE = crash(SLOW | {"compare.quick": NONE})
SLOW_COUNTERFACTUAL = crash(SLOW | NONE | {"compare.slow": {"exchange.liquidation.policy": "market"}})

by_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to see when a run begins")


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cascade_sim", "run", *map(str, arguments), "--no-plots"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until_it_runs(process: subprocess.Popen[str], folder: Path) -> None:
    """Wait until a process holds its folder, as it does while it advances."""
    until = time.monotonic() + 60.0
    open_files = Path(f"/proc/{process.pid}/fd")
    while time.monotonic() < until and process.poll() is None:
        try:
            if any(os.readlink(link) == str(folder.resolve()) for link in open_files.iterdir()):
                time.sleep(0.8)  # past the loading of compiled kernels
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"the run did not begin: {process.communicate()}")


def interrupt(process: subprocess.Popen[str], folder: Path, times: int = 1) -> str:
    """Interrupt a process while it runs; returns what it said."""
    wait_until_it_runs(process, folder)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.001)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    return said


def same_files(folder: Path, other: Path) -> bool:
    return files_below(folder) == files_below(other)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a function that writes a slow scenario and the run of it that nobody interrupts."""
    place = tmp_path_factory.mktemp("slow")
    cs.run(crash())  # so that the kernels are compiled

    def write(name: str, scenario: cs.Scenario) -> Path:
        (place / f"{name}.yaml").write_text(scenario.to_yaml())
        process = start(place / f"{name}.yaml", "--out", place / f"whole-{name}")
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return place

    return write


@by_proc
def test_an_interrupted_run_goes_on_to_the_same_files(written):
    place = written("base", SLOW_BASE)
    folder = place / "interrupted"
    said = interrupt(start(place / "base.yaml", "--out", folder), folder)
    assert said.strip().splitlines()[-1] == f"interrupted; go on with: cascade-sim run --resume {folder}"
    first = load_world(folder / "checkpoint" / "base.run.npz")
    assert 0 <= first.tick < first.ticks
    assert list(files_below(folder)) == [
        f"checkpoint/{name}" for name in ("base.run.npz", "checkpoint.json", "scenario.yaml")
    ]

    again = interrupt(start("--resume", folder), folder, times=2)
    assert again.strip().splitlines() == said.strip().splitlines()[-1:]
    second = load_world(folder / "checkpoint" / "base.run.npz")
    assert first.tick <= second.tick < second.ticks

    resumed = start("--resume", folder)
    table, said = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, said
    assert "book_exhausted" in table
    assert same_files(folder, place / "whole-base")


@by_proc
@pytest.mark.slow
def test_a_run_interrupted_in_a_counterfactual_goes_on_to_the_same_files(written):
    place = written("counterfactual", SLOW_COUNTERFACTUAL)
    folder = place / "interrupted"
    interrupt(start(place / "counterfactual.yaml", "--out", folder), folder)
    base, slow = (load_world(folder / "checkpoint" / f"{name}.npz") for name in (BASE, "slow"))
    assert base.tick == base.ticks
    assert 0 <= slow.tick < slow.ticks

    resumed = start(place / "counterfactual.yaml", "--resume", folder)
    _, said = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, said
    assert same_files(folder, place / "whole-counterfactual")


def test_an_interrupt_passes_through_between_two_chunks(monkeypatch):
    from cascade_sim.simulation import BASE, Simulation

    simulation = Simulation(crash())
    real, calls = sys.modules["cascade_sim.engine.simulate"].advance, []

    def advance(world, ticks):
        calls.append(ticks)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return real(world, ticks)

    monkeypatch.setattr("cascade_sim.engine.simulate.advance", advance)
    monkeypatch.setattr("cascade_sim.engine.simulate.FIRST_CHUNK", 10)
    with pytest.raises(KeyboardInterrupt):
        simulation.advance()
    assert simulation.worlds[BASE].tick == 10 + 20 + 40
    simulation.advance()
    assert simulation.run().summary == cs.run(cs.Scenario(**CRASH)).summary


def test_an_interrupt_is_held_to_the_end_of_a_block():
    reached = []

    def block():
        with interrupts_held() as listen:
            signal.raise_signal(signal.SIGINT)
            reached.append("after the signal")
            listen()
            reached.append("after listening")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert reached == ["after the signal"]

    def deaf():
        with interrupts_held():
            signal.raise_signal(signal.SIGINT)
            reached.append("end")

    with pytest.raises(KeyboardInterrupt):
        deaf()
    assert reached[-1] == "end"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_has_to_wait_is_told_so(capsys):
    def compile_kernels():
        with interrupts_held("stopping as soon as the run is prepared"):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        compile_kernels()
    assert capsys.readouterr().err == "stopping as soon as the run is prepared\n"


@by_proc
@pytest.mark.slow
def test_an_interrupt_while_kernels_are_compiled_leaves_nothing_behind(tmp_path):
    """Compiled from scratch into an empty cache; numba on its own fails with a traceback of its callbacks."""
    (tmp_path / "crash.yaml").write_text(crash().to_yaml())
    environment = os.environ | {"CASCADE_SIM_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "cascade_sim", "run", str(tmp_path / "crash.yaml"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert "compiling the kernels" in process.stderr.readline()
    time.sleep(4.0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said.splitlines() == ["stopping as soon as the run is prepared", "interrupted"]
    assert not (tmp_path / "out").exists()


def test_a_run_may_be_started_outside_the_main_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(cs.run(crash()).summary))
    thread.start()
    thread.join()
    assert found == [cs.run(crash()).summary]
