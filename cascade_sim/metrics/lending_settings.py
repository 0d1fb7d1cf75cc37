"""The pools whose loans are sold like positions: all collateral, in the market, as soon as the price crosses them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cascade_sim.metrics.trigger_laws import TriggerLaw, UniformLaw
from cascade_sim.scenario import Scenario

# `LT (1 + b)` may fall short of 1 by the rounding of decimals.
WHOLE = 1.0 - 1e-12
# Share of the fall that may be missing when the run ends.
MISSING = 1e-12


def pool_laws(scenario: Scenario) -> list[UniformLaw] | None:
    """Return the collateral of every pool by the log-distance at which it is sold.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of UniformLaw, or None
        None where a pool, the keepers or the chain are not plain: fixed spreads with ``LT (1 + b) >= 1`` and without
        protocol fee, evenly placed loans of equal collateral, an oracle that gives the mark at every block, blocks
        without gas or limit, and keepers who sell at once and have no limit of their own.
    """
    if scenario.lending and not (_keepers_are_plain(scenario) and _chain_is_plain(scenario)):
        return None
    laws = []
    for pool in scenario.lending:
        if not _pool_is_plain(pool):
            return None
        health: Any = pool.loans.health
        total = (pool.loans.collateral or 0.0) / scenario.market.price
        laws.append(UniformLaw(total, math.log(health.from_), math.log(health.to)))
    return laws


def blocks_suffice(scenario: Scenario, depth: float, laws: Sequence[TriggerLaw], move: float) -> bool:
    """Tell whether the blocks left after the order bring a fall to its rest.

    Where all maps are uniform, every block multiplies what is missing by ``R = sum(rho) / D`` or less, unless a bonus
    below the slippage holds sales up: then it takes the price down by ``ln(1 + b)``.
    """
    ratio = math.fsum(law.rho if isinstance(law, UniformLaw) else math.inf for law in laws) / depth
    clock, order = scenario.clock, scenario.flow.orders[0]
    blocks = (clock.duration - clock.seconds(order.at)) / scenario.chain.interval - 1.0
    pools: list[Any] = list(scenario.lending)
    least = min(math.log1p(pool.bonus) for pool in pools)
    return ratio < 1.0 and blocks >= math.log(MISSING) / math.log(ratio) + move / least


def _pool_is_plain(pool: Any) -> bool:
    if pool.kind != "fixed_spread" or pool.protocol_fee != 0.0 or pool.threshold * (1.0 + pool.bonus) < WHOLE:
        return False
    loans, oracle = pool.loans, pool.oracle
    placed = loans.file is None and loans.health.kind == "log_uniform" and loans.health.placed == "even"
    prompt = oracle.source == "mark" and oracle.deviation == 0.0 and oracle.delay == 0.0
    return placed and loans.collateral is not None and loans.size.kind == "equal" and prompt


def _chain_is_plain(scenario: Scenario) -> bool:
    chain = scenario.chain
    return chain.gas_price == 0.0 and chain.capacity == math.inf and chain.congestion is None


def _keepers_are_plain(scenario: Scenario) -> bool:
    cohorts = scenario.keepers.values()
    free = scenario.exchange.fees.taker == 0.0
    return bool(cohorts) and free and all(_keeper_is_plain(cohort) for cohort in cohorts)


def _keeper_is_plain(cohort: Any) -> bool:
    no_limit = cohort.capital == math.inf and cohort.gas_limit == math.inf
    return no_limit and cohort.latency == 0.0 and cohort.margin == 0.0 and cohort.sell_half_life == 0.0
