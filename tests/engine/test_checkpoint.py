"""An interrupted run in its folder: taken up only if nothing has changed."""

from __future__ import annotations

import json

import numba
import numpy as np
import pytest
from small_runs import CRASH, NO_FORCED_SELLING, SPOT, assert_same_run, crash, files_below

import cascade_sim as cs
from cascade_sim.engine import simulate
from cascade_sim.engine.advance import advance
from cascade_sim.errors import OutputError, RunError
from cascade_sim.simulation import BASE, Simulation

THROTTLE = {"notional": "1M", "over": "10min"}


def interrupted(scenario: cs.Scenario, ticks: int = 200) -> Simulation:
    """Return a simulation whose base run stands after some ticks."""
    simulation = Simulation(scenario)
    world = simulate.build_world(scenario, simulation.seed, simulation.crowd(BASE))
    advance(world, ticks)
    simulation.worlds[BASE] = world
    return simulation


@pytest.fixture
def folder(tmp_path):
    interrupted(crash(NO_FORCED_SELLING)).save(tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def finished(simulation: Simulation) -> cs.Run:
    simulation.advance()
    return simulation.run()


def test_a_checkpoint_goes_on_to_the_run_that_was_never_interrupted(folder):
    simulation = Simulation.restored(folder)
    assert simulation.worlds[BASE].tick == 200
    assert_same_run(finished(simulation), cs.run(crash(NO_FORCED_SELLING)))


def test_restored_records_are_of_the_types_that_kernels_are_compiled_for(folder):
    fresh, restored = (simulation.world(BASE) for simulation in (Simulation(crash()), Simulation.restored(folder)))
    for before, after in zip(records(fresh), records(restored), strict=True):
        assert numba.typeof(before) == numba.typeof(after)


def records(world) -> list[np.ndarray]:
    return [world.rules, world.state, world.log.events]


@pytest.mark.parametrize("ticks", [0, 600])
def test_a_run_may_stop_before_its_first_and_after_its_last_tick(ticks, tmp_path):
    interrupted(crash(), ticks).save(tmp_path / "checkpoint")
    assert_same_run(finished(Simulation.restored(tmp_path / "checkpoint")), cs.run(crash()))


@pytest.mark.parametrize("venue", ["binance_usdm", "okx", "hyperliquid"])
def test_a_crowd_that_defends_itself_goes_on_to_the_same_run(venue, tmp_path):
    changes = {"clock.duration": "2d", "exchange.extends": f"venues/{venue}", "exchange.throttle": THROTTLE}
    scenario = cs.load_scenario("endogenous", overrides={**changes, "crowd.longs.leverage.mean": 25})
    whole = cs.run(scenario)
    assert whole.summary["liquidated_count"] > 100
    assert whole.timeline[["entries", "exits", "top_ups"]].sum().all()
    interrupted(scenario, 9000).save(tmp_path / "checkpoint")
    simulation = Simulation.restored(tmp_path / "checkpoint")
    assert simulation.worlds[BASE].tick == 9000
    assert_same_run(finished(simulation), whole)


def test_a_later_checkpoint_replaces_an_earlier_one(folder):
    simulation = Simulation.restored(folder)
    advance(simulation.worlds[BASE], 100)
    simulation.save(folder)
    assert Simulation.restored(folder).worlds[BASE].tick == 300
    assert sorted(path.name for path in folder.iterdir()) == ["base.run.npz", "checkpoint.json", "scenario.yaml"]


@pytest.mark.parametrize("content", ["empty", "garbage", "cut", "other bytes in the middle"])
@pytest.mark.parametrize("name", ["base.run.npz", "checkpoint.json", "scenario.yaml"])
def test_a_damaged_checkpoint_is_refused(name, content, folder):
    whole = (folder / name).read_bytes()
    middle = len(whole) // 2
    (folder / name).write_bytes(
        {
            "empty": b"",
            "garbage": b"\x00\xff\x13 not what it was",
            "cut": whole[:middle],
            "other bytes in the middle": whole[:middle] + b"\xff\x00" * 30 + whole[middle + 60 :],
        }[content]
    )
    with pytest.raises(RunError, match="start the run again"):
        Simulation.restored(folder)


def test_a_checkpoint_of_another_engine_is_refused(folder):
    with np.load(folder / "base.run.npz") as file:
        parts = dict(file)
    parts["kernels"] = np.asarray("another")
    np.savez(folder / "base.run.npz", **parts)
    with pytest.raises(RunError, match="another version of the engine; start the run again"):
        Simulation.restored(folder)


def test_a_checkpoint_whose_scenario_was_edited_is_refused(folder):
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("insurance_fund: 20000", "insurance_fund: 30000"))
    with pytest.raises(RunError, match=r"scenario\.yaml: was changed since the run stopped"):
        Simulation.restored(folder)


def test_a_checkpoint_whose_data_were_edited_is_refused(tmp_path):
    (tmp_path / "spot.csv").write_text(SPOT)
    changes = {"market.index.path": {"kind": "csv", "file": "spot.csv"}}
    (tmp_path / "crash.yaml").write_text(crash(changes).to_yaml())
    scenario = cs.load_scenario(tmp_path / "crash.yaml")
    interrupted(scenario).save(tmp_path / "checkpoint")
    assert_same_run(finished(Simulation.restored(tmp_path / "checkpoint")), cs.run(scenario))
    (tmp_path / "spot.csv").write_text(SPOT.replace("7900", "7800"))
    with pytest.raises(RunError, match=r"spot\.csv: was changed since the run stopped"):
        Simulation.restored(tmp_path / "checkpoint")


def test_a_full_disk_leaves_the_earlier_checkpoint(folder, monkeypatch):
    before = files_below(folder)
    simulation = Simulation.restored(folder)
    advance(simulation.worlds[BASE], 100)

    def refuse(*arguments, **settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", refuse)
    with pytest.raises(OutputError, match="the disk is full"):
        simulation.save(folder)
    assert files_below(folder) == before


def test_a_checkpoint_says_whose_it_is(folder):
    about = json.loads((folder / "checkpoint.json").read_text())
    assert about["name"] == CRASH["name"]
    assert about["seed"] == 3
    assert about["scenario_hash"] == crash(NO_FORCED_SELLING).hash
