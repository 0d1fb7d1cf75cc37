"""Sweeps, comparisons and fits of a scenario with lending know the figures of its pools."""

from __future__ import annotations

import pytest
from small_lending import lent
from small_runs import crash

import cascade_sim as cs
from cascade_sim.calibration.targets import target_problems
from cascade_sim.engine.simulate import crowd_signature
from cascade_sim.metrics.lending_figures import LENDING, pool_figures
from cascade_sim.sweeps.plan import touches_crowd
from cascade_sim.sweeps.spec import DEFAULT_OUTPUTS, Sweep

VARY = {"chain.gas_price": [20, 60]}


def test_outputs_left_out_are_those_of_lending_too_where_there_is_any():
    swept = Sweep(name="gas", scenario=lent(), vary=VARY)
    assert swept.outputs == [*DEFAULT_OUTPUTS, *LENDING, *pool_figures(lent())]
    assert Sweep(name="none", scenario=crash(), vary={"exchange.insurance_fund": [1]}).outputs == list(DEFAULT_OUTPUTS)


def test_a_sweep_s_columns_hold_what_its_runs_say_of_pools():
    outputs = ["max_drawdown", "keeper_profit", "flips_liquidated"]
    result = cs.sweep(lent(), VARY, outputs=outputs)
    for gas, row in zip((20, 60), result.frame.to_dict("records"), strict=True):
        summary = cs.run(lent({"chain.gas_price": gas}), row["seed"]).summary
        assert {key: row[key] for key in outputs} == {key: summary[key] for key in outputs}
    assert result.frame.attrs["units"]["flips_liquidated"] == "quote"


def test_points_that_take_lending_away_have_no_figures_of_it():
    table = [{"lending": [], "keepers": None, "chain": None}]
    result = cs.sweep(lent(), table, replicates=4, outputs=["max_drawdown", "keeper_sold", "flips_liquidated"])
    assert result.frame["error"].isna().all()
    assert result.frame[["keeper_sold", "flips_liquidated"]].isna().all(axis=None)


def test_an_output_of_a_pool_that_is_not_there_is_refused_with_a_hint():
    with pytest.raises(cs.ScenarioError, match=r"outputs.*the summary has no flip_liquidated.*flips_liquidated"):
        Sweep(name="gas", scenario=lent(), vary=VARY, outputs=["flip_liquidated"])


def test_a_fit_may_have_a_pool_s_figure_as_its_target():
    def fitted(figure):
        free = {"gas": {"sets": "chain.gas_price", "from": 10, "to": 90}}
        target = {"value": "1M", "tolerance": "20%", "source": "assumed"}
        return lent({"calibrate": {"free": free, "targets": {figure: target}}})

    assert not list(target_problems(fitted("flips_liquidated")))
    (problem,) = target_problems(fitted("flop_liquidated"))
    assert "did you mean flips_liquidated" in str(problem)


@pytest.mark.parametrize("key", ["lending.0.gas", "keepers.bots.count", "chain.gas_price"])
def test_lending_leaves_the_crowd_alone(key):
    assert not touches_crowd(key)
    assert crowd_signature(lent({key: 3})) == crowd_signature(lent())
