"""Accounts' orders against their plain-Python twin, bit for bit, beside any crowd under any rules."""

from __future__ import annotations

import math

import numpy as np
import pytest
from desks import DeskRun, DeskWorld, accounts_of_twin, orders_of_twin
from drawn_desk import desk_worlds
from drawn_rules import venue_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.triggers import LONG, SHORT
from naive.world import NaiveWorld
from twins import assert_twins, outcome

from cascade_sim.engine import moves
from cascade_sim.kernels.records import EVENT


def triggers(run: DeskRun) -> list[float | None]:
    """Adverse trigger of every open position of an account; None where it has none."""
    world, found = run.world, []
    for row in world.desk.accounts:
        slot = world.moves.slot[row["position"]]
        if world.positions.quantity[slot] > 0.0:
            key = float(world.moves.live[slot])
            found.append(None if math.isnan(key) else abs(key))
    return found


def assert_same_desk(run: DeskRun, twin: NaiveWorld) -> None:
    assert run.accounts == accounts_of_twin(twin)
    assert run.orders == orders_of_twin(twin)
    desk, world = twin.engine.desk, run.world
    for side, rows in ((LONG, world.desk.bids), (SHORT, world.desk.asks)):
        places = [desk.orders.index(order) for order in desk.resting[side]]
        assert rows[: len(places)].tolist() == places
    assert triggers(run) == [position.trigger for position in desk.positions if position.quantity > 0.0]


def run_with_room(desk_world: DeskWorld, room: int | None) -> DeskRun:
    """Run; with heaps and event rows that hold so much before the crowd is sorted anew or the rows have to grow."""
    if room is None:
        return desk_world.run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "ROOM_SHARE", 0.0)
        patch.setattr(moves, "LEAST_ROOM", room)
        run = desk_world.build()
    log = run.world.log
    run.world.log = log._replace(events=np.empty(min(room + 1, log.queue_long.size), EVENT))
    return desk_world.go_on(run)


def assert_same_bits(desk_world: DeskWorld, room: int | None) -> None:
    run, twin = run_with_room(desk_world, room), desk_world.twin().run()
    assert_twins(run.world, twin)
    assert_same_desk(run, twin)


ROOMS = st.sampled_from([None, None, 0, 1, 5])


@settings(deadline=None, max_examples=100)
@given(desk_worlds(), ROOMS)
def test_accounts_in_any_world_equal_their_plain_twin_bit_for_bit(desk_world, room):
    assert_same_bits(desk_world, room)


@pytest.mark.slow
@settings(deadline=None, max_examples=5_000)
@given(desk_worlds(), ROOMS)
def test_accounts_in_five_thousand_worlds_equal_their_plain_twins_bit_for_bit(desk_world, room):
    assert_same_bits(desk_world, room)


# Where rings of positions that wait stand: they are as long as there are positions.
RINGS = ("held_head", "held_tail", "waiting_head", "waiting_tail")


@settings(deadline=None, max_examples=60)
@given(venue_worlds(), st.integers(1, 3))
def test_accounts_that_send_nothing_change_no_bit_of_the_run(arrays, accounts):
    alone = outcome(arrays.run())
    beside = outcome(DeskWorld(arrays, (5.0,) * accounts, {}).run().world)
    for name in alone.keys() - {*RINGS, "accounts", "wallet", "answers"}:  # an account has terms too
        np.testing.assert_equal(beside[name], alone[name], err_msg=name)
