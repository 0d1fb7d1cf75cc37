"""Write the tables of docs/lending_events.md: what was reported, what is simulated, and what the choices do.

Run ``python docs/make/lending_events.py`` after a scenario or the engine has changed (about a minute), or name the
tables to write: ``python docs/make/lending_events.py reported beside``.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from history import distance, reported, trimmed, whole
from tables import markdown, median_of, write_tables

import cascade_sim as cs
from cascade_sim.text_table import shown

PAGE = Path(__file__).parent.parent / "lending_events.md"
THURSDAY, MAY = "black_thursday_maker", "may_2021_lending"
EVENTS = (THURSDAY, MAY)
SEEDS = range(1, 11)
FEWER_SEEDS = range(1, 4)
FOR_NOTHING = 0.001  # of what a lot is worth, as `maker_zero_bids` counts

# Figures beside the reported ones; those without a report say what the model adds.
BESIDE = {
    THURSDAY: (
        "maker_zero_bid_value",
        "maker_zero_bid_share",
        "maker_bad_debt",
        "maker_liquidated",
        "keeper_profit",
        "gas_price_high",
        "maker_oracle_over",
        "low_mark",
        "max_drawdown",
        "maker_liquidations",
        "maker_zero_bids",
    ),
    MAY: (
        "aave_liquidated",
        "compound_liquidated",
        "maker_liquidated",
        "lending_liquidated",
        "lending_bad_debt",
        "gas_price_high",
        "max_drawdown",
        "low_mark",
        "half_recovery_s",
        "open_interest_cleared",
        "keeper_profit",
        "gas_spent",
    ),
}
OVER_SEEDS = {
    THURSDAY: ("maker_zero_bid_value", "maker_zero_bid_share", "maker_bad_debt", "maker_liquidated", "keeper_profit"),
    MAY: ("aave_liquidated", "compound_liquidated", "maker_liquidated", "lending_bad_debt", "keeper_profit"),
}

# Each choice of Black Thursday halved and doubled, or as near as it may be.
CHOICES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("as they stand", {}),
    ("bots pay up to 65 gwei", {"keepers.bots.gas_limit": 0.5}),
    ("bots pay up to 100 gwei", {"keepers.bots.gas_limit": 100 / 130}),
    ("bots pay up to 160 gwei", {"keepers.bots.gas_limit": 160 / 130}),
    ("bots have half the capital", {"keepers.bots.capital": 0.5}),
    ("bots have twice the capital", {"keepers.bots.capital": 2.0}),
    ("congestion at half the volatility", {"chain.congestion.volatility": 0.5}),
    ("congestion at twice the volatility", {"chain.congestion.volatility": 2.0}),
    ("congestion over half the time", {"chain.congestion.over": 0.5}),
    ("congestion over twice the time", {"chain.congestion.over": 2.0}),
    ("half the debt", {"lending.maker.loans.debt": 0.5}),
    ("twice the debt", {"lending.maker.loans.debt": 2.0}),
    ("half the gas for a transaction", {"lending.maker.gas": 0.5}),
    ("twice the gas for a transaction", {"lending.maker.gas": 2.0}),
    ("half the latency", {"keepers.bots.latency": 0.5}),
    ("twice the latency", {"keepers.bots.latency": 2.0}),
)


def reported_table() -> str:
    """Return every reported figure with its source."""
    rows = []
    for name in EVENTS:
        for key, figure in cs.load_scenario(name).reported.items():
            rows.append([f"`{name}`", f"`{key}`", reported(name, key), figure.source.replace("|", "/")])
    return markdown(["event", "figure", "reported", "source"], rows)


def beside_table() -> str:
    """Return each event's figures beside the reported ones, and how far the two are apart."""
    rows = []
    for name, keys in BESIDE.items():
        summary = whole(name).summary
        for key in keys:
            value = shown(summary[key], summary["units"][key])
            rows.append([f"`{name}`", f"`{key}`", reported(name, key), value, distance(name, key)])
    return markdown(["event", "figure", "reported", "simulated", "apart"], rows)


def thursday_table() -> str:
    """Return what the counterfactuals of Black Thursday change."""
    base = whole(THURSDAY)
    rows = [[label, *thursday_cells(run.summary)] for label, run in variants(base)]
    head = ["liquidated", "zero bids", "won by them", "share", "bad debt", "keepers earned", "low"]
    return markdown(["rules", *head], rows)


def thursday_cells(summary: Mapping[str, Any]) -> list[str]:
    """Return what became of Maker's vaults; dashes where there were none."""
    low = f"{summary['low_mark']:.2f}"
    if "maker_liquidated" not in summary:
        return [*["–"] * 6, low]
    zero_bids, share = summary["maker_zero_bids"], summary["maker_zero_bid_share"]
    return [
        millions(summary["maker_liquidated"]),
        "–" if zero_bids is None else f"{zero_bids:,}",
        "–" if zero_bids is None else millions(summary["maker_zero_bid_value"]),
        "–" if share is None else f"{share:.0%}",
        millions(summary["maker_bad_debt"]),
        millions(summary["keeper_profit"]),
        low,
    ]


def may_table() -> str:
    """Return what the counterfactuals of May 2021 change."""
    rows = []
    for label, run in variants(whole(MAY)):
        pools = ["–"] * 3
        if "aave_liquidated" in run.summary:
            pools = [millions(run.summary[f"{pool}_liquidated"]) for pool in ("aave", "compound", "maker")]
        rest = [money(run.summary[key]) for key in ("lending_bad_debt", "keeper_profit", "liquidated_notional")]
        rows.append([label, *pools, *rest, f"{run.summary['low_mark']:,.0f}"])
    head = ["Aave", "Compound", "Maker", "bad debt", "keepers earned", "liquidated on the exchange", "low"]
    return markdown(["rules", *head], rows)


def variants(base: cs.Run) -> list[tuple[str, cs.Run]]:
    """Return an event's run and its counterfactuals, with what to call them."""
    return [("as it was", base), *((f"`{name}`", run) for name, run in base.counterfactuals.items())]


def money(value: float | None) -> str:
    """Write an amount in millions; a dash where there is none."""
    return "–" if value is None else millions(value)


def millions(value: float) -> str:
    """Write an amount in millions, the small with one digit more."""
    return f"{value / 1e6:,.2f}M" if abs(value) < 1e7 else f"{value / 1e6:,.1f}M"


def coupling_table() -> str:
    """Return how far each side alone and both together deepen the fall below the index's own low."""
    rows = []
    for name in EVENTS:
        run = whole(name)
        lows = {label: other.summary["low_mark"] for label, other in run.counterfactuals.items()}
        neither = lows["neither"]
        added = [
            math.log(neither / low)
            for low in (lows["no_lending"], lows["no_exchange_liquidations"], run.summary["low_mark"])
        ]
        together = added[2] - added[0] - added[1]
        cells = [f"{100.0 * value:.2f}" for value in (*added, together)]
        rows.append([f"`{name}`", f"{neither:,.2f}", *cells])
    head = ["the exchange alone", "the pools alone", "both", "more than the sum"]
    return markdown(["event", "low with neither", *head], rows)


def seeds_table() -> str:
    """Return medians and ranges over seeds of loans, keepers, crowd and noise."""
    rows = []
    for name, keys in OVER_SEEDS.items():
        summaries = [cs.run(trimmed(name, ()), seed=seed).summary for seed in SEEDS]
        for key in keys:
            values = [summary[key] for summary in summaries]
            unit = summaries[0]["units"][key]
            cells = [shown(pick(values), unit) for pick in (statistics.median, min, max)]
            rows.append([f"`{name}`", f"`{key}`", *cells, reported(name, key)])
    return markdown(["event", f"figure, {len(SEEDS)} seeds", "median", "lowest", "highest", "reported"], rows)


def choices_table() -> str:
    """Return what Black Thursday is when one choice is halved or doubled."""
    rows = []
    scenario = trimmed(THURSDAY, ())
    for words, factors in CHOICES:
        changed = scenario.with_overrides({key: factor * value_of(scenario, key) for key, factor in factors.items()})
        summaries = [cs.run(changed, seed=seed).summary for seed in FEWER_SEEDS]
        amounts = [
            millions(median_of(summaries, key))
            for key in ("maker_liquidated", "maker_zero_bid_value", "maker_bad_debt", "keeper_profit")
        ]
        rows.append([words, *amounts, f"{median_of(summaries, 'maker_zero_bid_share'):.0%}"])
    head = ["liquidated", "won by zero bids", "bad debt", "keepers earned", "zero-bid share"]
    return markdown([f"medians of {len(FEWER_SEEDS)} seeds", *head], rows)


def value_of(scenario: cs.Scenario, key: str) -> float:
    """Return the number at a key, where the second part of a key names a pool or cohort."""
    place: Any = scenario
    for part in key.split("."):
        if isinstance(place, list):
            place = next(item for item in place if item.name == part)
        else:
            place = place[part] if isinstance(place, dict) else getattr(place, part)
    return float(place)


def hours_table() -> str:
    """Return Black Thursday hour by hour: the price, the oracle, gas, and how auctions ended; quiet hours left out."""
    run = whole(THURSDAY)
    actions = run.lending
    assert actions is not None
    started = actions.loc[actions["action"] == "kicked", "time"].dt.floor("h").value_counts()
    ended = actions[actions["action"] == "dealt"]
    hour = ended["time"].dt.floor("h")
    worth = ended["quantity"] * ended["mid"]
    nothing = ended["paid"] < FOR_NOTHING * worth
    rows = []
    for begin, part in run.timeline.resample("h"):
        here = hour == begin
        if not here.any():
            continue
        rows.append(
            [
                f"{begin:%d %b %H:00}",
                f"{part['mid'].min():.0f} to {part['mid'].max():.0f}",
                f"{(part['oracle_maker'] - part['mid']).max():+.0f}",
                f"{part['gas_price'].mean():.0f}",
                str(started.get(begin, 0)),
                str(here.sum()),
                str((here & nothing).sum()),
                millions(worth[here & nothing].sum()),
            ]
        )
    head = ["price", "oracle above it", "gas, gwei", "started", "ended", "for nothing", "worth"]
    return markdown(["hour", *head], rows)


TABLES: dict[str, Callable[[], str]] = {
    "reported": reported_table,
    "beside": beside_table,
    "hours": hours_table,
    "thursday": thursday_table,
    "may": may_table,
    "coupling": coupling_table,
    "seeds": seeds_table,
    "choices": choices_table,
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
