from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import cross_margin as naive

from cascade_sim.mechanics import cross_margin
from cascade_sim.mechanics.cross_margin import cross_liquidation_price, safe_band
from cascade_sim.mechanics.margin import liquidation_price, maintenance_amounts, maintenance_margin

TIERS = [
    [(0.0, 0.004), (500.0, 0.01), (2_000.0, 0.05), (5_000.0, 0.2)],
    [(0.0, 0.02), (800.0, 0.3)],
    [(0.0, 0.1)],
]
LEGS = st.tuples(
    st.sampled_from(["BTC", "ETH", "SOL"]),
    st.sampled_from([1, -1]),
    st.one_of(st.just(0.0), st.floats(0.01, 50)),
    st.floats(10, 200),
    st.floats(10, 200),
    st.integers(0, 2),
)
ACCOUNTS = st.tuples(st.floats(-2_000, 5_000), st.lists(LEGS, min_size=1, max_size=5))


def columns(account):
    wallet, legs = account
    symbol, side, quantity, entry, mark, table = zip(*legs, strict=True)
    rules = {"symbol": symbol, "tiers": [TIERS[number] for number in table]}
    return (wallet, np.array(side), quantity, entry, mark), rules


def plain_legs(account):
    for symbol, side, quantity, entry, mark, table in account[1]:
        rates = [rate for _, rate in TIERS[table]]
        yield naive.Leg(symbol, side, quantity, entry, mark, rates, maintenance_amounts(TIERS[table]).tolist())


def cushion(account, which, price):
    """Equity less requirement with one symbol's price moved: the definition, without the solver."""
    wallet, legs = account
    total = wallet
    for symbol, side, quantity, entry, mark, table in legs:
        level = price if symbol == legs[which][0] else mark
        total += side * quantity * (level - entry) - maintenance_margin(quantity * level, tiers=TIERS[table])
    return total


def test_examples_in_the_docstrings_of_cross_margin_hold():
    assert doctest.testmod(cross_margin).failed == 0


@given(ACCOUNTS)
def test_safe_bands_equal_the_plain_twin_bit_for_bit(account):
    numbers, rules = columns(account)
    band = safe_band(*numbers, **rules)
    legs = list(plain_legs(account))
    for which in range(len(legs)):
        assert (band.lower[which], band.upper[which]) == naive.safe_band(account[0], legs, which)


@given(ACCOUNTS, st.floats(0, 1))
def test_inside_the_band_there_is_equity_to_spare_and_outside_there_is_not(account, share):
    numbers, rules = columns(account)
    band = safe_band(*numbers, **rules)
    scale = 1e-9 * (1e4 + sum(leg[2] * leg[3] for leg in account[1]))
    for which, (low, high) in enumerate(zip(band.lower, band.upper, strict=True)):
        if low > high:
            assert all(cushion(account, which, price) < scale for price in np.geomspace(1e-3, 1e6, 40))
            continue
        top = high if math.isfinite(high) else low + 1e4
        inside = low + share * (top - low)
        assert cushion(account, which, inside) > -scale * (1 + inside)
        if low > 0:
            assert cushion(account, which, low) == pytest.approx(0, abs=scale * (1 + low))
            assert cushion(account, which, low * share) < scale
        if math.isfinite(high):
            assert cushion(account, which, high) == pytest.approx(0, abs=scale * (1 + high))
            assert cushion(account, which, high * (1 + share)) < scale * (1 + high)


@given(
    st.sampled_from([1, -1]),
    st.floats(0.01, 100),
    st.floats(1, 1e3),
    st.floats(-10, 300),
    st.integers(0, len(TIERS) - 1),
)
def test_a_single_position_in_cross_margin_is_an_isolated_one(side, quantity, entry, wallet, table):
    isolated = liquidation_price(side, quantity, entry, wallet, tiers=TIERS[table])
    cross = cross_liquidation_price(wallet, [side], [quantity], [entry], [1.0], tiers=[TIERS[table]])
    assert cross[0] == pytest.approx(isolated, rel=1e-10, abs=1e-9 * entry)


def test_others_enter_as_collateral_of_the_one():
    others_profit = 2 * (110 - 100) - 3 * (55 - 50)
    others_maintenance = 0.02 * 220 + 0.1 * 165 - 5
    alone = liquidation_price("short", 1, 200, 80 + others_profit - others_maintenance, rate=0.05)
    prices = cross_liquidation_price(
        80,
        ["short", "long", "short"],
        [1, 2, 3],
        [200, 100, 50],
        [190, 110, 55],
        rate=[0.05, 0.02, 0.1],
        maintenance_amount=[0, 0, 5],
    )
    assert prices[0] == pytest.approx(alone, rel=1e-14)


def test_hedge_mode_sums_the_legs_in_numerator_and_denominator():
    wallet, rate, cum = 500.0, np.array([0.01, 0.02]), np.array([3.0, 4.0])
    size, entry = np.array([5.0, 2.0]), np.array([100.0, 120.0])
    numerator = wallet + cum.sum() - size[0] * entry[0] + size[1] * entry[1]
    denominator = size @ rate - size[0] + size[1]
    legs = {"symbol": ["BTC", "BTC"], "rate": rate, "maintenance_amount": cum}
    prices = cross_liquidation_price(wallet - 400, ["long", "short"], size, entry, [100, 100], **legs)
    assert prices.tolist() == pytest.approx([(numerator - 400) / denominator] * 2, rel=1e-13)


def test_a_balanced_hedge_is_liquidated_by_the_growth_of_its_requirement():
    legs = {"symbol": ["BTC", "BTC"], "rate": 0.01}
    band = safe_band(10, ["long", "short"], [3, 3], [100, 100], [100, 100], **legs)
    assert band.lower.tolist() == [0, 0]
    assert band.upper.tolist() == pytest.approx([10 / 0.06] * 2)
    price = cross_liquidation_price(10, ["long", "short"], [3, 3], [100, 100], [100, 100], **legs)
    assert price.tolist() == band.upper.tolist()


def test_under_brackets_a_hedge_can_be_liquidated_in_both_directions():
    table = [(0.0, 0.01), (1_000.0, 0.3)]
    legs = {"symbol": ["BTC", "BTC"], "tiers": [table, table]}
    band = safe_band(50, ["long", "short"], [6, 4], [100, 100], [100, 100], **legs)
    assert 0 < band.lower[0] < 100 < band.upper[0] < math.inf


def test_an_account_without_equity_is_safe_nowhere():
    band = safe_band(-500, ["short"], [1], [100], [100], rate=0.01)
    assert (band.lower[0], band.upper[0]) == (math.inf, 0.0)
    assert cross_liquidation_price(-500, ["short"], [1], [100], [100], rate=0.01)[0] == 0
    assert cross_liquidation_price(500, ["long", "short"], [1, 0], [100, 9], [100, 9], rate=0.01).tolist() == [
        0,
        math.inf,
    ]


def test_accounts_broadcast_over_wallets():
    wallets = np.array([[50.0], [80.0], [110.0]])
    prices = cross_liquidation_price(wallets, ["long", "short"], [1, 2], [100, 40], [100, 40], rate=[0.01, 0.02])
    assert prices.shape == (3, 1, 2)
    one = cross_liquidation_price(80.0, ["long", "short"], [1, 2], [100, 40], [100, 40], rate=[0.01, 0.02])
    np.testing.assert_array_equal(prices[1, 0], one)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wallet_balance": math.nan}, "wallet_balance must be finite"),
        ({"side": ["long", "up"]}, "side must be"),
        ({"quantity": [1, -1]}, r"quantity must be zero or more and finite, not -1 \(row 1\)"),
        ({"entry_price": [0, 1]}, "entry_price must be positive"),
        ({"mark_price": [1, math.inf]}, "mark_price must be positive"),
        ({"rate": 1.0}, "rate must be in"),
        ({"symbol": ["BTC"]}, "symbol must name each of the 2 positions"),
        ({"tiers": [[(0, 0.01)]]}, "a table for each of the 2 positions"),
        ({"tiers": [[(0, 0.01)]] * 2, "rate": 0.1}, "exclude each other"),
    ],
)
def test_unusable_accounts_are_refused_with_the_reason(change, message):
    inputs = {
        "wallet_balance": 50.0,
        "side": ["long", "short"],
        "quantity": [1, 2],
        "entry_price": [100, 40],
        "mark_price": [100, 40],
    }
    with pytest.raises(ValueError, match=message):
        cross_liquidation_price(**(inputs | change))
