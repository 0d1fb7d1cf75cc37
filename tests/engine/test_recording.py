"""Rows of the timeline: their times, and what an interval of several ticks means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_runs import START, crash, inverse

import cascade_sim as cs
from cascade_sim.metrics.definitions import AFTER_LOW

FLOWS = (
    "flow",
    "forced_sell",
    "forced_buy",
    "liquidations_long",
    "liquidations_short",
    "rounds",
    "adl",
    "halted",
)
LEVELS = (
    "tick",
    "mark",
    "index",
    "mid",
    "bid",
    "ask",
    "depth_multiplier",
    "bid_depth",
    "ask_depth",
    "open_interest",
    "insurance_fund",
    "bad_debt",
    "engine_inventory",
    "funding_rate",
    "ledger_error",
)
BUSY = {
    "exchange.insurance_fund": 0,
    "exchange.outages": [{"from": "125s", "to": "141s"}],
    "exchange.liquidation": {"policy": "paced", "half_life": "20s"},
}


@pytest.fixture(scope="module")
def every_tick() -> cs.Run:
    return cs.run(crash(BUSY))


def test_a_row_is_stamped_with_the_end_of_its_tick_in_utc(every_tick):
    times = every_tick.timeline.index
    assert str(times.tz) == "UTC"
    assert times.name == "time"
    assert times[0] == pd.Timestamp(START) + pd.Timedelta("1s")
    assert times[-1] == pd.Timestamp(START) + pd.Timedelta("10min")
    assert (np.diff(times) == np.timedelta64(1, "s")).all()
    assert np.array_equal(every_tick.timeline["tick"], np.arange(600))


def test_a_liquidation_is_stamped_with_the_end_of_its_tick(every_tick):
    rows = every_tick.liquidations
    stamped = every_tick.timeline.index[rows["tick"]]
    assert np.array_equal(pd.DatetimeIndex(rows["time"]), stamped)


def test_ticks_of_a_fraction_of_a_second_have_exact_stamps():
    run = cs.run(crash({"clock.tick": 0.1, "clock.duration": "30s"}))
    expected = pd.date_range(START, periods=301, freq="100ms")[1:]
    assert (run.timeline.index == expected).all()


@pytest.mark.parametrize("seconds", [2, 10, 60, 7, 599, 600])
def test_flows_are_sums_and_levels_are_last_values_over_an_interval(every_tick, seconds):
    """600 ticks are no multiple of 7 or 599: the last row is then shorter."""
    coarse = cs.run(crash(BUSY | {"record.every": seconds})).timeline
    fine = every_tick.timeline
    assert set(FLOWS) | set(LEVELS) == set(fine.columns)
    groups = np.arange(600) // seconds
    last = fine.groupby(groups).tail(1)
    pd.testing.assert_index_equal(coarse.index, last.index)
    for column in LEVELS:
        assert np.array_equal(coarse[column], last[column]), column
    for column in FLOWS:
        sums = fine.groupby(groups)[column].sum()
        np.testing.assert_allclose(coarse[column], sums, rtol=1e-12, atol=1e-9, err_msg=column)


@pytest.mark.parametrize("every", ["10s", "2min"])
def test_what_a_summary_says_does_not_depend_on_the_recording_interval(every_tick, every):
    coarse = cs.run(crash(BUSY | {"record.every": every})).summary
    for key, value in every_tick.summary.items():
        if key not in {"max_engine_inventory", *AFTER_LOW}:  # defined at the recorded rows
            assert coarse[key] == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)


def test_halted_counts_the_ticks_of_an_outage_and_nobody_trades_in_it(every_tick):
    rows = every_tick.timeline
    halted = rows["halted"] == 1
    assert list(rows["tick"][halted]) == list(range(125, 141))
    assert (rows.loc[halted, ["flow", "forced_sell", "forced_buy", "liquidations_long"]] == 0).all(axis=None)


def test_quantities_and_money_carry_the_units_of_the_contract():
    linear = cs.run(crash())
    other = cs.run(crash(inverse()))
    assert linear.timeline.attrs["units"]["open_interest"] == "base"
    assert linear.timeline.attrs["units"]["insurance_fund"] == "quote"
    assert other.timeline.attrs["units"]["open_interest"] == "contracts"
    assert other.liquidations.attrs["units"]["fund_change"] == "base"
    for run in (linear, other):
        for frame in (run.timeline, run.liquidations, run.crowd_map):
            assert set(frame.attrs["units"]) == set(frame.columns)
        assert set(run.summary["units"]) == set(run.summary["definitions"])
        assert set(run.summary["units"]) == set(run.summary) - {"units", "definitions"}


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_the_fill_price_lies_between_the_worst_and_the_best_price_of_its_tick(contract):
    run = cs.run(crash(inverse() if contract == "inverse" else {}))
    longs = run.liquidations[run.liquidations["side"] == "long"]
    before = run.timeline["bid"].shift(fill_value=8000.0).to_numpy()[longs["tick"]]
    after = run.timeline["bid"].to_numpy()[longs["tick"]]
    highest = np.maximum(before, longs["trigger_price"]) * 1.01
    assert (longs["fill_price"] >= after).all()
    assert (longs["fill_price"] <= highest).all()


def test_nothing_is_recorded_of_a_crowd_that_is_not_there():
    run = cs.run(crash({"crowd.longs": None, "crowd.shorts": None}))
    assert len(run.liquidations) == 0
    assert run.crowd_map is None
    assert (run.timeline["open_interest"] == 0).all()
    assert run.summary["open_interest_cleared"] == 0.0
    assert run.summary["liquidated_share_long"] is None
