from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import bybit as naive

from cascade_sim.mechanics import bybit, ticks
from cascade_sim.mechanics.bybit import classic_cross_inverse_prices, shown_price, unified_inverse_liquidation_price
from cascade_sim.mechanics.margin import bankruptcy_price_at_leverage, liquidation_price, liquidation_price_at_leverage
from cascade_sim.mechanics.ticks import round_to_tick

SIDES = st.sampled_from([1, -1])
SIZES = st.floats(1, 1e6)
ENTRIES = st.floats(1, 1e5)
RATES = st.floats(0, 0.1)
FEES = st.floats(0, 0.002)


@pytest.mark.parametrize("module", [bybit, ticks])
def test_examples_in_the_docstrings_of_bybit_and_the_ticks_hold(module):
    assert doctest.testmod(module).failed == 0


@given(SIDES, SIZES, ENTRIES, st.floats(0.01, 1.2), RATES, FEES)
def test_classic_cross_prices_equal_the_plain_twin_bit_for_bit(side, contracts, entry, share, rate, fee):
    balance = share * contracts / entry
    prices = classic_cross_inverse_prices(side, contracts, entry, balance, rate=rate, taker_fee=fee)
    assert prices == naive.classic_cross_prices(side, contracts, entry, balance, rate, fee)


@given(SIDES, SIZES, ENTRIES, st.floats(0.01, 0.9), RATES, FEES)
def test_at_the_bankruptcy_price_the_balance_just_pays_the_loss_and_the_fee(side, contracts, entry, share, rate, fee):
    balance = share * contracts / entry
    prices = classic_cross_inverse_prices(side, contracts, entry, balance, rate=rate, taker_fee=fee)
    assume(math.isfinite(prices.bankruptcy_price))
    loss = -side * contracts * (1 / entry - 1 / prices.bankruptcy_price)
    closing = fee * contracts / prices.bankruptcy_price
    assert loss + closing == pytest.approx(balance, rel=1e-9)
    assume(math.isfinite(prices.liquidation_price))
    loss = -side * contracts * (1 / entry - 1 / prices.liquidation_price)
    assert balance - loss == pytest.approx(rate * contracts / entry + closing, abs=1e-9 * contracts / entry)


@given(SIDES, SIZES, ENTRIES, st.floats(1, 100), RATES, FEES, st.floats(0, 1), st.floats(0, 1))
def test_unified_prices_equal_the_plain_twin_bit_for_bit(side, contracts, entry, leverage, rate, fee, extra, deduction):
    rules = {"rate": rate, "taker_fee": fee, "extra_margin": extra, "maintenance_deduction": deduction}
    price = unified_inverse_liquidation_price(side, contracts, entry, leverage, **rules)
    assert price == naive.unified_price(side, contracts, entry, leverage, rate, fee, extra, deduction)


@given(SIDES, SIZES, ENTRIES, st.floats(1.5, 100), RATES, st.floats(0, 0.1))
def test_without_extra_margin_the_unified_price_is_the_mark_convention(side, contracts, entry, leverage, rate, share):
    value = contracts / entry
    unified = unified_inverse_liquidation_price(
        side, contracts, entry, leverage, rate=rate, maintenance_deduction=share * value
    )
    rules = {"rate": rate, "maintenance_amount": share * value, "contract": "inverse"}
    mark = liquidation_price(side, contracts, entry, value / leverage, **rules)
    assert unified == pytest.approx(mark, rel=1e-12)


def test_the_deleveraging_page_shows_the_prices_of_a_long_rounded_up():
    ruin = bankruptcy_price_at_leverage("long", 7890.08, 50, contract="inverse")
    fired = liquidation_price_at_leverage("long", 7890.08, 50, rate=0.005, contract="inverse")
    assert (round(ruin, 4), round(fired, 2)) == (7735.3725, 7773.48)
    assert shown_price("long", [ruin, fired], 0.5).tolist() == [7735.5, 7773.5]


@given(st.integers(1, 10**9), st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 1e-6]), st.sampled_from(["up", "down"]))
def test_a_price_on_the_grid_stays_where_it_is(steps, tick, direction):
    price = steps * tick
    assert round_to_tick(price, tick, direction) == pytest.approx(price, rel=1e-15)
    assert round_to_tick(np.nextafter(price, np.inf), tick, direction) == round_to_tick(price, tick, direction)


@given(st.floats(0, 1e6), st.sampled_from([0.01, 0.1, 0.5, 1.0, 5.0, 0.3]))
def test_up_is_not_below_and_down_not_above_and_nearest_is_one_of_them(price, tick):
    up, down, near = (round_to_tick(price, tick, word) for word in ("up", "down", "nearest"))
    assert down - 1e-9 <= price <= up + 1e-9
    assert up - down < 1.0000001 * tick
    assert near in (up, down)
    assert abs(near - price) <= 0.5000001 * tick


def test_decimal_ticks_give_decimal_prices():
    assert round_to_tick(np.arange(1, 1000) * 0.1, 0.1).tolist() == [n / 10 for n in range(1, 1000)]
    assert round_to_tick([math.inf, 0.0], 0.5, "up").tolist() == [math.inf, 0.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: round_to_tick(1, 0), "tick must be positive"),
        (lambda: round_to_tick(math.nan, 1), "price must be zero or more"),
        (lambda: round_to_tick(-1, 1), "price must be zero or more"),
        (lambda: round_to_tick(1, 1, "away"), "direction must be one of 'down', 'nearest', 'up'"),
        (lambda: shown_price("flat", 1, 1), "side must be"),
        (lambda: classic_cross_inverse_prices(1, 0, 1, 1, rate=0, taker_fee=0), "contracts must be positive"),
        (lambda: classic_cross_inverse_prices(1, 1, 1, math.nan, rate=0, taker_fee=0), "balance must be finite"),
        (lambda: classic_cross_inverse_prices(1, 1, 1, 1, rate=1, taker_fee=0), "rate must be in"),
        (lambda: unified_inverse_liquidation_price(1, 1, 1, 0, rate=0), "leverage must be positive"),
        (lambda: unified_inverse_liquidation_price(1, 1, 1, 1, rate=0, maintenance_deduction=-1), "zero or more"),
    ],
)
def test_unusable_bybit_inputs_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
