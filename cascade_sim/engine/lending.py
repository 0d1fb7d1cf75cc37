"""A scenario's lending as the arrays that the kernels read: chain, pools, loans in trigger order, keepers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cascade_sim.crowd.keepers import keeper_rows
from cascade_sim.crowd.loans import Loans, draw_loans
from cascade_sim.crowd.loans_file import read_loans
from cascade_sim.engine.order import sort_side
from cascade_sim.engine.paths import data_path
from cascade_sim.engine.venue_rules import ticks_of
from cascade_sim.kernels import auctions as formulas
from cascade_sim.kernels import lending_state as k
from cascade_sim.kernels.state import FOREVER
from cascade_sim.kernels.triggers import gather
from cascade_sim.scenario import Scenario

# Rows of what is done on the chain, and of auctions, before they grow.
FIRST_ACTIONS, FIRST_AUCTIONS = 1024, 256
# Bytes of a loan beside its own three columns: those in trigger order, and the heaps.
LOAN_BYTES = 3 * 8 + 4 * 8 + 2 * 4 + 2 * (8 + 4) + 4

_KINDS = {"fixed_spread": k.FIXED_SPREAD, "flip": k.FLIP, "clip": k.CLIP}
_SOURCES = {"mark": k.SOURCE_MARK, "mid": k.SOURCE_MID, "index": k.SOURCE_INDEX}
_CURVES = {"linear": formulas.LINEAR, "stair": formulas.STAIR, "exponential": formulas.EXPONENTIAL}


def loans_of(scenario: Scenario, seed: int) -> list[Loans]:
    """Return the loans of every pool as they stand at the start, drawn or read from files.

    Raises
    ------
    ScenarioError, DataError
        Loans cannot be drawn as the scenario says, or a file cannot be used.
    """
    found = []
    for place, pool in enumerate(scenario.lending):
        if pool.loans.file is not None:
            path = data_path(scenario, pool.loans.file)
            found.append(read_loans(path, pool.loans.file, scenario.market.price, pool.threshold))
        else:
            found.append(draw_loans(scenario, pool, place, seed))
    return found


def lending_of(scenario: Scenario, seed: int, row_count: int, loans: Sequence[Loans] | None = None) -> k.Lending | None:
    """Return a scenario's chain with its pools before the first tick; None where nobody lends.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    row_count : int
        Recorded rows of the run.
    loans : sequence of Loans, optional
        Of every pool, where they have been drawn already.

    Returns
    -------
    Lending or None
        Its first block ends the first interval.

    Raises
    ------
    ScenarioError, DataError
        As `loans_of`.
    """
    if not scenario.lending:
        return None
    loans = loans_of(scenario, seed) if loans is None else loans
    pools = np.concatenate([_pool_row(scenario, pool) for pool in scenario.lending])
    ring = max(1, max(math.ceil(int(pool["delay_ticks"]) / _interval(scenario)) for pool in pools)) + 2
    start_of_windows, end_of_windows, shares = _windows(scenario)
    columns = _in_slots(pools, loans)
    total = columns["key"].size
    columns |= {name: np.zeros(total) for name in ("changed_key", "ripe_key")}
    columns |= {name: np.zeros(total, np.int32) for name in ("since", "changed_slot", "ripe_slot", "aside_slot")}
    keepers = keeper_rows(scenario, seed)
    return k.Lending(
        chain=_chain_row(scenario, float(pools["gas"].max())),
        pools=pools,
        keepers=keepers,
        window_from=start_of_windows,
        window_to=end_of_windows,
        window_share=shares,
        pending_tick=np.zeros((pools.size, ring), np.int64),
        pending_price=np.zeros((pools.size, ring)),
        auctions=np.zeros(FIRST_AUCTIONS, k.AUCTION),
        actions=np.zeros(max(FIRST_ACTIONS, 2 * keepers.size), k.ACTION),
        rows=np.zeros((row_count, len(k.CHAIN_ROW) + pools.size * len(k.POOL_ROW))),
        **columns,
    )


def _interval(scenario: Scenario) -> int:
    return max(1, round(scenario.chain.interval / scenario.clock.tick))


def _ticks(duration: float, tick: float) -> int:
    return FOREVER if math.isinf(duration) else ticks_of(duration, tick)


def _chain_row(scenario: Scenario, most_gas: float) -> np.ndarray:
    chain, row = scenario.chain, np.zeros(1, k.CHAIN)
    rules = row[0]
    rules["interval_ticks"] = _interval(scenario)
    rules["capacity"], rules["gas_price"], rules["most_gas"] = chain.capacity, chain.gas_price, most_gas
    rules["token_price"] = 0.0 if chain.token_price == "market" else chain.token_price
    rules["volatility"], rules["power"] = math.inf, 2.0
    if chain.congestion is not None:
        rules["congests"] = 1
        rules["volatility"], rules["power"] = chain.congestion.volatility, chain.congestion.power
        rules["weight"] = -math.expm1(-chain.interval / chain.congestion.over)
        rules["floor"] = chain.congestion.floor
    rules["next_block"] = rules["interval_ticks"] - 1
    rules["share"] = 1.0
    rules["gas_now"] = rules["gas_high"] = chain.gas_price
    rules["token"] = rules["token_price"] or scenario.market.price
    rules["level_mean"] = math.log(scenario.market.price)
    return row


def _windows(scenario: Scenario) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first ticks, first ticks afterwards and shares of given congestion."""
    clock, congestion = scenario.clock, scenario.chain.congestion
    windows = congestion.windows if congestion is not None else []
    first = [math.floor(clock.seconds(window.from_) / clock.tick + 1e-9) for window in windows]
    after = [math.ceil(clock.seconds(window.to) / clock.tick - 1e-9) for window in windows]
    shares = [window.share for window in windows]
    return np.array(first, np.int64), np.array(after, np.int64), np.array(shares, np.float64)


def _pool_row(scenario: Scenario, pool: Any) -> np.ndarray:
    tick, price, row = scenario.clock.tick, scenario.market.price, np.zeros(1, k.POOL)
    rules = row[0]
    rules["kind"] = _KINDS[pool.kind]
    rules["gas"] = pool.gas
    if pool.kind == "fixed_spread":
        rules["compound"] = pool.accounting == "compound"
        for name in ("bonus", "protocol_fee", "close_factor", "whole_at", "whole_under"):
            rules[name] = getattr(pool, name)
    else:
        _auction_rules(pool, rules)
    oracle = pool.oracle
    rules["source"], rules["deviation"] = _SOURCES[oracle.source], oracle.deviation
    rules["heartbeat_ticks"] = _ticks(oracle.heartbeat, tick)
    rules["delay_ticks"] = _ticks(oracle.delay, tick)
    rules["oracle_gas_limit"] = oracle.gas_limit
    rules["oracle"] = rules["posted"] = price
    rules["first_open"] = rules["last_open"] = k.NOBODY
    if pool.backstop is not None:
        rules["backstop_left"] = math.inf if pool.backstop.kind == "dilution" else pool.backstop.capital
    return row


def _auction_rules(pool: Any, rules: np.void) -> None:
    rules["chop"] = 1.0 + pool.penalty
    rules["room"], rules["dust"] = pool.room, pool.dust
    rules["dunk"] = rules["lump"] = math.inf
    if pool.kind == "flip":
        rules["dunk"], rules["lump"] = pool.debt_most, pool.lot
        rules["beg"] = 1.0 + pool.min_increase
        rules["ttl"], rules["tau"] = pool.bid_duration, pool.duration
        return
    curve = pool.curve
    rules["curve"] = _CURVES[curve.kind]
    rules["tau"] = getattr(curve, "until", 0.0)
    rules["cut"], rules["step"] = getattr(curve, "cut", 0.0), getattr(curve, "step", 0.0)
    rules["buf"], rules["tail"], rules["cusp"] = pool.start, pool.tail, pool.cusp
    rules["tip"], rules["chip"] = pool.tip, pool.chip


def _in_slots(pools: np.ndarray, loans: Sequence[Loans]) -> dict[str, np.ndarray]:
    """Put the loans of every pool into the order in which they come to be liquidated; writes what pools say of them.

    Cost: 40 ns a loan.
    """
    total = sum(each.debt.size for each in loans)
    columns = {name: np.empty(total) for name in ("key", "collateral", "debt", "threshold")}
    columns["index"] = np.empty(total, np.int32)
    first = 0
    for pool, each in zip(pools, loans, strict=True):
        slots = slice(first, first + each.debt.size)
        index, key = columns["index"][slots], columns["key"][slots]
        index[:] = np.arange(each.debt.size, dtype=np.int32)
        # the columns are written after the sort has done with them
        sort_side(each.trigger(), index, 1.0, columns["debt"][slots].view(np.uint64), key)
        for name, source in zip(Loans._fields, each, strict=True):
            gather(source, index, columns[name][slots])
        pool["first"] = pool["head"] = slots.start
        pool["end"] = slots.stop
        pool["collateral"], pool["debt"] = each.collateral.sum(), each.debt.sum()
        first = slots.stop
    return columns
