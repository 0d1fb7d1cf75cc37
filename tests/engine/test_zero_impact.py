"""A book that nothing moves gives back the index, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import POLICIES, crash, inverse

import cascade_sim as cs
from cascade_sim.engine.paths import index_path

PATHS = {
    "gbm": {"kind": "gbm", "volatility": "80%", "drift": "-5%"},
    "jumps": {"kind": "jumps", "volatility": "40%", "rate": 400, "deviation": "1%", "at": [["3min", "-8%"]]},
    "waypoints": {"kind": "waypoints", "points": [["0s", 8000], ["4min", 7300], ["9min", 8100]]},
}


@pytest.mark.parametrize("mark", ["last", "mid", "index", "index_ema"])
@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("path", PATHS)
def test_every_mark_is_the_index_where_there_is_no_impact_and_no_spread(path, contract, mark):
    changes = (inverse() if contract == "inverse" else {}) | {
        "market.book": {"shape": "infinite", "half_spread": 0},
        "market.index.path": PATHS[path],
        "market.mark": {"kind": mark},
    }
    run = cs.run(crash(changes))
    start, given = index_path(run.scenario, run.seed)
    assert start == 8000
    assert len(run.liquidations) > 0
    assert np.array_equal(run.timeline["index"], given)
    for column in ("mark", "mid", "bid", "ask"):
        assert np.array_equal(run.timeline[column], given), column
    assert run.summary["max_drawdown"] == run.summary["index_drawdown"]


@pytest.mark.parametrize("policy", POLICIES)
def test_without_impact_everybody_is_filled_at_the_mark(policy):
    changes = {
        "market.book": {"shape": "infinite", "half_spread": 0},
        "market.index.path": PATHS["gbm"],
        "exchange.liquidation": POLICIES[policy],
        "exchange.adl": False,
    }
    run = cs.run(crash(changes))
    if policy == "market":
        marks = run.timeline["mark"].to_numpy()[run.liquidations["tick"]]
        np.testing.assert_allclose(run.liquidations["fill_price"], marks, rtol=1e-15)
    assert run.summary["status"] == "completed"


def test_nobody_is_liquidated_while_the_price_is_flat():
    changes = {"market.index.path": {"kind": "constant"}, "flow.noise": None, "flow.orders": []}
    run = cs.run(crash(changes))
    assert (run.timeline["mark"] == 8000).all()
    assert len(run.liquidations) == 0
