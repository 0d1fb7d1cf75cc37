"""Write the tables of docs/validation.md: closed forms beside simulations, and the errors of all ledgers.

Run ``python docs/make/validation.py`` after the engine has changed (about half a minute).
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.metrics.theory import closed_form, measured
from cascade_sim.scenario import library

PAGE = Path(__file__).parent.parent / "validation.md"

DEPTH = 20e6  # notional within 1 %, so that D = 2e9 of notional per unit of log-distance
TRADERS = 10_000
ROUNDING = 1e-12


def plain(ratio: float, liquidation: dict[str, Any], sale: float, **changes: Any) -> cs.Scenario:
    """Return a scenario that theory speaks of: one sale, one map over 50 % of density ``ratio D``, no refill."""
    longs = {"side": "long", "traders": TRADERS, "open_interest": ratio * 1e9, "liquidation": liquidation}
    scenario = cs.Scenario(
        name="closed form",
        clock={"duration": "1min", "tick": "1s"},
        market={"price": 100, "book": {"shape": "linear", "depth": {"within": "1%", "notional": DEPTH}}},
        exchange={"adl": False},
        crowd={"longs": longs} if ratio > 0.0 else {},
        flow={"orders": [{"at": 0, "sell": sale}]},
    )
    return scenario.with_overrides(changes)


def laws_table() -> str:
    """Return closed forms beside simulations: log fall, quantity, and their errors."""
    rows = []
    for ratio in (0.3, 0.6, 0.9, 0.99):
        lattice = {"kind": "uniform", "to": "50%", "offset": 0.5 * (1.0 - ratio)}
        rows.append(law_row(f"uniform, R = {ratio:g}", plain(ratio, lattice, sale=400e6 * (1.0 - ratio))))
    density = DEPTH / -math.log1p(-0.01)
    contracts = {"market.contract": "inverse", "crowd.longs.open_interest": 0.6 * 0.5 * density}
    lattice = {"kind": "uniform", "to": "50%", "offset": 0.2}
    rows.append(law_row("uniform, R = 0.6, inverse", plain(0.6, lattice, 0.08 * density, **contracts)))
    for traders in (10_000, 100_000, 1_000_000):
        decaying = plain(0.3, {"kind": "exponential", "scale": "10%"}, 20e6, **{"crowd.longs.traders": traders})
        rows.append(law_row(f"exponential, R = 1.5, {traders:,} traders", decaying))
    for name in ("two_clusters", "fold"):
        rows.append(law_row(f"`textbook/{name}`", cs.load_scenario(f"textbook/{name}")))
    header = ["case", "log fall, closed form", "simulated", "relative error", "of the quantity sold"]
    return markdown(header, rows)


def law_row(words: str, scenario: cs.Scenario) -> list[str]:
    """Return one case as cells."""
    form = closed_form(scenario)
    if form is None:
        raise SystemExit(f"{words}: has no closed form")
    move, forced = measured(form, cs.run(scenario, counterfactuals=False))
    return [
        words,
        f"{form.move:.10g}",
        f"{move:.10g}",
        error(move / form.move - 1.0),
        error(forced / form.forced - 1.0),
    ]


def error(value: float) -> str:
    """Write an error with one digit; the rounding of doubles, which differs between processors, as a bound."""
    return f"{abs(value):.0e}" if abs(value) > ROUNDING else f"< {ROUNDING:.0e}"


def resilience_table() -> str:
    """Return the amplification of a paced engine in a book that refills, beside the resilient book's own."""
    rows = []
    for ratio, expected in ((0.5, 1.3036), (0.9, 2.2023), (1.2, 4.3628)):
        cells = [f"R = {ratio:g}", f"{expected:.4f}"]
        for tick in (0.1, 0.01, 0.001):
            cells.append(f"{paced_amplification(ratio, tick, reach=1.3 * expected):.4f}")
        rows.append(cells)
    return markdown(["theta = 1/s, kappa = 0.1/s", "closed form", "tick 0.1 s", "0.01 s", "0.001 s"], rows)


def paced_amplification(ratio: float, tick: float, reach: float) -> float:
    """Return the fall over the sale's own impact of 0.1 %, with backlog rate 1/s and refill rate 0.1/s."""
    own = 1e-3
    scenario = plain(
        2.0 * own * reach * ratio,
        {"kind": "uniform", "to": own * reach},
        own * 2e9,
        **{
            "clock": {"duration": "40s", "tick": tick},
            "record.every": "40s",
            "crowd.longs.traders": 60_000,
            "market.book.refill.half_life": math.log(2.0) / 0.1,
            "exchange.liquidation": {"policy": "paced", "half_life": math.log(2.0)},
        },
    )
    return -math.log1p(-cs.run(scenario).summary["max_drawdown"]) / own


def ledger_table() -> str:
    """Return the largest ledger errors of every bundled scenario and its counterfactuals."""
    rows = []
    for name in library.names():
        run = cs.run(cs.load_scenario(name))
        runs = [run, *run.counterfactuals.values()]
        rows.append([f"`{name}`", str(len(runs))])
        for key in ("conservation_error", "quantity_error"):
            rows[-1].append(error(max(each.summary[key] for each in runs)))
    return markdown(["scenario", "runs", "money, largest error", "quantity, largest error"], rows)


TABLES = {"laws": laws_table, "resilience": resilience_table, "ledger": ledger_table}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
