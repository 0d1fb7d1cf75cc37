"""What the summary's numbers about lending mean, and their units: of all pools together, and of each by its name."""

from __future__ import annotations

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
    "shortfall": ("what the lenders are short of: bad_debt and under_water together", "quote"),
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


def names_a_pool(key: str) -> bool:
    """Tell whether a key is written as those of `pool_figures` are: a name, an underscore and a key of `POOL`."""
    return any(key.endswith(f"_{figure}") for figure in POOL) and key not in LENDING
