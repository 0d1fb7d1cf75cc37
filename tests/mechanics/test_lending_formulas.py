from __future__ import annotations

import doctest
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import lending as naive

from cascade_sim.mechanics import compound, lending
from cascade_sim.mechanics.compound import account_liquidity, max_close, seize_tokens
from cascade_sim.mechanics.lending import (
    close_factor,
    deficit,
    health_factor,
    is_liquidatable,
    leaves_dust,
    max_repay,
    raises_health,
    seizure,
)

AMOUNTS = st.floats(1e-6, 1e9)
SHARES = st.floats(0.0, 1.0)
TWENTIETHS = st.integers(1, 40).map(lambda whole: Fraction(whole, 20))  # coarse, so that draws often meet exactly


@pytest.mark.parametrize("module", [lending, compound])
def test_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_an_account_at_a_health_factor_of_exactly_one_is_safe():
    # 3 x 0.1 is 0.30000000000000004 in binary; on the chain both sides are 0.3.
    assert not is_liquidatable(health_factor([0.3], [1.0], [3 * 0.1]))
    assert is_liquidatable(1 - 1e-9)
    assert is_liquidatable([0.5, 1.0, math.inf]).tolist() == [True, False, False]


def test_without_debt_health_is_infinite_and_without_collateral_zero():
    assert health_factor([5.0], [0.8], []) == math.inf
    assert health_factor([], [], [5.0]) == 0.0


def test_accounts_and_assets_broadcast():
    collateral = np.array([[[100.0, 50.0]], [[10.0, 0.0]]])
    health = health_factor(collateral, [0.8, 0.5], [[60.0], [105.0], [0.0]])
    assert health.shape == (2, 3)
    np.testing.assert_allclose(health, [[1.75, 1.0, np.inf], [8 / 60, 8 / 105, np.inf]])


@given(st.lists(st.tuples(AMOUNTS, SHARES), min_size=1, max_size=4), st.lists(AMOUNTS, min_size=1, max_size=4))
def test_health_factor_equals_the_plain_twin_bit_for_bit(assets, debts):
    values, thresholds = zip(*assets, strict=True)
    assert health_factor(values, thresholds, debts) == naive.health_factor(values, thresholds, debts)


@pytest.mark.parametrize(
    ("version", "health", "reserves", "expected"),
    [
        ("v2", 0.2, {}, 0.5),
        ("v3", 0.95, {}, 1.0),
        ("v3", 0.9501, {}, 0.5),
        ("v3.2", 0.97, {"debt_reserve": 10.0}, 0.5),
        ("v3.3", 0.95, {}, 1.0),
        ("v3.3", 0.97, {"collateral_reserve": 2000.0, "debt_reserve": 2000.0}, 0.5),
        ("v3.3", 0.97, {"collateral_reserve": 1999.99}, 1.0),
        ("v3.3", 0.97, {"debt_reserve": 1999.99}, 1.0),
        ("v3.3", 0.97, {"debt_reserve": 1999.99, "min_base": 1000.0}, 0.5),
        (3.3, 0.97, {"debt_reserve": 10.0}, 1.0),
        (3, 0.97, {"debt_reserve": 10.0}, 0.5),
        ("v3.0.2", 0.97, {"debt_reserve": 10.0}, 0.5),
        ("V3.10", 0.97, {"debt_reserve": 10.0}, 1.0),
    ],
)
def test_close_factor_follows_the_version_and_its_thresholds(version, health, reserves, expected):
    assert close_factor(health, version, **reserves) == expected


@given(st.sampled_from(["v2", "v3", "v3.3"]), st.tuples(TWENTIETHS, TWENTIETHS, TWENTIETHS, TWENTIETHS))
def test_close_factor_equals_the_rule_in_decimal_arithmetic(version, numbers):
    health, collateral, debt, least = numbers
    reserves = {"collateral_reserve": float(collateral), "debt_reserve": float(debt), "min_base": float(least)}
    exact = naive.close_factor(version, health, collateral, debt, least, rounding=0)
    assert close_factor(float(health), version, **reserves) == exact
    assert naive.close_factor(version, float(health), *reserves.values()) == exact


def test_half_of_the_whole_position_may_be_one_whole_debt():
    assert max_repay([3000.0, 3000.0, 3000.0], 0) == 3000.0
    assert max_repay([3000.0, 3000.0, 3000.0], 0, "v3") == 1500.0
    assert max_repay([9000.0, 1000.0], 0) == 5000.0
    assert max_repay([9000.0, 1000.0], 0, factor=1.0) == 9000.0


@given(st.lists(AMOUNTS, min_size=1, max_size=4), st.sampled_from(["v2", "v3", "v3.3"]), SHARES, st.integers(0, 3))
def test_max_repay_equals_the_plain_twin_bit_for_bit(debts, version, factor, reserve):
    assume(reserve < len(debts))
    assert max_repay(debts, reserve, version, factor) == naive.max_repay(debts, reserve, version, factor)


PRICES = st.floats(1e-3, 1e5)
SEIZURES = st.tuples(AMOUNTS, PRICES, PRICES, st.floats(0.0, 0.5), AMOUNTS, SHARES)


@given(st.lists(SEIZURES, min_size=1, max_size=8))
def test_seizures_equal_the_plain_twin_bit_for_bit(table):
    repay, debt_price, price, bonus, balance, fee = (np.array(column) for column in zip(*table, strict=True))
    seized = seizure(repay, debt_price, price, bonus, balance=balance, protocol_fee=fee)
    for i, row in enumerate(table):
        assert tuple(float(column[i]) for column in seized) == naive.seizure(*row)


@given(SEIZURES)
def test_a_seizure_never_exceeds_the_balance_and_is_paid_for_at_the_bonus(row):
    repay, debt_price, price, bonus, balance, fee = row
    seized = seizure(repay, debt_price, price, bonus, balance=balance, protocol_fee=fee)
    assert seized.collateral_seized <= balance
    assert seized.repay <= repay * (1 + 1e-12)
    assert seized.collateral_seized * price == pytest.approx(seized.repay * debt_price * (1 + bonus))
    assert seized.to_liquidator + seized.protocol_fee == pytest.approx(seized.collateral_seized)
    assert seized.protocol_fee <= seized.bonus


def test_a_seizure_beyond_the_balance_takes_it_all_and_lowers_the_repayment():
    seized = seizure(1000.0, 1.0, 100.0, 0.05, balance=8.4, protocol_fee=0.1)
    assert seized.collateral_seized == 8.4
    assert seized.repay == pytest.approx(800.0)
    assert seized.bonus == pytest.approx(0.4)
    assert seized.to_liquidator == pytest.approx(8.36)


@given(st.floats(0.05, 0.99), st.floats(0.5, 0.95), st.floats(0.0, 0.2), st.floats(0.01, 0.5))
def test_a_liquidation_raises_health_exactly_where_the_rule_says(health, threshold, bonus, share):
    debt = 1000.0
    collateral = health * debt / threshold
    assume(abs(health - threshold * (1 + bonus)) > 1e-6)
    seized = seizure(share * debt, 1.0, 1.0, bonus, balance=collateral)
    assume(seized.collateral_seized < collateral)
    after = health_factor([collateral - seized.collateral_seized], [threshold], [debt - seized.repay])
    assert (after > health) == raises_health(health, threshold, bonus)


def test_at_the_turning_point_a_liquidation_does_not_raise_health():
    assert not raises_health(0.84, 0.8, 0.05)
    assert raises_health([0.85, math.inf], 0.8, 0.05).tolist() == [True, True]


def test_a_liquidation_leaves_nothing_or_enough_of_both():
    assert leaves_dust(999.0, 5000.0)
    assert leaves_dust(5000.0, 999.0)
    assert not leaves_dust(1000.0, 1000.0)
    assert not leaves_dust(0.0, 1.0)
    assert not leaves_dust(1.0, 0.0)


@given(*[TWENTIETHS | st.just(Fraction(0))] * 2, TWENTIETHS)
def test_dust_equals_the_rule_in_decimal_arithmetic(debt, collateral, least):
    exact = naive.leaves_dust(debt, collateral, least, rounding=0)
    assert leaves_dust(float(debt), float(collateral), float(least)) == exact


def test_debt_without_any_collateral_left_becomes_the_reserves_deficit():
    assert deficit([100.0, 100.0, 0.0], [0.0, 1e-9, 0.0]).tolist() == [100.0, 0.0, 0.0]


def test_a_limit_used_exactly_is_no_shortfall():
    # 0.1 x 3 units against 0.3: equal on the chain, 5e-17 apart in binary.
    account = account_liquidity([3.0], [0.1], [1.0], [0.3], [1.0])
    assert account == (0.0, 0.0, 0.0)
    assert max_close(0.3, account.shortfall) == 0.0
    assert max_close(0.3, 1e-12) == 0.15


def test_liquidity_and_shortfall_are_the_two_signs_of_the_net():
    accounts = account_liquidity([[100.0], [10.0]], [0.5], [1.0], [1.0, 5.0], [1.0, 2.0])
    assert accounts.net.tolist() == [39.0, -6.0]
    assert accounts.liquidity.tolist() == [39.0, 0.0]
    assert accounts.shortfall.tolist() == [0.0, 6.0]
    assert account_liquidity([], [], [], [], []).net == 0.0


@given(
    st.lists(st.tuples(AMOUNTS, SHARES, PRICES), min_size=1, max_size=4),
    st.lists(st.tuples(AMOUNTS, PRICES), min_size=1, max_size=4),
)
def test_account_liquidity_equals_the_plain_twin_bit_for_bit(supplies, borrows):
    account = account_liquidity(*zip(*supplies, strict=True), *zip(*borrows, strict=True))
    assert account.net == naive.account_net(supplies, borrows)


@given(st.tuples(AMOUNTS, PRICES, PRICES, PRICES, st.floats(1.0, 1.3), SHARES))
def test_seized_tokens_equal_the_plain_twin_and_are_worth_the_incentive(row):
    repay, borrowed_price, collateral_price, exchange_rate, incentive, _ = row
    seized = seize_tokens(*row)
    assert tuple(seized) == naive.seize_tokens(*row)
    worth = seized.seize_tokens * exchange_rate * collateral_price
    assert worth == pytest.approx(repay * borrowed_price * incentive)
    assert seized.liquidator_tokens + seized.protocol_tokens == pytest.approx(seized.seize_tokens)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: health_factor(5.0, [0.8], [1.0]), "collateral must be a list"),
        (lambda: health_factor([-5.0], [0.8], [1.0]), "collateral must be zero or more and finite, not -5"),
        (lambda: health_factor([5.0], [1.2], [1.0]), "liquidation_threshold must be a fraction from 0 to 1, not 1.2"),
        (lambda: health_factor([5.0], [0.8], [math.nan]), "debt must be zero or more and finite, not nan"),
        (lambda: close_factor(math.nan), "health must be zero or more"),
        (lambda: close_factor(0.9, "v4"), "version must be one of Aave's from 'v2' to 'v3.x', not 'v4'"),
        (lambda: close_factor(0.9, "latest"), "version must be"),
        (lambda: max_repay([1.0], 1), "reserve must be from 0 to 0, not 1"),
        (lambda: seizure(1.0, 1.0, 0.0, 0.05), "collateral_price must be positive and finite, not 0"),
        (lambda: seizure(1.0, math.inf, 1.0, 0.05), "debt_price must be positive and finite, not inf"),
        (lambda: seizure(1.0, 1.0, 1.0, 0.05, protocol_fee=1.5), "protocol_fee must be a fraction"),
        (lambda: seize_tokens(1.0, 1.0, 1.0, 1.0, 0.9), "incentive must be 1 or more"),
        (lambda: max_close(1.0, -1.0), "shortfall must be zero or more"),
    ],
)
def test_wrong_inputs_are_refused_with_the_name_and_the_number(call, message):
    with pytest.raises(ValueError, match=message):
        call()
