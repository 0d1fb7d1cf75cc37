"""A crash of ten minutes whose parameters are known, and what a fit is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from small_runs import crash

import cascade_sim as cs

DEPTH, REFILL, LEVERAGE = "market.book.depth.notional", "market.book.refill.half_life", "crowd.longs.leverage.mean"
OPEN_INTEREST = 14e6
# So many traders of one size that a figure hardly jumps when a parameter moves.
CROWD = {"crowd.longs.traders": 4_000, "crowd.shorts.traders": 3_000, "crowd.longs.size": {"kind": "equal"}}
TRUTH = {DEPTH: 2e6, REFILL: 60.0, LEVERAGE: 20.0}
FREE: dict[str, Any] = {
    "depth_over_open_interest": {
        "sets": {DEPTH: "open_interest"}, "from": "2%", "to": 1, "scale": "log", "start": "40%",
    },
    "refill": {"sets": REFILL, "from": "5s", "to": "10min", "scale": "log", "start": "20s"},
    "leverage": {"sets": LEVERAGE, "from": 5, "to": 50, "scale": "log", "start": 12},
}  # fmt: skip
TOLERANCES = {
    "max_drawdown": 0.01,
    "low_time": 10.0,
    "open_interest_cleared": 0.02,
    "liquidated_notional": 0.05,
    "half_recovery_s": 20.0,
    "basis_at_low": 0.005,
    "peak_minute": 0.1,
}


def small(free: Mapping[str, Any] = FREE, targets: Mapping[str, Any] | None = None, **changes: Any) -> cs.Scenario:
    """Return the crash with parameters that are free, and targets; none of these are right but those that are given."""
    wanted = {"max_drawdown": {"value": "6%", "tolerance": "1%"}} if targets is None else targets
    return crash({**CROWD, **changes, "calibrate": {"free": dict(free), "targets": dict(wanted)}})


def planted(truth: Mapping[str, Any] = TRUTH, free: Mapping[str, Any] = FREE, seeds: int = 1) -> cs.Scenario:
    """Return the crash with what it came to under some parameters as its targets."""
    known = crash({**CROWD, **truth})
    summary = cs.run(known, counterfactuals=False).summary
    targets = {key: {"value": summary[key], "tolerance": tolerance} for key, tolerance in TOLERANCES.items()}
    return small(free, targets)
