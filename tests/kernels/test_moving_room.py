"""Heaps of changed triggers may be as small as they like: the crowd is sorted anew, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_rules import venue_worlds
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from twins import outcome
from worlds import WorldArrays

from cascade_sim.engine import moves
from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World


def run_with_room(arrays: WorldArrays, room: int) -> World:
    """Run with heaps that hold the take-profit orders and so many changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "ROOM_SHARE", 0.0)
        patch.setattr(moves, "LEAST_ROOM", room)
        world = arrays.build()
    advance(world, world.ticks)
    return world


def assert_room_is_no_matter(arrays: WorldArrays, room: int) -> None:
    assume(arrays.rules["moving"][0])
    small, large = outcome(run_with_room(arrays, room)), outcome(arrays.run())
    for name, wanted in large.items():
        np.testing.assert_equal(small[name], wanted, err_msg=name)


@settings(deadline=None, max_examples=100)
@given(venue_worlds(), st.sampled_from([0, 1, 3]))
def test_heaps_without_room_give_the_same_bits_under_any_venue_rules(arrays, room):
    assert_room_is_no_matter(arrays, room)


@pytest.mark.slow
@settings(deadline=None, max_examples=5000)
@given(venue_worlds(), st.sampled_from([0, 1, 3]))
def test_five_thousand_worlds_do_not_depend_on_the_room_of_their_heaps(arrays, room):
    assert_room_is_no_matter(arrays, room)
