"""Strategies that are shipped: one small file each, made to be read, changed and put beside one's own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.strategies.backstop_bidder import BackstopBidder
    from cascade_sim.mesa_bridge.strategies.dip_buyer import DipBuyer
    from cascade_sim.mesa_bridge.strategies.index_arbitrageur import IndexArbitrageur
    from cascade_sim.mesa_bridge.strategies.liquidation_hunter import LiquidationHunter
    from cascade_sim.mesa_bridge.strategies.market_maker import MarketMaker
    from cascade_sim.mesa_bridge.strategies.momentum_trader import MomentumTrader

__all__ = [
    "BackstopBidder",
    "DipBuyer",
    "IndexArbitrageur",
    "LiquidationHunter",
    "MarketMaker",
    "MomentumTrader",
]

_HOMES = {
    "BackstopBidder": "backstop_bidder",
    "DipBuyer": "dip_buyer",
    "IndexArbitrageur": "index_arbitrageur",
    "LiquidationHunter": "liquidation_hunter",
    "MarketMaker": "market_maker",
    "MomentumTrader": "momentum_trader",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
