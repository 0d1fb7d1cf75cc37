"""Rebound and basis are read off the recorded rows of the low and of an hour later."""

from __future__ import annotations

import pandas as pd
import pytest
from small_runs import crash

import cascade_sim as cs
from cascade_sim.sweeps.spec import DEFAULT_OUTPUTS, OUTPUTS

TWO_HOURS = {"clock.duration": "2h", "flow.orders.1.at": "50min"}


@pytest.mark.parametrize("every", ["1s", "10s", "1min"])
def test_rebound_and_basis_are_those_of_the_timeline(every):
    run = cs.run(crash(TWO_HOURS | {"record.every": every}), counterfactuals=False)
    low = pd.Timestamp(run.summary["low_time"])
    rows = run.timeline
    at_low = rows.iloc[rows.index.searchsorted(low)]
    hour_later = rows.iloc[rows.index.searchsorted(low + pd.Timedelta("1h"))]
    assert run.summary["basis_at_low"] == at_low["mark"] / at_low["index"] - 1.0
    assert run.summary["rebound_1h"] == hour_later["mark"] / run.summary["low_mark"] - 1.0
    assert run.summary["rebound_1h"] > 0.0


def test_with_rows_of_a_tick_the_basis_is_that_of_the_low_itself():
    run = cs.run(crash(), counterfactuals=False)
    index = run.timeline.loc[pd.Timestamp(run.summary["low_time"]), "index"]
    assert run.summary["basis_at_low"] == run.summary["low_mark"] / index - 1.0
    assert run.summary["basis_at_low"] < 0.0


def test_a_run_that_ends_within_the_hour_has_no_rebound():
    summary = cs.run(crash(), counterfactuals=False).summary
    assert summary["rebound_1h"] is None
    assert summary["basis_at_low"] is not None


def test_rows_longer_than_a_minute_say_nothing_of_a_moment():
    summary = cs.run(crash(TWO_HOURS | {"record.every": "2min"}), counterfactuals=False).summary
    assert (summary["rebound_1h"], summary["basis_at_low"]) == (None, None)


def test_small_runs_of_a_sweep_have_these_figures_where_they_are_asked_for():
    result = cs.sweep(crash(), {"market.book.depth.notional": ["2M"]}, replicates=5, outputs=["basis_at_low"])
    run = cs.run(crash(), seed=int(result.frame["seed"][0]), counterfactuals=False)
    assert result.frame["basis_at_low"][0] == run.summary["basis_at_low"]
    assert result.frame["basis_at_low"].notna().all()


def test_sweeps_keep_them_only_when_asked_because_batches_have_no_rows():
    assert {"rebound_1h", "basis_at_low"} <= set(OUTPUTS) - set(DEFAULT_OUTPUTS)
