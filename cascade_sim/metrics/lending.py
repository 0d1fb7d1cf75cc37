"""What lending beside the exchange came to: figures of all pools together, and of each by its name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.kernels.lending_state import FIXED_SPREAD, Lending
from cascade_sim.scenario import Scenario

# key: (definition, unit). Null where nobody lends.
LENDING: dict[str, tuple[str, str]] = {
    "lending_liquidated": ("collateral that pools liquidated, at the mid of its moment; null without lending", "quote"),
    "lending_bad_debt": (
        "debt that pools were left with and no collateral, whoever made it good; null without lending",
        "quote",
    ),
    "lending_covered": ("of it, what the pools' backstops paid; null without lending", "quote"),
    "keeper_profit": (
        "result of all keepers after gas, what they hold at the last mark; null without lending",
        "quote",
    ),
    "keeper_sold": ("collateral that keepers sold in the market; null without lending", "base"),
    "gas_spent": ("paid for keepers' transactions; null without lending", "quote"),
    "gas_price_high": ("highest gas price of a block; null without lending", "gwei"),
}

# The same for every pool, its name and an underscore before each.
POOL: dict[str, tuple[str, str]] = {
    "liquidated": ("collateral liquidated, at the mid of its moment", "quote"),
    "liquidations": ("liquidation calls, or auctions that ended", "count"),
    "repaid": ("paid for what was liquidated, as debt repaid or as winning bids", "quote"),
    "bad_debt": ("debt left without collateral, whoever made it good", "quote"),
    "covered": ("of it, what the backstop paid", "quote"),
    "surplus": ("paid in auctions beyond the debt that was auctioned; null of a fixed spread", "quote"),
    "under_water": ("debt beyond collateral at the last mid, summed over the loans still open", "quote"),
    "toxic": ("liquidation calls that lowered the health factor; null of auctions", "count"),
    "zero_bids": ("auctions won for less than 0.1 % of the collateral's value; null of a fixed spread", "count"),
    "zero_bid_value": ("value of that collateral at the mid; null of a fixed spread", "quote"),
    "zero_bid_share": ("that value over all liquidated value; null of a fixed spread, and if none", "fraction"),
    "oracle_over": ("largest excess of the oracle's price over the mid at a block", "quote per base"),
    "oracle_stuck": (
        "blocks in which an update of the oracle was due and too dear; null where it pays any gas price",
        "count",
    ),
}


def pool_figures(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """Return the summary's keys about each pool of a scenario, with definition and unit; none where nobody lends."""
    return {
        f"{pool.name}_{key}": (f"{pool.name}: {definition}", unit)
        for pool in scenario.lending
        for key, (definition, unit) in POOL.items()
    }


def lending_summary(world: World, scenario: Scenario) -> dict[str, Any]:
    """Return the figures of `LENDING`, and of every pool those of `POOL`; nothing where nobody lends.

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
    yield "under_water", float(np.maximum(short, 0.0).sum())
    yield "toxic", None if auctions else int(pool["toxic"])
    yield "zero_bids", int(pool["zero_bids"]) if auctions else None
    yield "zero_bid_value", float(pool["zero_bid_value"]) if auctions else None
    share = float(pool["zero_bid_value"]) / liquidated if liquidated > 0.0 else None
    yield "zero_bid_share", share if auctions else None
    yield "oracle_over", float(pool["oracle_over"])
    yield "oracle_stuck", int(pool["oracle_stuck"]) if math.isfinite(float(pool["oracle_gas_limit"])) else None
