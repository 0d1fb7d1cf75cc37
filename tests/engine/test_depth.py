"""Depth within 1 % of the touch, as the timeline states it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from naive.book import BookSide
from naive.plain import plain_rules
from small_runs import crash, inverse

import cascade_sim as cs
from cascade_sim.engine.simulate import build_world, run_world

SHAPES = {
    "linear": {},
    "power": {"market.book.shape": "power", "market.book.exponent": 2.0},
    "table": {"market.book": {"shape": "table", "levels": [["0.4%", 120], ["2%", 900]], "half_spread": "0.01%"}},
}
CALM = {"flow.noise": None, "flow.orders": [], "market.index.path": {"kind": "constant"}}


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("shape", ["linear", "power"])
def test_an_untouched_book_is_as_deep_as_the_scenario_says(shape, contract):
    changes = {**CALM, **SHAPES[shape], **(inverse() if contract == "inverse" else {})}
    row = cs.run(crash(changes)).timeline.iloc[0]
    assert row["bid_depth"] == pytest.approx(2e6, rel=1e-9)
    # the makers' quotes stand around the start price, at which the scenario states the notional of both sides
    assert row["ask_depth"] == pytest.approx(2e6, rel=1e-9)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("shape", SHAPES)
def test_depth_is_what_an_order_limited_to_one_per_cent_would_be_filled_with(shape, contract):
    scenario = crash({**SHAPES[shape], **(inverse() if contract == "inverse" else {})})
    timeline = cs.run(scenario).timeline
    world = build_world(scenario, scenario.seed)
    run_world(world)
    rules = plain_rules(world.rules[0])
    levels = list(zip(world.tape.table_distance.tolist(), world.tape.table_quantity.tolist(), strict=True))
    distances = {"bid": world.log.rows[:, 27], "ask": world.log.rows[:, 28]}
    assert max(distances["bid"].max(), distances["ask"].max()) > 0.01
    for side, direction in (("bid", -1.0), ("ask", 1.0)):
        book = BookSide(rules, levels, direction)
        for row in range(0, 600, 7):
            price, multiplier = timeline[side].iloc[row], timeline["depth_multiplier"].iloc[row]
            book.distance = distances[side][row]
            book.eaten = book.quantity_at(book.distance)
            book.touch, book.price = -direction * book.distance, price
            filled, value = book.fill(price, 1.0 / multiplier, math.inf, price * (1.0 + direction * 0.01))
            expected = filled if contract == "inverse" else value
            assert timeline[f"{side}_depth"].iloc[row] == pytest.approx(expected, rel=1e-12)


def test_a_book_that_the_makers_leave_is_thinner_in_proportion():
    timeline = cs.run(crash()).timeline
    expected = 2e6 * timeline["depth_multiplier"] * timeline["bid"] / (8000.0 * math.exp(-1e-4))
    assert timeline["depth_multiplier"].min() < 0.9
    assert np.allclose(timeline["bid_depth"], expected, rtol=1e-9)


def test_an_infinite_book_states_no_depth():
    timeline = cs.run(crash({"market.book": {"shape": "infinite"}})).timeline
    assert not {"bid_depth", "ask_depth", "distance_bid", "distance_ask"} & set(timeline.columns)


def test_depth_is_stated_in_quote_currency():
    for contract in ({}, inverse()):
        units = cs.run(crash(contract)).timeline.attrs["units"]
        assert units["bid_depth"].startswith("quote notional")
        assert units["ask_depth"].startswith("quote notional")
