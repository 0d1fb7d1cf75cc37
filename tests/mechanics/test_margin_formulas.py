from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from scipy.optimize import brentq

from cascade_sim.mechanics import margin
from cascade_sim.mechanics.margin import bankruptcy_price, liquidation_price, maintenance_amounts

BINANCE_BTC_2024 = [
    (0, 0.004),
    (50_000, 0.005),
    (600_000, 0.0065),
    (3e6, 0.01),
    (12e6, 0.02),
    (70e6, 0.025),
    (100e6, 0.05),
    (230e6, 0.1),
    (480e6, 0.125),
    (600e6, 0.15),
    (800e6, 0.25),
    (1200e6, 0.5),
]
LEVERAGES = np.array([1.5, 2.0, 5.0, 10.0, 20.0, 50.0, 125.0])


def test_examples_in_the_docstring_hold():
    assert doctest.testmod(margin).failed == 0


@pytest.mark.parametrize("rate", [0.0, 0.004, 0.05])
def test_isolated_linear_price_is_the_closed_form_in_leverage(rate):
    collateral = 2.0 * 300.0 / LEVERAGES
    long = liquidation_price("long", 2.0, 300.0, collateral, rate=rate)
    short = liquidation_price("short", 2.0, 300.0, collateral, rate=rate)
    np.testing.assert_allclose(long, 300.0 * (1 - 1 / LEVERAGES) / (1 - rate), rtol=1e-12)
    np.testing.assert_allclose(short, 300.0 * (1 + 1 / LEVERAGES) / (1 + rate), rtol=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.004, 0.05])
def test_isolated_inverse_price_is_the_closed_form_in_leverage(rate):
    collateral = 1000.0 / 300.0 / LEVERAGES
    long = liquidation_price("long", 1000.0, 300.0, collateral, rate=rate, contract="inverse")
    short = liquidation_price("short", 1000.0, 300.0, collateral, rate=rate, contract="inverse")
    np.testing.assert_allclose(long, 300.0 * LEVERAGES * (1 + rate) / (1 + LEVERAGES), rtol=1e-12)
    np.testing.assert_allclose(short, 300.0 * LEVERAGES * (1 - rate) / (LEVERAGES - 1), rtol=1e-12)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("side", ["long", "short"])
def test_without_maintenance_liquidation_is_bankruptcy(contract, side):
    notional_margin = 7.0 * (300.0 if contract == "linear" else 1 / 300.0) / LEVERAGES
    prices = liquidation_price(side, 7.0, 300.0, notional_margin, contract=contract)
    ruin = bankruptcy_price(side, 7.0, 300.0, notional_margin, contract=contract)
    np.testing.assert_allclose(prices, ruin, rtol=1e-14)


@pytest.mark.parametrize(
    ("expected", "rules"),
    [
        (56_842.11, {"rate": 0.05}),
        (57_000.00, {"rate": 0.05, "basis": "entry"}),
        (54_300.00, {"rate": 0.005, "basis": "entry"}),  # "5 %" of the posted margin
        (54_600.00, {"rate": 0.01, "basis": "entry"}),
        (54_545.45, {"rate": 0.01}),
    ],
)
def test_glossary_example_reads_as_its_conventions_say(expected, rules):
    assert liquidation_price("long", 1 / 6, 60_000, 1000, **rules) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("expected", "rate"), [(57_142.86, 0.05), (55_045.87, 0.01)])
def test_glossary_example_as_an_inverse_contract(expected, rate):
    price = liquidation_price(1, 10_000, 60_000, 1 / 60, rate=rate, basis="entry", contract="inverse")
    assert price == pytest.approx(expected, abs=0.005)


def test_glossary_bankruptcy_is_at_54_000():
    assert bankruptcy_price("long", 1 / 6, 60_000, 1000) == pytest.approx(54_000, rel=1e-14)
    inverse = bankruptcy_price("long", 10_000, 60_000, 1 / 60, contract="inverse")
    assert inverse == pytest.approx(54_545.45, abs=0.005)


def test_maintenance_amounts_are_the_ones_binance_publishes():
    published = [0, 50, 950, 11_450, 131_450, 481_450, 2_981_450, 14_481_450]
    published += [26_481_450, 41_481_450, 121_481_450, 421_481_450]
    np.testing.assert_allclose(maintenance_amounts(BINANCE_BTC_2024), published, atol=1e-3)


def test_maintenance_margin_is_continuous_and_marginal_like_a_tax():
    for floor, _ in BINANCE_BTC_2024[1:]:
        below, above = margin.maintenance_margin([floor * (1 - 1e-9), floor * (1 + 1e-9)], tiers=BINANCE_BTC_2024)
        assert above == pytest.approx(below, rel=1e-6)
    assert margin.maintenance_margin(60_000, tiers=BINANCE_BTC_2024) == pytest.approx(200 + 10_000 * 0.005)


def test_bracket_is_the_one_that_holds_the_notional_at_the_liquidation_price():
    tiers = BINANCE_BTC_2024[:7]
    short = liquidation_price("short", 10, 59_000, 59_000, tiers=tiers)
    assert short == pytest.approx(64_575.260805, abs=1e-4)
    # 590,000 of entry notional lies in the 0.5 % bracket, 645,753 at liquidation in the 0.65 % one.
    assert short < (10 * 59_000 + 59_000 + 50) / (10 * 1.005)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("quantity", [0.5, 9.0, 60.0, 700.0, 9000.0, 40_000.0])
def test_tiered_price_is_the_root_of_equity_less_requirement(side, quantity):
    entry, leverage = 50_000.0, 3.0 if quantity < 9000 else 1.6
    collateral = quantity * entry / leverage

    def cushion(price: float) -> float:
        required = margin.maintenance_margin(quantity * price, tiers=BINANCE_BTC_2024)
        return (collateral + side * quantity * (price - entry) - required) / collateral

    root = brentq(cushion, 1.0, 1e6, xtol=1e-9, rtol=1e-14)
    price = liquidation_price(side, quantity, entry, collateral, tiers=BINANCE_BTC_2024)
    assert price == pytest.approx(root, rel=1e-11)


def test_published_linear_examples_are_reproduced():
    # Binance's own example through freqtrade: cum is the bracket's, so a one-bracket table stands for it.
    tiers = [(0, 0.05), (135_365.0 / 0.05, 0.1)]
    price = liquidation_price("long", 3683.979, 1456.84, 1_535_443.01, tiers=tiers)
    assert price == pytest.approx(1114.78, abs=0.006)
    # Bybit classic: 1 BTC at 20,000, 50x, 0.5 % of the entry notional.
    assert liquidation_price("long", 1, 20_000, 400, rate=0.005, basis="entry") == pytest.approx(19_700)
    assert bankruptcy_price("long", 1, 10_000, 200) == pytest.approx(9_800)


def test_published_inverse_examples_are_reproduced():
    kraken = {"contract": "inverse"}
    assert liquidation_price("long", 1000, 8000, 0.01, rate=0.01, **kraken) == pytest.approx(7481.48, abs=0.005)
    assert bankruptcy_price("long", 1000, 8000, 0.01, **kraken) == pytest.approx(7407.41, abs=0.005)
    entry = {"contract": "inverse", "basis": "entry"}
    coin = 100 / 30_000 / 2
    assert liquidation_price("long", 100, 30_000, coin, rate=0.1, **entry) == pytest.approx(21_428.57, abs=0.005)
    assert liquidation_price("short", 100, 30_000, coin, rate=0.1, **entry) == pytest.approx(50_000)
    assert bankruptcy_price("short", 100, 30_000, coin, **kraken) == pytest.approx(60_000)
    bybit = liquidation_price("long", 100, 7890.08, 100 / 7890.08 / 50, rate=0.005, **entry)
    assert bybit == pytest.approx(7773.48, abs=0.005)


def test_fully_covered_positions_are_never_liquidated():
    assert liquidation_price("long", 1, 100, 100) == 0.0
    assert liquidation_price("long", 1, 100, 250, rate=0.01) == 0.0
    assert bankruptcy_price("long", 1, 100, 250) == 0.0
    assert math.isinf(liquidation_price("short", 100, 50, 2.0, rate=0.01, contract="inverse"))
    assert math.isinf(bankruptcy_price("short", 100, 50, 2.5, contract="inverse"))


def test_sides_prices_and_rates_broadcast():
    prices = liquidation_price(
        [["long"], ["short"]], 1.0, [100.0, 200.0, 400.0], [10.0, 20.0, 40.0], rate=[[0.0], [0.01]]
    )
    assert prices.shape == (2, 3)
    np.testing.assert_allclose(prices[0], [90, 180, 360])
    np.testing.assert_allclose(prices[1], np.array([110, 220, 440]) / 1.01)
    assert isinstance(liquidation_price(-1, 1.0, 100.0, 10.0), float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": "up"}, "side must be"),
        ({"side": 2}, "side must be"),
        ({"side": 0.5}, "side must be"),
        ({"quantity": 0.0}, r"quantity must be positive and finite, not 0$"),
        ({"quantity": [1.0, -2.0]}, r"quantity must be positive and finite, not -2 \(row 1\)"),
        ({"entry_price": math.nan}, "entry_price must be positive"),
        ({"collateral": math.inf}, "collateral must be finite"),
        ({"rate": 1.0}, "rate must be in"),
        ({"rate": math.nan}, "rate must be in"),
        ({"rate": 0.01, "tiers": [(0, 0.01)]}, "exclude each other"),
        ({"tiers": []}, "one or more pairs"),
        ({"tiers": [(0, 0.01), (0, 0.02)]}, "floors must start at 0"),
        ({"tiers": [(5, 0.01)]}, "floors must start at 0"),
        ({"tiers": [(0, 0.02), (5, 0.01)]}, "rates must increase"),
        ({"basis": "index"}, "basis must be 'mark' or 'entry'"),
        ({"contract": "quanto"}, "contract must be 'linear' or 'inverse'"),
    ],
)
def test_wrong_inputs_are_refused_with_the_reason(change, message):
    inputs = {"side": "long", "quantity": 1.0, "entry_price": 100.0, "collateral": 10.0} | change
    with pytest.raises(ValueError, match=message):
        liquidation_price(**inputs)
