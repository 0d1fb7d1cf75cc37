"""Recorded candles, order books, funding, open interest and positions, read from files or refused with their lines.

Candles, funding and open interest come as data frames indexed by UTC time, an order book as a `Level2`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cascade_sim.history.level2 import Level2
    from cascade_sim.history.tables import load_candles, load_funding, load_level2, load_open_interest, load_positions

__all__ = ["Level2", "load_candles", "load_funding", "load_level2", "load_open_interest", "load_positions"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        home = "level2" if name == "Level2" else "tables"
        return getattr(importlib.import_module(f"cascade_sim.history.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
