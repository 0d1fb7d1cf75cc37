"""Recorded paths, tracked and pushed again, against the plain-Python twin, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from drawn_replay import tracked_worlds
from drawn_rules import venue_worlds
from hypothesis import given, settings
from naive.replay import UnreachableError
from naive.world import NaiveWorld
from twins import assert_twins, outcome
from worlds import WorldArrays

from cascade_sim.engine.advance import grow_events, sort_crowd
from cascade_sim.engine.world import World
from cascade_sim.kernels import state as k
from cascade_sim.kernels import tick

WRITTEN = ("push_before", "push_after", "base_sold", "base_bought")


def run(arrays: WorldArrays) -> tuple[World, int]:
    """Run on a tape of its own; the status is UNREACHABLE where the book has ended before a recorded price."""
    world = arrays.build()
    world.tape = world.tape._replace(**{name: getattr(world.tape, name).copy() for name in WRITTEN})
    while True:
        beside = world.tape, world.log, world.moves, world.desk
        status = tick.advance(world.rules, world.state, world.positions, *beside, world.ticks)
        if status == k.EVENTS_FULL:
            grow_events(world)
        elif status == k.UNSORTED:
            sort_crowd(world)
        else:
            return world, status


def run_twin(arrays: WorldArrays) -> tuple[NaiveWorld, int]:
    twin = NaiveWorld(*arrays.arguments)
    try:
        return twin.run(), k.RUNNING
    except UnreachableError:
        return twin, k.UNREACHABLE


def assert_same_bits(arrays: WorldArrays) -> World | None:
    """Compare; returns the world if it came to its end."""
    (world, status), (twin, wanted) = run(arrays), run_twin(arrays)
    assert world.tick == twin.tick
    assert status == wanted
    done = twin.tick
    for name in WRITTEN:
        assert getattr(world.tape, name)[:done].tolist() == getattr(twin.tape, name)[:done], name
    if status == k.UNREACHABLE:
        return None
    assert_twins(world, twin)
    return world


@settings(deadline=None, max_examples=60)
@given(tracked_worlds(drawn_worlds()))
def test_a_tracked_world_equals_its_plain_twin_bit_for_bit(arrays):
    assert_same_bits(arrays)
