"""Cutting liquidations into cascades, and what their sizes say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cascade_sim as cs
from cascade_sim.metrics.sizes import survival, tail_exponent

TWO_SALES = {
    "name": "Two sales an hour apart",
    "clock": {"start": "2024-01-01T00:00:00Z", "duration": "3h", "tick": "1s"},
    "market": {"price": 100, "book": {"shape": "linear", "depth": {"within": "1%", "notional": "10M"}}},
    "exchange": {"insurance_fund": "100M"},
    "crowd": {
        "longs": {
            "side": "long",
            "traders": 1000,
            "open_interest": "20M",
            "liquidation": {"kind": "uniform", "from": "1%", "to": "20%"},
        }
    },
    "flow": {"orders": [{"at": "10min", "sell": "15M"}, {"at": "70min", "sell": "20M"}]},
}


@pytest.fixture(scope="module")
def run() -> cs.Run:
    return cs.run(cs.Scenario(**TWO_SALES))


def test_a_pause_longer_than_the_gap_parts_two_cascades(run):
    found = cs.cascades(run)
    assert len(found) == 2
    assert (found["end"] - found["start"]).max() == pd.Timedelta(0)
    assert found["start"].iloc[1] - found["start"].iloc[0] == pd.Timedelta("1h")


def test_a_gap_longer_than_every_pause_leaves_one_cascade(run):
    assert len(cs.cascades(run, gap="2h")) == 1
    assert cs.cascades(run, gap=7200.0)["duration_s"].iloc[0] == 3600.0


def test_the_cascades_of_a_run_add_up_to_what_was_liquidated(run):
    found = cs.cascades(run)
    assert found["notional"].sum() == pytest.approx(run.summary["liquidated_notional"], rel=1e-12)
    assert found["liquidations"].sum() == run.summary["liquidated_count"]
    assert (found["share_long"] == 1.0).all()
    assert (found["first_trigger"] > found["last_trigger"]).all()


def test_a_run_without_liquidations_has_no_cascade():
    quiet = cs.run(cs.Scenario(**{**TWO_SALES, "flow": {}}))
    found = cs.cascades(quiet)
    assert found.empty
    assert "notional" in found


@pytest.mark.parametrize("gap", ["never", 0, "-1s", "soon"])
def test_a_gap_that_is_no_time_is_refused(run, gap):
    with pytest.raises(ValueError, match=r"gap|duration|soon|-1s"):
        cs.cascades(run, gap=gap)


def test_the_survival_function_counts_what_is_at_least_as_large():
    size, share = survival([3.0, 1.0, 2.0, 2.0])
    assert size.tolist() == [1.0, 2.0, 2.0, 3.0]
    assert share.tolist() == [1.0, 0.75, 0.75, 0.25]


@pytest.mark.parametrize("exponent", [0.8, 1.5, 3.0])
def test_hill_finds_the_exponent_of_a_pareto_sample_within_four_errors(exponent):
    drawn = np.random.default_rng(5).pareto(exponent, 20_000) + 1.0
    found, error = tail_exponent(drawn, 0.2)
    assert abs(found - exponent) < 4.0 * error  # a chance of 6e-5 for a right estimator


def test_a_tail_of_fewer_than_ten_is_refused():
    with pytest.raises(ValueError, match="fewer than the ten"):
        tail_exponent(np.arange(1.0, 50.0))
