"""Who bears what market and fund did not: deleveraged opponents, all winners, or nobody (bad debt)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from worlds import column, event_rows, few

from cascade_sim.engine.advance import advance
from cascade_sim.kernels import state as k

# A long of 10 that goes bankrupt at 90 while the market is at 80, with no fund: its loss is 100.
LOSER = (1, 10.0, 95.0, 90.0)
CRASH = [80.0]


def quantity_of(world, index):
    return world.positions.quantity[np.flatnonzero(world.positions.index == index)[0]]


def bankruptcy_of(world, index):
    return world.positions.bankruptcy[np.flatnonzero(world.positions.index == index)[0]]


def trigger_of(world, index):
    place = np.flatnonzero(world.positions.index == index)[0]
    return abs(world.positions.key[place])


def test_deleveraging_takes_the_highest_profit_times_leverage_first():
    """All shorts have the same profit, so the one with the least margin left ranks first."""
    shorts = [(-1, 4.0, 300.0, 200.0), (-1, 4.0, 300.0, 110.0), (-1, 4.0, 300.0, 150.0)]
    world = few(CRASH, [LOSER, *shorts], fund_start=0.0).run()
    assert [quantity_of(world, index) for index in (1, 2, 3)] == [2.0, 0.0, 0.0]
    assert column(world, "adl")[0] == 10.0
    assert column(world, "bad_debt")[0] == 0.0


def test_opponents_are_closed_at_the_bankruptcy_price_and_paid_out():
    """A short of 4 with bankruptcy at 110 bought back at 90 is worth 4 x 20."""
    world = few(CRASH, [(1, 4.0, 95.0, 90.0), (-1, 4.0, 300.0, 110.0)], fund_start=0.0).run()
    assert world.state["settled_cash"][0] == 80.0
    assert event_rows(world)["value"][0] == 4.0 * 90.0
    assert event_rows(world)["fund_change"][0] == 0.0
    assert world.state["adl_notional"][0] == 4.0 * 90.0
    assert column(world, "open_interest")[0] == 0.0


def test_a_partly_closed_opponent_keeps_its_prices_under_flat_maintenance():
    world = few(CRASH, [LOSER, (-1, 25.0, 300.0, 110.0)], fund_start=0.0).run()
    assert quantity_of(world, 1) == 15.0
    assert bankruptcy_of(world, 1) == 110.0
    assert trigger_of(world, 1) == 300.0


def test_under_tiers_a_smaller_position_is_liquidated_further_out():
    """100 at 110 with brackets of 1 % and 3 % from a notional of 1,000 on."""
    tiers = [(0.01, 0.0), (0.03, 20.0)]
    before = (100.0 * 110.0 + 20.0) / (100.0 * 1.03)
    shorts = [(-1, 100.0, before, 110.0), (-1, 1.0, 107.9, 109.0)]
    world = few([80.0, 107.0], [LOSER, *shorts], fund_start=0.0, tiers=tiers).run()
    after = (91.0 * 110.0 + 20.0) / (91.0 * 1.03)
    assert [quantity_of(world, index) for index in (1, 2)] == [91.0, 0.0]
    assert trigger_of(world, 1) == pytest.approx(after, rel=1e-12)
    assert before < 107.0 < after
    assert event_rows(world).size == 1
    positions = world.positions
    assert (np.diff(positions.key[positions.longs :]) >= 0.0).all()


def test_whom_the_price_would_ruin_is_passed_over_for_this_event_only():
    """A short bankrupt at 88 cannot close at 90, but it can at 85."""
    longs = [(1, 1.0, 96.0, 90.0), (1, 1.0, 95.0, 85.0)]
    world = few(CRASH, [*longs, (-1, 1.0, 87.0, 88.0)], fund_start=0.0).run()
    assert event_rows(world)["filled"].tolist() == [1.0, 1.0]
    assert event_rows(world)["value"].tolist() == [80.0, 85.0]
    assert column(world, "adl")[0] == 1.0
    assert column(world, "bad_debt")[0] == 10.0


def test_with_no_opponent_left_the_rest_is_sold_on_and_the_loss_is_bad_debt():
    world = few(CRASH, [LOSER, (-1, 4.0, 300.0, 110.0)], fund_start=0.0).run()
    assert column(world, "adl")[0] == 4.0
    assert column(world, "forced_sell")[0] == 6.0
    assert column(world, "bad_debt")[0] == 6.0 * 10.0
    assert column(world, "engine_inventory")[0] == 0.0


def test_the_fund_is_used_up_before_anybody_is_deleveraged():
    """A fund of 100 carries the whole loss at 80; one of 99 nothing, for no bid reaches its price."""
    opponent = (-1, 20.0, 300.0, 110.0)
    assert column(few(CRASH, [LOSER, opponent], fund_start=100.0).run(), "adl")[0] == 0.0
    assert column(few(CRASH, [LOSER, opponent], fund_start=99.0).run(), "adl")[0] == 10.0


def test_socialised_loss_is_shared_by_winners_in_proportion_to_profit():
    """Profits 20 x 3 and 20 x 1 pay 75 and 25 of 100, but there are only 80: all of it goes, and 20 is bad debt."""
    winners = [(-1, 3.0, 300.0, 200.0), (-1, 1.0, 300.0, 200.0)]
    world = few(CRASH, [LOSER, *winners], fund_start=0.0, adl=0).run()
    assert column(world, "bad_debt")[0] == pytest.approx(20.0)
    world = few(CRASH, [LOSER, *winners], fund_start=60.0, adl=0).run()
    assert column(world, "bad_debt")[0] == 0.0
    assert [200.0 - bankruptcy_of(world, index) for index in (1, 2)] == pytest.approx([10.0, 10.0])


def test_winners_who_paid_stand_nearer_to_their_liquidation():
    winners = [(-1, 3.0, 180.0, 200.0), (-1, 1.0, 190.0, 200.0), (1, 1.0, 20.0, 10.0)]
    world = few([80.0, 195.0], [LOSER, *winners], fund_start=60.0, adl=0, tiers=[(0.05, 0.0)]).build()
    advance(world, 1)
    assert trigger_of(world, 1) == pytest.approx(190.0 / 1.05)
    assert trigger_of(world, 3) == 20.0
    advance(world, 1)
    assert sorted(event_rows(world)["position"].tolist()) == [0, 1, 2]


@pytest.mark.parametrize("policy", [{}, {"policy": k.POLICY_PACED, "pace_share": 1.0}])
def test_without_deleveraging_and_socialising_the_loss_is_bad_debt(policy):
    path = [80.0, 80.0]
    world = few(path, [LOSER, (-1, 50.0, 300.0, 200.0)], fund_start=30.0, adl=0, socialise=0, **policy).run()
    assert column(world, "bad_debt")[-1] == 70.0
    assert column(world, "insurance_fund")[-1] == 0.0
    assert column(world, "open_interest")[-1] == 50.0


@pytest.mark.parametrize(("fund", "deleveraged"), [(101.0, 0.0), (99.0, 10.0)])
def test_a_limit_engine_is_deleveraged_once_fund_and_unrealised_result_fall_below_zero(fund, deleveraged):
    """At 80 it holds 10 from 90: minus 100 unrealised."""
    world = few(CRASH, [LOSER, (-1, 20.0, 300.0, 110.0)], fund_start=fund, policy=k.POLICY_LIMIT).run()
    assert column(world, "adl")[0] == deleveraged
    assert column(world, "engine_inventory")[0] == 10.0 - deleveraged
    assert column(world, "insurance_fund")[0] == fund


def test_offers_of_a_limit_engine_are_deleveraged_in_price_order():
    longs = [(1, 1.0, 96.0, 91.0), (1, 1.0, 95.0, 93.0), (1, 1.0, 94.0, 90.0), (1, 1.0, 93.0, 92.0)]
    world = few(CRASH, [*longs, (-1, 2.5, 300.0, 110.0)], fund_start=0.0, policy=k.POLICY_LIMIT).run()
    by_bankruptcy = {float(row["bankruptcy"]): float(row["value"]) for row in event_rows(world)}
    assert by_bankruptcy == {90.0: 90.0, 91.0: 91.0, 92.0: 0.5 * 92.0 + 0.5 * 80.0, 93.0: 80.0}


def test_only_the_side_that_is_marked_at_a_loss_is_deleveraged():
    """The engine holds a long from 90 and a short from 91 when the price is 80."""
    positions = [LOSER, (-1, 2.0, 79.0, 91.0), (-1, 20.0, 300.0, 110.0)]
    world = few([80.0], positions, fund_start=0.0, policy=k.POLICY_PACED, pace_share=0.1).run()
    assert column(world, "adl")[0] == 10.0
    assert column(world, "engine_inventory")[0] == -2.0


@pytest.mark.parametrize("policy", [k.POLICY_MARKET, k.POLICY_PACED, k.POLICY_LIMIT])
def test_a_mirror_world_of_inverse_shorts_has_the_same_backstops(policy):
    """Prices upside down (1/p), sides exchanged: an inverse contract is a linear one seen from the other currency."""
    positions = [LOSER, (-1, 4.0, 300.0, 110.0), (-1, 3.0, 300.0, 150.0)]
    rules = {"fund_start": 5.0, "policy": policy, "pace_share": 0.3}
    linear = few([80.0, 79.0, 78.0], positions, **rules)
    inverse = few(1.0 / np.array([80.0, 79.0, 78.0]), positions, start=0.01, **rules)
    inverse.rules["contract"] = k.INVERSE
    inverse.side = (-linear.side).astype(np.int8)
    inverse.trigger = 1.0 / linear.trigger
    inverse.bankruptcy, inverse.entry = -linear.bankruptcy, -linear.entry
    worlds = linear.run(), inverse.run()
    for name in ("adl", "bad_debt", "insurance_fund", "open_interest"):
        assert column(worlds[1], name) == pytest.approx(column(worlds[0], name), rel=1e-12, abs=1e-12)
    assert column(worlds[1], "engine_inventory") == pytest.approx(-column(worlds[0], "engine_inventory"), abs=1e-12)
    assert math.fsum(column(worlds[0], "adl")) > 0.0
