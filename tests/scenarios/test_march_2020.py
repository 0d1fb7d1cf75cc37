"""March 2020: the simulated event has the magnitudes of the recorded one, and its waypoints are the recorded prices."""

from __future__ import annotations

import csv
import pathlib
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from cascade_sim.scenario import load_scenario
from cascade_sim.simulation import run

RECORDED = pathlib.Path(__file__).resolve().parents[3] / "shared/data/history/mar2020_BTCUSDT_binance-spot_30m.csv"
OTHER_SEEDS = (2, 3, 4)


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("march_2020")


@pytest.fixture(scope="module")
def march(scenario):
    return run(scenario)


@pytest.fixture(scope="module")
def others(scenario):
    only_one = scenario.with_overrides(
        {f"compare.{name}": None for name in scenario.compare if name != "no_forced_selling"}
    )
    return [run(only_one, seed=seed) for seed in OTHER_SEEDS]


@pytest.fixture(scope="module")
def closes():
    """Recorded closes by the time at which their bar ends."""
    if not RECORDED.is_file():
        pytest.skip(
            f"the recorded prices are not here ({RECORDED.name}, in a folder shared/data/history beside the checkout)"
        )
    with RECORDED.open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        bar = timedelta(minutes=30)
        return {datetime.fromisoformat(row["time_utc"]) + bar: float(row["close"]) for row in rows}


def spacings(points):
    return {later - earlier for (earlier, _), (later, _) in pairwise(points)}


def test_the_low_comes_at_the_recorded_time_and_depth(march):
    assert 3300 <= march.summary["low_mark"] <= 4000
    assert "2020-03-13T01:30" <= march.summary["low_time"] <= "2020-03-13T03:00"


def test_as_much_is_liquidated_as_was_reported(march):
    assert 0.4e9 <= march.summary["liquidated_notional"] <= 1.5e9
    assert march.summary["liquidated_share_long"] > 0.9


def test_open_interest_is_cleared_in_part_only(march):
    assert 0.35 <= march.summary["open_interest_cleared"] <= 0.70


def test_forced_selling_deepens_the_fall(march):
    assert march.summary["amplification"] > 1.0
    without = march.counterfactuals["no_forced_selling"].summary
    assert march.summary["low_mark"] < without["low_mark"]


def test_money_and_quantities_are_conserved(march):
    for result in (march, *march.counterfactuals.values()):
        assert result.summary["conservation_error"] < 1e-9
        assert result.summary["quantity_error"] < 1e-9
        assert result.summary["status"] == "completed"


def test_nothing_trades_during_the_outage(march):
    halted = march.timeline.between_time("02:16:10", "02:40:00")
    halted = halted[halted.index.day == 13]
    assert (halted["halted"] > 0).all()
    assert halted[["flow", "forced_sell", "forced_buy"]].to_numpy().any() == 0


def test_other_seeds_tell_the_same_story(others):
    for result in others:
        summary = result.summary
        assert 3300 <= summary["low_mark"] <= 4050
        assert "2020-03-13T01:30" <= summary["low_time"] <= "2020-03-13T03:00"
        assert 0.35e9 <= summary["liquidated_notional"] <= 1.5e9
        assert 0.35 <= summary["open_interest_cleared"] <= 0.70
        assert summary["amplification"] > 1.0
        assert summary["conservation_error"] < 1e-9


def test_waypoints_are_the_recorded_half_hourly_closes(scenario, closes):
    points = scenario.market.index.path.points
    assert [price for _, price in points] == [closes[moment] for moment, _ in points]
    assert len(points) == 2 * 26 + 1
    assert spacings(points) == {timedelta(minutes=30)}


def test_the_start_price_is_the_close_at_the_start(scenario, closes):
    assert scenario.market.price == closes[scenario.clock.start]


def test_no_waypoint_lies_at_the_lows_that_the_run_is_measured_by(scenario):
    assert min(price for _, price in scenario.market.index.path.points) == 4130.64


def test_entries_follow_the_recorded_two_hourly_closes(scenario, closes):
    points = scenario.crowd["leveraged"].entry.points
    assert [price for _, price in points] == [closes[moment] for moment, _ in points]
    assert spacings(points) == {timedelta(hours=2)}
    assert points[-1][0] == scenario.clock.start
