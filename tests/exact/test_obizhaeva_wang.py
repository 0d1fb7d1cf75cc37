"""Execution costs in a resilient block-shaped book (Obizhaeva and Wang 2013; validation.md VE-4).

Depth q = 2 per unit price, resilience k = 0.5, horizon T = 10, quantity X = 7, no permanent impact: a block costs
X^2 / 2q = 12.25, evenly spread 3.92660, optimally (blocks at both ends, an even rate between) 12.25 x 2 / (2 + kT).
Their book is one of prices, ours of log-prices: at displacements below 1e-5 the two agree, with costs scaled alike.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from worlds import WorldArrays, no_crowd, rules_row, tape

from cascade_sim.kernels import state as k

DEPTH, RESILIENCE, HORIZON, QUANTITY = 2.0, 0.5, 10.0, 7.0
SCALE = 1e6
BLOCK, EVEN, OPTIMAL = 12.25, 3.92660, 3.50000


def cost(schedule, interval, scale=SCALE) -> float:
    """Cost of trades one interval apart, in the units of the paper; sales are negative."""
    kept = math.exp(-RESILIENCE * interval)
    rules = rules_row(
        scale_bid=DEPTH * scale, scale_ask=DEPTH * scale, refill_kept=kept, mark=k.MARK_INDEX,
    )  # fmt: skip
    orders = [(tick, size) for tick, size in enumerate(schedule) if size != 0.0]
    state = WorldArrays(rules, tape(np.ones(len(schedule)), orders=orders), 1.0, **no_crowd()).run().state[0]
    assert state["flow_quantity"] == pytest.approx(sum(schedule), rel=1e-9)
    return scale * (-float(state["flow_cash"]) - float(state["flow_quantity"]))


def optimal_schedule(trades: int, interval: float) -> np.ndarray:
    """The cheapest schedule in discrete time: equal blocks at the ends, equal smaller ones between."""
    fresh = -math.expm1(-RESILIENCE * interval)
    shape = np.full(trades, fresh)
    shape[[0, -1]] = 1.0
    return QUANTITY * shape / shape.sum()


def test_a_block_costs_what_its_own_impact_costs():
    assert cost([QUANTITY], HORIZON) == pytest.approx(BLOCK, rel=1e-5)


def test_a_block_in_log_prices_costs_the_exponential():
    impact = QUANTITY / (DEPTH * 5.0)
    exact = 5.0 * (DEPTH * 5.0 * math.expm1(impact) - QUANTITY)
    assert cost([QUANTITY], HORIZON, scale=5.0) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("trades", [2000, 200_000])
def test_an_even_schedule_costs_what_theory_says(trades):
    measured = cost(np.full(trades, QUANTITY / trades), HORIZON / trades)
    assert measured == pytest.approx(EVEN, rel=20.0 / trades)


@pytest.mark.parametrize("trades", [2000, 200_000])
def test_the_optimal_schedule_costs_what_theory_says(trades):
    measured = cost(optimal_schedule(trades, HORIZON / trades), HORIZON / trades)
    assert measured == pytest.approx(OPTIMAL, rel=20.0 / trades)


def test_costs_converge_at_first_order_in_the_tick():
    errors = [cost(optimal_schedule(n, HORIZON / n), HORIZON / n) - OPTIMAL for n in (500, 1000, 2000)]
    assert errors[0] / errors[1] == pytest.approx(2.0, abs=0.02)
    assert errors[1] / errors[2] == pytest.approx(2.0, abs=0.02)


def test_no_random_schedule_beats_the_optimal_one():
    trades = 25
    interval = HORIZON / (trades - 1)
    best = cost(optimal_schedule(trades, interval), interval)
    random = np.random.default_rng(8)
    for number in range(1000):
        buys_only = random.dirichlet(np.full(trades, 10.0 ** random.uniform(-1, 2)))
        nearby = optimal_schedule(trades, interval) / QUANTITY + random.normal(0.0, 0.01, trades) * (number % 2)
        schedule = buys_only if number % 2 == 0 else np.maximum(nearby, 0.0)
        assert cost(QUANTITY * schedule / schedule.sum(), interval) > best * (1.0 - 1e-9)
