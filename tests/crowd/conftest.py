from __future__ import annotations

from collections.abc import Callable

import pytest

from cascade_sim.scenario import Scenario

SECTIONS = {
    "clock": {"start": "2020-03-12T06:00:00Z", "duration": "2h"},
    "market": {"price": 8000, "book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}}},
    "exchange": {},
}


def build_scenario(crowd: dict, *, contract: str = "linear", start=None, **exchange) -> Scenario:
    clock = SECTIONS["clock"] | ({"start": start} if start else {})
    market = SECTIONS["market"] | {"contract": contract}
    return Scenario(name="crowd test", clock=clock, market=market, exchange=exchange, crowd=crowd)


@pytest.fixture(scope="session")
def venue() -> Callable[..., Scenario]:
    """Build a scenario with the given cohorts, contract and exchange keys; the start price is 8,000."""
    return build_scenario


@pytest.fixture(scope="session")
def longs() -> Callable[..., dict]:
    """Keys of a cohort of longs with some changed; None takes a key away."""

    def cohort(**changes) -> dict:
        keys = {"side": "long", "traders": 20_000, "open_interest": "100M"}
        keys |= {"leverage": {"kind": "fixed", "value": 5}} | changes
        return {name: value for name, value in keys.items() if value is not None}

    return cohort
