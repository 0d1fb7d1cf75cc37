from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import venue_fund as naive

from cascade_sim.mechanics import insurance_fund
from cascade_sim.mechanics.insurance_fund import fund_change, fund_sign, surplus_returned
from cascade_sim.mechanics.margin import bankruptcy_price

PRICES = st.floats(1e-3, 1e6)
SIDES = st.sampled_from([1, -1])
FEES = st.one_of(st.floats(0, 1), st.just(math.inf))


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(insurance_fund).failed == 0


@pytest.mark.parametrize("side", [1, -1])
def test_linear_change_is_the_margin_plus_the_profit_at_the_fill(side):
    quantity, entry, margin = 2.5, 400.0, 90.0
    ruin = bankruptcy_price(side, quantity, entry, margin)
    for fill in (350.0, 400.0, 440.0):
        expected = margin + side * quantity * (fill - entry)
        assert fund_change(side, quantity, fill, ruin) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("side", [1, -1])
def test_inverse_change_is_the_coin_margin_plus_the_coin_profit_at_the_fill(side):
    contracts, entry, margin = 10_000.0, 8000.0, 0.2
    ruin = bankruptcy_price(side, contracts, entry, margin, contract="inverse")
    for fill in (7000.0, 8000.0, 9500.0):
        expected = margin + side * contracts * (1 / entry - 1 / fill)
        assert fund_change(side, contracts, fill, ruin, contract="inverse") == pytest.approx(expected, rel=1e-9)


def test_an_inverse_short_that_no_price_ruins_leaves_its_whole_coin_value():
    assert fund_change("short", 10_000, 12_500, math.inf, contract="inverse") == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("side", "fill", "ruin", "fee", "expected"),
    [
        ("long", 56_100, 51_000, 1.0, 510.0),
        ("long", 56_100, 51_000, 0.005, 28.05),
        ("long", 51_051, 51_000, 0.005, 5.1),
        ("long", 50_490, 51_000, 0.005, -51.0),
        ("short", 44_100, 49_000, 0.025, 110.25),
        ("short", 44_100, 49_000, 0.005, 22.05),
        ("short", 49_000, 49_000, 0.005, 0.0),
    ],
)
def test_the_fee_table_of_dydx_is_reproduced(side, fill, ruin, fee, expected):
    assert fund_change(side, 0.1, fill, ruin, fee_rate=fee) == pytest.approx(expected, abs=1e-9)


@given(SIDES, st.floats(0, 1e6), PRICES, PRICES, FEES, st.booleans())
def test_fund_and_trader_share_what_is_left_and_only_the_fund_pays(side, quantity, fill, ruin, fee, inverse):
    contract = "inverse" if inverse else "linear"
    change = fund_change(side, quantity, fill, ruin, fee_rate=fee, contract=contract)
    returned = surplus_returned(side, quantity, fill, ruin, fee_rate=fee, contract=contract)
    kept_by_exchange = fund_change(side, quantity, fill, ruin, contract=contract)
    assert returned >= 0
    assert change <= kept_by_exchange
    assert change + returned == pytest.approx(kept_by_exchange, rel=1e-12, abs=1e-300)
    if kept_by_exchange <= 0:
        assert change == kept_by_exchange


@given(SIDES, PRICES, PRICES)
def test_sign_is_that_of_the_change_in_both_contracts(side, fill, ruin):
    sign = fund_sign(side, fill, ruin)
    assert sign == np.sign(fund_change(side, 1.0, fill, ruin))
    assert sign * fund_change(side, 1.0, fill, ruin, contract="inverse") >= 0


def test_a_fill_at_the_bankruptcy_price_moves_nothing():
    assert fund_change("long", 5.0, 123.4, 123.4) == 0.0
    assert fund_sign("short", 123.4, 123.4) == 0


@given(SIDES, st.floats(0, 1e6), PRICES, PRICES, FEES, st.booleans())
def test_change_is_its_plain_twin_to_the_bit(side, quantity, fill, ruin, fee, inverse):
    settings = {"fee_rate": fee, "contract": "inverse" if inverse else "linear"}
    inputs = (side, quantity, fill, ruin)
    given_back = (fund_change(*inputs, **settings), surplus_returned(*inputs, **settings))
    assert given_back == naive.fund_change(*inputs, fee, inverse)
    assert fund_sign(side, fill, ruin) == naive.fund_sign(side, fill, ruin)


def test_inputs_broadcast_and_scalars_stay_plain_numbers():
    changes = fund_change([["long"], ["short"]], 1.0, [90.0, 100.0, 110.0], 100.0)
    assert changes.tolist() == [[-10.0, 0.0, 10.0], [10.0, 0.0, -10.0]]
    assert type(fund_change(1, 1.0, 90.0, 100.0)) is float
    assert type(fund_sign(1, 90.0, 100.0)) is int


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": "sideways"}, "side must be"),
        ({"quantity": -1.0}, "quantity must be zero or more and finite"),
        ({"fill_price": 0.0}, "fill_price must be positive and finite"),
        ({"fill_price": math.inf}, "fill_price must be positive and finite"),
        ({"bankruptcy_price": math.nan}, "bankruptcy_price must be zero or more"),
        ({"bankruptcy_price": 0.0, "contract": "inverse"}, "bankruptcy_price must be positive, or infinite"),
        ({"fee_rate": -0.01}, "fee_rate must be zero or more"),
        ({"contract": "coin"}, "contract must be 'linear' or 'inverse'"),
    ],
)
def test_wrong_inputs_are_refused_with_the_reason(change, message):
    inputs = {"side": "long", "quantity": 1.0, "fill_price": 100.0, "bankruptcy_price": 90.0} | change
    with pytest.raises(ValueError, match=message):
        fund_change(**inputs)
