"""Write the tables of docs/march_2020.md: simulated beside reported, over seeds, and what each choice does.

Run ``python docs/make/march_2020.py`` after the scenario or the engine has changed (about a minute), or name the
tables to write: ``python docs/make/march_2020.py simulated``.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from tables import markdown, median_of, write_tables

import cascade_sim as cs
from cascade_sim.simulation import BASE, Simulation
from cascade_sim.text_table import shown

PAGE = Path(__file__).parent.parent / "march_2020.md"
NAME = "march_2020"
SEEDS = range(1, 21)
FEWER_SEEDS = range(1, 7)
WITHOUT = "no_forced_selling"

FIGURES = (
    "low_mark",
    "low_time",
    "max_drawdown",
    "index_drawdown",
    "amplification",
    "liquidated_notional",
    "open_interest_cleared",
    "worst_30min_share",
    "insurance_fund_used",
    "max_engine_inventory",
    "engine_inventory",
    "adl_notional",
    "bad_debt",
    "conservation_error",
    "status",
)
SPREAD = (
    "low_mark",
    "max_drawdown",
    "amplification",
    "liquidated_notional",
    "open_interest_cleared",
    "worst_30min_share",
    "max_engine_inventory",
)

# What is changed, in words, and the keys that change it. The first row is the scenario as it stands.
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("as it stands", {}),
    ("depth 5.5M within 1 %", {"market.book.depth.notional": "5.5M"}),
    ("depth 11M", {"market.book.depth.notional": "11M"}),
    ("depth 44M", {"market.book.depth.notional": "44M"}),
    ("follow never", {"market.index.follow.half_life": "never"}),
    ("follow 1 min", {"market.index.follow.half_life": "1min"}),
    ("follow 30 min", {"market.index.follow.half_life": "30min"}),
    ("pull 1 min", {"market.index.pull.half_life": "1min"}),
    ("pull 30 min", {"market.index.pull.half_life": "30min"}),
    ("permanent 0", {"market.book.refill.permanent": 0}),
    ("permanent 50 %", {"market.book.refill.permanent": "50%"}),
    ("refill 10 s", {"market.book.refill.half_life": "10s"}),
    ("refill 10 min", {"market.book.refill.half_life": "10min"}),
    ("no withdrawal", {"market.book.withdrawal": None}),
    ("withdrawal floor 1 %", {"market.book.withdrawal.floor": "1%"}),
    ("withdrawal at 0.5 %", {"market.book.withdrawal.volatility": "0.5%"}),
    ("mark `index`", {"market.mark": {"kind": "index"}}),
    ("mark `last`", {"market.mark": {"kind": "last"}}),
    ("leveraged 240M, hedged 695M", {"leveraged": "240M", "hedged": "695M"}),
    ("leveraged 640M, hedged 295M", {"leveraged": "640M", "hedged": "295M"}),
    ("leveraged 1.1B alone", {"leveraged": "1.1B", "hedged": None, "low_leverage": None}),
    ("mean leverage 4", {"crowd.leveraged.leverage.mean": 4}),
    ("mean leverage 15", {"crowd.leveraged.leverage.mean": 15}),
    ("mean leverage 15, depth 11M", {"crowd.leveraged.leverage.mean": 15, "market.book.depth.notional": "11M"}),
    ("equal sizes", {f"crowd.{name}.size": {"kind": "equal"} for name in ("leveraged", "low_leverage")}),
    ("policy `market`", {"exchange.liquidation.policy": "market"}),
    (
        "policy `market`, depth 5.5M",
        {"exchange.liquidation.policy": "market", "market.book.depth.notional": "5.5M"},
    ),
    ("policy `paced`, 30 s", {"exchange.liquidation": {"policy": "paced", "half_life": "30s"}}),
    ("no noise", {"flow.noise": None}),
)


# The halt's window, in words and as the key's value.
HALTS = (("no halt", None), ("10 % within 5 min", "5min"), ("10 % within 1 h", "1h"), ("10 % within 6 h", "6h"))


def base(changes: Mapping[str, Any], counterfactuals: Sequence[str] = ()) -> cs.Scenario:
    """Return the scenario with some keys changed and only some of its counterfactuals."""
    scenario = cs.load_scenario(NAME)
    dropped = {f"compare.{name}": None for name in scenario.compare if name not in counterfactuals}
    return scenario.with_overrides({**dropped, **cohorts(changes)})


def cohorts(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Write a cohort's open interest, given by the cohort's name alone, as a dotted key; None removes it."""
    full = {}
    for key, value in changes.items():
        whole = f"crowd.{key}" if value is None else f"crowd.{key}.open_interest"
        full[key if "." in key else whole] = value
    return full


def simulated_table() -> str:
    """Return the scenario's own seed beside its counterfactuals and what was reported."""
    run = cs.run(cs.load_scenario(NAME))
    units, reported = run.summary["units"], run.scenario.reported
    runs = [run, *run.counterfactuals.values()]
    rows = []
    for key in FIGURES:
        figure = reported.get(key)
        cells = [shown(each.summary[key], units[key]) for each in runs]
        rows.append([f"`{key}`", *cells, "" if figure is None else shown(figure.value, units[key], as_written=True)])
    rows.insert(2, ["half of the forced trades done by", *(half_done(each) for each in runs), ""])
    names = [f"`{name}`" for name in run.counterfactuals]
    return markdown(["figure", "simulated", *names, "reported"], rows)


def half_done(run: cs.Run) -> str:
    """Return when half of the forced quantity had been traded."""
    done = (run.timeline["forced_sell"] + run.timeline["forced_buy"]).cumsum()
    moment = done.index[done.searchsorted(0.5 * done.iloc[-1])]
    return f"{moment:%d %b %H:%M:%S}" if done.iloc[-1] > 0.0 else "–"


def seeds_table() -> str:
    """Return the median and the range of the headline figures over the seeds."""
    scenario = base({}, [WITHOUT])
    summaries = [cs.run(scenario, seed=seed).summary for seed in SEEDS]
    units = summaries[0]["units"]
    rows = []
    for key in SPREAD:
        values = [summary[key] for summary in summaries]
        picked = (statistics.median(values), min(values), max(values))
        rows.append([f"`{key}`", *(shown(float(value), units[key]) for value in picked)])
    return markdown([f"figure, {len(SEEDS)} seeds", "median", "lowest", "highest"], rows)


def sensitivity_table() -> str:
    """Return the medians of the headline figures under each change of one choice."""
    rows = []
    for words, changes in CHANGES:
        scenario = base(changes, [WITHOUT])
        summaries = [cs.run(scenario, seed=seed).summary for seed in FEWER_SEEDS]
        rows.append([words, *medians(summaries)])
    keys = ("low, USD", "amplification", "liquidated", "cleared", "most waiting")
    return markdown([f"medians of {len(FEWER_SEEDS)} seeds", *keys], rows)


def medians(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return low, amplification, liquidated notional, share cleared and largest inventory as cells."""
    middle = partial(median_of, summaries)
    return [
        f"{middle('low_mark'):,.0f}",
        f"{middle('amplification'):.3f}",
        f"{middle('liquidated_notional') / 1e6:,.0f}M",
        f"{middle('open_interest_cleared'):.0%}",
        f"{middle('max_engine_inventory') / 1e6:,.0f}M",
    ]


def waiting_table() -> str:
    """Return what the headlines leave out: the index, the book, and what waits in the engine, marked at the low."""
    scenario = base({})
    held, losses, shares, indices, depths = [], [], [], [], []
    for seed in SEEDS:
        run = cs.run(scenario, seed=seed)
        held.append(run.timeline["engine_inventory"].iloc[-1] / 1e6)
        indices.append(run.timeline["index"].min())
        depths.append(run.timeline["depth_multiplier"].min())
        low = run.timeline.index.get_indexer([run.summary["low_time"]], method="bfill")[0]
        until = float(low + 1) * scenario.record.every
        losses.append(marked_loss(scenario.with_overrides({"clock.duration": until}), seed))
        shares.append(largest_share(run))
    lowest = min(price for _, price in scenario.market.index.path.points)
    rows = [
        [f"lowest index, USD (lowest waypoint: {lowest:,.0f})", *spread(indices, ",.0f")],
        ["thinnest book, share of the full depth", *spread(depths, ".0%")],
        ["unrealised loss of what waits at the low, XBT", *spread(losses, ",.0f")],
        ["still waiting at the end, million USD", *spread(held, ",.0f")],
        ["largest position of `leveraged`, share of the cohort", *spread(shares, ".1%")],
    ]
    return markdown([f"figure, {len(SEEDS)} seeds", "median", "lowest", "highest"], rows)


def spread(values: Sequence[float], form: str) -> list[str]:
    """Return median, lowest and highest as cells."""
    return [format(pick(values), form) for pick in (statistics.median, min, max)]


def marked_loss(scenario: cs.Scenario, seed: int) -> float:
    """Return what the engine would lose, in XBT, by closing its inventory at the mark when the scenario ends."""
    simulation = Simulation(scenario, seed)
    simulation.advance()
    state = simulation.worlds[BASE].state[0]
    cash = state["engine_long_cash"] + state["engine_short_cash"]
    return float((state["engine_long"] - state["engine_short"]) / state["mark"] - cash)


def largest_share(run: cs.Run) -> float:
    """Return the largest position's share of its cohort."""
    crowd = run.crowd_map
    sizes = crowd.loc[crowd["cohort"] == "leveraged", "quantity"].to_numpy()
    return float(np.max(sizes) / np.sum(sizes))


def halt_table() -> str:
    """Return the medians of runs with and without a halt of 15 minutes at 10 %, under two policies."""
    rows = []
    for policy in ("limit", "market"):
        for words, over in HALTS:
            halt = {} if over is None else {"exchange.halt": {"move": "10%", "over": over, "for": "15min"}}
            scenario = base({"exchange.liquidation.policy": policy, **halt})
            rows.append([f"`{policy}`, {words}", *halted([cs.run(scenario, seed=seed) for seed in FEWER_SEEDS])])
    header = ("low, USD", "liquidated", "cleared", "deleveraged", "fund used, XBT", "halts", "minutes halted")
    return markdown([f"medians of {len(FEWER_SEEDS)} seeds", *header], rows)


def halted(runs: Sequence[cs.Run]) -> list[str]:
    """Return what a halt may change as cells; the minutes leave out the outage, which every run has."""
    middle = partial(median_of, [{**run.summary, "halts": run.summary["halts"] or 0} for run in runs])
    outage = sum((each.to - each.from_).total_seconds() for each in runs[0].scenario.exchange.outages)
    stood = [run.timeline["halted"].sum() * run.scenario.clock.tick - outage for run in runs]
    return [
        f"{middle('low_mark'):,.0f}",
        f"{middle('liquidated_notional') / 1e6:,.0f}M",
        f"{middle('open_interest_cleared'):.0%}",
        f"{middle('adl_notional') / 1e6:,.0f}M",
        f"{middle('insurance_fund_used'):,.0f}",
        f"{middle('halts'):.0f}",
        f"{statistics.median(stood) / 60:.0f}",
    ]


TABLES: dict[str, Callable[[], str]] = {
    "simulated": simulated_table,
    "seeds": seeds_table,
    "waiting": waiting_table,
    "sensitivity": sensitivity_table,
    "halt": halt_table,
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
