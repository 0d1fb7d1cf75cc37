"""Write the tables and the picture of docs/endogenous.md: cascades that arise by themselves.

Run ``python docs/make/endogenous.py`` after the scenario or the engine has changed (about a minute).
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.metrics.sizes import survival, tail_exponent

HERE = Path(__file__).parent.parent
PAGE = HERE / "endogenous.md"
PICTURE = HERE / "images" / "endogenous.png"
SEEDS = range(11, 21)
FEWER_SEEDS = range(11, 16)
CHOICES: dict[str, dict[str, Any]] = {
    "as it stands": {},
    "depth 10M within 1 %": {"market.book.depth.notional": "10M"},
    "depth 40M": {"market.book.depth.notional": "40M"},
    "follow never": {"market.index.follow.half_life": "never"},
    "mean leverage of longs 8": {"crowd.longs.leverage.mean": 8},
    "nobody tops up or stops out": {"crowd.longs.top_up": None, "crowd.longs.stop_loss": None},
}
LEVELS = (1e4, 1e5, 1e6, 1e7, 3e7, 1e8, 3e8)


@cache
def months() -> list[cs.Run]:
    """Return one run a seed."""
    scenario = cs.load_scenario("endogenous")
    return [cs.run(scenario, seed=seed) for seed in SEEDS]


@cache
def sizes(run: int) -> np.ndarray:
    """Return the notional of every cascade of a run of which something was filled."""
    notional = cs.cascades(months()[run])["notional"].to_numpy()
    return notional[notional > 0.0]


def months_table() -> str:
    """Return the headline figures month by month."""
    rows = []
    for place, run in enumerate(months()):
        found, summary = sizes(place), run.summary
        rows.append(
            [
                str(run.seed),
                f"{found.size}",
                f"{np.median(found) / 1e3:,.0f}k",
                f"{found.max() / 1e6:,.0f}M",
                f"{found.max() / found.sum():.0%}",
                f"{summary['max_drawdown']:.1%}",
                f"{summary['max_runup']:.1%}",
                f"{summary['adl_notional'] / 1e6:,.0f}M",
                f"{summary['top_ups'] / 1e6:,.1f}M",
            ]
        )
    header = ["seed", "cascades", "median", "largest", "its share", "largest fall", "largest rise", "deleveraged"]
    return markdown([*header, "top-ups"], rows)


def survival_table() -> str:
    """Return how many cascades of all months are at least so large, and the tail's exponent."""
    every = np.concatenate([sizes(place) for place in range(len(SEEDS))])
    size, share = survival(every)
    rows = []
    for level in LEVELS:
        place = np.searchsorted(size, level)
        at_least = share[place] if place < size.size else 0.0
        rows.append([f"{level / 1e6:g}M", f"{round(at_least * size.size):,}", f"{at_least:.3%}"])
    exponent, error = tail_exponent(every, 0.05)
    rows.append(["tail exponent (Hill, largest 5 %)", f"{exponent:.2f} ± {error:.2f}", ""])
    return markdown(["notional at least, USD", "cascades", "share of all"], rows)


def choices_table() -> str:
    """Return the medians of a few months under other choices."""
    scenario = cs.load_scenario("endogenous")
    rows = []
    for words, changes in CHOICES.items():
        runs = [cs.run(scenario.with_overrides(changes), seed=seed) for seed in FEWER_SEEDS]
        found = [cs.cascades(run)["notional"].to_numpy() for run in runs]
        cells = (
            f"{statistics.median(each.size for each in found):.0f}",
            f"{statistics.median(each.max() for each in found) / 1e6:,.0f}M",
            f"{statistics.median(run.summary['max_drawdown'] for run in runs):.1%}",
            f"{statistics.median(run.summary['liquidated_notional'] for run in runs) / 1e6:,.0f}M",
        )
        rows.append([words, *cells])
    header = ["cascades", "largest", "largest fall", "liquidated"]
    return markdown([f"medians of {len(FEWER_SEEDS)} months", *header], rows)


TABLES: dict[str, Callable[[], str]] = {"months": months_table, "survival": survival_table, "choices": choices_table}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
    cs.plots.timeline(months()[0]).savefig(PICTURE, dpi=80)
