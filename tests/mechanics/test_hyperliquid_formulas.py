from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_sim.mechanics import hyperliquid
from cascade_sim.mechanics.hyperliquid import liquidation_price, maintenance_rate, maintenance_tiers
from cascade_sim.mechanics.tiers import maintenance_amounts, maintenance_margin


def test_examples_in_the_docstrings_of_hyperliquid_hold():
    assert doctest.testmod(hyperliquid).failed == 0


@given(
    st.sampled_from([1, -1]),
    st.floats(0.01, 100),
    st.floats(1, 1e5),
    st.floats(0.01, 0.9),
    st.sampled_from([3, 20, 50]),
)
def test_the_price_is_the_documented_formula_in_the_margin_available(side, quantity, entry, share, max_leverage):
    margin, rate = share * quantity * entry, maintenance_rate(max_leverage)
    available = margin - maintenance_margin(quantity * entry, rate=rate)
    documented = entry - side * available / quantity / (1 - rate * side)
    price = liquidation_price(side, quantity, entry, margin, max_leverage=max_leverage)
    assert price == pytest.approx(documented, rel=1e-11, abs=1e-9 * entry)


@given(st.sampled_from([1, -1]), st.floats(0.5, 1.6), st.floats(0, 2))
def test_the_price_does_not_depend_on_the_mark_at_which_it_is_asked_for(side, move, others):
    quantity, entry, margin = 3.0, 2500.0, 1500.0
    now = entry * move
    asked_at_entry = liquidation_price(side, quantity, entry, margin, max_leverage=25, others_maintenance=others)
    value_now = margin + side * quantity * (now - entry)
    asked_now = liquidation_price(side, quantity, now, value_now, max_leverage=25, others_maintenance=others)
    assert asked_now == pytest.approx(asked_at_entry, rel=1e-12)


def test_deductions_are_the_amounts_of_the_recursion():
    testnet = [(0, 40), (10_000, 25), (50_000, 10), (100_000, 5), (300_000, 3)]
    np.testing.assert_allclose(maintenance_amounts(maintenance_tiers(testnet)), [0, 75, 1575, 6575, 26_575])


def test_a_position_beyond_a_tier_is_held_to_the_tier_at_its_liquidation_price():
    tiers = [(0, 40), (150e6, 20)]
    quantity, entry = 2000.0, 100_000.0
    price = liquidation_price("long", quantity, entry, 20e6, leverage_tiers=tiers)
    equity = 20e6 + quantity * (price - entry)
    assert equity == pytest.approx(quantity * price * 0.025 - 1_875_000, rel=1e-9)
    small = liquidation_price("long", 1.0, entry, 10_000.0, leverage_tiers=tiers)
    assert small == pytest.approx(liquidation_price("long", 1.0, entry, 10_000.0, max_leverage=40), rel=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: maintenance_rate(0.5), "max_leverage must be 1 or more and finite"),
        (lambda: maintenance_rate([10, np.nan]), "max_leverage must be 1 or more and finite"),
        (lambda: maintenance_tiers([(0, 0)]), "max_leverage must be 1 or more and finite"),
        (lambda: liquidation_price(1, 1, 100, 10), "either max_leverage or leverage_tiers"),
        (lambda: liquidation_price(1, 1, 100, 10, max_leverage=5, leverage_tiers=[(0, 5)]), "either max_leverage or"),
        (lambda: liquidation_price(1, 1, 100, np.inf, max_leverage=5), "account_value must be finite"),
    ],
)
def test_unusable_hyperliquid_inputs_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
