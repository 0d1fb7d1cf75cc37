"""Money and contracts are conserved, and the recording agrees with the list of liquidations."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import POLICIES, by_tick, crash, inverse

import cascade_sim as cs

CASES = [
    (policy, contract, backstop)
    for policy in POLICIES
    for contract in ("linear", "inverse")
    for backstop in ("fund", "adl", "socialise", "bad debt")
]

# A pace that is a half-life never empties the engine.
EMPTIED = [case for case in CASES if case[0] != "paced by half-life"]


def changes_of(policy: str, contract: str, backstop: str) -> dict:
    changes = {"exchange.liquidation": POLICIES[policy], "exchange.adl": backstop in ("fund", "adl")}
    if contract == "inverse":
        changes |= inverse()
    if backstop != "fund":
        changes["exchange.insurance_fund"] = 0
    changes["exchange.socialise"] = backstop == "socialise"
    if policy == "paced by half-life":
        changes["market.mark"] = {"kind": "mid"}
    return changes


@pytest.fixture(scope="module")
def runs():
    made = {}

    def get(case) -> cs.Run:
        if case not in made:
            made[case] = cs.run(crash(changes_of(*case)))
        return made[case]

    return get


def unit_value(run: cs.Run, price):
    return -1.0 / price if run.scenario.market.contract == "inverse" else price


def sides(run: cs.Run) -> np.ndarray:
    return np.where(run.liquidations["side"] == "long", 1.0, -1.0)


def margin_scale(run: cs.Run) -> float:
    held = run.crowd_map["quantity"].sum()
    price = run.scenario.market.price
    return held / price if run.scenario.market.contract == "inverse" else held * price


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_ledger_closes_at_every_recorded_tick(case, runs):
    run = runs(case)
    assert run.timeline["ledger_error"].max() <= 1e-9
    assert run.summary["conservation_error"] <= 1e-9
    assert run.summary["quantity_error"] <= 1e-9
    assert run.summary["conservation_error"] >= run.timeline["ledger_error"].max()


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_open_interest_is_what_stood_at_the_start_less_what_was_closed(case, runs):
    run = runs(case)
    held = run.crowd_map["quantity"].sum()
    closed = np.cumsum(by_tick(run, run.liquidations["quantity"])) + run.timeline["adl"].cumsum().to_numpy()
    np.testing.assert_allclose(run.timeline["open_interest"], held - closed, rtol=0, atol=1e-9 * held)
    assert run.summary["open_interest_cleared"] == pytest.approx(closed[-1] / held, rel=1e-12)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_liquidations_are_counted_in_the_tick_in_which_they_fired(case, runs):
    run = runs(case)
    for side in ("long", "short"):
        fired = by_tick(run, (run.liquidations["side"] == side).astype(float))
        assert np.array_equal(run.timeline[f"liquidations_{side}"], fired)
    assert run.summary["liquidated_count"] == len(run.liquidations) > 0


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_fund_is_its_start_plus_what_every_liquidation_did_to_it(case, runs):
    run = runs(case)
    start = run.scenario.exchange.insurance_fund
    end = run.timeline["insurance_fund"].iloc[-1]
    assert end - start == pytest.approx(run.liquidations["fund_change"].sum(), abs=1e-9 * margin_scale(run))
    assert run.timeline["insurance_fund"].min() >= -1e-12 * margin_scale(run)
    if case[0] == "market":
        path = start + np.cumsum(by_tick(run, run.liquidations["fund_change"]))
        np.testing.assert_allclose(run.timeline["insurance_fund"], path, rtol=0, atol=1e-9 * margin_scale(run))


@pytest.mark.parametrize("case", EMPTIED, ids="-".join)
def test_what_fills_made_or_lost_against_bankruptcy_prices_is_the_funds_or_somebodys_loss(case, runs):
    """Recomputed from the list alone: sum of side q (u(fill) - u(bankruptcy)), over what was closed whole."""
    run = runs(case)
    rows = run.liquidations
    assert not rows["fill_price"].isna().any()
    assert run.timeline["engine_inventory"].iloc[-1] == 0.0
    made = (
        sides(run)
        * rows["quantity"]
        * (unit_value(run, rows["fill_price"]) - unit_value(run, rows["bankruptcy_price"]))
    ).sum()
    uncovered = rows["fund_change"].sum() - made
    tolerance = 1e-9 * margin_scale(run)
    assert uncovered >= -tolerance
    if case[2] == "bad debt":
        assert uncovered == pytest.approx(run.summary["bad_debt"], abs=tolerance)
    elif case[2] in ("fund", "adl"):
        assert uncovered == pytest.approx(run.timeline["bad_debt"].iloc[-1], abs=tolerance)


@pytest.mark.parametrize("case", [case for case in CASES if case[0] == "market"], ids="-".join)
def test_the_market_trades_what_fired_less_what_was_deleveraged(case, runs):
    run = runs(case)
    forced = run.timeline["forced_sell"] + run.timeline["forced_buy"] + run.timeline["adl"]
    fired = by_tick(run, run.liquidations["quantity"])
    scale = run.crowd_map["quantity"].sum()
    np.testing.assert_allclose(forced, fired, rtol=0, atol=1e-12 * scale)


def test_every_backstop_was_met(runs):
    assert runs(("market", "linear", "fund")).summary["insurance_fund_used"] > 0
    assert runs(("market", "linear", "adl")).summary["adl_notional"] > 0
    assert runs(("market", "inverse", "adl")).summary["adl_notional"] > 0
    assert runs(("market", "linear", "bad debt")).summary["bad_debt"] > 0
    socialised = runs(("market", "linear", "socialise"))
    assert socialised.summary["bad_debt"] < runs(("market", "linear", "bad debt")).summary["bad_debt"]


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_a_trader_keeps_the_surplus_where_the_venue_does_not_confiscate(contract):
    changes = {} if contract == "linear" else inverse()
    changes |= {"exchange.liquidation": {"policy": "market", "surplus": "trader"}, "market.book.shape": "infinite"}
    run = cs.run(crash(changes | {"market.index.path": {"kind": "jumps", "at": [["3min", "-2%"]]}}))
    assert len(run.liquidations) > 0
    assert run.liquidations["fund_change"].max() <= 0.0


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_fires_twice_and_nobody_fires_early(policy):
    run = cs.run(crash({"exchange.liquidation": POLICIES[policy]}))
    rows = run.liquidations
    assert not rows.duplicated(["cohort", "trader"]).any()
    assert rows["tick"].is_monotonic_increasing
    crowd = run.crowd_map
    first = {name: crowd.index[crowd["cohort"] == name][0] for name in crowd["cohort"].cat.categories}
    place = rows["cohort"].map(first).astype(int) + rows["trader"]
    assert np.array_equal(crowd["trigger_price"].to_numpy()[place], rows["trigger_price"])
    assert np.array_equal(crowd["quantity"].to_numpy()[place], rows["quantity"])
    assert np.array_equal(crowd["side"].to_numpy()[place], sides(run))
