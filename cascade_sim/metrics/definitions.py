"""What the summary's numbers mean, and their units."""

from __future__ import annotations

from functools import lru_cache

from cascade_sim.metrics.lending_figures import LENDING, pool_figures
from cascade_sim.scenario import Scenario

AFTER_LOW = ("rebound_1h", "basis_at_low")
"""Keys of the summary that are read off recorded rows; a batch of runs keeps none."""

# key: (definition, unit); {margin} and {quantity} are named by the contract. What pools add is in `lending_figures`.
SUMMARY: dict[str, tuple[str, str]] = {
    "max_drawdown": ("largest fall of the mark from its running maximum, over all ticks", "fraction"),
    "index_drawdown": ("largest fall of the index from its running maximum, over all ticks", "fraction"),
    "max_runup": ("largest rise of the mark from its running minimum, over all ticks", "fraction"),
    "low_mark": ("mark at the bottom of the largest fall; the lowest mark where it never fell", "quote per base"),
    "low_time": ("end of the tick of that low", "UTC"),
    "amplification": (
        "log size of the larger excursion (fall or rise) over that of the same run without forced selling; null "
        "without that counterfactual or where it moves less than 0.1 %",
        "ratio",
    ),
    "feedback_share": ("1 - 1 / amplification: share of the excursion that forced selling added", "fraction"),
    "liquidated_notional": ("sum of quantity x fill price over all liquidations, as far as filled", "quote"),
    "liquidated_count": ("liquidations: a position counts once for every time it was reduced", "count"),
    "liquidated_share_long": ("the longs' share of the liquidated notional; null if none", "fraction"),
    "open_interest_cleared": (
        "share of the cohorts' starting open interest closed by force, by liquidation or by deleveraging",
        "fraction",
    ),
    "peak_minute": ("largest forced notional traded in a clock minute", "quote"),
    "worst_30min_share": ("share of the forced notional in its worst 30 clock minutes; null if none", "fraction"),
    "branching_ratio": (
        "forced quantity of rounds 2 and later over all forced quantity; only where rounds are generations (policy "
        "market, no delay, mark last or mid, no lending), else null",
        "ratio",
    ),
    "branching_ratio_low": ("lower end of its 95 % interval, liquidations that set off a Poisson number", "ratio"),
    "branching_ratio_high": ("upper end of its 95 % interval; may lie above 1", "ratio"),
    "insurance_fund_change": ("fund at the end less the fund at the start", "{margin}"),
    "insurance_fund_used": ("largest draw of the fund below its start", "{margin}"),
    "adl_notional": ("notional closed by auto-deleveraging, at bankruptcy prices", "quote"),
    "collateral_lost": (
        "margin behind what was liquidated (top-ups and funding included) that its owners did not get back",
        "{margin}",
    ),
    "fund_paid": ("what the insurance fund paid for positions closed below their bankruptcy price", "{margin}"),
    "adl_forgone": (
        "what deleveraged winners went without: their closing price against the mark of that moment",
        "{margin}",
    ),
    "socialised_loss": ("losses beyond the fund that were spread over all winners", "{margin}"),
    "bad_debt": ("losses that nobody covered", "{margin}"),
    "loss_to_market": (
        "what liquidated positions lost from entry to sale, received by whoever was on the other side; deleveraged "
        "ones up to the mark",
        "{margin}",
    ),
    "loss_in_engine": ("the same for what the engine has not sold, up to the bankruptcy price", "{margin}"),
    "fund_received": ("what the insurance fund received of liquidations, fees included", "{margin}"),
    "engine_inventory": ("what the liquidation engine still holds at the end, long positive", "{quantity}"),
    "max_engine_inventory": ("largest inventory of the liquidation engine at a recorded row", "{quantity}"),
    "vault_profit": ("result of the backstop vault, its inventory at the mark; null without one", "{margin}"),
    "top_ups": ("paid into positions at margin calls; null where nobody can be called", "{margin}"),
    "halts": ("trading halts that a move tripped; null where the venue has none", "count"),
    "tracked_ticks": ("ticks that landed on the recorded price of a tracked replay; null without one", "count"),
    "tracking_error": ("largest log distance of the mid from the recorded price over tracked ticks", "ratio"),
    "missed_ticks": ("ticks of a replay in which a push could not be sent, for an outage or a halt", "count"),
    "absorbed_ticks": (
        "ticks of a replay in which an order after the forced trades and against them brought the price back to the "
        "recorded one",
        "count",
    ),
    "absorbed_quantity": ("quantity of those orders", "{quantity}"),
    "absorbed_share": ("that quantity over all forced quantity traded in the book; null if none", "fraction"),
    **LENDING,
    "half_recovery_s": ("seconds from the low until half of the fall is regained; null if never", "s"),
    "rebound_1h": (
        "mark an hour after the low, at the end of the recorded row of that moment, over the low, less 1; null if the "
        "run ends before, and where a recorded row is longer than a minute",
        "fraction",
    ),
    "basis_at_low": (
        "mark over index, less 1, at the end of the recorded row of the low; null where a row is longer than a minute",
        "fraction",
    ),
    "conservation_error": (
        "largest absolute ledger error over all ticks, over the starting open interest in margin currency, or over the "
        "pools' collateral where there is none",
        "fraction",
    ),
    "quantity_error": (
        "largest absolute sum of all signed quantities over all ticks, over the starting open interest",
        "fraction",
    ),
    "status": ("completed, book_exhausted (forced orders met the end of the book) or interrupted", ""),
}


def units_and_definitions(scenario: Scenario) -> tuple[dict[str, str], dict[str, str]]:
    """Return the units and the definitions of the summary's keys, for a scenario's contract and pools."""
    units, definitions = _texts(scenario.market.contract == "inverse")
    pools = pool_figures(scenario)
    return (
        units | {key: unit for key, (_, unit) in pools.items()},
        definitions | {key: definition for key, (definition, _) in pools.items()},
    )


@lru_cache(maxsize=2)
def _texts(inverse: bool) -> tuple[dict[str, str], dict[str, str]]:
    names = {"margin": "base" if inverse else "quote", "quantity": "contracts" if inverse else "base"}
    units = {key: unit.format(**names) for key, (_, unit) in SUMMARY.items()}
    return units, {key: definition for key, (definition, _) in SUMMARY.items()}
