"""However the run is cut up, and however little room the event rows have, the bits are the same."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from drawn_rules import venue_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import WorldArrays, crowd_at, event_rows, rules_row, tape

from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.kernels import state as k
from cascade_sim.kernels.records import EVENT


def advance_in_chunks(arrays: WorldArrays, chunk: int, room: int | None = None) -> World:
    world = arrays.build()
    if room is not None:  # no more than the queues have: `grow_events` keeps both in step
        world.log = world.log._replace(events=np.empty(min(room, world.log.queue_long.size), EVENT))
    done = 0
    while world.tick < world.ticks:
        done += advance(world, chunk)
        assert done == world.tick
    return world


def everything(world: World) -> list[bytes]:
    fields = [world.state[name].tobytes() for name in k.STATE.names]
    log = [
        world.log.rows.tobytes(),
        world.log.frames.tobytes(),
        world.log.minutes.tobytes(),
        event_rows(world).tobytes(),
    ]
    return [*fields, *log, *(np.asarray(column).tobytes() for column in world.positions)]


def cascade(**rules) -> WorldArrays:
    """Three hundred longs that one order sets off, over many rounds."""
    crowd = crowd_at(np.linspace(0.001, 0.3, 300), 1.0, ruin=0.01)
    rules = rules_row(scale_bid=1050.0, scale_ask=1050.0, fund_start=3.0, refill_kept=0.97, **rules)
    events = tape(np.full(50, 1.0), orders=[(2, -40.0), (9, -80.0)])
    return WorldArrays(rules, events, 1.0, **crowd)


@pytest.mark.parametrize("policy", [k.POLICY_MARKET, k.POLICY_PACED, k.POLICY_LIMIT])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
@pytest.mark.parametrize("room", [1, 2, 37])
def test_a_full_event_buffer_is_grown_in_mid_round_to_the_same_bits(policy, chunk, room):
    arrays = cascade(policy=policy, pace_share=0.3)
    whole = arrays.run()
    assert whole.state["events"][0] > 60
    if policy == k.POLICY_MARKET:
        assert event_rows(whole)["round"].max() > 5
    assert everything(advance_in_chunks(arrays, chunk, room)) == everything(whole)


@settings(deadline=None, max_examples=150)
@given(drawn_worlds(), st.sampled_from([1, 7, 1000]), st.sampled_from([1, None]))
def test_chunks_of_any_size_give_the_same_bits_under_any_rules(arrays, chunk, room):
    assert everything(advance_in_chunks(arrays, chunk, room)) == everything(arrays.run())


@pytest.mark.slow
@settings(deadline=None, max_examples=3000)
@given(drawn_worlds(), st.sampled_from([1, 2, 7, 1000]), st.sampled_from([1, 3, None]))
def test_three_thousand_worlds_do_not_depend_on_how_they_are_cut(arrays, chunk, room):
    assert everything(advance_in_chunks(arrays, chunk, room)) == everything(arrays.run())


@settings(deadline=None, max_examples=100)
@given(venue_worlds(), st.sampled_from([1, 7, 1000]), st.sampled_from([1, 2, None]))
def test_chunks_of_any_size_give_the_same_bits_under_any_venue_rules(arrays, chunk, room):
    assert everything(advance_in_chunks(arrays, chunk, room)) == everything(arrays.run())


@pytest.mark.slow
@settings(deadline=None, max_examples=3000)
@given(venue_worlds(), st.sampled_from([1, 2, 7, 1000]), st.sampled_from([1, 3, None]))
def test_three_thousand_worlds_of_venue_rules_do_not_depend_on_how_they_are_cut(arrays, chunk, room):
    assert everything(advance_in_chunks(arrays, chunk, room)) == everything(arrays.run())


def test_advance_stops_at_the_end_of_the_run():
    world = cascade().build()
    assert advance(world, 30) == 30
    assert advance(world, 1000) == 20
    assert advance(world, 1000) == 0


@pytest.mark.parametrize("row_ticks", [1, 3, 7, 49, 50, 51])
def test_rows_add_up_to_the_same_totals_at_any_recording_interval(row_ticks):
    every_tick, rows = cascade().run().log.rows, cascade(row_ticks=row_ticks).run().log.rows
    assert rows.shape[0] == -(-50 // row_ticks)
    flows = [k.ROW.index(name) for name in ("flow", "forced_sell", "liquidations_long", "rounds", "adl", "halted")]
    np.testing.assert_allclose(rows[:, flows].sum(axis=0), every_tick[:, flows].sum(axis=0), rtol=1e-13)
    levels = [k.ROW.index(name) for name in ("mark", "bid", "open_interest", "insurance_fund", "bad_debt")]
    ends = [*range(row_ticks - 1, 49, row_ticks), 49]
    np.testing.assert_array_equal(rows[:, levels], every_tick[ends][:, levels])
