"""Ctrl-C, sent for real: what was done is kept, and going on gives the bits of a run that nobody interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from small_runs import CRASH, NO_FORCED_SELLING, POLICIES, crash, files_below

import cascade_sim as cs
from cascade_sim.engine.checkpoint import load_world
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.simulation import BASE

# The command line, made to advance in small steps and to say how far it is.
SLOWLY = """
import sys, time
from cascade_sim.engine import simulate
advance = simulate.advance
def advance_a_little(world, ticks):
    done = advance(world, ticks)
    print("tick", world.tick, file=sys.stderr, flush=True)
    time.sleep(0.005)
    return done
simulate.advance, simulate.FIRST_CHUNK, simulate.LARGEST_CHUNK = advance_a_little, 5, 5
from cascade_sim.cli import main
sys.exit(main(sys.argv[1:]))
"""
TICKS = 600


def run_and_interrupt(*arguments: object, at: int, times: int = 1) -> list[str]:
    """Run the command line, interrupt it at a tick (counted on through counterfactuals); returns what it said."""
    command = [sys.executable, "-c", SLOWLY, "run", *map(str, arguments), "--no-plots"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr as said:
        before = last = 0
        for line in said:
            assert line.startswith("tick "), line + said.read()
            tick = int(line.split()[1])
            before += TICKS if tick < last else 0
            last = tick
            if before + tick >= at:
                break
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        rest = [line.strip() for line in said if not line.startswith("tick ")]
    assert process.wait(timeout=60) == 130
    return rest


def run_whole(*arguments: object) -> None:
    command = [sys.executable, "-m", "cascade_sim", "run", *map(str, arguments), "--no-plots"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Write a scenario and the run of it that nobody interrupts."""
    place = tmp_path_factory.mktemp("interrupted")
    changes = NO_FORCED_SELLING | {"exchange.insurance_fund": 0, "exchange.liquidation": POLICIES["limit"]}
    (place / "crash.yaml").write_text(crash(changes).to_yaml())
    run_whole(place / "crash.yaml", "--out", place / "whole")  # compiles, too
    return place


def test_a_run_interrupted_twice_goes_on_to_the_same_files(place):
    folder = place / "twice"
    go_on = f"interrupted; go on with: cascade-sim run --resume {folder}"
    assert run_and_interrupt(place / "crash.yaml", "--out", folder, at=150) == [go_on]
    first = load_world(folder / "checkpoint" / f"{BASE}.npz")
    assert 150 <= first.tick < TICKS
    assert set(files_below(folder)) == {
        f"checkpoint/{name}" for name in (f"{BASE}.npz", "checkpoint.json", "scenario.yaml")
    }

    assert run_and_interrupt("--resume", folder, at=first.tick + 50, times=2) == [go_on]
    second = load_world(folder / "checkpoint" / f"{BASE}.npz")
    assert first.tick < second.tick < TICKS

    run_whole("--resume", folder)
    assert files_below(folder) == files_below(place / "whole")


def test_a_run_interrupted_in_a_counterfactual_goes_on_to_the_same_files(place):
    folder = place / "in-a-counterfactual"
    run_and_interrupt(place / "crash.yaml", "--out", folder, at=TICKS + 200)
    checkpoint = folder / "checkpoint"
    assert load_world(checkpoint / f"{BASE}.npz").tick == TICKS
    assert 200 <= load_world(checkpoint / "no_forced_selling.npz").tick < TICKS

    run_whole(place / "crash.yaml", "--resume", folder)
    assert files_below(folder) == files_below(place / "whole")


def test_an_interrupted_run_without_a_folder_says_what_to_do(place):
    said = run_and_interrupt(place / "crash.yaml", at=50)
    assert said == ["interrupted; with --out DIR an interrupted run can be resumed"]


def test_an_interrupt_passes_through_between_two_chunks(monkeypatch):
    from cascade_sim.simulation import BASE, Simulation

    simulation = Simulation(crash())
    simulation.prepare()
    real, calls = sys.modules["cascade_sim.engine.simulate"].advance, []

    def advance(world, ticks):
        calls.append(ticks)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return real(world, ticks)

    monkeypatch.setattr("cascade_sim.engine.simulate.advance", advance)
    monkeypatch.setattr("cascade_sim.engine.simulate.FIRST_CHUNK", 10)
    monkeypatch.setattr("cascade_sim.engine.simulate.LARGEST_CHUNK", 10)
    with pytest.raises(KeyboardInterrupt):
        simulation.advance()
    assert simulation.worlds[BASE].tick == 30
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
