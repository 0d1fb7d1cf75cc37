"""Money and collateral of lending are conserved at every tick, by a count of the tests' own."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_lending import MOVING_CROWDS, lending_worlds
from hypothesis import HealthCheck, given, settings
from lending_ledger import LendingLedger
from lending_worlds import LendingWorld, actions_of

from cascade_sim.engine.advance import advance


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
