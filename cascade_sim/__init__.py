"""cascade_sim: liquidation cascades of leveraged traders against an order book.

The public names. Heavy parts are imported when they are first used, so that ``import cascade_sim`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cascade_sim import history, plots
    from cascade_sim.calibration.result import CalibrationResult
    from cascade_sim.calibration.run import calibrate
    from cascade_sim.engine.run import Run
    from cascade_sim.errors import CascadeError, DataError, OutputError, RunError, ScenarioError, StrategyError
    from cascade_sim.mechanics import (
        adl,
        auctions,
        bybit,
        compound,
        cross_margin,
        dydx,
        flip,
        funding,
        hyperliquid,
        insurance_fund,
        lending,
        margin,
        mark,
        requirements,
        throttle,
        tiers,
    )
    from cascade_sim.metrics import estimators as branching
    from cascade_sim.metrics.sizes import cascades
    from cascade_sim.report import write_report
    from cascade_sim.scenario import Scenario, load_scenario
    from cascade_sim.simulation import run
    from cascade_sim.sweeps.cliff import Cliff
    from cascade_sim.sweeps.compared.result import Comparison
    from cascade_sim.sweeps.compared.run import compare
    from cascade_sim.sweeps.find import cliff
    from cascade_sim.sweeps.loading import load_sweep
    from cascade_sim.sweeps.result import SweepResult
    from cascade_sim.sweeps.run import sweep
    from cascade_sim.sweeps.spec import Sweep

__version__ = "0.1.0"

__all__ = [
    "CalibrationResult",
    "CascadeError",
    "Cliff",
    "Comparison",
    "DataError",
    "OutputError",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioError",
    "StrategyError",
    "Sweep",
    "SweepResult",
    "adl",
    "auctions",
    "branching",
    "bybit",
    "calibrate",
    "cascades",
    "cliff",
    "compare",
    "compound",
    "cross_margin",
    "dydx",
    "flip",
    "funding",
    "history",
    "hyperliquid",
    "insurance_fund",
    "lending",
    "load_scenario",
    "load_sweep",
    "margin",
    "mark",
    "plots",
    "requirements",
    "run",
    "sweep",
    "throttle",
    "tiers",
    "write_report",
]

_HOMES = {
    "CascadeError": "cascade_sim.errors",
    "DataError": "cascade_sim.errors",
    "OutputError": "cascade_sim.errors",
    "RunError": "cascade_sim.errors",
    "ScenarioError": "cascade_sim.errors",
    "StrategyError": "cascade_sim.errors",
    "Run": "cascade_sim.engine.run",
    "CalibrationResult": "cascade_sim.calibration.result",
    "Scenario": "cascade_sim.scenario",
    "calibrate": "cascade_sim.calibration.run",
    "cascades": "cascade_sim.metrics.sizes",
    "Cliff": "cascade_sim.sweeps.cliff",
    "cliff": "cascade_sim.sweeps.find",
    "compare": "cascade_sim.sweeps.compared.run",
    "Comparison": "cascade_sim.sweeps.compared.result",
    "load_scenario": "cascade_sim.scenario",
    "load_sweep": "cascade_sim.sweeps.loading",
    "Sweep": "cascade_sim.sweeps.spec",
    "sweep": "cascade_sim.sweeps.run",
    "SweepResult": "cascade_sim.sweeps.result",
    "run": "cascade_sim.simulation",
    "write_report": "cascade_sim.report",
}
_MECHANICS = (
    "adl",
    "auctions",
    "bybit",
    "compound",
    "cross_margin",
    "dydx",
    "flip",
    "funding",
    "hyperliquid",
    "insurance_fund",
    "lending",
    "margin",
    "mark",
    "requirements",
    "throttle",
    "tiers",
)
_ROOMS = {
    "branching": "cascade_sim.metrics.estimators",
    "history": "cascade_sim.history",
    "plots": "cascade_sim.plots",
    **{room: f"cascade_sim.mechanics.{room}" for room in _MECHANICS},
}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(_ROOMS[name])
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
