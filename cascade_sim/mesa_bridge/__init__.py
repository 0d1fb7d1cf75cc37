"""The Mesa face: a market with a crowd of millions as a Mesa model, and one's own strategies as Mesa agents.

Mesa is imported when one of these names is first used, and only from this package.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cascade_sim.errors import StrategyError

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.crowd import Crowd
    from cascade_sim.mesa_bridge.market import Depth, Market
    from cascade_sim.mesa_bridge.model import CascadeModel
    from cascade_sim.mesa_bridge.order import Order
    from cascade_sim.mesa_bridge.parameters import with_parameters
    from cascade_sim.mesa_bridge.trader import TraderAgent

__all__ = [
    "CascadeModel",
    "Crowd",
    "Depth",
    "Market",
    "Order",
    "StrategyError",
    "TraderAgent",
    "with_parameters",
]

_HOMES = {
    "CascadeModel": "model",
    "Crowd": "crowd",
    "Depth": "market",
    "Market": "market",
    "Order": "order",
    "TraderAgent": "trader",
    "with_parameters": "parameters",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name in ("mesa", "networkx"):
            raise ImportError(f"{name} needs Mesa: pip install 'cascade-sim[mesa]'") from error
        raise


def __dir__() -> list[str]:
    return sorted(__all__)
