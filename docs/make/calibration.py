"""Write the tables of docs/calibration.md that concern one event: recovered parameters, and the fit of March 2020.

Run ``python docs/make/calibration.py`` after the engine, the scenario or the search has changed (about two minutes), or
name the tables to write. What is fitted to two events together is written by ``docs/make/out_of_sample.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from fit_tables import parameters_of
from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.calibration.words import figure, recorded

PAGE = Path(__file__).parent.parent / "calibration.md"
EVENT = "march_2020"
DEPTH, REFILL, LEVERAGE = "market.book.depth.notional", "market.book.refill.half_life", "crowd.longs.leverage.mean"
OPEN_INTEREST = 14e6
# A made-up crash: a sale and a purchase, 35,000 traders, ten minutes.
CRASH: dict[str, Any] = {
    "name": "a made-up crash",
    "seed": 3,
    "clock": {"start": "2020-03-12T10:00:30Z", "duration": "10min", "tick": "1s"},
    "market": {
        "price": 8000,
        "book": {
            "shape": "linear",
            "depth": {"within": "1%", "notional": "2M"},
            "half_spread": "0.01%",
            "refill": {"half_life": "1min", "permanent": "30%"},
            "withdrawal": {"volatility": "1%"},
        },
        "mark": {"kind": "last"},
        "index": {
            "path": {"kind": "gbm", "volatility": "20%"},
            "pull": {"half_life": "5min"},
            "follow": {"half_life": "10min"},
        },
    },
    "exchange": {"maintenance": {"rate": "0.5%"}, "insurance_fund": "20k"},
    "crowd": {
        "longs": {
            "side": "long",
            "traders": 20_000,
            "open_interest": "8M",
            "leverage": {"kind": "lognormal", "mean": 20, "sigma": 0.6, "cap": 100},
        },
        "shorts": {
            "side": "short",
            "traders": 15_000,
            "open_interest": "6M",
            "leverage": {"kind": "lognormal", "mean": 15, "sigma": 0.6, "cap": 100},
        },
    },
    "flow": {
        "noise": {"notional_per_second": "20k"},
        "orders": [{"at": "2min", "sell": "4M", "over": "20s"}, {"at": "6min", "buy": "9M"}],
    },
}
FREE: dict[str, Any] = {
    "depth_over_open_interest": {
        "sets": {DEPTH: "open_interest"}, "from": "2%", "to": 1, "scale": "log", "start": "40%",
    },
    "refill": {"sets": REFILL, "from": "5s", "to": "10min", "scale": "log", "start": "20s"},
    "leverage": {"sets": LEVERAGE, "from": 5, "to": 50, "scale": "log", "start": 12},
}  # fmt: skip
# Values to find again: depth over open interest, refill half-life in seconds, mean leverage.
PLANTED = ((0.15, 60.0, 20.0), (0.4, 20.0, 30.0), (0.2, 240.0, 12.0), (0.1, 120.0, 25.0))
TOLERANCES = {
    "max_drawdown": 0.01,
    "open_interest_cleared": 0.02,
    "liquidated_notional": 0.05,
    "half_recovery_s": 20.0,
    "basis_at_low": 0.005,
    "peak_minute": 0.1,
}
EVALUATIONS, SEEDS = 150, 2
# Where the search begins.
ELSEWHERE = (0.4, 20.0, 12.0)


def recovered_table() -> str:
    """Return planted parameters, those that were found from the figures they gave, and what is identified."""
    rows = []
    for planted in PLANTED:
        truth = cs.Scenario(**CRASH).with_overrides(
            {DEPTH: planted[0] * OPEN_INTEREST, REFILL: planted[1], LEVERAGE: planted[2]}
        )
        summaries = [cs.run(truth, seed=seed).summary for seed in range(truth.seed, truth.seed + SEEDS)]
        targets = {}
        for key, tolerance in TOLERANCES.items():
            found = [each[key] for each in summaries]
            if None not in found:
                targets[key] = {"value": sum(found) / len(found), "tolerance": tolerance}
        scenario = cs.Scenario(**CRASH, calibrate={"free": FREE, "targets": targets})
        result = cs.calibrate(scenario, evaluations=EVALUATIONS, seeds=SEEDS)
        for (name, row), value in zip(result.parameters.to_dict("index").items(), planted, strict=True):
            interval = f"{row['low']:.3g} to {row['high']:.3g}"
            off = f"{100 * (row['fitted'] / value - 1):+.1f}%"
            rows.append([f"`{name}`", f"{value:g}", f"{row['start']:g}", f"{row['fitted']:.4g}", off, interval,
                         f"{result.start_point.objective:,.0f} to {result.objective:.2g}"])  # fmt: skip
    header = ["parameter", "planted", "start", "found", "off by", "interval", "sum of squared errors"]
    return markdown(header, rows)


@cache
def event_fit() -> cs.CalibrationResult:
    """Return the fit of one event as the command with its defaults makes it."""
    return cs.calibrate(EVENT)


def parameters_table() -> str:
    """Return the parameters of the event's fit, and what is not identified."""
    return parameters_of(event_fit())


def targets_table() -> str:
    """Return each target of the event: recorded, at the start, fitted, error in tolerances."""
    result = event_fit()
    rows = []
    for place, (event, target) in enumerate(result.asked.targets):
        start, best = (
            figure(event, target, point.compared[place]) for point in (result.start_point, result.best_point)
        )
        error = f"{result.best_point.errors[place]:+.2f}"
        rows.append([f"`{target.key}`", recorded(event, target), start, best, error])
    return markdown(["target", "recorded", "start", "fitted", "error in tolerances"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "recovered": recovered_table,
    "event_parameters": parameters_table,
    "event_targets": targets_table,
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
