"""Tracked and pushed replays: brute force, closed forms and what must hold whatever the rules."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from drawn import drawn_worlds
from drawn_replay import pushes_again, pushes_of, tracked_worlds, with_replay
from drawn_rules import venue_worlds
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from naive.replay import UnreachedError
from second_ledger import SecondLedger
from single_push import last_tick, same_past, small_ticks
from twins import outcome
from worlds import WorldArrays, column, crowd_at, event_rows, no_crowd, rules_row, tape, unit_of

from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.errors import UnreachableError
from cascade_sim.kernels import state as k


def check_against_brute_force(arrays: WorldArrays, target: float) -> None:
    """One push that lands on the price, where there is one; where there is none, what set the cascade off is undone.

    But no push holds up what forced trades move: it is no more than what gets there while nobody is forced to trade.
    """
    news = bool(arrays.rules["push_news"][0])
    # News by the last price does not foresee what only the bid reaches that forced sales have lowered (docs/replay.md).
    assume(not (news and arrays.rules["mark"][0] == k.MARK_LAST))
    tick, alone = last_tick(arrays, target), last_tick(arrays.with_rules(policy=k.POLICY_NONE), target)
    depth = 1.0 if news else float(arrays.rules["scale_bid"][0]) * 0.05 ** float(arrays.rules["exponent"][0])
    found, unforced = (each.bisected(3.0 if news else 60.0 * depth) for each in (tick, same_past(alone, tick)))
    assume(found is not None and unforced is not None)
    low, high = found
    below, above = tick.forward(low), tick.forward(high)
    try:
        world = tick.tracked()
    except UnreachedError:  # the book ends before the price
        assume(False)
    before, after = world.tape.push_before[-1], world.tape.push_after[-1]
    assert abs(tick.miss(world)) <= 1e-9
    sold, bought = tick.forced(world)
    bounds = [low, high]
    if sold > 0.0:
        bounds += [min(bound, max(unforced[1], 0.0)) for bound in found]
    if bought > 0.0:
        bounds += [max(bound, min(unforced[0], 0.0)) for bound in found]
    assert min(abs(before - bound) for bound in bounds) <= 1e-9 * depth
    lands = abs(tick.miss(tick.forward(before))) <= 1e-9
    if min(abs(before - low), abs(before - high)) <= 1e-9 * depth and tick.miss(above) - tick.miss(below) < 1e-8:
        assert lands
    if lands:
        assert abs(after) <= 1e-9 * depth
    elif (sold > 0.0) != (bought > 0.0):
        assert after > 0.0 if sold > 0.0 else after < 0.0
        assert world.replay.absorbed_ticks == 1


@settings(deadline=None, max_examples=40)
@given(small_ticks())
def test_the_push_is_the_one_that_brute_force_finds(drawn):
    check_against_brute_force(*drawn)


@pytest.mark.slow
@settings(deadline=None, max_examples=3_000)
@given(small_ticks())
def test_the_push_is_the_one_that_brute_force_finds_in_three_thousand_ticks(drawn):
    check_against_brute_force(*drawn)


COMPILES = [HealthCheck.too_slow, HealthCheck.filter_too_much]  # drawing a path may run the kernel for the first time


def tracked(arrays: WorldArrays) -> World:
    """Run on a tape of its own, if the book reaches every recorded price."""
    world = arrays.build()
    world.tape = world.tape._replace(**pushes_of(world))
    try:
        advance(world, world.ticks)
    except UnreachableError:
        assume(False)
    return world


def pushed(arrays: WorldArrays, world: World, **rules) -> World:
    """Run the pushes of a tracked world again."""
    return pushes_again(arrays, world).with_rules(**rules).run()


WORLDS = st.one_of(drawn_worlds(), venue_worlds())


@settings(deadline=None, max_examples=60, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS))
def test_the_mid_is_the_recorded_price_in_every_tick_that_is_not_halted(arrays):
    arrays.rules["row_ticks"] = 1
    world = tracked(arrays)
    here = np.log(column(world, "mid")) - arrays.tape.target
    moves = (column(world, "halted") == 0) & ~np.isnan(here)
    assert (np.abs(here[moves]) <= 1e-9).all()
    assert world.state["tracked_ticks"][0] >= moves.sum()


@settings(deadline=None, max_examples=40, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS), st.booleans())
def test_money_is_conserved_at_every_tick_of_a_replay(arrays, again):
    arrays.rules["row_ticks"] = 1
    first = tracked(arrays)
    assume(column(first, "bid").min() > 1e-4 * arrays.price)
    if again:
        arrays = pushes_again(arrays, first).with_rules(policy=k.POLICY_MARKET, adl=1)
    world, ledger = arrays.build(), SecondLedger(arrays)
    while world.tick < world.ticks:
        advance(world, 1)
        ledger.check(world)


@settings(deadline=None, max_examples=40, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS))
def test_nothing_is_pushed_in_a_tick_without_a_recorded_price(arrays):
    world = tracked(arrays)
    unknown = np.isnan(arrays.tape.target)
    assert not world.tape.push_before[unknown].any()
    assert not world.tape.push_after[unknown].any()


@settings(deadline=None, max_examples=40)
@given(WORLDS)
def test_a_world_without_a_recorded_price_is_the_world_without_a_replay(arrays):
    assume(arrays.rules["shape"][0] != k.SHAPE_INFINITE)
    alone = outcome(arrays.run())
    assume(not column(arrays.run(), "engine_inventory").any())  # what waits goes first in a replay
    unread = outcome(with_replay(arrays, np.nan).run())
    for name in alone.keys() - {"backlog_done", "sold_before", "bought_before"}:
        np.testing.assert_equal(unread[name], alone[name], err_msg=name)


@settings(deadline=None, max_examples=40, suppress_health_check=COMPILES)
@given(tracked_worlds(WORLDS))
def test_without_forced_selling_nothing_is_absorbed(arrays):
    world = tracked(arrays)
    again = pushed(arrays, world, policy=k.POLICY_NONE)
    assert again.state["absorbed_ticks"][0] == 0
    assert not column(again, "absorbed").any()


PATHS = st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=20).map(np.cumsum)


def quiet(path: np.ndarray, crowd: dict, news: int = 0, **rules) -> WorldArrays:
    """A market whose index stands at 1, and the recorded path as log-displacements from it."""
    arrays = WorldArrays(rules_row(**rules), tape(np.ones(path.size)), 1.0, **crowd)
    return with_replay(arrays, path, news=news)


@settings(deadline=None, max_examples=40)
@given(PATHS, st.sampled_from([0.5, 1.0, 2.0, 3.3]), st.sampled_from([k.LINEAR, k.INVERSE]))
def test_without_a_crowd_an_order_eats_twice_the_way_on_the_side_that_it_goes_to(path, exponent, contract):
    """A mid that rises by d needs the asks to be eaten by 2 d, whatever has been eaten before, for nothing refills."""
    shape = k.SHAPE_LINEAR if exponent == 1.0 else k.SHAPE_POWER
    arrays = quiet(
        path, no_crowd(), contract=contract, shape=shape, exponent=exponent, scale_bid=70.0, scale_ask=40.0
    )  # fmt: skip
    world = tracked(arrays)
    step = np.diff(path, prepend=0.0)
    for sign, scale in ((1.0, 40.0), (-1.0, 70.0)):
        distance = np.concatenate([[0.0], 2.0 * np.cumsum(np.maximum(sign * step, 0.0))])
        wanted = sign * scale * np.diff(distance**exponent)
        sent = np.where(sign * world.tape.push_before > 0.0, world.tape.push_before, 0.0)
        assert sent == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert not world.tape.push_after.any()


@settings(deadline=None, max_examples=40)
@given(PATHS)
def test_without_a_crowd_the_news_is_the_return(path):
    world = tracked(quiet(path, no_crowd(), news=1))
    assert world.tape.push_before == pytest.approx(np.diff(path, prepend=0.0), abs=1e-15)
    assert not column(world, "flow").any()


@settings(deadline=None, max_examples=40)
@given(st.floats(-0.3, 0.3), st.integers(1, 6))
def test_ticks_of_half_the_length_push_the_same_in_all(move, bars):
    """Along a log-linear bar and without refill."""
    pushes = [
        tracked(quiet(np.linspace(0.0, move, ticks + 1)[1:], no_crowd(), scale_bid=30.0, scale_ask=30.0))
        for ticks in (bars, 2 * bars)
    ]
    long, short = (world.tape.push_before for world in pushes)
    assert short.reshape(-1, 2).sum(axis=1) == pytest.approx(long, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("mark", [k.MARK_LAST, k.MARK_MID])
def test_a_price_that_forced_selling_jumps_over_is_bought_back_and_the_buying_is_absorbed(mark):
    """Depth 100 a unit of log-distance; a long of 10 at a distance of 0.05 falls on: the mid to 0.05 + 10 / 100 / 2.

    By a mark at the mid the bids have to be eaten by 0.10, which takes 10; the sale of 10 takes the mid to -0.10, and
    the way back to -0.06 takes asks of 0.08, or 8. By the last trade the bids have to be eaten by 0.05, which takes 5;
    the mid is then at -0.075, and 0.03 of asks are 3.
    """
    arrays = quiet(np.array([-0.06]), crowd_at([0.05], 10.0), mark=mark, scale_bid=100.0, scale_ask=100.0, adl=0)
    world = tracked(arrays)
    before, after = (-10.0, 8.0) if mark == k.MARK_MID else (-5.0, 3.0)
    assert world.tape.push_before == pytest.approx([before], abs=1e-9)
    assert world.tape.push_after == pytest.approx([after], abs=1e-9)
    assert column(world, "absorbed") == pytest.approx([after], abs=1e-9)
    assert column(world, "flow") == pytest.approx([before], abs=1e-9)
    assert event_rows(world).size == 1
    assert world.state["absorbed_ticks"][0] == 1


def test_forced_selling_that_lands_on_the_price_needs_no_other_push_than_what_sets_it_off():
    """The same long and a price below where its sale ends: half the way of the mid is the push's, half the sale's."""
    arrays = quiet(np.array([-0.15]), crowd_at([0.05], 10.0), mark=k.MARK_MID, scale_bid=100.0, scale_ask=100.0, adl=0)
    world = tracked(arrays)
    assert world.tape.push_before == pytest.approx([-20.0], abs=1e-9)
    assert not world.tape.push_after.any()


def mirrored(arrays: WorldArrays) -> WorldArrays:
    """The same world with every log-price turned round the start price: longs are shorts, and what falls rises."""
    rules = arrays.rules.copy()
    rules["scale_bid"], rules["scale_ask"] = arrays.rules["scale_ask"], arrays.rules["scale_bid"]
    turn = arrays.price**2
    path = turn / arrays.tape.path
    target = 2.0 * math.log(arrays.price) - arrays.tape.target
    events = arrays.tape._replace(path=path, log_path=np.log(path), noise=-arrays.tape.noise, target=target)
    far = unit_of(int(rules["contract"][0]), np.where(arrays.side > 0, 1e9, 1e-9))
    return dataclasses.replace(
        arrays, rules=rules, tape=events, side=-arrays.side, trigger=turn / arrays.trigger, bankruptcy=far
    )


@settings(deadline=None, max_examples=40)
@given(small_ticks())
def test_a_world_that_is_turned_upside_down_is_pushed_the_other_way(drawn):
    """In contracts that are worth the same at any price, so that orders by notional mirror too."""
    arrays, target = drawn
    assume(arrays.rules["contract"][0] == k.INVERSE)
    arrays = with_replay(arrays, [math.nan, math.nan, target], news=int(arrays.rules["push_news"][0]))
    scale = max(float(arrays.quantity.sum()), 1.0)
    upright, turned = tracked(arrays), tracked(mirrored(arrays))
    for name in ("push_before", "push_after"):
        assert getattr(turned.tape, name) == pytest.approx(-getattr(upright.tape, name), abs=1e-7 * scale)
