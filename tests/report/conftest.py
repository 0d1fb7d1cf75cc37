from __future__ import annotations

import pytest
from small_runs import NO_FORCED_SELLING, crash

import cascade_sim as cs

REPORTED = {
    "reported": {
        "max_drawdown": {"value": "50.5%", "source": "see https://example.org/bars?day=12, hourly (and a blog)."},
        "liquidated_notional": {"value": ["863M", "1.4B"], "unit": "USD", "source": "a vendor's page"},
        "traders_ruined": {"value": 12_000, "source": "a newspaper"},
    }
}


@pytest.fixture(scope="session")
def run() -> cs.Run:
    return cs.run(crash(NO_FORCED_SELLING | REPORTED))
