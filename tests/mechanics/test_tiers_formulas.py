from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import tiers as naive

from cascade_sim.mechanics import tiers
from cascade_sim.mechanics.margin import liquidation_price
from cascade_sim.mechanics.tiers import find_tier, liquidation_price_and_tier, maintenance_amounts, maintenance_margin

COIN_M = [(0, 0.004), (5, 0.005), (10, 0.01), (20, 0.025), (50, 0.05), (100, 0.1), (200, 0.125)]
POSITIONS = st.tuples(
    st.sampled_from([1, -1]), st.floats(1e-3, 1e6), st.floats(1e-2, 1e5), st.floats(1e-3, 1.5), st.booleans()
)


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[float, float]]:
    rates = sorted(set(draw(st.lists(st.floats(0.0, 0.6), min_size=1, max_size=6))))
    steps = draw(st.lists(st.floats(1.0, 1e6), min_size=len(rates) - 1, max_size=len(rates) - 1))
    return list(zip(np.concatenate([[0.0], np.cumsum(steps)]).tolist(), rates, strict=True))


def collateral_of(quantity, entry, share, inverse):
    return share * (quantity / entry if inverse else quantity * entry)


def test_examples_in_the_docstrings_of_the_tiers_hold():
    assert doctest.testmod(tiers).failed == 0


@given(tables(), POSITIONS)
def test_price_and_tier_equal_the_plain_twin_bit_for_bit(table, position):
    side, quantity, entry, share, inverse = position
    collateral = collateral_of(quantity, entry, share, inverse)
    contract = "inverse" if inverse else "linear"
    found = liquidation_price_and_tier(side, quantity, entry, collateral, table, contract=contract)
    floors, rates = zip(*table, strict=True)
    assert maintenance_amounts(table).tolist() == naive.maintenance_amounts(floors, rates)
    assert found == naive.price_and_tier(side, quantity, entry, collateral, inverse, floors, rates)


@given(tables(), POSITIONS)
def test_the_requirement_at_the_price_is_that_of_the_tier_it_names(table, position):
    side, quantity, entry, share, inverse = position
    collateral = collateral_of(quantity, entry, share, inverse)
    contract = "inverse" if inverse else "linear"
    price, tier = liquidation_price_and_tier(side, quantity, entry, collateral, table, contract=contract)
    if price == 0 or math.isinf(price):
        return
    if inverse:
        notional, equity = quantity / price, collateral + side * quantity * (1 / entry - 1 / price)
        scale = collateral + quantity / entry + notional
    else:
        notional, equity = quantity * price, collateral + side * quantity * (price - entry)
        scale = collateral + quantity * entry + notional
    one = maintenance_margin(notional, rate=table[tier - 1][1], maintenance_amount=maintenance_amounts(table)[tier - 1])
    assert one == pytest.approx(maintenance_margin(notional, tiers=table), abs=1e-9 * scale)
    assert equity == pytest.approx(one, abs=1e-9 * scale)
    assert find_tier(notional, table).tier == tier


@given(tables(), POSITIONS)
def test_under_one_bracket_tiers_are_a_flat_rate(table, position):
    side, quantity, entry, share, inverse = position
    collateral, rate = collateral_of(quantity, entry, share, inverse), table[0][1]
    contract = "inverse" if inverse else "linear"
    tiered = liquidation_price_and_tier(side, quantity, entry, collateral, [(0, rate)], contract=contract)
    flat = liquidation_price(side, quantity, entry, collateral, rate=rate, contract=contract)
    assert tiered.tier == 1
    assert tiered.price == pytest.approx(flat, rel=1e-13)


@pytest.mark.parametrize(("cum", "price"), [(None, 33_599.42), (11.605, 33_599.42), (11.81, 33_578.86)])
def test_binance_calculator_and_a_users_screen_differ_by_the_amount_alone(cum, price):
    if cum is None:
        found = liquidation_price_and_tier("long", 1e7, 45_000, 101, COIN_M, contract="inverse").price
    else:
        rules = {"rate": 0.125, "maintenance_amount": cum, "contract": "inverse"}
        found = liquidation_price("long", 1e7, 45_000, 101, **rules)
    assert found == pytest.approx(price, abs=0.006)


def test_a_step_of_the_recursion_repeats_the_whole():
    floors, rates = (np.array(column, dtype=float) for column in zip(*COIN_M, strict=True))
    amounts = maintenance_amounts(COIN_M)
    steps = tiers.maintenance_amount_step(floors[1:], rates[1:], rates[:-1], amounts[:-1])
    np.testing.assert_array_equal(steps, amounts[1:])


def test_a_floor_belongs_to_the_bracket_above_it():
    found = find_tier([0, 4.999, 5, 199, 200, 1e9], COIN_M)
    assert found.tier.tolist() == [1, 1, 2, 6, 7, 7]
    assert found.rate.tolist() == [0.004, 0.004, 0.005, 0.1, 0.125, 0.125]


def test_triples_with_caps_say_the_same_as_pairs():
    pairs = [(0, 0.004), (50_000, 0.005), (250_000, 0.01)]
    triples = [(0, 50_000, 0.004), (50_000, 250_000, 0.005), (250_000, 1e6, 0.01)]
    np.testing.assert_array_equal(maintenance_amounts(triples), maintenance_amounts(pairs))
    assert find_tier(260_000, triples) == find_tier(260_000, pairs) == (3, 0.01)
    assert find_tier(1e6, triples).tier == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: find_tier(2e6, [(0, 1e6, 0.01)]), "must not exceed the last bracket's cap of 1e\\+06"),
        (lambda: find_tier(-1, COIN_M), "notional must be zero or more"),
        (lambda: find_tier(math.nan, COIN_M), "notional must be zero or more"),
        (lambda: find_tier(1, [(0, 10, 0.01), (20, 30, 0.02)]), "without gap or overlap"),
        (lambda: find_tier(1, [(0, 30, 0.01), (20, 40, 0.02)]), "without gap or overlap"),
        (lambda: find_tier(1, [(0, 30, 0.01), (30, 30, 0.02)]), "without gap or overlap"),
        (lambda: find_tier(1, [(0, 0.01), (20, 40, 0.02)]), "pairs .* or triples"),
        (lambda: find_tier(1, [(0, 0.02), (20, 0.01)]), "rates must increase"),
        (lambda: maintenance_margin(10, rate=0.01, tiers=COIN_M), "exclude each other"),
        (lambda: maintenance_margin(10, maintenance_amount=1, tiers=COIN_M), "exclude each other"),
        (lambda: tiers.maintenance_amount_step(50, 0.01, 0.02, 0), "must not be below previous_rate"),
        (lambda: tiers.maintenance_amount_step(-50, 0.02, 0.01, 0), "floor must be zero or more"),
        (lambda: liquidation_price_and_tier(1, [1, 0], 100, 10, COIN_M), r"quantity must be positive.*\(row 1\)"),
        (lambda: liquidation_price_and_tier(1, 1, 100, math.nan, COIN_M), "collateral must be finite"),
        (lambda: liquidation_price_and_tier(1, 1, 100, 10, COIN_M, contract="spot"), "contract must be"),
    ],
)
def test_unusable_brackets_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
