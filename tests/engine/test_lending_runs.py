"""A market with lending beside it: the same bits however a run comes about, and frames that agree with each other."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
import pytest
from small_lending import lent
from small_runs import NO_FORCED_SELLING, assert_same_frame, assert_same_run, crash, files_below

import cascade_sim as cs
from cascade_sim.engine import lending as engine_lending
from cascade_sim.engine.advance import advance
from cascade_sim.engine.batch import batchable
from cascade_sim.engine.lending_frames import ACTIONS, only_positions
from cascade_sim.engine.memory import memory_needed
from cascade_sim.engine.reference import same_without_liquidations
from cascade_sim.engine.simulate import build_world
from cascade_sim.simulation import BASE, Simulation

COMPARED = {**NO_FORCED_SELLING, "compare.dear_gas": {"chain.gas_price": 60}}
FRAMES = ("lending", "auctions", "keepers")


@pytest.fixture(scope="module")
def run() -> cs.Run:
    return cs.run(lent(COMPARED))


def assert_same_lending(one: cs.Run, other: cs.Run) -> None:
    assert_same_run(one, other)
    assert_same_frame(one.loans, other.loans)
    for name in FRAMES:
        assert_same_frame(getattr(one, name), getattr(other, name))
        for which in one.counterfactuals:
            assert_same_frame(*(getattr(each.counterfactuals[which], name) for each in (one, other)))


def in_chunks(simulation: Simulation, ticks: int) -> cs.Run:
    for name in simulation.scenarios:
        while advance(simulation.world(name), ticks):
            pass
    return simulation.run()


def by_pool(frame: pd.DataFrame, values: pd.Series) -> pd.Series:
    return values.groupby(frame["pool"], observed=False).sum()


def test_the_small_market_meets_every_action(run):
    assert set(run.lending["action"]) == set(ACTIONS)
    assert {"position", "fixed_spread", "auction"} == set(run.liquidations["kind"])
    assert run.summary["lending_bad_debt"] > run.summary["lending_covered"] > 0.0


@pytest.mark.parametrize("ticks", [1, 100])
def test_chunks_of_any_size_give_the_same_bits(ticks, run):
    assert_same_lending(in_chunks(Simulation(run.scenario), ticks), run)


def test_rows_that_run_out_grow_to_the_same_bits(run, monkeypatch):
    monkeypatch.setattr(engine_lending, "FIRST_ACTIONS", 1)
    monkeypatch.setattr(engine_lending, "FIRST_AUCTIONS", 1)
    assert_same_lending(cs.run(run.scenario), run)


@pytest.mark.parametrize("ticks", [170, 383])
def test_a_checkpoint_goes_on_to_the_same_bits(ticks, run, tmp_path):
    simulation = Simulation(run.scenario)
    advance(simulation.world(BASE), ticks)
    simulation.save(tmp_path / "checkpoint")
    restored = Simulation.restored(tmp_path / "checkpoint")
    assert restored.worlds[BASE].tick == ticks
    assert_same_lending(in_chunks(restored, 1000), run)


def test_restored_records_are_of_the_types_that_kernels_are_compiled_for(run, tmp_path):
    simulation = Simulation(run.scenario)
    before = simulation.world(BASE).lending
    simulation.save(tmp_path / "checkpoint")
    after = Simulation.restored(tmp_path / "checkpoint").worlds[BASE].lending
    assert numba.typeof(before) == numba.typeof(after)


def test_a_saved_run_comes_back_with_its_lending(run, tmp_path):
    loaded = cs.Run.load(run.save(tmp_path / "run"))
    assert_same_lending(loaded, run)
    assert loaded.counterfactuals["dear_gas"].loans is None
    for name in (*FRAMES, "loans"):
        frame = getattr(loaded, name)
        assert list(frame.attrs["units"]) == list(frame.columns)


def test_a_folder_has_the_files_of_lending_only_while_the_run_in_it_lends(run, tmp_path):
    theirs = {f"{name}.parquet" for name in (*FRAMES, "loans")}
    below = {f"counterfactuals/dear_gas/{name}.parquet" for name in FRAMES}
    assert theirs | below <= set(files_below(run.save(tmp_path / "run")))
    crashed = set(files_below(cs.run(crash()).save(tmp_path / "run")))
    assert not theirs & crashed
    assert cs.Run.load(tmp_path / "run").lending is None


def test_without_lending_a_run_has_the_frames_it_had():
    plain, removed = cs.run(crash()), cs.run(lent({"lending": [], "keepers": None, "chain": None}))
    for each in (plain, removed):
        assert [each.lending, each.auctions, each.keepers, each.loans] == [None] * 4
        assert "kind" not in each.liquidations
        assert not any("keeper" in name or "oracle" in name or "gas" in name for name in each.timeline)
    assert list(removed.timeline) == list(plain.timeline)
    assert list(removed.summary) == list(plain.summary)


def test_pools_that_nobody_liquidates_leave_the_exchange_as_it_was():
    alone = cs.run(lent({"lending": [], "keepers": None, "chain": None}))
    idle = cs.run(lent({"keepers": {name: {"gas_limit": 1} for name in ("holders", "bots")}}))
    assert not len(idle.lending)
    pd.testing.assert_frame_equal(idle.timeline[list(alone.timeline)], alone.timeline, check_exact=True)
    events = idle.liquidations.assign(cohort=idle.liquidations["cohort"].cat.set_categories(["longs", "shorts"]))
    pd.testing.assert_frame_equal(events.drop(columns="kind"), alone.liquidations, check_exact=True)


def test_what_is_liquidated_adds_up_in_actions_summary_and_timeline(run):
    for each in (run, *run.counterfactuals.values()):
        ending = each.lending[each.lending["action"].isin(["liquidated", "dealt", "taken"])]
        sums = by_pool(ending, ending["quantity"] * ending["mid"])
        for pool, total in sums.items():
            assert each.summary[f"{pool}_liquidated"] == pytest.approx(total, rel=1e-12)
            assert each.timeline[f"liquidated_{pool}"].iloc[-1] == each.summary[f"{pool}_liquidated"]
        assert each.summary["lending_liquidated"] == pytest.approx(sums.sum(), rel=1e-12)


def test_bad_debt_repayments_and_gas_add_up_too(run):
    actions, summary = run.lending, run.summary
    for pool, lost in by_pool(actions, actions["bad_debt"]).items():
        assert summary[f"{pool}_bad_debt"] == pytest.approx(lost, rel=1e-12)
        assert run.timeline[f"bad_debt_{pool}"].iloc[-1] == summary[f"{pool}_bad_debt"]
    paid = actions[actions["action"].isin(["liquidated", "dealt", "taken"])]
    for pool, repaid in by_pool(paid, paid["paid"]).items():
        assert summary[f"{pool}_repaid"] == pytest.approx(repaid, rel=1e-12)
    assert summary["gas_spent"] == pytest.approx(actions["gas"].sum(), rel=1e-12)
    assert summary["gas_spent"] == pytest.approx(run.keepers["gas"].sum(), rel=1e-12)
    assert summary["gas_price_high"] == run.timeline["gas_price"].max()


def test_what_keepers_sell_is_in_actions_timeline_and_accounts(run):
    sold = run.lending["sold"].sum()
    assert run.timeline["keeper_sold"].sum() == pytest.approx(sold, rel=1e-12)
    assert run.keepers["sold"].sum() == pytest.approx(sold, rel=1e-12)
    assert run.timeline["keeper_inventory"].iloc[-1] == pytest.approx(run.keepers["inventory"].sum(), rel=1e-12)
    assert run.timeline["keeper_profit"].iloc[-1] == pytest.approx(run.keepers["profit"].sum(), rel=1e-9)
    assert run.summary["keeper_profit"] == pytest.approx(run.keepers["profit"].sum(), rel=1e-12)


def test_loans_at_the_end_are_what_the_timeline_says(run):
    at_start = run.loans
    for pool, last in (("spread", 0), ("flips", 1), ("clips", 2)):
        loans = at_start[at_start["pool"] == pool]
        assert run.timeline[f"debt_{pool}"].iloc[-1] == pytest.approx(loans["debt_end"].sum(), rel=1e-12)
        assert run.timeline[f"collateral_{pool}"].iloc[-1] == pytest.approx(loans["collateral_end"].sum(), rel=1e-12)
        assert (loans["threshold"] == run.scenario.lending[last].threshold).all()
        assert (loans["health"] > 1.0).all()
    called = run.lending[run.lending["action"].isin(["liquidated", "kicked"])].groupby(["pool", "loan"], observed=True)
    left = called[["collateral_left", "debt_left"]].last()
    ends = at_start.set_index(["pool", "loan"]).loc[left.index]
    np.testing.assert_array_equal(ends[["collateral_end", "debt_end"]].to_numpy(), left.to_numpy())
    touched = at_start.set_index(["pool", "loan"]).index.isin(left.index)
    untouched = at_start[~touched]
    assert (untouched["debt"] == untouched["debt_end"]).all()


def test_auctions_agree_with_what_was_done_at_them(run):
    actions, auctions = run.lending, run.auctions
    kicked = actions[actions["action"] == "kicked"]
    assert kicked["auction"].tolist() == list(range(len(auctions)))
    assert kicked["loan"].tolist() == auctions["loan"].tolist()
    assert kicked["time"].tolist() == auctions["opened"].tolist()
    assert kicked["quantity"].tolist() == auctions["start_lot"].tolist()
    dealt = actions[actions["action"] == "dealt"].set_index("auction")
    flips = auctions.loc[dealt.index]
    assert flips["ended"].tolist() == dealt["time"].tolist()
    assert flips["winner"].tolist() == dealt["keeper"].tolist()
    assert flips["bid"].tolist() == dealt["paid"].tolist()
    np.testing.assert_allclose(flips["start_lot"] - flips["returned"], dealt["quantity"], rtol=1e-12)
    bids = actions[actions["action"].isin(["bid", "lowered", "taken"])].groupby("auction").size()
    assert auctions["bids"].to_dict() == bids.reindex(auctions.index, fill_value=0).to_dict()
    for pool in ("flips", "clips"):
        still = auctions[(auctions["pool"] == pool) & auctions["ended"].isna()]
        assert run.timeline[f"auctions_{pool}"].iloc[-1] == len(still)


def test_liquidations_of_loans_stand_before_the_venue_s_of_their_tick(run):
    events = run.liquidations
    assert events["tick"].is_monotonic_increasing
    on_chain = (events["kind"] != "position").to_numpy()
    for _, part in events.assign(on_chain=on_chain).groupby("tick"):
        assert part["on_chain"].is_monotonic_decreasing
    assert run.summary["liquidated_count"] == len(only_positions(events))
    assert list(events.attrs["units"]) == list(events.columns)


def test_a_liquidated_loan_has_its_trigger_its_bankruptcy_price_and_what_its_collateral_fetched(run):
    events = run.liquidations[run.liquidations["kind"] == "fixed_spread"].drop_duplicates("trader")
    loans = run.loans[run.loans["pool"] == "spread"].set_index("loan").loc[events["trader"]]
    assert (events["cohort"] == "spread").all()
    assert (events["side"] == "long").all()
    worth = loans["debt"].to_numpy() / loans["collateral"].to_numpy()
    np.testing.assert_allclose(events["trigger_price"], worth / loans["threshold"].to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(events["bankruptcy_price"], worth, rtol=1e-12)
    auctioned = run.liquidations[run.liquidations["kind"] == "auction"]
    assert auctioned[["trigger_price", "bankruptcy_price"]].isna().all(axis=None)
    held = run.lending[run.lending["action"].isin(["liquidated", "dealt", "taken"]) & (run.lending["sold"] == 0.0)]
    assert len(held) == np.count_nonzero(
        run.liquidations["fill_price"].isna() & (run.liquidations["kind"] != "position")
    )


def test_a_pool_may_have_the_name_of_a_cohort():
    pools = [lent().lending[0].model_dump(by_alias=True) | {"name": "longs"}]
    events = cs.run(lent({"lending": pools})).liquidations
    assert list(events["cohort"].cat.categories) == ["longs", "shorts"]
    assert (events.loc[events["kind"] == "fixed_spread", "cohort"] == "longs").all()


def test_an_interrupted_run_has_the_rows_that_are_done(run):
    world = build_world(run.scenario, run.seed)
    advance(world, 200)
    simulation = Simulation(run.scenario, counterfactuals=False)
    simulation.worlds[BASE] = world
    part = simulation.run()
    assert part.summary["status"] == "interrupted"
    assert_same_frame(part.timeline, run.timeline.iloc[:200])
    pd.testing.assert_frame_equal(part.lending, run.lending[run.lending["tick"] < 200], check_exact=True)


def test_runs_under_other_chains_keepers_or_pools_are_not_compared_without_forced_selling():
    base = lent()
    for changes in ({"chain.gas_price": 21}, {"keepers.bots.count": 6}, {"lending.0.gas": 1}, {"lending": []}):
        other = base.with_overrides(changes | ({"keepers": None, "chain": None} if "lending" in changes else {}))
        assert not same_without_liquidations(base, other)
    assert same_without_liquidations(base, base.with_overrides({"exchange.insurance_fund": 1}))


def test_without_a_crowd_the_ledger_is_measured_by_the_pools_collateral():
    scenario = lent({"crowd.longs": None, "crowd.shorts": None})
    world = build_world(scenario, scenario.seed)
    collateral = sum(each.collateral.sum() for each in world.loans)
    assert world.rules["open_interest_margin"][0] == pytest.approx(8000.0 * collateral, rel=1e-12)
    advance(world, world.ticks)
    assert world.state["ledger_error"][0] < 1e-12


def test_a_scenario_with_lending_is_run_one_by_one():
    assert batchable(crash())
    assert not batchable(lent())


def test_loans_count_in_what_a_run_needs_of_memory():
    few, many = (memory_needed([lent({"lending.0.loans.count": count})]) for count in (300, 1_000_300))
    assert many - few == pytest.approx(1e6 * engine_lending.LOAN_BYTES)
    lending = engine_lending.lending_of(lent({"lending.0.loans.count": 100_000}), 1, 1)
    columns = [array for array in lending if array.ndim == 1 and array.size == 100_300]
    assert sum(array.itemsize for array in columns) + 24 == engine_lending.LOAN_BYTES
