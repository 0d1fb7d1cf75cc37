"""Write the tables of docs/venues.md in which six venues meet the same crowd and the same luck.

Run ``python docs/make/six_venues.py`` after a preset or the engine has changed (about a minute).
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tables import markdown, write_tables

import cascade_sim as cs

PAGE = Path(__file__).parent.parent / "venues.md"
NAME = "six_venues"
SEEDS = range(1, 7)
WITHOUT = "no_forced_selling"
BANDLESS = {"compare.okx_without_band": {"exchange.extends": "venues/okx", "exchange.price_band": None}}
FUNDS = ("0", "5M", "50M", "1B")


def million(value: float) -> str:
    """Return money in millions."""
    return f"{value / 1e6:,.1f}M"


COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "max_drawdown": ("fall", lambda value: f"{value:.1%}"),
    "liquidated_notional": ("liquidated", million),
    "insurance_fund_used": ("fund used", million),
    "adl_notional": ("deleveraged", million),
    "bad_debt": ("bad debt", million),
    "collateral_lost": ("collateral lost", million),
    "vault_profit": ("vault", million),
    "marked": ("waiting, marked", million),
}


def marked(run: cs.Run) -> float:
    """Return the value of what the engine still holds at the end, at the mark."""
    return abs(run.summary["engine_inventory"]) * float(run.timeline["mark"].iloc[-1])


def by_venue(changes: Mapping[str, Any]) -> dict[str, list[dict[str, float]]]:
    """Return the figures of every venue for every seed."""
    scenario = cs.load_scenario(NAME, overrides={**BANDLESS, **changes})
    own = "binance_usdm"
    names = sorted(name for name in (own, *scenario.compare) if name != WITHOUT)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in (*names, WITHOUT)}
    for seed in SEEDS:
        run = cs.run(scenario, seed=seed)
        for name, each in {own: run, **run.counterfactuals}.items():
            figures = {key: float(each.summary.get(key) or 0.0) for key in COLUMNS}
            found[name].append({**figures, "marked": marked(each)})
    return found


def table(changes: Mapping[str, Any]) -> str:
    """Return the medians over the seeds."""
    rows = []
    for name, figures in by_venue(changes).items():
        middle = {key: statistics.median(figure[key] for figure in figures) for key in COLUMNS}
        rows.append([f"`{name}`", *(write(middle[key]) for key, (_, write) in COLUMNS.items())])
    return markdown([f"medians of {len(SEEDS)} seeds", *(words for words, _ in COLUMNS.values())], rows)


def funds_table() -> str:
    """Return what the size of the fund does under two of the venues."""
    rows = []
    for venue in ("binance_usdm", "dydx_v4"):
        for fund in FUNDS:
            rules = {"exchange.extends": f"venues/{venue}", "exchange.insurance_fund": fund}
            scenario = cs.load_scenario(NAME, overrides=rules)
            scenario = scenario.with_overrides({f"compare.{name}": None for name in scenario.compare})
            summaries = [cs.run(scenario, seed=seed).summary for seed in SEEDS]
            keys = ("max_drawdown", "liquidated_notional", "insurance_fund_used", "adl_notional")
            middle = {key: statistics.median(summary[key] for summary in summaries) for key in keys}
            rows.append([f"`{venue}`, {fund}", *(COLUMNS[key][1](middle[key]) for key in keys)])
    return markdown(["venue, fund", "fall", "liquidated", "fund used", "deleveraged"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "six_venues": lambda: table({}),
    "without_fund": lambda: table({"exchange.insurance_fund": 0}),
    "funds": funds_table,
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
