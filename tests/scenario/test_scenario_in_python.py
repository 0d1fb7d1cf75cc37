"""Scenarios built in Python are checked like those in files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cascade_sim.scenario import Clock, Scenario, ScenarioError

PARTS = {
    "name": "Built",
    "clock": {"duration": "2h"},
    "market": {"price": "8k", "book": {"shape": "infinite"}},
}


def test_plain_mappings_are_read_as_in_a_file():
    scenario = Scenario(**PARTS, crowd={"all": {"positions": Path("positions.csv")}})
    assert scenario.clock.duration == 7200.0
    assert scenario.market.price == 8000.0
    assert scenario.crowd["all"].positions == "positions.csv"
    assert scenario.base_dir is None


def test_python_values_and_parts_are_accepted():
    clock = Clock(start=datetime(2025, 10, 10, tzinfo=UTC), duration=timedelta(hours=1))
    scenario = Scenario(**{**PARTS, "clock": clock})
    assert scenario.clock == clock
    assert scenario.with_overrides({"clock.tick": "2s"}).clock.ticks == 1800


def test_values_of_numpy_are_accepted():
    numpy = pytest.importorskip("numpy")
    book = {"shape": "table", "levels": numpy.array([[0.01, 5.0], [0.02, 9.0]])}
    market = {"price": numpy.float64(100), "book": book}
    scenario = Scenario(**{**PARTS, "market": market}, seed=numpy.int64(3))
    assert scenario.seed == 3
    assert scenario.market.book.levels == [(0.01, 5.0), (0.02, 9.0)]


def test_mistakes_raise_the_same_error_as_in_files():
    with pytest.raises(ScenarioError) as caught:
        Scenario(**{**PARTS, "clock": {"duration": "2h", "tick": "3h"}}, sead=3)
    lines = str(caught.value).splitlines()
    assert "<python> sead: there is no such key; did you mean seed?" in lines
    assert any(line.startswith("<python> clock.tick: a tick of 3h is longer") for line in lines)


def test_nothing_at_all_is_told_what_is_missing():
    with pytest.raises(ScenarioError) as caught:
        Scenario()
    assert [problem.key for problem in caught.value.problems] == ["name", "clock", "market"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 0, "0", None, True, "5%", {}, []])
def test_a_price_that_is_none_is_refused(value):
    market = {"price": value, "book": {"shape": "infinite"}}
    with pytest.raises(ScenarioError) as caught:
        Scenario(**{**PARTS, "market": market})
    assert [problem.key for problem in caught.value.problems] == ["market.price"]
