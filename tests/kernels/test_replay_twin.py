"""Recorded paths, tracked and pushed again, against the plain-Python twin, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from drawn_replay import PUSHES, other_rules, pushes_again, tracked_worlds
from drawn_rules import venue_worlds
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from naive.replay import UnreachedError
from naive.world import NaiveWorld
from twins import assert_twins, outcome
from worlds import WorldArrays

from cascade_sim.engine import moves
from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.errors import UnreachableError
from cascade_sim.kernels.records import EVENT


def build(arrays: WorldArrays, room: int | None) -> World:
    """Build with a tape of its own; with heaps and event rows that hold so much before they have to grow."""
    with pytest.MonkeyPatch.context() as patch:
        if room is not None:
            patch.setattr(moves, "ROOM_SHARE", 0.0)
            patch.setattr(moves, "LEAST_ROOM", room)
        world = arrays.build()
    if room is not None:
        events = np.empty(min(room + 1, world.log.queue_long.size), EVENT)
        world.log = world.log._replace(events=events)
    world.tape = world.tape._replace(**{name: getattr(world.tape, name).copy() for name in PUSHES})
    return world


def run(arrays: WorldArrays, room: int | None = None) -> tuple[World, bool]:
    """Run; returns the world, and whether its book reached every recorded price."""
    world = build(arrays, room)
    try:
        advance(world, world.ticks)
    except UnreachableError:
        return world, False
    return world, True


def run_twin(arrays: WorldArrays) -> tuple[NaiveWorld, bool]:
    twin = NaiveWorld(*arrays.arguments)
    try:
        return twin.run(), True
    except UnreachedError:
        return twin, False


def assert_same_bits(arrays: WorldArrays, room: int | None = None) -> World:
    """Compare all that there is; where a price could not be reached, the place and the pushes up to it."""
    (world, reached), (twin, wanted) = run(arrays, room), run_twin(arrays)
    assert (world.tick, reached) == (twin.tick, wanted)
    for name in PUSHES:
        assert getattr(world.tape, name)[: twin.tick].tolist() == getattr(twin.tape, name)[: twin.tick], name
    if reached:
        assert_twins(world, twin)
    return world


# What a run counts only while it is tracked.
OF_TRACKING = {"tracked_ticks", "tracking_error", "missed_ticks"}


def assert_same_run(tracked: World, pushed: World) -> None:
    wanted, found = outcome(tracked), outcome(pushed)
    for name in wanted.keys() - OF_TRACKING:
        np.testing.assert_equal(found[name], wanted[name], err_msg=name)


def check_pushed_again(arrays: WorldArrays, changes: dict) -> None:
    """The pushes of a tracked run give the same run, and under other rules the twin's."""
    tracked, reached = run(arrays)
    assume(reached)
    pushed = pushes_again(arrays, tracked)
    assert_same_run(tracked, assert_same_bits(pushed))
    assert_same_bits(pushed.with_rules(**changes))


COMPILES = [HealthCheck.too_slow, HealthCheck.filter_too_much]  # drawing a path may run the kernel for the first time
ROOMS = st.sampled_from([None, None, 0, 1, 5])
WORLDS = st.one_of(drawn_worlds(), venue_worlds())


@settings(deadline=None, max_examples=60, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS), ROOMS)
def test_any_tracked_world_equals_its_plain_twin_bit_for_bit(arrays, room):
    assert_same_bits(arrays, room)


@pytest.mark.slow
@settings(deadline=None, max_examples=5_000, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS), ROOMS)
def test_five_thousand_tracked_worlds_equal_their_plain_twins_bit_for_bit(arrays, room):
    assert_same_bits(arrays, room)


@settings(deadline=None, max_examples=40, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS), other_rules())
def test_saved_pushes_give_the_same_run_and_under_other_rules_that_of_the_twin(arrays, changes):
    check_pushed_again(arrays, changes)


@pytest.mark.slow
@settings(deadline=None, max_examples=3_000, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS), other_rules())
def test_the_saved_pushes_of_three_thousand_worlds_give_the_same_runs_and_those_of_the_twin(arrays, changes):
    check_pushed_again(arrays, changes)
