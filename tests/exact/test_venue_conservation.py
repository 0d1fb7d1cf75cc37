"""Under every drawn combination of venue rules money, positions and wallets are conserved, counted a second time."""

from __future__ import annotations

import numpy as np
import pytest
from desks import DeskWorld
from drawn_desk import desk_worlds
from drawn_rules import venue_worlds
from hypothesis import assume, given, settings
from second_ledger import SecondLedger
from worlds import WorldArrays, column

from cascade_sim.engine.advance import advance


def check_every_tick(arrays: WorldArrays) -> None:
    """Where prices fall to a ten-thousandth, an inverse contract's stakes outgrow the open interest as a yardstick."""
    arrays.rules["row_ticks"] = 1
    whole = arrays.run()
    assume(column(whole, "bid").min() > 1e-4 * arrays.price)
    assume(np.abs(column(whole, "index") / arrays.price).max() < 1e4)
    world, ledger = arrays.build(), SecondLedger(arrays)
    for _ in range(world.ticks):
        advance(world, 1)
        ledger.check(world)


def check_accounts_every_tick(desk_world: DeskWorld) -> None:
    """As above, and with accounts that trade: what they hold must not outgrow the yardstick either."""
    arrays = desk_world.arrays
    arrays.rules["row_ticks"] = 1
    whole = desk_world.run().world
    assume(column(whole, "bid").min() > 1e-4 * arrays.price)
    assume(np.abs(column(whole, "index") / arrays.price).max() < 1e4)
    run, ledger = desk_world.build(), SecondLedger(arrays, desk_world.cash)
    for _ in range(run.world.ticks):
        desk_world.go_on(run, 1)
        ledger.check(run.world)


@settings(deadline=None, max_examples=200)
@given(venue_worlds())
def test_money_positions_and_wallets_are_conserved_at_every_tick_under_any_venue_rules(arrays):
    check_every_tick(arrays)


@pytest.mark.slow
@settings(deadline=None, max_examples=5000)
@given(venue_worlds())
def test_money_positions_and_wallets_are_conserved_in_five_thousand_worlds_of_venue_rules(arrays):
    check_every_tick(arrays)


@settings(deadline=None, max_examples=60)
@given(desk_worlds())
def test_money_and_positions_are_conserved_at_every_tick_beside_accounts_that_trade(desk_world):
    check_accounts_every_tick(desk_world)


@pytest.mark.slow
@settings(deadline=None, max_examples=2000)
@given(desk_worlds())
def test_money_and_positions_are_conserved_in_two_thousand_worlds_with_accounts(desk_world):
    check_accounts_every_tick(desk_world)
