from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import margin as naive

from cascade_sim.kernels import margin
from cascade_sim.mechanics.margin import maintenance_amounts

POSITIONS = st.tuples(
    st.sampled_from([1, -1]),
    st.floats(1e-6, 1e9),
    st.floats(1e-3, 1e6),
    st.floats(1e-4, 2.0),  # margin as a share of the entry notional
)


@st.composite
def bracket_tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rates = sorted(set(draw(st.lists(st.floats(0, 0.6), min_size=1, max_size=5))))
    steps = draw(st.lists(st.floats(1.0, 1e9), min_size=len(rates) - 1, max_size=len(rates) - 1))
    floors = np.concatenate([[0.0], np.cumsum(steps)])
    return np.array(rates), maintenance_amounts(list(zip(floors, rates, strict=True)))


def arrays(positions, inverse):
    side, quantity, entry, share = (np.array(column) for column in zip(*positions, strict=True))
    collateral = share * quantity * (1 / entry if inverse else entry)
    return side.astype(np.int8), quantity, entry.astype(float), collateral


@settings(deadline=None, max_examples=150)
@given(st.lists(POSITIONS, min_size=1, max_size=20), bracket_tables(), st.booleans(), st.booleans())
def test_prices_equal_the_plain_twin_bit_for_bit(positions, table, inverse, on_entry):
    side, quantity, entry, collateral = arrays(positions, inverse)
    prices, values = np.empty(side.size), np.empty(side.size)
    status = margin.liquidation_prices(side, quantity, entry, collateral, inverse, on_entry, *table, prices)
    assert status == -1
    assert margin.bankruptcy_values(side, quantity, entry, collateral, inverse, values) == -1
    plain = [list(map(float, column)) for column in (quantity, entry, collateral)]
    for i, (size, price, cash) in enumerate(zip(*plain, strict=True)):
        rules = (inverse, on_entry, table[0].tolist(), table[1].tolist())
        assert prices[i] == naive.liquidation_price(int(side[i]), size, price, cash, *rules)
        assert values[i] == naive.bankruptcy_value(int(side[i]), size, price, cash, inverse)


@settings(deadline=None, max_examples=150)
@given(st.lists(POSITIONS, min_size=1, max_size=20), bracket_tables(), st.booleans(), st.booleans())
def test_placed_collateral_equals_the_plain_twin_bit_for_bit(positions, table, inverse, on_entry):
    side, quantity, entry, _ = arrays(positions, inverse)
    trigger = entry * np.exp(-side * np.array([row[3] for row in positions]))
    collateral, bankruptcy = np.empty(side.size), np.empty(side.size)
    status = margin.place_at_triggers(side, quantity, entry, trigger, inverse, on_entry, *table, collateral, bankruptcy)
    assert status == -1
    for i in range(side.size):
        twin = naive.place_at_trigger(
            int(side[i]),
            float(quantity[i]),
            float(entry[i]),
            float(trigger[i]),
            inverse,
            on_entry,
            table[0].tolist(),
            table[1].tolist(),
        )
        assert (collateral[i], bankruptcy[i]) == twin


@settings(deadline=None, max_examples=150)
@given(st.lists(POSITIONS, min_size=1, max_size=20), bracket_tables(), st.booleans(), st.booleans())
def test_placing_and_pricing_are_inverse_to_each_other(positions, table, inverse, on_entry):
    side, quantity, entry, _ = arrays(positions, inverse)
    trigger = entry * np.exp(-side * np.array([row[3] for row in positions]))
    collateral, bankruptcy, back = (np.empty(side.size) for _ in range(3))
    margin.place_at_triggers(side, quantity, entry, trigger, inverse, on_entry, *table, collateral, bankruptcy)
    margin.liquidation_prices(side, quantity, entry, collateral, inverse, on_entry, *table, back)
    np.testing.assert_allclose(back, trigger, rtol=1e-11)
    values = np.empty(side.size)
    margin.bankruptcy_values(side, quantity, entry, collateral, inverse, values)
    scale = np.abs(bankruptcy) + np.abs(1 / entry if inverse else entry)
    assert np.all(np.abs(values - bankruptcy) <= 1e-12 * scale)


@settings(deadline=None, max_examples=200)
@given(POSITIONS, bracket_tables(), st.booleans(), st.booleans())
def test_equity_meets_the_requirement_at_the_liquidation_price(position, table, inverse, on_entry):
    side, quantity, entry, collateral = arrays([position], inverse)
    price = np.empty(1)
    margin.liquidation_prices(side, quantity, entry, collateral, inverse, on_entry, *table, price)
    s, q, e, c, p = int(side[0]), quantity[0], entry[0], collateral[0], price[0]
    if p == 0.0 or math.isinf(p):
        assert s * (1 if p == 0.0 else -1) == 1
        return
    basis = e if on_entry else p
    if inverse:
        equity, required = c + s * q * (1 / e - 1 / p), naive.maintenance_margin(q, *table) / basis
        scale = c + q / e + q / p
    else:
        equity, required = c + s * q * (p - e), naive.maintenance_margin(q * basis, *table)
        scale = c + q * e + q * p
    assert equity == pytest.approx(required, abs=1e-12 * scale)


@settings(deadline=None, max_examples=200)
@given(POSITIONS, bracket_tables(), st.booleans(), st.booleans(), st.floats(1.0001, 3))
def test_more_collateral_never_brings_liquidation_nearer(position, table, inverse, on_entry, factor):
    side, quantity, entry, collateral = arrays([position, position], inverse)
    collateral[1] *= factor
    prices = np.empty(2)
    margin.liquidation_prices(side, quantity, entry, collateral, inverse, on_entry, *table, prices)
    assert side[0] * prices[1] <= side[0] * prices[0] * (1 + side[0] * 1e-12)


def test_unusable_positions_are_reported_and_get_nan():
    side = np.ones(4, np.int8)
    quantity = np.array([1.0, -1.0, 1.0, 1.0])
    entry = np.array([100.0, 100.0, np.nan, 100.0])
    prices = np.empty(4)
    flat = np.array([0.01]), np.zeros(1)
    status = margin.liquidation_prices(side, quantity, entry, np.full(4, 10.0), False, False, *flat, prices)
    assert status == 1
    assert np.isnan(prices).tolist() == [False, True, True, False]


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("side", [1, -1])
def test_without_maintenance_the_placed_bankruptcy_is_the_trigger_to_the_bit(inverse, side):
    trigger = 100 * np.exp(-side * np.linspace(0.001, 0.6, 500))
    count = trigger.size
    collateral, bankruptcy = np.empty(count), np.empty(count)
    margin.place_at_triggers(
        np.full(count, side, np.int8),
        np.full(count, 0.3),
        np.full(count, 100.0),
        trigger,
        inverse,
        False,
        np.zeros(1),
        np.zeros(1),
        collateral,
        bankruptcy,
    )
    np.testing.assert_array_equal(bankruptcy, -1 / trigger if inverse else trigger)
    assert np.all(collateral > 0)
