"""Maintenance amounts, closing fees and leverage: the margin prices that venues state in these terms."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import bybit as naive
from naive import margin as naive_margin

from cascade_sim.mechanics import requirements
from cascade_sim.mechanics.margin import (
    bankruptcy_price_at_leverage,
    liquidation_price,
    liquidation_price_at_leverage,
)
from cascade_sim.mechanics.requirements import growing_rate, initial_margin, margin_level, order_cost, position_value

SIDES = st.sampled_from([1, -1])


def test_examples_in_the_docstrings_of_the_requirements_hold():
    assert doctest.testmod(requirements).failed == 0


@given(
    st.lists(st.tuples(SIDES, st.floats(0.0, 0.5), st.floats(0.0, 5.0), st.floats(0, 0.01)), min_size=1, max_size=8),
    st.booleans(),
    st.booleans(),
)
def test_every_position_has_its_own_rate_amount_and_fee_bit_for_bit(rows, inverse, on_entry):
    side, rate, amount, fee = (np.array(column) for column in zip(*rows, strict=True))
    if on_entry:
        fee = np.zeros(fee.size)
    words = {"basis": "entry" if on_entry else "mark", "contract": "inverse" if inverse else "linear"}
    prices = liquidation_price(side, 3.0, 7.0, 1.3, rate=rate, maintenance_amount=amount, closing_fee=fee, **words)
    for i, price in enumerate(prices):
        rules = (inverse, on_entry, [float(rate[i] + fee[i])], [0.0])
        assert price == naive_margin.liquidation_price(int(side[i]), 3.0, 7.0, 1.3 + float(amount[i]), *rules)


@pytest.mark.parametrize("side", ["long", "short"])
def test_a_maintenance_amount_is_so_much_more_collateral(side):
    given_ = liquidation_price(side, 2.0, 100.0, 30.0, rate=0.02, maintenance_amount=1.5)
    assert given_ == liquidation_price(side, 2.0, 100.0, 31.5, rate=0.02)


@pytest.mark.parametrize("side", [1, -1])
def test_gates_inverse_formula_is_the_mark_formula_with_the_fee_in_the_rate(side):
    contracts, entry, margin, rate, fee = 5000.0, 40_000.0, 0.02, 0.005, 0.0005
    expected = contracts * entry * (1 + side * (rate + fee)) / (contracts + side * margin * entry)
    price = liquidation_price(side, contracts, entry, margin, rate=rate, closing_fee=fee, contract="inverse")
    assert price == pytest.approx(expected, rel=1e-14)


@given(SIDES, st.floats(1, 100), st.floats(0, 0.1), st.floats(0, 0.01), st.booleans())
def test_the_margin_level_is_one_at_the_liquidation_price(side, leverage, rate, fee, inverse):
    contract = "inverse" if inverse else "linear"
    margin = initial_margin(3.0, 250.0, leverage, contract=contract)
    price = liquidation_price(side, 3.0, 250.0, margin, rate=rate + 1e-3, closing_fee=fee, contract=contract)
    if price == 0 or math.isinf(price) or price > 1e6:
        return
    rules = {"rate": rate + 1e-3, "closing_fee": fee, "contract": contract}
    level = margin_level(side, 3.0, 250.0, price, margin, **rules)
    assert level == pytest.approx(1.0, abs=1e-9 * (1 + 250.0 / price + price / 250.0) / 1e-3)


def test_tiers_take_the_fee_on_every_bracket():
    tiers = [(0, 0.004), (50_000, 0.005), (600_000, 0.0065)]
    with_fee = liquidation_price("short", 10, 59_000, 59_000, tiers=tiers, closing_fee=0.0005)
    assert with_fee == pytest.approx((10 * 59_000 + 59_000 + 950) / (10 * 1.007), rel=1e-12)


@given(SIDES, st.floats(1.001, 200), st.floats(0, 0.2), st.floats(1e-3, 1e3), st.floats(0, 10))
def test_prices_at_leverage_are_the_closed_forms_on_the_entry_value(side, leverage, rate, quantity, extra):
    linear = liquidation_price_at_leverage(side, 100.0, leverage, quantity=quantity, extra_margin=extra, rate=rate)
    closed = 100.0 * (1 - side * (1 / leverage - rate)) - side * extra / quantity
    assert linear == pytest.approx(max(closed, 0.0), rel=1e-12, abs=1e-9)
    inverse = liquidation_price_at_leverage(side, 100.0, leverage, rate=rate, contract="inverse")
    divisor = leverage + side * (1 - rate * leverage)
    assert 1 / inverse == pytest.approx(max(divisor, 0.0) / (100.0 * leverage), rel=1e-9, abs=1e-16)


@pytest.mark.parametrize("quantity", [1.0, 3.0, 7.0, 0.1, 12_345.678])
@pytest.mark.parametrize("entry", [30_000.0, 7.0, 0.3])
def test_a_short_that_hedges_its_own_coins_is_never_bankrupt(quantity, entry):
    assert bankruptcy_price_at_leverage("short", entry, 1, quantity=quantity, contract="inverse") == math.inf
    assert bankruptcy_price_at_leverage("long", entry, 1, quantity=quantity) == 0


@given(SIDES, st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), st.floats(1, 200), st.floats(0, 0.01), st.booleans())
def test_order_cost_equals_the_plain_twin_bit_for_bit(side, quantity, price, leverage, fee, inverse):
    contract = "inverse" if inverse else "linear"
    cost = order_cost(side, quantity, price, leverage, taker_fee=fee, contract=contract)
    assert cost == naive.order_cost(side, position_value(quantity, price, contract=contract), leverage, fee, inverse)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("side", ["long", "short"])
def test_order_cost_pays_the_closing_fee_at_the_bankruptcy_price(side, contract):
    ruin = bankruptcy_price_at_leverage(side, 10_000, 50, contract=contract)
    opened, closed = (position_value(3, price, contract=contract) for price in (10_000, ruin))
    cost = order_cost(side, 3, 10_000, 50, taker_fee=0.00075, contract=contract)
    expected = initial_margin(3, 10_000, 50, contract=contract) + 0.00075 * (opened + closed)
    assert cost == pytest.approx(expected, rel=1e-13)


def test_deribits_rates_grow_with_the_position():
    sizes = np.array([25.0, 350.0])
    margins = initial_margin(sizes, 100_000, 1 / growing_rate(sizes, 0.02, 0.00005))
    np.testing.assert_allclose(margins, [53_125, 1_312_500], rtol=1e-13)
    prices = liquidation_price("long", sizes, 100_000, margins, rate=growing_rate(sizes, 0.01, 0.00005))
    shares = margins / (sizes * 100_000)
    np.testing.assert_allclose(prices, 100_000 * (1 - shares) / (1 - growing_rate(sizes, 0.01, 0.00005)), rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: liquidation_price(1, 1, 100, 10, rate=0.9, closing_fee=0.1), "below 1 together"),
        (lambda: liquidation_price(1, 1, 100, 10, tiers=[(0, 0.9)], closing_fee=0.1), "below 1 together"),
        (lambda: liquidation_price(1, 1, 100, 10, closing_fee=-0.1), "closing_fee must be zero or more"),
        (lambda: liquidation_price(1, 1, 100, 10, closing_fee=[math.nan]), "closing_fee must be zero or more"),
        (lambda: liquidation_price(1, 1, 100, 10, closing_fee=0.1, basis="entry"), "needs basis='mark'"),
        (lambda: liquidation_price(1, 1, 100, 10, tiers=[(0, 0.1)], closing_fee=[0.1]), "must be one number"),
        (lambda: liquidation_price(1, 1, 100, 10, tiers=[(0, 0.1)], maintenance_amount=1), "exclude each other"),
        (lambda: liquidation_price(1, 1, 100, 10, rate=0.1, maintenance_amount=math.inf), "amount must be finite"),
        (lambda: liquidation_price_at_leverage(1, 100, 0), "leverage must be positive"),
        (lambda: liquidation_price_at_leverage(1, 100, 5, quantity=0), "quantity must be positive"),
        (lambda: liquidation_price_at_leverage(1, 100, 5, extra_margin=math.nan), "extra_margin must be finite"),
        (lambda: initial_margin(1, -5, 10), "entry_price must be positive"),
        (lambda: order_cost(1, 1, 100, 0.5), "leverage must be 1 or more"),
        (lambda: order_cost(1, 1, 100, 5, taker_fee=1), "taker_fee must be in"),
        (lambda: margin_level(1, 1, 100, 90, 10, rate=0), "must not both be zero"),
        (lambda: margin_level(1, 1, 100, 0, 10, rate=0.1), "mark_price must be positive"),
        (lambda: growing_rate(-1, 0.1, 0.1), "quantity must be zero or more"),
        (lambda: position_value(1, 1, contract="spot"), "contract must be"),
    ],
)
def test_unusable_margin_terms_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
