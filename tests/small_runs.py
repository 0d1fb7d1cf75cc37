"""A small scenario that meets every rule in a second, and ways to compare what came out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import cascade_sim as cs

START = "2020-03-12T10:00:30Z"
CRASH = {
    "name": "A crash in ten minutes",
    "seed": 3,
    "clock": {"start": START, "duration": "10min", "tick": "1s"},
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
            "traders": 400,
            "open_interest": "8M",
            "leverage": {"kind": "lognormal", "mean": 20, "sigma": 0.6, "cap": 100},
            "size": {"kind": "pareto", "exponent": 1.5},
        },
        "shorts": {
            "side": "short",
            "traders": 300,
            "open_interest": "6M",
            "leverage": {"kind": "lognormal", "mean": 15, "sigma": 0.6, "cap": 100},
        },
    },
    "flow": {
        "noise": {"notional_per_second": "20k"},
        "orders": [{"at": "2min", "sell": "4M", "over": "20s"}, {"at": "6min", "buy": "9M"}],
    },
}
SPOT = """time_utc,close
2020-03-12T09:40:00Z,8020
2020-03-12T09:50:00Z,8000
2020-03-12T10:00:00Z,7900
2020-03-12T10:10:00Z,7950
"""
NO_FORCED_SELLING = {"compare.no_forced_selling": {"exchange.liquidation.policy": "none"}}

POLICIES = {
    "market": {"policy": "market"},
    "market with a delay": {"policy": "market", "delay": "3s"},
    "limit": {"policy": "limit"},
    "paced by half-life": {"policy": "paced", "half_life": "20s"},
    "paced by notional": {"policy": "paced", "notional_per_second": "60k"},
}


def crash(changes: dict[str, Any] | None = None) -> cs.Scenario:
    """Return the scenario of a small crash and squeeze, with some keys changed."""
    return cs.Scenario(**CRASH).with_overrides(changes or {})


def inverse() -> dict[str, Any]:
    """Return the changes that make the contract inverse; a fund of about the same worth."""
    return {"market.contract": "inverse", "exchange.insurance_fund": 2.5}


def assert_same_frame(frame: pd.DataFrame, other: pd.DataFrame) -> None:
    """Equal to the last bit, NaN at the same places, the same types, index and units."""
    pd.testing.assert_frame_equal(frame, other, check_exact=True, check_freq=False)
    assert frame.attrs == other.attrs


def assert_same_run(run: cs.Run, other: cs.Run) -> None:
    assert run.summary == other.summary
    assert_same_frame(run.timeline, other.timeline)
    assert_same_frame(run.liquidations, other.liquidations)
    assert run.counterfactuals.keys() == other.counterfactuals.keys()
    for name in run.counterfactuals:
        assert_same_run(run.counterfactuals[name], other.counterfactuals[name])


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its contents."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def by_tick(run: cs.Run, values: pd.Series) -> np.ndarray:
    """Sum values of liquidations over the ticks in which they fired; one number for every tick of the run."""
    return np.bincount(run.liquidations["tick"], weights=values, minlength=run.scenario.clock.ticks)
