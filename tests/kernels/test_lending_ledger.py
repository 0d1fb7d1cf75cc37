"""Money and collateral of lending are conserved at every tick, by a count of the tests' own."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_lending import MOVING_CROWDS, lending_worlds
from hypothesis import HealthCheck, given, settings
from lending_ledger import LendingLedger
from lending_worlds import LendingWorld, Loans, actions_of, chain_row, keeper_row, lending_of, pool_row
from worlds import WorldArrays, no_crowd, rules_row, tape

from cascade_sim.engine.advance import advance
from cascade_sim.kernels import lending_state as ls
from cascade_sim.kernels import state as k


def with_countable_money(lending_world: LendingWorld) -> LendingWorld:
    """Return the world with keepers of so much money that it is all that anybody needs, but cents can be counted."""
    keepers = lending_world.lending.keepers.copy()
    most = 100.0 * float(lending_world.lending.debt.sum())
    for name in ("cash", "capital"):
        keepers[name] = np.minimum(keepers[name], most)
    return LendingWorld(lending_world.arrays, lending_world.lending._replace(keepers=keepers))


def count_at_every_tick(lending_world: LendingWorld) -> int:
    lending_world = with_countable_money(lending_world)
    ledger, world = LendingLedger(lending_world), lending_world.build().world
    while world.tick < world.ticks:
        advance(world, 1)
        ledger.check(world)
    return actions_of(world).size


def test_nothing_that_lending_does_makes_or_loses_money_or_collateral():
    done = 0

    @settings(deadline=None, max_examples=25, derandomize=True, database=None)
    @given(lending_worlds())
    def look(lending_world: LendingWorld) -> None:
        nonlocal done
        done += count_at_every_tick(lending_world)

    look()
    assert done > 100


def test_what_makers_have_bought_of_keepers_pays_no_funding():
    funding = {"funding": k.FUNDING_CLAMP, "funding_interest": 0.01, "funding_clamp": 1.0, "mark": k.MARK_INDEX}
    rules = rules_row(scale_bid=500.0, scale_ask=500.0, taker_fee=0.001, **funding)
    arrays = WorldArrays(rules, tape(np.linspace(100.0, 70.0, 30)), 100.0, **no_crowd())
    one = Loans(np.array([2.0]), np.array([150.0]), np.array([0.8]))
    pool = pool_row(ls.FIXED_SPREAD, 100.0, bonus=0.05)
    world = LendingWorld(arrays, lending_of(chain_row(), [pool], [one], [keeper_row(1e6)], rows=30)).run()
    state = world.state[0]
    assert state["lending_quantity"] < -1.0
    assert state["funding_rate"] == 0.01
    assert state["maker_cash"] == pytest.approx(-(state["lending_cash"] + state["fees_cash"]), rel=1e-14)
    assert state["ledger_error"] <= 1e-12


@pytest.mark.slow
@settings(deadline=None, max_examples=3_000)
@given(lending_worlds())
def test_nothing_in_three_thousand_worlds_of_lending_makes_or_loses_money_or_collateral(lending_world):
    count_at_every_tick(lending_world)


@pytest.mark.slow
@settings(deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
@given(lending_worlds(MOVING_CROWDS))
def test_nothing_is_lost_beside_a_thousand_crowds_that_defend_themselves(lending_world):
    count_at_every_tick(lending_world)
