"""Keepers of a scenario as rows: who may liquidate, with what money, how fast and at what price."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.normal import normal_quantile
from cascade_sim.kernels.lending_state import KEEPER
from cascade_sim.scenario import Scenario

# Capital of a keeper that says `never`: cents stay exact beside it.
UNLIMITED_CAPITAL = 1e12


def keeper_rows(scenario: Scenario, seed: int) -> np.ndarray:
    """Return a scenario's keepers before the first tick.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Gas limits that are drawn come from the stream ``keepers.<cohort>.gas_limit``.

    Returns
    -------
    ndarray of KEEPER, shape (keepers,)
        Those who pay the highest gas price first; at one gas limit in the order of the scenario. ``cash`` is the
        capital; profit counts from there.
    """
    cohorts = scenario.keepers
    rows = np.zeros(sum(int(cohort.count) for cohort in cohorts.values()), KEEPER)
    first = 0
    for number, (name, cohort) in enumerate(cohorts.items()):
        some = rows[first : first + cohort.count]
        first += cohort.count
        some["cohort"], some["place"] = number, np.arange(cohort.count)
        some["gas_limit"] = gas_limits(cohort, name, seed)
        some["latency_ticks"] = math.ceil(cohort.latency / scenario.clock.tick - 1e-9)
        some["margin"], some["opening"] = cohort.margin, cohort.opening
        some["kept"] = share_kept(cohort.sell_half_life, scenario.chain.interval)
        some["capital"] = some["cash"] = UNLIMITED_CAPITAL if math.isinf(cohort.capital) else cohort.capital
    return rows[np.argsort(-rows["gas_limit"], kind="stable")]


def gas_limits(cohort: Any, name: str, seed: int) -> np.ndarray:
    """Return the highest gas price that each keeper of a cohort pays, gwei; shape (count,)."""
    limit = cohort.gas_limit
    if isinstance(limit, int | float):
        return np.full(cohort.count, float(limit))
    share = Luck(seed, name, 0, cohort.count, group="keepers").uniform("gas_limit")
    return limit.median * np.exp(limit.sigma * normal_quantile(share))


def share_kept(half_life: float, interval: float) -> float:
    """Return the share of its inventory that a keeper has left after a block; a half-life of 0 sells all at once."""
    return float(0.5 ** (interval / half_life)) if half_life > 0.0 else 0.0
