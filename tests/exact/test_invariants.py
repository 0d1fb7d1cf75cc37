"""What must hold whatever the parameters, and what must break where a premise of the theory is dropped."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drawn import crowds, drawn_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from textbook import cascade, cells, outcome, setting
from worlds import WorldArrays, column, event_rows, rules_row, tape

from cascade_sim.engine.shares import share_closed
from cascade_sim.kernels import state as k

MARKS = [k.MARK_LAST, k.MARK_MID, k.MARK_INDEX, k.MARK_INDEX_EMA]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    "book", [{"shape": k.SHAPE_INFINITE}, {"scale_bid": 1e40, "scale_ask": 1e40}], ids=["no impact", "endless depth"]
)
@settings(deadline=None, max_examples=25)
@given(data=st.data(), seed=st.integers(0, 1000), contract=st.sampled_from([k.LINEAR, k.INVERSE]))
def test_without_impact_the_mark_is_the_index_to_the_bit(mark, book, data, seed, contract):
    crowd, tiers = data.draw(crowds(100.0, contract, False))
    random = np.random.default_rng(seed)
    path = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.03, 80)))
    events = tape(path, noise=random.normal(0.0, 1e4, 80), orders=[(5, -1e5), (50, 1e6)], tiers=tiers)
    rules = rules_row(
        contract=contract, mark=mark, mark_weight=0.1, refill_kept=0.9, permanent=0.5, pull_share=0.1,
        follow_share=0.1, momentum_notional=100.0, momentum_at=0.01, momentum_weight=0.1, **book,
    )  # fmt: skip
    world = WorldArrays(rules, events, 100.0, **crowd).run()
    for name in ("mark", "index", "mid", "bid", "ask"):
        assert column(world, name).tolist() == path.tolist()


@settings(deadline=None, max_examples=100)
@given(drawn_worlds())
def test_nobody_is_liquidated_while_the_price_is_flat(arrays):
    """Without news, orders and a premium to close, whatever the rules."""
    flat = tape(
        np.full(arrays.tape.path.size, arrays.price),
        levels=list(zip(arrays.tape.table_distance, arrays.tape.table_quantity, strict=True)),
    )
    calm = arrays.with_rules(momentum_notional=0.0, value_notional=0.0)
    keep = np.where(arrays.side > 0, arrays.trigger < arrays.price, arrays.trigger > arrays.price)
    world = WorldArrays(
        calm.rules, flat, arrays.price, arrays.side[keep], arrays.trigger[keep], arrays.quantity[keep],
        arrays.bankruptcy[keep], arrays.entry[keep],
    ).run()  # fmt: skip
    assert event_rows(world).size == 0
    assert column(world, "mark").tolist() == [arrays.price] * column(world, "mark").size


@settings(deadline=None, max_examples=100)
@given(drawn_worlds())
def test_the_counterfactual_without_forced_selling_liquidates_nobody(arrays):
    world = arrays.with_rules(policy=k.POLICY_NONE).run()
    assert event_rows(world).size == 0
    assert (column(world, "open_interest") == column(world, "open_interest")[0]).all()
    assert (column(world, "rounds") == 0).all()


@settings(deadline=None, max_examples=100)
@given(drawn_worlds())
def test_nothing_is_traded_and_nobody_liquidated_during_an_outage(arrays):
    ticks = arrays.tape.path.size
    closed = arrays.tape._replace(outage_from=np.array([0]), outage_to=np.array([ticks]))
    world = WorldArrays(
        arrays.rules, closed, arrays.price, arrays.side, arrays.trigger, arrays.quantity, arrays.bankruptcy,
        arrays.entry, arrays.index_start,
    ).run()  # fmt: skip
    assert event_rows(world).size == 0
    assert (column(world, "flow") == 0).all()
    assert column(world, "halted").sum() == ticks


maps = st.tuples(
    st.lists(st.tuples(st.floats(0.001, 0.5), st.floats(0.01, 1.0)), min_size=1, max_size=40),
    st.floats(0.1, 20.0),
)


@settings(deadline=None, max_examples=150)
@given(maps, st.floats(1.0, 3.0), st.floats(1.0, 3.0), st.floats(1.0, 3.0), st.floats(1.0, 3.0))
def test_the_drop_grows_with_push_holdings_and_leverage_and_shrinks_with_depth(setup, push, held, leverage, depth):
    positions, order = setup
    distance, quantity = map(np.array, zip(*positions, strict=True))
    density = 2.0 * quantity.sum()
    order *= 0.01 * density
    drop, forced = cascade(distance, quantity, order, density=density)
    tolerance = 1.0 - 1e-12
    for other in (
        cascade(distance, quantity, push * order, density=density),
        cascade(distance, held * quantity, order, density=density),
        cascade(distance / leverage, quantity, order, density=density),
    ):
        assert other[0] >= drop * tolerance
        assert other[1] >= forced * tolerance
    deeper = cascade(distance, quantity, order, density=depth * density)
    assert deeper[0] <= drop / tolerance
    assert deeper[1] <= forced / tolerance


def uniform_at(ratio, **rules):
    """Drop over the push's own impact where theory says 1 / (1 - ratio)."""
    edges = np.linspace(0.0, 0.3, 20_001)
    distance, quantity = cells(edges, ratio * edges, place=0.5 * (1.0 - ratio))
    world = setting(distance, quantity, [(0, 0.2 * (1.0 - ratio))], ticks=200, **rules).run()
    assert outcome(world)[0] > 0.0 or "refill_kept" in rules
    return -math.log1p(-float(world.state["max_drawdown"][0])) / (0.2 * (1.0 - ratio)), world


def test_the_control_without_any_of_it_keeps_the_law():
    assert uniform_at(0.6)[0] == pytest.approx(2.5, rel=1e-4)


def test_replenishment_breaks_the_law():
    """The engine sells over time, and the book comes back meanwhile."""
    paced = {"policy": k.POLICY_PACED, "pace_share": 0.2}
    assert uniform_at(0.6, **paced)[0] == pytest.approx(2.5, rel=1e-4)
    assert uniform_at(0.6, refill_kept=0.9, **paced)[0] < 1.8


def test_an_averaged_mark_breaks_the_law():
    weight = share_closed(1.0, 30.0)
    amplification, world = uniform_at(0.6, mark=k.MARK_INDEX_EMA, mark_weight=weight)
    lowest = -np.log(column(world, "bid").min()) / 0.08
    assert lowest == pytest.approx(1.0 / (1.0 - 0.3), rel=0.02)
    assert amplification < 0.8
    # Generations no longer show as rounds: a tick's slow mark sets off at most one.
    assert event_rows(world)["round"].max() <= 2


def test_a_mark_on_the_index_never_sees_the_cascade():
    _, world = uniform_at(0.9, mark=k.MARK_INDEX)
    assert event_rows(world).size == 0


@settings(deadline=None, max_examples=100)
@given(drawn_worlds())
def test_prices_stay_positive_finite_and_ordered(arrays):
    world = arrays.run()
    assert np.isfinite(world.log.rows).all()
    bid, ask = column(world, "bid"), column(world, "ask")
    for name in ("mark", "index", "mid", "bid", "ask"):
        values = column(world, name)
        assert np.isfinite(values).all()
        assert (values > 0.0).all()
    assert (bid <= ask * (1.0 + 1e-12)).all()
    multiplier = column(world, "depth_multiplier")
    assert ((multiplier > 0.0) & (multiplier <= 1.0)).all()
