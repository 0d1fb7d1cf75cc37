"""Heaps of changed triggers may be as small as they like: the crowd is sorted anew, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_rules import venue_worlds
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from second_ledger import open_positions
from worlds import WorldArrays, event_rows

from cascade_sim.engine import moves
from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.kernels import state as k

# Where a world stands, but for how its crowd is laid out.
LAYOUT = (
    "head_long", "head_short", "sorted_end", "next_slot", "down_size", "up_size", "next_long", "next_short",
    "batch_at", "batch_down", "batch_size", "round",
)  # fmt: skip


def outcome(world: World) -> dict:
    state = {name: world.state[name].item() for name in k.STATE.names if name not in LAYOUT}
    terms = {} if world.moves is None else {name: world.moves.terms[name].tolist() for name in ("wallet", "answers")}
    log = {"rows": world.log.rows.tolist(), "events": event_rows(world).tolist(), "minutes": world.log.minutes.tolist()}
    return state | log | terms | {"crowd": open_positions(world)}


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
