"""All estimators on whole runs, and the command that prints them."""

from __future__ import annotations

import numpy as np
import pytest
from metrics.conftest import plain_scenario
from small_runs import NO_FORCED_SELLING, crash

import cascade_sim as cs
from cascade_sim import cli

WITHOUT = {"compare.no_forced_selling": {"exchange.liquidation.policy": "none"}}
LATTICE = {"crowd.longs.traders": 10_000}


def of_whole(found, name):
    rows = found[(found["phase"] == "whole run") & (found["estimator"] == name)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def crashed():
    return cs.run(crash(NO_FORCED_SELLING))


def test_on_a_uniform_map_structure_generations_and_amplification_say_the_same():
    found = cs.branching.estimate(cs.run(plain_scenario(LATTICE | WITHOUT)))
    for name in ("structural", "structural, ahead", "structural, fed back", "amplification", "generation"):
        assert of_whole(found, name)["value"] == pytest.approx(0.5, abs=0.01), name


def test_the_mid_feeds_half_of_it_back_and_a_vault_leaves_its_share_out():
    mid = cs.run(plain_scenario(LATTICE | {"market.mark": {"kind": "mid"}}))
    found = cs.branching.estimate(mid)
    assert of_whole(found, "structural")["value"] == pytest.approx(0.5, abs=0.01)
    assert of_whole(found, "structural, fed back")["value"] == pytest.approx(0.25, abs=0.01)
    assert of_whole(found, "generation")["value"] == pytest.approx(0.25, abs=0.01)
    vault = {"exchange.liquidation.absorb": {"share": 0.6, "capital": 1e18}}
    found = cs.branching.estimate(cs.run(plain_scenario(LATTICE | vault)))
    for name in ("structural, fed back", "generation"):
        assert of_whole(found, name)["value"] == pytest.approx(0.2, abs=0.01)


def test_a_rise_is_measured_on_shorts_and_asks():
    rise = {"crowd.longs.side": "short", "flow.orders": [{"at": "1min", "buy": "20M"}]}
    found = cs.branching.estimate(cs.run(plain_scenario(LATTICE | rise)))
    for name in ("structural", "structural, ahead", "generation"):
        assert of_whole(found, name)["value"] == pytest.approx(0.5, abs=0.015), name


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exchange.liquidation": {"policy": "limit"}}, "the policy is limit"),
        ({"exchange.liquidation.delay": "2s"}, "sales are delayed"),
        ({"market.mark": {"kind": "index_ema", "half_life": "1s"}}, "the mark is of kind index_ema"),
    ],
    ids=str,
)
def test_where_rounds_are_not_generations_that_row_says_why_and_the_structural_one_stands(changes, why):
    found = cs.branching.estimate(cs.run(crash(changes)))
    generation = of_whole(found, "generation")
    assert np.isnan(generation["value"])
    assert generation["note"] == f"rounds are not generations: {why}"
    assert of_whole(found, "structural")["value"] > 0.0


def test_a_tracked_replay_has_its_structural_ratio_whatever_the_policy():
    tracked = {
        "flow.orders": [],
        "flow.replay": {"mode": "tracked", "points": [[0, 100], ["1min", 97], ["2min", 98]]},
        "market.mark": {"kind": "index_ema", "half_life": "5s"},
        "exchange.liquidation": {"policy": "limit"},
    }
    found = cs.branching.estimate(cs.run(plain_scenario(LATTICE | tracked)))
    assert of_whole(found, "structural")["value"] == pytest.approx(0.5, abs=0.01)
    assert "the policy is limit" in of_whole(found, "generation")["note"]


def test_no_number_is_given_for_what_is_fed_back_where_no_rule_says_it():
    for changes in ({"exchange.liquidation": {"policy": "limit"}}, {"market.mark": {"kind": "index"}}):
        row = of_whole(cs.branching.estimate(cs.run(crash(changes))), "structural, fed back")
        assert np.isnan(row["value"])
        assert row["note"]


def test_where_cascades_end_within_their_tick_time_tells_nothing(crashed):
    row = of_whole(cs.branching.estimate(crashed), "flow, Hawkes in ticks")
    assert np.isnan(row["value"])
    assert "within its tick" in row["note"]


def test_phases_have_the_same_estimators_and_share_the_liquidations_out(crashed):
    found = cs.branching.estimate(crashed, around="30s")
    assert list(dict.fromkeys(found["phase"])) == ["whole run", "before", "around the extreme", "after"]
    parts = found[(found["phase"] != "whole run") & (found["estimator"] == "structural")]
    assert len(parts) == 3
    # Ground that is won once is won in one phase.
    assert parts["n"].sum() >= 0.5 * of_whole(found, "structural")["n"]
    assert np.isnan(parts["value"].iloc[-1])


def test_the_map_of_a_crowd_that_changes_is_said_to_be_that_of_the_start():
    run = cs.run(crash({"crowd.longs.exits": {"half_life": "5min"}}))
    assert "before the run" in of_whole(cs.branching.estimate(run), "structural")["note"]


def test_new_lows_of_a_price_that_wanders_look_like_feedback_where_there_is_none():
    """Volatile news, and a crowd too small to move the book."""
    changes = NO_FORCED_SELLING | {
        "clock.duration": "2h",
        "market.index.path.volatility": "100%",
        "market.index.follow.half_life": "never",
        "market.mark": {"kind": "mid"},
        "crowd.shorts": None,
        "crowd.longs.traders": 4000,
        "crowd.longs.open_interest": "20k",
        "exchange.liquidation": {"policy": "market", "delay": "1s"},
        "flow.noise": None,
        "flow.orders": [],
    }
    found = cs.branching.estimate(cs.run(crash(changes)))
    assert of_whole(found, "structural, fed back")["value"] < 0.001
    assert abs(of_whole(found, "amplification")["value"]) < 0.001
    for name in ("flow, Hawkes in ticks", "flow, Fano factor", "flow, Hawkes, no feedback"):
        assert of_whole(found, name)["low"] > 0.5


def test_a_run_without_liquidations_or_crowd_has_rows_of_reasons():
    for changes in ({"exchange.liquidation.policy": "none"}, {"crowd": {}}):
        found = cs.branching.estimate(cs.run(plain_scenario(changes)))
        flow = found[found["estimator"].str.startswith("flow")]
        assert flow["value"].isna().all()
        assert (flow["note"] != "").all()


def test_the_command_prints_the_table_of_a_saved_run_with_its_notes(crashed, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    crashed.save(tmp_path / "run")
    assert cli.main(["branching", str(tmp_path / "run"), "--around", "1min"]) == 0
    printed = capsys.readouterr().out
    expected = of_whole(cs.branching.estimate(crashed, "1min"), "structural")
    line = next(line for line in printed.splitlines() if line.startswith("whole run"))
    assert line.split()[2:4] == ["structural", f"{expected['value']:.3f}"]
    assert "within its tick" in printed.replace("\n    ", " ")
    assert max(map(len, printed.splitlines())) <= 120


def test_a_saved_run_gives_the_same_table(crashed, tmp_path):
    crashed.save(tmp_path / "run")
    saved = cs.branching.estimate(cs.Run.load(tmp_path / "run"))
    assert saved.equals(cs.branching.estimate(crashed))


def test_what_is_no_duration_is_refused(crashed, tmp_path, capsys):
    crashed.save(tmp_path / "run")
    assert cli.main(["branching", str(tmp_path / "run"), "--around", "soon"]) == 2
    assert "--around soon" in capsys.readouterr().err
    with pytest.raises(ValueError, match="0 or more"):
        cs.branching.estimate(crashed, -1.0)
