"""Write the tables of docs/lending.md: what a pool and the exchange add to each other, and when they do not.

Run ``python docs/make/lending.py`` after the textbook case or the engine has changed (half a minute).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.metrics.lending_theory import amplification

PAGE = Path(__file__).parent.parent / "lending.md"
CASE = "textbook/lending"
# Of the book: 300,000 units per 1 % of price, over the 50 % on which triggers lie, at 100 a unit.
WHOLE_MAP = 300_000 * 50 * 100
RATIOS = ((0.1, 0.1), (0.3, 0.1), (0.1, 0.3), (1 / 3, 1 / 3), (0.6, 0.2), (0.4, 0.4))
NO_EXCHANGE: dict[str, Any] = {"exchange.liquidation.policy": "none"}
NO_LENDING: dict[str, Any] = {"lending": []}
REFILL: dict[str, Any] = {"market.book.refill": {"half_life": "1min", "permanent": "0%"}}
CHANGES: dict[str, dict[str, Any]] = {
    "as it stands": {},
    "no pool": NO_LENDING,
    "oracle reads the mid": {"lending.pool.oracle.source": "mid"},
    "oracle 10 s late": {"lending.pool.oracle.delay": "10s"},
    "oracle 2 min late": {"lending.pool.oracle.delay": "2min"},
    "oracle sends after 0.5 %": {"lending.pool.oracle.deviation": "0.5%"},
    "oracle sends after 0.7 %": {"lending.pool.oracle.deviation": "0.7%"},
    "block every 12 s": {"chain.interval": "12s"},
    "two calls a block": {"chain.capacity": "800k"},
    "half closed at a bonus of 10 %": {"lending.pool.close_factor": "50%", "lending.pool.bonus": "10%"},
    "bonus 0.1 %, threshold 99.95 %": {"lending.pool.bonus": "0.1%", "lending.pool.threshold": "99.95%"},
    "keepers ask for 26 %": {"keepers.bots.margin": "26%"},
    "keepers hold": {"keepers.bots.sell_half_life": "never"},
    "keepers hold, 1M of capital": {"keepers.bots.sell_half_life": "never", "keepers.bots.capital": "1M"},
}


@cache
def case() -> cs.Scenario:
    """Return the textbook case without its counterfactuals: some of them change a pool that may not be there."""
    scenario = cs.load_scenario(CASE)
    return scenario.with_overrides({f"compare.{name}": None for name in scenario.compare})


def run(changes: Mapping[str, Any]) -> cs.Run:
    """Run the textbook case with some changes."""
    return cs.run(case().with_overrides(dict(changes)), counterfactuals=False)


def fall(result: cs.Run) -> float:
    """Return the log-distance to the lowest mark, in percent."""
    return -100.0 * math.log1p(-result.summary["max_drawdown"])


def together_table() -> str:
    """Return the amplification of each side alone, of both, and what their product would be."""
    rows = []
    for positions, loans in RATIOS:
        sizes = {
            "crowd.longs.open_interest": positions * WHOLE_MAP,
            "lending.pool.loans.collateral": loans * WHOLE_MAP,
        }
        neither = fall(run(sizes | NO_EXCHANGE | NO_LENDING))
        alone = [fall(run(sizes | other)) / neither for other in (NO_LENDING, NO_EXCHANGE)]
        both = fall(run(sizes)) / neither
        expected = amplification(positions, loans)
        numbers = (*alone, math.prod(alone), both, expected)
        rows.append([f"{positions:.3g}, {loans:.3g}", *(f"{number:.3f}" for number in numbers)])
    header = ["exchange alone", "pool alone", "product", "both", "1 / (1 - R_ex - R_ch)"]
    return markdown(["R_ex, R_ch", *header], rows)


def decoupled_table() -> str:
    """Return falls and losses under one change each, in a book that nothing refills and in one that refills."""
    rows = []
    for words, changes in CHANGES.items():
        still, refilled = run(changes), run(changes | REFILL)
        cells = [f"{fall(each):.3f} %" for each in (still, refilled)]
        if changes is NO_LENDING:
            rows.append([words, *cells, "–", "–", "–"])
            continue
        sold = float(still.timeline["keeper_sold"].sum())
        figures = (still.summary["pool_bad_debt"], still.summary["keeper_profit"])
        rows.append([words, *cells, f"{sold:,.0f}", *(f"{figure:,.0f}" for figure in figures)])
    header = ["fall", "with refill", "sold by keepers", "bad debt", "keepers' profit"]
    return markdown(["", *header], rows)


TABLES: dict[str, Callable[[], str]] = {"together": together_table, "decoupled": decoupled_table}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
