"""Worlds with a crowd made by hand and rules written as a user would, so that a benchmark times only the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from cascade_sim.engine.moves import Turnover
from cascade_sim.engine.rules import rules_of
from cascade_sim.engine.tape import tape_of
from cascade_sim.engine.world import World, world_of_arrays
from cascade_sim.kernels.state import Tape
from cascade_sim.scenario import Scenario

PRICE = 100.0

Crowd = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def scenario_of(
    ticks: int,
    market: dict[str, Any],
    exchange: dict[str, Any] | None = None,
    flow: dict[str, Any] | None = None,
) -> Scenario:
    """A scenario of ``ticks`` seconds without a crowd; every tick is recorded, and no loss empties the fund."""
    return Scenario(
        name="benchmark",
        clock={"start": "2020-03-12T00:00:00Z", "duration": ticks, "tick": 1},
        market={"price": PRICE, **market},
        exchange={"insurance_fund": 1e15, **(exchange or {})},
        crowd={},
        flow=flow or {},
    )


def depth_notional(quantity: float) -> dict[str, Any]:
    """Depth of which ``quantity`` (bids, base units) stands per unit of log-distance in a linear book."""
    return {"within": 0.01, "notional": 0.01 * PRICE * quantity}


def falling_index(ticks: int, fall: float) -> dict[str, Any]:
    """An index path that falls by ``fall`` (a log-return) in equal steps over the run."""
    return {"kind": "waypoints", "points": [[0, PRICE], [ticks, PRICE * float(np.exp(-fall))]]}


def long_crowd(traders: int, nearest: float, farthest: float, seed: int = 1) -> Crowd:
    """Longs of one unit whose triggers lie uniformly between two log-distances below the price, in random order.

    Returns (side, trigger, quantity, bankruptcy, entry), as `cascade_sim.engine.world.world_of_arrays` takes them.
    """
    distance = np.random.default_rng(seed).uniform(nearest, farthest, traders)
    trigger = PRICE * np.exp(-distance)
    ones = np.ones(traders)
    return np.ones(traders, np.int8), trigger, ones, 0.99 * trigger, PRICE * ones


def rules_and_tape(scenario: Scenario, traders: int, moving: bool = False) -> tuple[np.ndarray, Tape]:
    """What the engine reads beside the crowd; ``traders`` longs of one unit set the ledger's scale.

    ``moving`` asks for the loop in which triggers can change, whether or not any does.
    """
    return rules_of(scenario, traders * PRICE, moving), tape_of(scenario, scenario.seed)[1]


def world_with(rules: np.ndarray, tape: Tape, crowd: Crowd, turnover: Turnover | None = None) -> World:
    """A world before its first tick. The crowd's arrays stay as they are."""
    return world_of_arrays(rules, tape, PRICE, PRICE, *crowd, turnover)
