"""A scenario with lending as a Mesa model is the same run, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from small_lending import lent
from small_runs import assert_same_frame

import cascade_sim as cs

pytest.importorskip("mesa")

from cascade_sim.mesa_bridge import CascadeModel, TraderAgent


class Buyer(TraderAgent):
    """Buys a little in every tick."""

    def step(self):
        self.buy(0.001)


def assert_same(model: CascadeModel, expected: cs.Run) -> None:
    run = model.run
    assert run.summary == expected.summary
    for name in ("timeline", "lending", "auctions", "keepers", "loans"):
        assert_same_frame(getattr(run, name), getattr(expected, name))


def test_lending_goes_on_tick_by_tick_as_in_a_run_and_is_collected():
    model = CascadeModel(lent())
    model.run_model()
    expected = cs.run(lent())
    assert_same(model, expected)
    assert_same_frame(model.run.liquidations, expected.liquidations)
    collected = model.datacollector.get_model_vars_dataframe()
    assert set(collected.columns) == set(expected.timeline.columns)
    for column in expected.timeline.columns:
        assert np.array_equal(collected[column].to_numpy(), expected.timeline[column].to_numpy()), column


def test_the_chain_is_collected_between_recorded_rows_too():
    model = CascadeModel(lent({"record.every": "60s"}))
    for _ in range(250):
        model.step()
    collected, expected = model.datacollector.get_model_vars_dataframe(), cs.run(lent()).timeline.iloc[:250]
    for column in ("gas_price", "keeper_profit", "oracle_spread", "debt_clips", "auctions_flips"):
        assert np.array_equal(collected[column].to_numpy(), expected[column].to_numpy()), column
    np.testing.assert_allclose(collected["keeper_sold"], expected["keeper_sold"], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_a_strategy_trades_beside_lending_and_keepers_meet_its_orders():
    model = CascadeModel(lent())
    buyer = Buyer(model, cash=1e6)
    model.run_model()
    assert buyer.position > 0.0
    run = model.run
    assert run.summary["conservation_error"] < 1e-9
    assert run.summary["lending_liquidated"] > 0.0
    assert list(run.liquidations["cohort"].cat.categories) == [
        "longs",
        "shorts",
        "strategies",
        "spread",
        "flips",
        "clips",
    ]
