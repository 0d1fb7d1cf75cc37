from __future__ import annotations

import doctest
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import dydx as naive

from cascade_sim.mechanics import dydx, dydx_accounts
from cascade_sim.mechanics.dydx import (
    account_risk,
    bankruptcy_quote,
    close_price_v3,
    fillable_price,
    insurance_fund_delta,
    is_liquidatable,
    liquidation_price,
)

# Whole steps of size, price and fraction, as on the chain: products are whole quote quantums.
STEPS = st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 10**6), st.sampled_from([3, 5, 10, 20]))
SHARES = st.floats(0.001, 1)


def account_of(quote_cents, steps):
    return {
        "quote_balance": quote_cents / 100,
        "size": [size / 1e4 for size, _, _ in steps],
        "oracle_price": [price / 100 for _, price, _ in steps],
        "maintenance_fraction": [percent / 100 for _, _, percent in steps],
    }


def exact(quote_cents, steps, closed_steps):
    """The bankruptcy amount in quantums as a fraction, before rounding, and what floating point may have done to it."""
    value = [Fraction(size * price, 10**6) for size, price, _ in steps]
    collateral = Fraction(quote_cents, 100) + sum(value)
    required = [abs(amount) * Fraction(step[2], 100) for amount, step in zip(value, steps, strict=True)]
    change = Fraction(closed_steps * steps[0][1], 10**6)
    share = abs(change) * Fraction(steps[0][2], 100) / sum(required)
    gross = abs(Fraction(quote_cents, 100)) + sum(map(abs, value))
    error = (len(steps) + 8) * Fraction(2) ** -51 * (abs(change) + gross * share) * 10**6
    return (-change - collateral * share) * 10**6, error


@pytest.mark.parametrize("module", [dydx, dydx_accounts])
def test_examples_in_the_docstrings_of_dydx_hold(module):
    assert doctest.testmod(module).failed == 0


@given(st.integers(-(10**9), 10**9), st.lists(STEPS, min_size=1, max_size=4), st.integers(1, 10**6))
def test_the_bankruptcy_amount_is_the_exact_one_rounded_up(quote_cents, steps, closed):
    size = steps[0][0]
    assume(size != 0)
    closed_steps = -int(math.copysign(min(abs(size), closed), size))
    account = account_of(quote_cents, steps)
    quantums = bankruptcy_quote(**account, market=0, delta=closed_steps / 1e4) * 1e6
    unrounded, error = exact(quote_cents, steps, closed_steps)
    assert math.ceil(unrounded - error) <= round(quantums) <= math.ceil(unrounded)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("closed", [0.1, 0.05, 0.03, 0.07, 0.0123, 0.0999])
def test_whole_quantums_are_not_rounded_a_step_further(side, closed):
    # Bankrupt at 50,000 exactly, so every share of the position brings its own notional to the quantum.
    account = {"quote_balance": -side * 5000.0, "size": [side * 0.1]}
    account |= {"oracle_price": [50_000.0], "maintenance_fraction": [0.1]}
    brought = bankruptcy_quote(**account, market=0, delta=-side * closed)
    assert brought == round(side * closed * 50_000, 6)


@given(
    st.integers(-(10**7), 10**7),
    st.lists(STEPS, min_size=1, max_size=4),
    SHARES,
    st.integers(0, 4 * 10**6),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
    st.integers(0, 3),
)
def test_dydx_equals_the_plain_twin_bit_for_bit(quote_cents, steps, share, adjustment, ppm, fill, market):
    market = market % len(steps)
    assume(steps[market][0] != 0)
    account = account_of(quote_cents, steps)
    columns = (account["size"], account["oracle_price"], account["maintenance_fraction"])
    positions = list(zip(*columns, strict=True))
    delta = -share * positions[market][0]
    mine, twin = (account["quote_balance"], *columns), (account["quote_balance"], positions, market)
    assert bankruptcy_quote(*mine, market=market, delta=delta) == naive.bankruptcy_quote(*twin, delta)
    ratios = {"bankruptcy_adjustment_ppm": adjustment, "spread_to_maintenance_margin_ratio_ppm": ppm}
    assert fillable_price(*mine, market=market, **ratios) == naive.fillable_price(*twin, adjustment, ppm)
    filled = {"fill_price": fill / 100, "max_liquidation_fee_ppm": ppm}
    fund = insurance_fund_delta(*mine, market=market, delta=delta, **filled)
    assert fund == naive.insurance_fund_delta(*twin, delta, fill / 100, ppm)


def test_equity_is_split_in_proportion_to_maintenance():
    account = {"quote_balance": 110.0, "size": [0.004, -0.1, 2.0], "oracle_price": [50_000.0, 3_000.0, 20.0]}
    account |= {"maintenance_fraction": [0.1, 0.1, 0.2]}
    risk = account_risk(**account)
    surplus = [
        -size * price - bankruptcy_quote(**account, market=i, delta=-size) + 2 * size * price
        for i, (size, price) in enumerate(zip(account["size"], account["oracle_price"], strict=True))
    ]
    shares = np.abs(np.multiply(account["size"], account["oracle_price"])) * account["maintenance_fraction"]
    np.testing.assert_allclose(surplus, risk.net_collateral * shares / risk.maintenance_requirement, atol=1e-6)


def test_closing_everything_at_bankruptcy_leaves_nothing_owed():
    account = {"quote_balance": -490.0, "size": [0.004, 0.1], "oracle_price": [50_000.0, 3_000.0]}
    account |= {"maintenance_fraction": [0.1, 0.1]}
    brought = [bankruptcy_quote(**account, market=i, delta=-size) for i, size in enumerate(account["size"])]
    assert sum(brought) == pytest.approx(490, abs=2e-6)


@pytest.mark.parametrize("side", [1, -1])
def test_the_fillable_price_is_on_the_traders_losing_side_of_the_oracle(side):
    account = {"size": [[side * 0.1]], "oracle_price": [[50_000.0]], "maintenance_fraction": [[0.1]]}
    quotes = -side * 5000 + np.array([600.0, 500.0, 250.0, 0.0, -500.0])  # net collateral
    prices = fillable_price(quotes, **account, market=0)
    np.testing.assert_allclose(side * (50_000 - prices), [0, 0, 250, 500, 500], atol=1e-9)


def test_the_fund_pays_only_beyond_bankruptcy():
    account = {"quote_balance": -5100.0, "size": [0.1], "oracle_price": [50_000.0], "maintenance_fraction": [0.1]}
    fill = {"market": 0, "delta": -0.1, "max_liquidation_fee_ppm": 5000}
    deltas = insurance_fund_delta(**account, **fill, fill_price=[40_000.0, 50_999.0, 51_000.0, 51_001.0, 90_000.0])
    np.testing.assert_allclose(deltas, [-1100, -0.1, 0, 0.1, 45], atol=1e-6)


def test_an_account_is_liquidatable_below_the_liquidation_price():
    size, mmf, quote = np.array([0.5, -0.5]), 0.05, np.array([-20_000.0, 30_000.0])
    prices = liquidation_price(quote + size * 50_000, size, 50_000, mmf)
    worse, better = prices - 0.01 * np.sign(size), prices + 0.01 * np.sign(size)
    assert is_liquidatable(quote, size[:, None], worse[:, None], [mmf]).tolist() == [True, True]
    assert is_liquidatable(quote, size[:, None], better[:, None], [mmf]).tolist() == [False, False]


def test_no_price_is_below_zero():
    assert liquidation_price(100.0, 1.0, 50.0, 0.05) == 0
    assert is_liquidatable(-1, [0.0], [50.0], [0.05]) is False


def test_the_close_price_of_v3_is_the_bankruptcy_price_of_v4():
    account = {"quote_balance": 110.0, "size": [0.004, -0.1], "oracle_price": [50_000.0, 3_000.0]}
    account |= {"maintenance_fraction": [0.1, 0.1]}
    risk = account_risk(**account)
    prices = close_price_v3(["long", "short"], [50_000, 3_000], 0.1, *risk)
    amounts = [bankruptcy_quote(**account, market=i, delta=-size) for i, size in enumerate(account["size"])]
    np.testing.assert_allclose(prices * account["size"], amounts, atol=2e-6)


ACCOUNT = {"quote_balance": 10.0, "size": [0.1, 0.0], "oracle_price": [100.0, 5.0], "maintenance_fraction": [0.1, 0.2]}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bankruptcy_quote(**ACCOUNT, market=0, delta=0.1), "delta must reduce the position"),
        (lambda: bankruptcy_quote(**ACCOUNT, market=0, delta=-0.2), "delta must reduce the position"),
        (lambda: bankruptcy_quote(**ACCOUNT, market=0, delta=math.nan), "delta must reduce the position"),
        (lambda: bankruptcy_quote(**ACCOUNT, market=1, delta=-0.2), "a position whose size is not 0"),
        (lambda: bankruptcy_quote(**ACCOUNT, market=2, delta=-0.1), "the index of a position"),
        (lambda: bankruptcy_quote(**ACCOUNT, market=0.5, delta=-0.1), "the index of a position"),
        (lambda: account_risk(**(ACCOUNT | {"quote_balance": math.inf})), "quote_balance must be finite"),
        (lambda: account_risk(**(ACCOUNT | {"oracle_price": [0, 1]})), "oracle_price must be positive"),
        (lambda: account_risk(**(ACCOUNT | {"maintenance_fraction": 0})), "fraction must be positive and at most 1"),
        (lambda: account_risk(10, 1, 100, 0.1), "size must be a list"),
        (lambda: fillable_price(**ACCOUNT, market=0, bankruptcy_adjustment_ppm=-1), "adjustment_ppm must be zero or"),
        (
            lambda: fillable_price(-100, [1], [100], [0.5], market=0, spread_to_maintenance_margin_ratio_ppm=3e6),
            "would be negative",
        ),
        (
            lambda: insurance_fund_delta(**ACCOUNT, market=0, delta=-0.1, fill_price=-1, max_liquidation_fee_ppm=1),
            "fill_price must be zero or more",
        ),
        (lambda: liquidation_price(10, 0, 100, 0.1), "size must not be 0"),
        (lambda: liquidation_price(10, 1, 100, 1.0), r"must be in \(0, 1\)"),
        (lambda: liquidation_price(10, 1, 100, 0.1, others_maintenance=-1), "others_maintenance must be zero or"),
        (lambda: close_price_v3(1, 100, 0.1, 5, 0), "maintenance_requirement must be positive"),
    ],
)
def test_unusable_subaccounts_are_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
