"""Small markets in which a strategy's claim can be reckoned by hand, and ways to watch it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cascade_sim.mesa_bridge import CascadeModel

# 20M USD within 1 % of a price of 100, in a linear book: base units per unit of log-distance.
DENSITY = 2e7
TWO_CLUSTERS = "textbook/two_clusters"
NO_SALE = {"flow.orders": []}
# The crowd stands aside and the book follows half way: what a strategy does to the price is all that happens.
NO_CROWD = {
    "crowd": {},
    "market.book.refill": {"half_life": "20s", "permanent": "50%"},
    "market.mark.kind": "mid",
    "clock.duration": "5min",
}


def market(changes: dict[str, Any] | None = None, seed: int = 1) -> CascadeModel:
    """Return the textbook's market of two clusters, with some keys changed."""
    return CascadeModel(TWO_CLUSTERS, seed=seed, overrides=changes or {})


def sales(first: int, count: int, notional: str) -> dict[str, Any]:
    """Return the change that sells the same notional in each of several seconds."""
    return {"flow.orders": [{"at": f"{first + k}s", "sell": notional} for k in range(count)]}


def ticks(model: CascadeModel) -> Iterator[int]:
    """Advance a model to its end, a tick at a time."""
    while model.running:
        model.step()
        yield model.steps


def notional_between(near: float, far: float, price: float = 100.0) -> float:
    """Return the integral of price over the depth between two log-distances below a price."""
    return DENSITY * price * (math.exp(-near) - math.exp(-far))
