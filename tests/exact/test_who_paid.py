"""What liquidations cost is paid by somebody and received by somebody, to the last unit, under any rules."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from drawn_rules import venue_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import few

from cascade_sim.kernels import state as k
from cascade_sim.metrics.who_paid import who_paid

PAID = ("collateral_lost", "fund_paid", "adl_forgone", "socialised_loss")
RECEIVED = ("loss_to_market", "loss_in_engine", "fund_received")


def difference(world) -> float:
    sums = who_paid(world)
    paid = sum(sums[name] for name in PAID) + float(world.state["bad_debt"][0])
    return paid - sum(sums[name] for name in RECEIVED)


@settings(deadline=None, max_examples=200)
@given(st.one_of(drawn_worlds(), venue_worlds()))
def test_what_is_paid_is_what_is_received(arrays):
    """Without funding, which the engine's inventory pays from the fund."""
    world = arrays.with_rules(funding=k.FUNDING_NONE).run()
    assert abs(difference(world)) <= 1e-9 * float(world.rules["open_interest_margin"][0])


def test_a_fill_above_bankruptcy_pays_the_fund_and_the_market():
    """A long of 2 entered at 100, margin 10 a unit: sold at 93, 7 a unit go to the market and 3 to the fund."""
    sums = who_paid(few([93.0, 93.0], [(1, 2.0, 95.0, 90.0)]).run())
    assert sums["collateral_lost"] == pytest.approx(20.0)
    assert sums["loss_to_market"] == pytest.approx(14.0)
    assert sums["fund_received"] == pytest.approx(6.0)
    assert sums["fund_paid"] == sums["adl_forgone"] == sums["socialised_loss"] == sums["loss_in_engine"] == 0.0


def test_a_fill_below_bankruptcy_is_paid_by_trader_and_fund():
    sums = who_paid(few([85.0, 85.0], [(1, 2.0, 95.0, 90.0)]).run())
    assert sums["collateral_lost"] == pytest.approx(20.0)
    assert sums["fund_paid"] == pytest.approx(10.0)
    assert sums["loss_to_market"] == pytest.approx(30.0)
    assert sums["fund_received"] == 0.0


def test_deleveraged_winners_forgo_the_difference_between_bankruptcy_and_mark():
    """The short could have closed at 85; it closes at 90 against the long that has no fund behind it."""
    positions = [(1, 2.0, 95.0, 90.0), (-1, 2.0, 150.0, 160.0)]
    world = few([85.0, 85.0], positions, fund_start=0.0).run()
    sums = who_paid(world)
    assert float(world.state["adl_notional"][0]) == pytest.approx(180.0)
    assert sums["adl_forgone"] == pytest.approx(10.0)
    assert sums["loss_to_market"] == pytest.approx(30.0)
    assert sums["collateral_lost"] == pytest.approx(20.0)


def test_without_deleveraging_winners_share_the_loss():
    positions = [(1, 2.0, 95.0, 90.0), (-1, 2.0, 150.0, 160.0)]
    world = few([85.0, 85.0], positions, fund_start=0.0, adl=0).run()
    assert who_paid(world)["socialised_loss"] == pytest.approx(10.0)
    assert float(world.state["bad_debt"][0]) == 0.0


def test_what_the_engine_holds_is_lost_but_not_yet_received():
    """Under `limit` an offer at 90 waits while the market stands at 85."""
    world = few([85.0, 85.0], [(1, 2.0, 95.0, 90.0)], policy=k.POLICY_LIMIT).run()
    sums = who_paid(world)
    assert sums["loss_in_engine"] == pytest.approx(20.0)
    assert sums["loss_to_market"] == 0.0
    assert np.isclose(difference(world), 0.0, atol=1e-12)
