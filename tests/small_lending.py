"""A small crash with three pools beside the exchange, one of every kind, and keepers who do something in each."""

from __future__ import annotations

from typing import Any

from small_runs import CRASH

import cascade_sim as cs

LENDING = [
    {
        "name": "spread",
        "kind": "fixed_spread",
        "threshold": "80%",
        "gas": "500k",
        "loans": {
            "count": 300,
            "debt": "3M",
            "health": {"kind": "log_uniform", "from": 1.005, "to": 1.4},
            "size": {"kind": "pareto", "exponent": 1.5},
        },
        "oracle": {"deviation": "0.5%", "delay": "24s", "gas_limit": 200},
        "backstop": {"kind": "safety_module", "capital": "10k"},
        "whole_at": 0.95,
    },
    {
        "name": "flips",
        "kind": "flip",
        "threshold": "66.67%",
        "loans": {
            "count": 100,
            "collateral": "3M",
            "health": {"kind": "lognormal", "median": 1.03, "sigma": 0.8},
        },
        "lot": 5,
        "bid_duration": "1min",
        "duration": "4min",
    },
    {
        "name": "clips",
        "kind": "clip",
        "threshold": "70%",
        "loans": {
            "count": 200,
            "debt": "2M",
            "health": {"kind": "clusters", "at": [1.01, 1.03, 1.3], "weights": ["30%", "30%", "40%"], "width": "10%"},
            "size": {"kind": "lognormal", "sigma": 1.0},
        },
        "curve": {"kind": "linear", "until": "3min"},
        "tail": "2min",
        "tip": 5,
        "backstop": {"kind": "safety_module", "capital": "15k"},
    },
]
KEEPERS = {
    "holders": {"count": 2, "capital": "200k", "gas_limit": 30, "sell_half_life": "2min"},
    "bots": {
        "count": 5,
        "capital": "300k",
        "gas_limit": {"kind": "lognormal", "median": 80, "sigma": 0.5},
        "latency": "12s",
        "margin": "1%",
    },
}
CHAIN = {
    "interval": "12s",
    "capacity": "5M",
    "token_price": 100,
    "congestion": {"volatility": "1%", "over": "2min", "windows": [{"from": "3min", "to": "4min", "share": "15%"}]},
}


def lent(changes: dict[str, Any] | None = None) -> cs.Scenario:
    """Return the small crash with lending beside it, with some keys changed."""
    orders = {"flow.orders": [{"at": "2min", "sell": "12M", "over": "20s"}, {"at": "6min", "buy": "9M"}]}
    scenario = cs.Scenario(**CRASH, lending=LENDING, keepers=KEEPERS, chain=CHAIN)
    return scenario.with_overrides(orders | (changes or {}))
