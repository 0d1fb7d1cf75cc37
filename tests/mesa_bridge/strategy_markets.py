"""Small markets in which a strategy's claim can be reckoned by hand, and ways to watch it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cascade_sim as cs
from cascade_sim.mesa_bridge import CascadeModel

# 20M USD within 1 % of a price of 100, in a linear book: base units per unit of log-distance.
DENSITY = 2e7
# A crowd that nothing reaches, and a book that follows half way: the mid then moves by half of what is eaten on a side,
# at once and for good, so that only the net of all orders counts (`mid_after`).
QUIET = {
    "name": "A quiet market",
    "clock": {"duration": "5min", "tick": "1s"},
    "market": {
        "price": 100,
        "book": {
            "shape": "linear",
            "depth": {"within": "1%", "notional": "20M"},
            "refill": {"half_life": "20s", "permanent": "50%"},
        },
        "mark": {"kind": "mid"},
    },
    "crowd": {
        "far": {
            "side": "long",
            "traders": 10,
            "open_interest": "100M",
            "liquidation": {"kind": "points", "at": ["50%"]},
        }
    },
}


def two_clusters(changes: dict[str, Any] | None = None, **parameters: Any) -> CascadeModel:
    """Return the textbook's market of two clusters, with some keys changed."""
    return CascadeModel("textbook/two_clusters", overrides=changes, **parameters)


def quiet(orders: list[dict[str, Any]] | None = None, changes: dict[str, Any] | None = None, seed: int = 1):
    """Return a market in which only the given orders come."""
    scenario = cs.Scenario(**QUIET).with_overrides({"flow.orders": orders or []} | (changes or {}))
    return CascadeModel(scenario, seed=seed)


def mid_after(net: float) -> float:
    """Return the mid of the quiet market after net purchases of a quantity: ``100 exp(q / (2 D))``, in any order."""
    return 100.0 * math.exp(0.5 * net / DENSITY)


def sales(first: int, count: int, notional: str) -> list[dict[str, Any]]:
    """Return sales of the same notional in each of several seconds."""
    return [{"at": f"{first + k}s", "sell": notional} for k in range(count)]


def ticks(model: CascadeModel) -> Iterator[int]:
    """Advance a model to its end, a tick at a time."""
    while model.running:
        model.step()
        yield model.steps


def notional_between(near: float, far: float, price: float = 100.0) -> float:
    """Return the integral of price over the depth between two log-distances below a price."""
    return DENSITY * price * (math.exp(-near) - math.exp(-far))
