"""What lending beside the exchange came to, figure by figure of `lending_figures`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.kernels.lending_state import FIXED_SPREAD, Lending
from cascade_sim.scenario import Scenario


def lending_summary(world: World, scenario: Scenario) -> dict[str, Any]:
    """Return all figures about lending; nothing where nobody lends.

    Parameters
    ----------
    world : World
    scenario : Scenario
    """
    lending = world.lending
    if lending is None:
        return {}
    keepers, pools = lending.keepers, lending.pools
    mark = float(world.state["mark"][0])
    found: dict[str, Any] = {
        "lending_liquidated": float(pools["liquidated"].sum()),
        "lending_bad_debt": float(pools["bad_debt"].sum()),
        "lending_covered": float(pools["covered"].sum()),
        "keeper_profit": float((keepers["cash"] - keepers["capital"] + keepers["quantity"] * mark).sum()),
        "keeper_sold": float(keepers["sold"].sum()),
        "gas_spent": float(lending.chain["gas_spent"][0]),
        "gas_price_high": float(lending.chain["gas_high"][0]),
    }
    mid = last_mid(world)
    for pool, row in zip(scenario.lending, pools, strict=True):
        for key, value in _of_pool(lending, row, mid):
            found[f"{pool.name}_{key}"] = value
    return found


def last_mid(world: World) -> float:
    """Return the mid after the last tick, also between two recorded rows."""
    state = world.state[0]
    gap = float(state["centre"]) + 0.5 * (float(state["distance_ask"]) - float(state["distance_bid"]))
    return float(state["index"]) * math.exp(gap)


def _of_pool(lending: Lending, pool: np.void, mid: float) -> Iterator[tuple[str, Any]]:
    auctions = int(pool["kind"]) != FIXED_SPREAD
    slots = slice(int(pool["first"]), int(pool["end"]))
    short = lending.debt[slots] - lending.collateral[slots] * mid
    liquidated = float(pool["liquidated"])
    yield "liquidated", liquidated
    yield "liquidations", int(pool["liquidations"])
    for key in ("repaid", "bad_debt", "covered"):
        yield key, float(pool[key])
    yield "surplus", float(pool["surplus"]) if auctions else None
    under_water = float(np.maximum(short, 0.0).sum())
    yield "under_water", under_water
    yield "shortfall", float(pool["bad_debt"]) + under_water
    yield "toxic", None if auctions else int(pool["toxic"])
    yield "zero_bids", int(pool["zero_bids"]) if auctions else None
    yield "zero_bid_value", float(pool["zero_bid_value"]) if auctions else None
    share = float(pool["zero_bid_value"]) / liquidated if liquidated > 0.0 else None
    yield "zero_bid_share", share if auctions else None
    yield "oracle_over", float(pool["oracle_over"])
    yield "oracle_stuck", int(pool["oracle_stuck"]) if math.isfinite(float(pool["oracle_gas_limit"])) else None
