"""Lending beside the exchange against its plain-Python twin, bit for bit, however the run is cut up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from drawn_lending import KINDS, MOVING_CROWDS, lending_beside_accounts, lending_worlds, plain_crowds
from drawn_replay import PUSHES, tracked_worlds
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from lending_twins import assert_same_lending, everything
from lending_worlds import LendingWorld, actions_of
from naive.lending_keepers import ACTIONS
from naive.replay import UnreachedError
from twins import assert_twins, outcome

from cascade_sim.engine.world import World
from cascade_sim.errors import UnreachableError
from cascade_sim.kernels import lending_state as ls
from cascade_sim.kernels.records import EVENT

COMPILES = [HealthCheck.too_slow, HealthCheck.filter_too_much]  # drawing may run the kernel for the first time
ROOMS = st.sampled_from([(1, 1), (2, 5), (64, 1), (1, 64)])
CHUNKS = st.sampled_from([1, 7, 1000])


def assert_same_bits(lending_world: LendingWorld) -> World:
    world, twin = lending_world.run(), lending_world.twin().run()
    assert_same_lending(world, twin)
    assert_twins(world, twin)
    return world


def assert_cut_up(lending_world: LendingWorld, chunk: int, room: tuple[int, int]) -> None:
    """In pieces, with rows that have to grow in the middle of a block, and event rows in the middle of a round."""
    whole, run = lending_world.run(), lending_world.build(room)
    log = run.world.log
    run.world.log = log._replace(events=np.empty(1, EVENT))
    pieces = lending_world.go_on(run, chunk)
    assert everything(pieces.lending) == everything(whole.lending)
    np.testing.assert_equal(outcome(pieces), outcome(whole))


def assert_same_track(lending_world: LendingWorld) -> None:
    """Compare all that there is; where a price could not be reached, the place and the pushes up to it."""
    run, twin = lending_world.build(), lending_world.twin()
    world = run.world
    world.tape = world.tape._replace(**{name: getattr(world.tape, name).copy() for name in PUSHES})
    reached = wanted = True
    try:
        lending_world.go_on(run)
    except UnreachableError:
        reached = False
    try:
        twin.run()
    except UnreachedError:
        wanted = False
    assert (world.tick, reached) == (twin.tick, wanted)
    for name in PUSHES:
        assert getattr(world.tape, name)[: twin.tick].tolist() == getattr(twin.tape, name)[: twin.tick], name
    if reached:
        assert_same_lending(world, twin)
        assert_twins(world, twin)


@pytest.mark.slow
@settings(deadline=None, max_examples=10_000)
@given(lending_worlds())
def test_lending_beside_ten_thousand_crowds_equals_its_plain_twins_bit_for_bit(lending_world):
    assert_same_bits(lending_world)


@pytest.mark.slow
@settings(deadline=None, max_examples=5_000, suppress_health_check=COMPILES)
@given(lending_worlds(MOVING_CROWDS))
def test_lending_beside_five_thousand_crowds_that_defend_themselves_equals_its_plain_twins(lending_world):
    assert_same_bits(lending_world)


@pytest.mark.slow
@settings(deadline=None, max_examples=3_000, suppress_health_check=COMPILES)
@given(lending_beside_accounts())
def test_lending_beside_three_thousand_worlds_of_accounts_equals_its_plain_twins(lending_world):
    assert_same_bits(lending_world)


@settings(deadline=None, max_examples=3, suppress_health_check=COMPILES)
@given(lending_worlds(tracked_worlds(plain_crowds())))
def test_lending_along_a_recorded_path_equals_its_plain_twin_bit_for_bit(lending_world):
    assert_same_track(lending_world)


@pytest.mark.slow
@settings(deadline=None, max_examples=3_000, suppress_health_check=COMPILES)
@given(lending_worlds(tracked_worlds(st.one_of(plain_crowds(), MOVING_CROWDS))))
def test_lending_along_three_thousand_recorded_paths_equals_its_plain_twins(lending_world):
    assert_same_track(lending_world)


@settings(deadline=None, max_examples=20)
@given(lending_worlds(), CHUNKS, ROOMS)
def test_lending_does_not_depend_on_how_a_run_is_cut_or_how_much_room_its_rows_have(lending_world, chunk, room):
    assert_cut_up(lending_world, chunk, room)


@pytest.mark.slow
@settings(deadline=None, max_examples=3_000, suppress_health_check=COMPILES)
@given(st.one_of(lending_worlds(), lending_worlds(MOVING_CROWDS), lending_beside_accounts()), CHUNKS, ROOMS)
def test_three_thousand_worlds_of_lending_do_not_depend_on_how_they_are_cut(lending_world, chunk, room):
    assert_cut_up(lending_world, chunk, room)


POOL_COUNTS = ("zero_bids", "oracle_stuck", "toxic")
POOL_AMOUNTS = ("covered", "surplus", "fees", "returned", "bad_debt", "open")


def count(seen: Counter[str], world: World) -> None:
    """Add what has been done in a world, and in how many pools there is anything of the rest."""
    actions, pools = actions_of(world), world.lending.pools
    seen.update(ACTIONS[what] for what in actions["what"].tolist())
    for name in POOL_COUNTS:
        seen[name] += int(pools[name].sum())
    for name in POOL_AMOUNTS:
        seen[name] += int(np.count_nonzero(pools[name]))
    seen["held"] += int(np.count_nonzero(world.lending.keepers["quantity"]))
    seen["sold at once"] += int(np.count_nonzero(actions["sold"][actions["what"] < ACTIONS.index("sold")]))
    seen["liquidated traders"] += int(world.state["events"][0])
    seen["called in Compound"] += int(pools["liquidations"][pools["compound"] == 1].sum())


def test_lending_beside_any_crowd_equals_its_plain_twin_and_the_draws_reach_every_kind_of_action_and_end():
    seen: Counter[str] = Counter()

    for number, kinds in enumerate([KINDS, KINDS, (ls.FLIP,), (ls.FLIP,)]):

        @seed(number)
        @settings(deadline=None, max_examples=30, derandomize=False, database=None)
        @given(lending_worlds(kinds=kinds))
        def compare(lending_world: LendingWorld) -> None:
            count(seen, assert_same_bits(lending_world))

        compare()
    others = ("held", "sold at once", "liquidated traders", "called in Compound")
    wanted = (*ACTIONS, *POOL_COUNTS, *POOL_AMOUNTS, *others)
    assert {name: seen[name] for name in wanted if seen[name] < 2} == {}
