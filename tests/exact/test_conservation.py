"""Money and positions are conserved through every rule, by a ledger of the tests' own (model, section 1.3)."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from worlds import WorldArrays, column, crowd_at, event_rows, rules_row, tape

from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.kernels import state as k


class Ledger:
    """Every account from entries, collateral and event rows; makers stand opposite every entry."""

    def __init__(self, arrays: WorldArrays):
        self.arrays = arrays
        side, quantity = arrays.side.astype(float), arrays.quantity
        collateral = side * quantity * (arrays.entry - arrays.bankruptcy)
        self.deposits = float(collateral.sum()) + float(arrays.rules["fund_start"][0])
        self.makers_cash = float((side * quantity * arrays.entry).sum())
        self.makers_quantity = -float((side * quantity).sum())
        self.opened = {1: float(quantity[side > 0].sum()), -1: float(quantity[side < 0].sum())}
        self.scale = float(arrays.rules["open_interest_margin"][0])
        self.adl = 0.0

    def check(self, world: World) -> None:
        state, events, positions = world.state[0], event_rows(world), world.positions
        row = {name: column(world, name)[-1] for name in ("insurance_fund", "adl", "bad_debt", "open_interest")}
        self.adl += row["adl"]
        side = np.where(np.arange(positions.key.size) < positions.longs, 1.0, -1.0)
        traders = -float((side * positions.quantity * positions.bankruptcy).sum())
        waiting = events["quantity"] - events["filled"]
        engine = -float((events["side"] * waiting * events["bankruptcy"]).sum())
        cash = (
            traders + engine + self.makers_cash + state["maker_cash"] + state["flow_cash"]
            + row["insurance_fund"] + state["settled_cash"] - row["bad_debt"]
        )  # fmt: skip
        assert cash - self.deposits == pytest.approx(0.0, abs=1e-9 * self.scale)
        assert world.state["ledger_error"][0] <= 1e-9
        signed = (
            float((side * positions.quantity).sum()) + float((events["side"] * waiting).sum())
            + self.makers_quantity + state["maker_quantity"] + state["flow_quantity"]
        )  # fmt: skip
        held = sum(self.opened.values()) or 1.0
        assert signed == pytest.approx(0.0, abs=1e-9 * held)
        assert state["imbalance"] <= 1e-9 * held
        self.check_fund(row, events)
        self.check_crowd(row, events, positions)

    def check_fund(self, row, events) -> None:
        """The fund moved by what the events say, and never below zero."""
        start = float(self.arrays.rules["fund_start"][0])
        assert row["insurance_fund"] - start == pytest.approx(float(events["fund_change"].sum()), abs=1e-9 * self.scale)
        assert row["insurance_fund"] >= 0.0
        assert row["bad_debt"] >= 0.0

    def check_crowd(self, row, events, positions) -> None:
        """Whatever is no longer open was liquidated or deleveraged; nobody is liquidated twice."""
        held = sum(self.opened.values())
        gone = float(events["quantity"].sum()) + self.adl
        assert row["open_interest"] == pytest.approx(held - gone, abs=1e-9 * (held or 1.0))
        assert row["open_interest"] == pytest.approx(float(positions.quantity.sum()), abs=1e-9 * (held or 1.0))
        assert np.unique(events["position"]).size == events.size
        assert (events["filled"] <= events["quantity"]).all()
        assert (events["filled"] >= 0.0).all()


def check_every_tick(arrays: WorldArrays) -> World:
    world, ledger = arrays.build(), Ledger(arrays)
    for _ in range(world.ticks):
        advance(world, 1)
        ledger.check(world)
    return world


def check_unless_prices_vanish(arrays: WorldArrays) -> None:
    """Where prices fall to a ten-thousandth, an inverse contract's stakes outgrow the open interest as a yardstick."""
    arrays.rules["row_ticks"] = 1
    assume(column(arrays.run(), "bid").min() > 1e-4 * arrays.price)
    check_every_tick(arrays)


@settings(deadline=None, max_examples=200)
@given(drawn_worlds())
def test_money_and_positions_are_conserved_at_every_tick_under_any_rules(arrays):
    check_unless_prices_vanish(arrays)


@pytest.mark.slow
@settings(deadline=None, max_examples=5000)
@given(drawn_worlds())
def test_money_and_positions_are_conserved_in_five_thousand_worlds(arrays):
    check_unless_prices_vanish(arrays)


def crash(contract, **rules) -> WorldArrays:
    """Longs whose forced sales run deep below their bankruptcy prices, and shorts that win."""
    longs = crowd_at(np.linspace(0.01, 0.3, 400), 1.0, contract=contract, ruin=0.005)
    shorts = crowd_at(np.linspace(0.05, 0.6, 250), 1.3, side=-1, contract=contract, ruin=0.005)
    crowd = {name: np.concatenate([longs[name], shorts[name]]) for name in longs}
    scale = 900.0
    settings = {"scale_bid": scale, "scale_ask": scale, "fund_start": 2.0, "refill_kept": 0.9} | rules
    rules = rules_row(contract=contract, **settings)
    events = tape(np.ones(40), orders=[(3, -120.0), (25, 150.0)], tiers=[(0.005, 0.0)])
    return WorldArrays(rules, events, 1.0, **crowd)


@pytest.mark.parametrize("contract", [k.LINEAR, k.INVERSE])
def test_money_is_conserved_through_deleveraging(contract):
    world = check_every_tick(crash(contract))
    assert column(world, "adl").sum() > 10.0
    assert column(world, "insurance_fund").min() >= 0.0


@pytest.mark.parametrize("contract", [k.LINEAR, k.INVERSE])
def test_money_is_conserved_when_losses_are_socialised(contract):
    world = check_every_tick(crash(contract, adl=0, socialise=1))
    assert column(world, "insurance_fund").min() == 0.0
    assert event_rows(world)["filled"].sum() == pytest.approx(event_rows(world)["quantity"].sum(), rel=1e-12)
    assert column(world, "bad_debt")[-1] < column(crash(contract, adl=0, socialise=0).run(), "bad_debt")[-1]


@pytest.mark.parametrize("contract", [k.LINEAR, k.INVERSE])
@pytest.mark.parametrize("policy", [{"policy": k.POLICY_PACED, "pace_share": 0.2}, {"policy": k.POLICY_LIMIT}])
@pytest.mark.parametrize("adl", [0, 1])
def test_money_is_conserved_while_the_engine_holds_inventory(contract, policy, adl):
    world = check_every_tick(crash(contract, adl=adl, fund_start=100.0, **policy))
    assert np.abs(column(world, "engine_inventory")).max() > 10.0


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([k.LINEAR, k.INVERSE]), st.floats(1.0, 1e12))
def test_a_huge_fund_does_not_drown_the_error(contract, fund):
    arrays = crash(contract)
    arrays.rules["fund_start"] = fund * arrays.rules["open_interest_margin"]
    assert arrays.run().state["ledger_error"][0] < 1e-12
