"""The same scenario and seed give the same bits, however a run comes about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_runs import NO_FORCED_SELLING, POLICIES, assert_same_frame, assert_same_run, crash, files_below, inverse

import cascade_sim as cs
from cascade_sim.engine import simulate
from cascade_sim.engine.advance import advance
from cascade_sim.engine.checkpoint import load_world, save_world
from cascade_sim.simulation import BASE, Simulation, collect


def rules(policy: str, contract: str) -> dict:
    changes = inverse() if contract == "inverse" else {}
    # Without a fund, losses go to winners: triggers change, and the crowd is sorted anew in the middle of the run.
    return changes | {
        "exchange.liquidation": POLICIES[policy],
        "exchange.insurance_fund": 0,
        "exchange.adl": contract == "inverse",
    }


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("policy", POLICIES)
def test_the_size_of_a_chunk_changes_no_bit(policy, contract, monkeypatch):
    scenario = crash(rules(policy, contract))
    expected = cs.run(scenario)
    assert expected.summary["liquidated_count"] > 0
    for size in (1, 7, 100_000):
        monkeypatch.setattr(simulate, "FIRST_CHUNK", size)
        monkeypatch.setattr(simulate, "LARGEST_CHUNK", size)
        assert_same_run(cs.run(scenario), expected)


def test_chunks_that_do_not_fit_the_recording_interval_change_no_bit(monkeypatch):
    scenario = crash({"record.every": "7s"})
    expected = cs.run(scenario)
    monkeypatch.setattr(simulate, "FIRST_CHUNK", 5)
    monkeypatch.setattr(simulate, "LARGEST_CHUNK", 5)
    assert_same_run(cs.run(scenario), expected)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("stop", [0, 1, 137, 361, 599])
def test_a_world_read_back_from_a_file_goes_on_to_the_same_bits(policy, stop, tmp_path):
    scenario = crash(rules(policy, "linear"))
    simulation = Simulation(scenario)
    crowd = simulation.crowd(BASE)
    world = simulate.build_world(scenario, 3, crowd)
    advance(world, stop)
    save_world(world, tmp_path / "world.tmp")
    again = load_world(tmp_path / "world.tmp")
    for each in (world, again):
        advance(each, each.ticks)
        assert each.tick == each.ticks
    assert_same_run(collect(again, scenario, 3, crowd), collect(world, scenario, 3, crowd))
    assert world.state.tobytes() == again.state.tobytes()


def test_a_world_read_back_with_a_full_event_log_grows_as_the_first_one_did(tmp_path):
    scenario = crash()
    crowd = Simulation(scenario).crowd(BASE)
    world = simulate.build_world(scenario, 3, crowd)
    small = world.log.events[:2].copy()
    world.log = world.log._replace(events=small)
    advance(world, 200)
    assert world.state["events"][0] > 2
    save_world(world, tmp_path / "world.tmp")
    again = load_world(tmp_path / "world.tmp")
    advance(again, again.ticks)
    assert_same_frame(collect(again, scenario, 3, crowd).liquidations, cs.run(scenario).liquidations)


def test_two_processes_write_the_same_files(tmp_path):
    scenario = tmp_path / "crash.yaml"
    scenario.write_text(crash(NO_FORCED_SELLING | {"crowd.more": {"side": "long", "traders": 50,
        "open_interest": "1M", "leverage": {"kind": "fixed", "value": 50}}}).to_yaml())  # fmt: skip
    written = []
    for hash_seed in ("1", "2"):
        folder = tmp_path / f"out-{hash_seed}"
        subprocess.run(
            [sys.executable, "-m", "cascade_sim", "run", str(scenario), "--out", str(folder), "--no-plots"],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
        )
        written.append(files_below(folder))
    assert len(written[0]) == 9
    assert written[0] == written[1]


def test_another_seed_gives_another_run():
    run, other = (cs.run(crash(), seed=seed) for seed in (3, 4))
    assert (run.timeline["mark"] != other.timeline["mark"]).mean() > 0.9
    assert run.liquidations["quantity"].sum() != other.liquidations["quantity"].sum()
    assert not np.array_equal(run.crowd_map["leverage"], other.crowd_map["leverage"])


def test_the_seed_of_the_scenario_is_used_unless_another_one_is_given():
    run = cs.run(crash())
    assert run.seed == 3
    assert_same_run(cs.run(crash(), seed=3), run)
    assert_same_run(cs.run(crash({"seed": 9}), seed=3).counterfactuals.get("none", run), run)
    assert_same_frame(cs.run(crash({"seed": 9}), seed=3).timeline, run.timeline)


def test_a_counterfactual_changes_nothing_in_the_run_that_it_is_compared_with():
    alone = cs.run(crash())
    compared = cs.run(crash(NO_FORCED_SELLING | {"compare.twice_the_depth": {"market.book.depth.notional": "4M"}}))
    assert_same_frame(compared.timeline, alone.timeline)
    assert_same_frame(compared.liquidations, alone.liquidations)
    differ = {key for key in alone.summary if alone.summary[key] != compared.summary[key]}
    assert differ == {"amplification", "feedback_share"}


def test_a_counterfactual_is_the_run_of_the_changed_scenario():
    changes = {"market.book.depth.notional": "4M", "exchange.insurance_fund": 0}
    compared = cs.run(crash({"compare.other": changes})).counterfactuals["other"]
    alone = cs.run(crash(changes))
    assert_same_frame(compared.timeline, alone.timeline)
    assert_same_frame(compared.liquidations, alone.liquidations)
    assert compared.summary == alone.summary


@pytest.mark.parametrize("name", ["base", "simulated", "run", "no_forced_selling"])
def test_a_counterfactual_may_have_any_name(name):
    compared = cs.run(crash({f"compare.{name}": {"exchange.insurance_fund": 0}}))
    alone = cs.run(crash())
    assert_same_frame(compared.timeline, alone.timeline)
    assert compared.counterfactuals[name].timeline["insurance_fund"].iloc[0] == 0.0
    assert compared.summary["insurance_fund_used"] == alone.summary["insurance_fund_used"]


def test_a_run_has_the_same_luck_with_and_without_its_rules():
    run = cs.run(crash(NO_FORCED_SELLING | {"market.index.follow.half_life": "never"}))
    quiet = run.counterfactuals["no_forced_selling"]
    assert np.array_equal(run.timeline["index"], quiet.timeline["index"])
    assert len(quiet.liquidations) == 0


def test_a_cohort_more_shifts_nobody_elses_draws():
    fewer = cs.run(crash()).crowd_map
    more = cs.run(
        crash(
            {
                "crowd.whales": {
                    "side": "short",
                    "traders": 5,
                    "open_interest": "1M",
                    "leverage": {"kind": "fixed", "value": 2},
                }
            }
        )
    ).crowd_map
    for column in ("side", "trigger_price", "quantity", "leverage"):
        assert np.array_equal(more[column][: len(fewer)], fewer[column])


def test_saving_and_loading_changes_no_bit(tmp_path: Path):
    run = cs.run(crash(NO_FORCED_SELLING))
    assert_same_run(cs.Run.load(run.save(tmp_path / "run")), run)
