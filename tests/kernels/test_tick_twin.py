"""The tick loop against its plain-Python twin, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from hypothesis import given, settings
from naive.engine import LONG, SHORT
from naive.world import NaiveWorld
from worlds import WorldArrays, event_rows

from cascade_sim.kernels.state import ROW

EVENT_FIELDS = (
    "tick",
    "round",
    "position",
    "side",
    "quantity",
    "trigger",
    "bankruptcy",
    "filled",
    "value",
    "fund_change",
)


def assert_rows_equal(world, twin) -> None:
    for number, (row, expected) in enumerate(zip(world.log.rows.tolist(), twin.rows, strict=True)):
        for name, value, wanted in zip(ROW, row, expected, strict=True):
            assert value == wanted, f"row {number}, {name}: {value!r} instead of {wanted!r}"


def assert_events_equal(world, twin) -> None:
    rows = event_rows(world)
    assert rows.size == len(twin.engine.events)
    for number, (row, event) in enumerate(zip(rows, twin.engine.events, strict=True)):
        for name in EVENT_FIELDS:
            value, wanted = row[name].item(), getattr(event, name)
            assert value == wanted, f"event {number}, {name}: {value!r} instead of {wanted!r}"


def assert_levels_equal(world, twin) -> None:
    engine, market = twin.engine, twin.market
    expected = vars(engine.accounts) | {
        "engine_long": engine.inventory[LONG],
        "engine_short": engine.inventory[SHORT],
        "engine_long_cash": engine.inventory_cash[LONG],
        "engine_short_cash": engine.inventory_cash[SHORT],
        "open_long": engine.open_quantity[LONG],
        "open_short": engine.open_quantity[SHORT],
        "bad_debt": engine.bad_debt,
        "adl_notional": engine.adl_notional,
        "fund_low": engine.fund_low,
        "shortfall": engine.shortfall,
        "exhausted": engine.exhausted,
        "index_shift": market.index_shift,
        "centre": market.centre,
        "distance_bid": market.bids.distance,
        "distance_ask": market.asks.distance,
        "eaten_bid": market.bids.eaten,
        "eaten_ask": market.asks.eaten,
        "ledger_error": twin.ledger_error,
        "imbalance": twin.imbalance,
    }
    state = world.state[0]
    for name, wanted in expected.items():
        assert state[name].item() == wanted, f"{name}: {state[name].item()!r} instead of {wanted!r}"
    assert state["max_drawdown"] == pytest.approx(largest_fall(twin.marks), abs=1e-15)
    assert state["max_runup"] == pytest.approx(largest_rise(twin.marks), rel=1e-15, abs=1e-15)
    assert state["index_drawdown"] == pytest.approx(largest_fall(twin.indices), abs=1e-15)


def largest_fall(prices) -> float:
    return max(1.0 - low / max(prices[: place + 1]) for place, low in enumerate(prices))


def largest_rise(prices) -> float:
    return max(high / min(prices[: place + 1]) - 1.0 for place, high in enumerate(prices))


def assert_crowd_equal(world, twin) -> None:
    positions = world.positions
    quantity, bankruptcy = np.empty(positions.index.size), np.empty(positions.index.size)
    quantity[positions.index], bankruptcy[positions.index] = positions.quantity, positions.bankruptcy
    assert quantity.tolist() == [position.quantity for position in twin.positions]
    assert bankruptcy.tolist() == [position.bankruptcy for position in twin.positions]


def assert_same_bits(arrays: WorldArrays) -> None:
    world, twin = arrays.run(), NaiveWorld(*arrays.arguments).run()
    assert_rows_equal(world, twin)
    assert_events_equal(world, twin)
    assert_levels_equal(world, twin)
    assert_crowd_equal(world, twin)
    for minute, notional in twin.minutes.items():
        assert world.log.minutes[minute] == notional, f"minute {minute}"


@settings(deadline=None, max_examples=250)
@given(drawn_worlds())
def test_any_world_equals_its_plain_twin_bit_for_bit(arrays):
    assert_same_bits(arrays)


@pytest.mark.slow
@settings(deadline=None, max_examples=10_000)
@given(drawn_worlds())
def test_ten_thousand_worlds_equal_their_plain_twins_bit_for_bit(arrays):
    assert_same_bits(arrays)
