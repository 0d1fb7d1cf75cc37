"""What a summary says, recounted by hand from what the run recorded."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from cascade_sim.crowd import build_crowd
from cascade_sim.engine.advance import advance
from cascade_sim.engine.simulate import build_world
from cascade_sim.metrics.cascade import summarise
from cascade_sim.metrics.definitions import SUMMARY
from cascade_sim.simulation import run

DOCUMENTED = {
    "index_drawdown",
    "branching_ratio_high",
    "branching_ratio",
    "half_recovery_s",
    "open_interest_cleared",
    "liquidated_share_long",
    "worst_30min_share",
    "insurance_fund_change",
    "insurance_fund_used",
    "max_runup",
    "peak_minute",
    "adl_notional",
    "max_drawdown",
    "amplification",
    "branching_ratio_low",
    "feedback_share",
    "bad_debt",
    "conservation_error",
    "liquidated_notional",
    "status",
    "liquidated_count",
}

# Two hours of chance in which both sides are liquidated now and then, and everything is sold in its own tick.
BUSY = {
    "clock": {"start": "2025-01-01T10:00:20Z", "duration": "7000s", "tick": "7s"},
    "market.book.refill": {"half_life": "5min", "permanent": "30%"},
    "flow.orders": [{"at": "30min", "sell": "30M"}],
    "flow.noise": {"notional_per_second": "400k"},
    "exchange.insurance_fund": "1B",
    "crowd.shorts": {
        "side": "short", "traders": 500, "open_interest": "100M", "liquidation": {"kind": "uniform", "to": "20%"},
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=["linear", "inverse"])
def busy(plain, request):
    return run(plain(BUSY | {"market.contract": request.param}), seed=5)


def notional(result) -> pd.Series:
    fills = result.liquidations
    return fills["quantity"] * (fills["fill_price"] if result.scenario.market.contract == "linear" else 1.0)


def by_minute(result) -> pd.Series:
    """Forced notional by clock minute; a tick counts in the minute in which its middle lies."""
    middle = result.liquidations["time"] - pd.Timedelta(seconds=result.scenario.clock.tick / 2)
    return notional(result).groupby(middle.dt.floor("min")).sum()


def test_the_summary_has_the_documented_keys_with_units_and_definitions(busy):
    assert list(busy.summary) == [*SUMMARY, "units", "definitions"]
    assert set(SUMMARY) >= DOCUMENTED
    assert list(busy.summary["units"]) == list(busy.summary["definitions"]) == list(SUMMARY)
    assert all(busy.summary["definitions"].values())


def test_the_summary_survives_strict_json(busy, plain):
    for result in (busy, run(plain({"crowd.longs": None, "flow.orders": []}))):
        assert json.loads(json.dumps(result.summary, allow_nan=False)) == result.summary


def test_units_name_the_contracts_currencies(busy):
    inverse = busy.scenario.market.contract == "inverse"
    assert busy.summary["units"]["insurance_fund_used"] == ("base" if inverse else "quote")
    assert busy.summary["units"]["max_engine_inventory"] == ("contracts" if inverse else "base")
    assert busy.summary["units"]["liquidated_notional"] == "quote"


def test_liquidations_add_up_to_the_summary(busy):
    sides = notional(busy).groupby(busy.liquidations["side"], observed=False).sum()
    assert sides.min() > 0.0
    assert busy.summary["liquidated_count"] == len(busy.liquidations)
    assert busy.summary["liquidated_notional"] == pytest.approx(sides.sum(), rel=1e-12)
    assert busy.summary["liquidated_share_long"] == pytest.approx(sides["long"] / sides.sum(), rel=1e-12)


def test_the_peak_minute_is_the_largest_of_a_recount(busy):
    assert busy.summary["peak_minute"] == pytest.approx(by_minute(busy).max(), rel=1e-12)


def test_the_worst_half_hour_is_the_largest_of_a_recount(busy):
    minutes = by_minute(busy)
    starts = pd.date_range(minutes.index[0], minutes.index[-1], freq="min")
    sums = [minutes[(minutes.index >= at) & (minutes.index < at + pd.Timedelta("30min"))].sum() for at in starts]
    assert busy.summary["worst_30min_share"] == pytest.approx(max(sums) / minutes.sum(), rel=1e-12)
    assert busy.summary["worst_30min_share"] < 1.0


def test_excursions_are_those_of_the_recorded_mark(busy):
    mark = np.concatenate([[100.0], busy.timeline["mark"].to_numpy()])
    falls = 1.0 - mark / np.maximum.accumulate(mark)
    assert busy.summary["max_drawdown"] == pytest.approx(falls.max(), rel=1e-12)
    assert busy.summary["max_runup"] == pytest.approx((mark / np.minimum.accumulate(mark)).max() - 1.0, rel=1e-12)
    assert busy.summary["low_mark"] == mark[falls.argmax()]
    assert busy.summary["low_time"] == busy.timeline.index[falls.argmax() - 1].isoformat()


def test_half_recovery_counts_from_the_low_to_the_middle_of_the_fall(busy):
    mark = np.concatenate([[100.0], busy.timeline["mark"].to_numpy()])
    low = int((1.0 - mark / np.maximum.accumulate(mark)).argmax())
    middle = 0.5 * (mark[: low + 1].max() + mark[low])
    after = np.flatnonzero(mark[low:] >= middle)
    assert after.size > 0
    assert busy.summary["half_recovery_s"] == after[0] * busy.scenario.clock.tick


def test_a_price_that_stays_down_never_recovers(plain):
    summary = run(plain()).summary
    assert summary["half_recovery_s"] is None
    assert summary["low_time"] == "2025-01-01T00:01:01+00:00"


def test_cleared_open_interest_is_what_was_liquidated_over_what_there_was(plain):
    summary = run(plain()).summary
    assert summary["liquidated_count"] == 40
    assert summary["open_interest_cleared"] == pytest.approx(0.02 / 0.5, rel=1e-12)


# Two longs that only two shorts of a quarter of their size can take over.
DELEVERAGED = {
    "exchange.adl": True,
    "crowd.longs": {"traders": 2, "open_interest": "40M", "liquidation": {"kind": "points", "at": ["0.9%"]}},
    "crowd.shorts": {
        "side": "short", "traders": 2, "open_interest": "10M", "liquidation": {"kind": "points", "at": ["80%"]},
    },
}  # fmt: skip


def test_cleared_open_interest_counts_both_legs_of_a_deleveraging(plain):
    result = run(plain(DELEVERAGED))
    assert result.summary["adl_notional"] == pytest.approx(10e6 * math.exp(-0.009), rel=1e-12)
    assert result.summary["open_interest_cleared"] == pytest.approx(1.0, rel=1e-12)
    assert result.timeline["open_interest"].iloc[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_crowd_of_nobody_has_no_shares(plain):
    summary = run(plain({"crowd.longs": None})).summary
    assert summary["liquidated_share_long"] is summary["worst_30min_share"] is None
    assert summary["open_interest_cleared"] == summary["liquidated_notional"] == summary["peak_minute"] == 0.0
    assert summary["status"] == "completed"


def test_an_interrupted_run_sums_up_what_is_done(plain):
    scenario = plain(DELEVERAGED | {"record.every": "50s"})
    crowd = build_crowd(scenario, 0)
    world = build_world(scenario, 0, crowd)
    world.log.rows[:] = np.nan  # what has not been recorded yet holds anything
    advance(world, 70)
    summary = summarise(world, scenario, float(crowd.quantity.sum()))
    assert summary["status"] == "interrupted"
    assert summary["open_interest_cleared"] == pytest.approx(1.0, rel=1e-12)
    assert summary["max_engine_inventory"] == 0.0


def test_a_crowd_that_exhausts_the_book_is_reported_so(plain):
    summary = run(plain({"market.book.depth.until": "1.5%"})).summary
    assert summary["status"] == "book_exhausted"
    assert math.isfinite(summary["liquidated_notional"])
