"""The recorded events: facts are the recorded ones, choices are shared, and the run has the event's magnitudes."""

from __future__ import annotations

import csv
import functools
import math
import pathlib
from datetime import datetime, timedelta

import pytest

from cascade_sim.scenario import load_scenario
from cascade_sim.simulation import run

RECORDED = pathlib.Path(__file__).resolve().parents[3] / "shared/data/history"
BASE = "event_base"
EVENTS = ("march_2020", "may_2021", "october_2024", "october_2025")
# The recorded candles of each event's index, and the length of their bars in minutes.
CANDLES = {
    "march_2020": ("mar2020_BTCUSDT_binance-spot_30m.csv", 30),
    "may_2021": ("may2021_BTCUSDT_binance-spot_1m.csv", 1),
    "october_2024": ("oct2024_BTCUSDT_binance-spot_5m.csv", 5),
    "october_2025": ("oct2025_BTCUSDT_binance-spot_5m.csv", 5),
}
LOWS = {"march_2020": 3782.13, "may_2021": 30_000.0, "october_2024": 59_828.11, "october_2025": 102_000.0}
KEPT = {"october_2025": ("no_forced_selling", "no_vault")}


@functools.cache
def scenario(name):
    return load_scenario(name)


@functools.cache
def event(name):
    """Run an event with the counterfactuals that its tests need."""
    kept = KEPT.get(name, ("no_forced_selling",))
    dropped = {f"compare.{other}": None for other in scenario(name).compare if other not in kept}
    return run(scenario(name).with_overrides({**dropped, "record": {"every": scenario(name).record.every}}))


@functools.cache
def closes(name):
    """Recorded closes by the time at which their bar ends."""
    file, minutes = RECORDED / CANDLES[name][0], CANDLES[name][1]
    if not file.is_file():
        pytest.skip(
            f"the recorded prices are not here ({file.name}, in a folder shared/data/history beside the checkout)"
        )
    with file.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(line for line in text if not line.startswith("#")))
    return {datetime.fromisoformat(row["time_utc"]) + timedelta(minutes=minutes): float(row["close"]) for row in rows}


def bounds(name, key):
    value = scenario(name).reported[key].value
    return value if isinstance(value, list | tuple) else (value, value)


def open_interest(name):
    return sum(cohort.open_interest for cohort in scenario(name).crowd.values())


def without_amounts(name):
    """Return what the events share, as plain data: the market's rules and the cohorts, without sizes and paths."""
    plain = scenario(name).model_dump()
    market, crowd = plain["market"], plain["crowd"]
    market["book"]["depth"]["notional"] = None
    for cohort in crowd.values():
        cohort["open_interest"] = None
        if cohort["entry"]["kind"] == "path":
            cohort["entry"]["points"] = None
    return {"book": market["book"], "mark": market["mark"], "pull": market["index"]["pull"], "crowd": crowd}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_makes_no_choice_of_its_own(name):
    assert without_amounts(name) == without_amounts(BASE)
    follows = scenario(name).market.index.follow.half_life
    assert follows == (300.0 if name == "march_2020" else math.inf), "BitMEX led spot prices; nothing else may"


@pytest.mark.parametrize("name", [BASE, *EVENTS])
def test_amounts_are_the_same_shares_of_open_interest(name):
    whole, parts = open_interest(name), scenario(name)
    shares = {cohort: part.open_interest / whole for cohort, part in parts.crowd.items()}
    assert shares == pytest.approx({"leveraged": 0.40, "low_leverage": 0.15, "hedged": 0.45}, rel=1e-12)
    assert parts.market.book.depth.notional == pytest.approx(0.02 * whole, rel=1e-12)
    assert parts.flow.noise.notional_per_second == pytest.approx(1e-5 * whole, rel=1e-12)


@pytest.mark.parametrize("name", EVENTS)
def test_waypoints_and_entries_are_recorded_closes(name):
    recorded, parts = closes(name), scenario(name)
    points = [*parts.market.index.path.points, *parts.crowd["leveraged"].entry.points]
    assert {moment: price for moment, price in points if recorded[moment] != price} == {}
    assert parts.market.price == recorded[parts.clock.start]


@pytest.mark.parametrize("name", EVENTS)
def test_the_low_that_a_run_is_measured_by_is_not_among_its_waypoints(name):
    assert min(price for _, price in scenario(name).market.index.path.points) > LOWS[name]
    assert bounds(name, "low_mark")[0] <= LOWS[name]


@pytest.mark.parametrize("name", EVENTS)
def test_the_fall_is_within_a_fifth_of_the_recorded_one(name):
    low, high = bounds(name, "max_drawdown")
    assert 0.8 * low <= event(name).summary["max_drawdown"] <= 1.2 * high


@pytest.mark.parametrize("name", EVENTS)
def test_the_open_interest_cleared_is_within_ten_points_of_the_recorded_fall(name):
    low, high = bounds(name, "open_interest_cleared")
    assert low - 0.10 <= event(name).summary["open_interest_cleared"] <= high + 0.10


@pytest.mark.parametrize("name", ["may_2021", "october_2025"])
def test_the_low_comes_in_the_recorded_minutes(name):
    low = datetime.fromisoformat(event(name).summary["low_time"])
    recorded = {"may_2021": "2021-05-19T13:10:00+00:00", "october_2025": "2025-10-10T21:20:00+00:00"}
    assert abs(low - datetime.fromisoformat(recorded[name])) <= timedelta(minutes=5)


@pytest.mark.parametrize("name", EVENTS)
def test_money_and_quantities_are_conserved(name):
    for result in (event(name), *event(name).counterfactuals.values()):
        assert result.summary["conservation_error"] < 1e-9
        assert result.summary["quantity_error"] < 1e-9
        assert result.summary["status"] == "completed"


def test_no_cascade_appears_in_october_2024():
    only = {f"compare.{name}": None for name in scenario("october_2024").compare if name != "no_forced_selling"}
    every_tick = run(scenario("october_2024").with_overrides({**only, "record": {"every": "1s"}}))
    forced = (every_tick.timeline["forced_sell"] + every_tick.timeline["forced_buy"]).sum()
    moved = every_tick.timeline["flow"].abs().sum() + forced
    assert 0.0 < forced < 0.05 * moved
    assert every_tick.summary["amplification"] < 1.1
    assert every_tick.summary["insurance_fund_used"] == 0.0


def test_forced_selling_deepens_may_2021_more_than_october_2024():
    fast, slow = event("may_2021").summary["amplification"], event("october_2024").summary["amplification"]
    assert math.log(fast) > 2.0 * math.log(slow)


def test_without_the_vault_october_2025_falls_much_further():
    with_vault, without = event("october_2025"), event("october_2025").counterfactuals["no_vault"]
    assert with_vault.summary["adl_notional"] > 0.0
    assert without.summary["max_drawdown"] > 1.5 * with_vault.summary["max_drawdown"]


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_takes_a_recorded_file_as_its_index(name):
    closes(name)
    path = {"kind": "csv", "file": str(RECORDED / CANDLES[name][0])}
    low, high = bounds(name, "max_drawdown")
    fine = run(scenario(name).with_overrides({"market.index.path": path}), counterfactuals=False)
    assert 0.8 * low <= fine.summary["max_drawdown"] <= 1.2 * high


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_can_be_tracked(name):
    closes(name)
    replay = {"mode": "tracked", "push": "news", "file": str(RECORDED / CANDLES[name][0])}
    tracked = scenario(name).with_overrides({"market.index.path": {"kind": "constant"}, "flow.replay": replay})
    summary = run(tracked, counterfactuals=False).summary
    assert summary["tracking_error"] <= 1e-9
    assert summary["absorbed_share"] < 0.5
