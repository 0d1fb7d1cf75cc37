from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cascade_sim.scenario import Scenario

UNIFORM = {"kind": "uniform", "from": "0%", "to": "50%", "offset": "25%"}


def plain_scenario(changes: dict[str, Any] | None = None, **liquidation: Any) -> Scenario:
    liquidation = liquidation or UNIFORM
    cohort = {"side": "long", "traders": 1000, "open_interest": "500M", "liquidation": liquidation}
    scenario = Scenario(
        name="plain",
        clock={"start": "2025-01-01T00:00:00Z", "duration": "3min"},
        market={"price": 100, "book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}}},
        exchange={"adl": False},
        crowd={"longs": cohort},
        flow={"orders": [{"at": "1min", "sell": "20M"}]},
    )
    return scenario.with_overrides(changes or {})


@pytest.fixture(scope="session")
def plain() -> Callable[..., Scenario]:
    """Build a scenario that has a closed form: R = 0.5, 2 % down; changes by dotted key, map by keyword."""
    return plain_scenario
