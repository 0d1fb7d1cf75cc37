"""A partial liquidation leaves as much of a position as its rule says, and what it leaves has a margin of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive.margin import bankruptcy_value, liquidation_price, maintenance_margin
from second_ledger import open_positions
from worlds import WorldArrays, event_rows, rules_row, tape, unit_of

from cascade_sim.kernels import state as k
from cascade_sim.mechanics.margin import maintenance_amounts

PRICE = 100.0
LADDERS = [[(0.0, 0.01)], [(0.0, 0.005), (700.0, 0.01), (3000.0, 0.02)]]


def one_position(contract, side, leverage, ladder, *, quantity, on_entry=0, below=1e-5, **rules) -> WorldArrays:
    """One position in a market without impact whose price jumps a little beyond its liquidation price."""
    inverse = contract == k.INVERSE
    size = quantity * PRICE if inverse else quantity
    collateral = size / PRICE / leverage if inverse else size * PRICE / leverage
    rates, amounts = [rate for _, rate in ladder], maintenance_amounts(ladder).tolist()
    terms = (side, size, PRICE, collateral, inverse)
    trigger = liquidation_price(*terms, bool(on_entry), rates, amounts)
    record = rules_row(
        contract=contract, moving=1, shape=k.SHAPE_INFINITE, mark=k.MARK_INDEX, fund_start=1e6, surplus_to_trader=1,
        maintenance_on_entry=on_entry, **rules,
    )  # fmt: skip
    events = tape(np.full(3, trigger * (1.0 - side * below)), tiers=list(zip(rates, amounts, strict=True)))
    column = np.array
    return WorldArrays(
        record, events, PRICE, column([side], np.int8), column([trigger]), column([size]),
        column([bankruptcy_value(*terms)]), column([unit_of(contract, PRICE)]),
    )  # fmt: skip


def margins(arrays: WorldArrays, world) -> tuple[float, float]:
    """Equity and maintenance of what is left, in quote."""
    contract, mark = int(arrays.rules["contract"][0]), float(world.state["mark"][0])
    signed, ruin = open_positions(world)[0]
    quantity = abs(signed)
    equity = signed * (unit_of(contract, mark) - ruin)
    basis = PRICE if arrays.rules["maintenance_on_entry"][0] else mark
    notional = quantity if contract == k.INVERSE else quantity * basis
    required = maintenance_margin(notional, arrays.tape.tier_rate.tolist(), arrays.tape.tier_amount.tolist())
    return equity * (mark if contract == k.INVERSE else 1.0), required


positions = st.tuples(
    st.sampled_from([k.LINEAR, k.INVERSE]), st.sampled_from([1, -1]), st.sampled_from([5.0, 10.0, 30.0]),
    st.sampled_from(LADDERS),
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(positions, st.floats(0.5, 60.0), st.sampled_from([0.05, 0.1, 1.0]), st.sampled_from([0.0, 0.001, 0.004]))
def test_by_health_what_is_left_has_the_buffer_over_its_maintenance(position, quantity, buffer, fee):
    arrays = one_position(
        *position, quantity=quantity, partial=k.PARTIAL_HEALTH, partial_buffer=buffer, liquidation_fee=fee
    )
    world = arrays.run()
    assert event_rows(world).size == 1
    assert event_rows(world)["quantity"][0] < arrays.quantity[0]
    equity, required = margins(arrays, world)
    assert equity == pytest.approx((1.0 + buffer) * required, rel=1e-9)


@settings(deadline=None, max_examples=50)
@given(positions, st.floats(0.5, 60.0), st.sampled_from([0.05, 0.1]))
def test_by_health_on_the_entry_notional_what_is_left_has_the_buffer_too(position, quantity, buffer):
    assume(position[0] == k.LINEAR)
    arrays = one_position(*position, quantity=quantity, on_entry=1, partial=k.PARTIAL_HEALTH, partial_buffer=buffer)
    world = arrays.run()
    assert event_rows(world).size == 1
    equity, required = margins(arrays, world)
    assert equity == pytest.approx((1.0 + buffer) * required, rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(positions, st.floats(31.0, 60.0), st.sampled_from([1, 2, 3]))
def test_by_tiers_what_is_left_is_the_top_of_the_bracket_so_many_below(position, quantity, tiers):
    contract, side, leverage, _ = position
    arrays = one_position(
        contract, side, leverage, LADDERS[1], quantity=quantity, below=1e-9, partial=k.PARTIAL_TIERS,
        partial_tiers=tiers,
    )  # fmt: skip
    world = arrays.run()
    notional = quantity * PRICE if contract == k.INVERSE else quantity * float(world.state["mark"][0])
    bracket = 2 if notional > 3000.0 else 1
    target = [0.0, 700.0, 3000.0][max(bracket - tiers + 1, 0)]
    sold = event_rows(world)["quantity"][0]
    assert sold == pytest.approx(arrays.quantity[0] * (1.0 - target / notional), rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(positions, st.floats(0.5, 60.0), st.sampled_from([0.2, 0.7]), st.sampled_from([0, 2]))
def test_by_share_the_first_step_is_the_share_and_the_second_the_rest(position, quantity, share, cooldown):
    """With the surplus in the fund the rest is as short of margin as before; it goes once the cooldown is over."""
    arrays = one_position(
        *position, quantity=quantity, partial=k.PARTIAL_SHARE, partial_share=share, cooldown_ticks=cooldown
    ).with_rules(surplus_to_trader=0, row_ticks=1)
    if arrays.tape.tier_rate.size > 1:
        return  # a smaller position may be in a lower bracket
    events = event_rows(arrays.run())
    assert events["quantity"][0] == pytest.approx(share * arrays.quantity[0], rel=1e-12)
    assert events["quantity"].sum() == pytest.approx(arrays.quantity[0], rel=1e-12)
    assert events["tick"].tolist() == [0, cooldown]


@settings(deadline=None, max_examples=60)
@given(positions, st.floats(0.5, 60.0), st.sampled_from([k.PARTIAL_SHARE, k.PARTIAL_HEALTH, k.PARTIAL_TIERS]))
def test_a_position_that_is_small_enough_goes_whole(position, quantity, kind):
    world = one_position(*position, quantity=quantity, partial=kind, partial_share=0.2, partial_above=1e9).run()
    assert event_rows(world).size == 1
    assert open_positions(world) == {}


@settings(deadline=None, max_examples=60)
@given(positions, st.floats(0.5, 60.0))
def test_the_surplus_of_a_part_stays_in_the_position_but_for_the_fee(position, quantity):
    contract = position[0]
    arrays = one_position(
        *position, quantity=quantity, partial=k.PARTIAL_SHARE, partial_share=0.5, liquidation_fee=0.001,
        cooldown_ticks=10,
    )  # fmt: skip
    world = arrays.run()
    event, mark = event_rows(world)[0], float(world.state["mark"][0])
    unit, side = unit_of(contract, mark), float(arrays.side[0])
    signed, ruin = open_positions(world)[0]
    before = side * arrays.quantity[0] * (unit - arrays.bankruptcy[0])
    fee = 0.001 * event["quantity"] * abs(unit)
    assert signed * (unit - ruin) == pytest.approx(before - fee, rel=1e-9)
    assert event["fund_change"] == pytest.approx(fee, rel=1e-9)
    assert world.state["settled_cash"][0] == 0.0
