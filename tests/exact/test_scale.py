"""Scale does not matter: all quantities times c leave every price as it was (model, section 1.4)."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from textbook import setting
from worlds import WorldArrays, column, crowd_at, event_rows, rules_row, tape

from cascade_sim.kernels import state as k

PRICES = ("mark", "index", "mid", "bid", "ask", "depth_multiplier")
COUNTS = ("liquidations_long", "liquidations_short", "rounds", "halted")
AMOUNTS = (
    "flow",
    "forced_sell",
    "forced_buy",
    "open_interest",
    "insurance_fund",
    "adl",
    "bad_debt",
    "engine_inventory",
)
SCALED_RULES = ("scale_bid", "scale_ask", "fund_start", "pace_notional", "momentum_notional", "value_notional")


def scaled(arrays: WorldArrays, factor: float) -> WorldArrays:
    """The same world with every quantity times the factor."""
    rules = arrays.rules.copy()
    for name in SCALED_RULES:
        rules[name] *= factor
    given_tape = arrays.tape
    scaled_tape = given_tape._replace(
        noise=factor * given_tape.noise,
        order_notional=factor * given_tape.order_notional,
        table_quantity=factor * given_tape.table_quantity,
    )
    return WorldArrays(
        rules, scaled_tape, arrays.price, arrays.side, arrays.trigger, factor * arrays.quantity,
        arrays.bankruptcy, arrays.entry, arrays.index_start,
    )  # fmt: skip


@settings(deadline=None, max_examples=120)
@given(drawn_worlds(), st.integers(-20, 20))
def test_a_power_of_two_changes_no_bit_of_any_price(arrays, exponent):
    assume(arrays.tape.tier_rate.size == 1)
    factor = 2.0**exponent
    world, larger = arrays.run(), scaled(arrays, factor).run()
    for name in PRICES + COUNTS:
        assert column(larger, name).tolist() == column(world, name).tolist(), name
    for name in AMOUNTS:
        assert column(larger, name).tolist() == (factor * column(world, name)).tolist(), name
    for name in ("tick", "round", "position", "trigger"):
        assert event_rows(larger)[name].tolist() == event_rows(world)[name].tolist()


def storm(**rules) -> WorldArrays:
    """Noise, orders and a crowd of both sides in a book that refills and thins out."""
    random = np.random.default_rng(4)
    longs = crowd_at(random.uniform(0.01, 0.3, 300), random.exponential(size=300), ruin=0.005)
    shorts = crowd_at(random.uniform(0.01, 0.3, 200), random.exponential(size=200), side=-1, ruin=0.005)
    crowd = {name: np.concatenate([longs[name], shorts[name]]) for name in longs}
    settings = {
        "scale_bid": 1500.0, "scale_ask": 1200.0, "refill_kept": 0.95, "permanent": 0.3, "half_spread": 1e-4,
        "fund_start": 5.0, "withdraws": 1, "withdrawal_volatility": 0.05, "withdrawal_weight": 0.02,
        "withdrawal_power": 2.0, "withdrawal_floor": 0.1, "momentum_notional": 2.0, "momentum_at": 0.02,
        "momentum_weight": 0.05,
    }  # fmt: skip
    events = tape(np.ones(300), noise=random.normal(0.0, 5.0, 300), orders=[(20, -40.0), (200, 60.0)])
    return WorldArrays(rules_row(**(settings | rules)), events, 1.0, **crowd)


@pytest.mark.parametrize("factor", [1e-9, 0.1, 3.0, 7.7e8])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"adl": 0},
        {"shape": k.SHAPE_POWER, "exponent": 2.0, "scale_bid": 20_000.0, "scale_ask": 20_000.0},
        {"policy": k.POLICY_LIMIT},
        {"policy": k.POLICY_PACED, "pace_notional": 3.0},
    ],
    ids=["market", "socialised", "power book", "limit", "paced"],
)
def test_any_other_factor_changes_prices_by_rounding_alone(factor, rules):
    world, larger = storm(**rules).run(), scaled(storm(**rules), factor).run()
    assert event_rows(world).size > 50
    for name in PRICES:
        np.testing.assert_allclose(column(larger, name), column(world, name), rtol=1e-12, err_msg=name)
    for name in COUNTS:
        np.testing.assert_array_equal(column(larger, name), column(world, name), err_msg=name)


@pytest.mark.parametrize("traders", [1, 10])
def test_ten_times_the_traders_at_a_tenth_of_the_size_give_the_same_prices(traders):
    distance = np.linspace(0.001, 0.3, 200)
    one = setting(distance, 1.0, [(0, 20.0), (5, 10.0)], density=900.0, ticks=10, refill_kept=0.9).run()
    many = setting(
        np.repeat(distance, traders), 1.0 / traders, [(0, 20.0), (5, 10.0)], density=900.0, ticks=10, refill_kept=0.9,
    ).run()  # fmt: skip
    for name in PRICES:
        np.testing.assert_allclose(column(many, name), column(one, name), rtol=1e-12)
