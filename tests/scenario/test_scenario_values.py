"""A scenario file says what it says."""

import math
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cascade_sim.scenario import Scenario, library, load_scenario


def test_the_published_example_loads_as_it_stands(sample):
    assert sample.clock.ticks == 7200
    assert sample.clock.start == datetime(2020, 3, 12, 10, tzinfo=UTC)
    assert sample.market.book.depth.within == 0.01
    assert sample.market.book.withdrawal.floor == 0.02
    assert sample.market.index.follow.half_life == math.inf
    assert sample.exchange.insurance_fund == 5e6
    assert sample.crowd["longs"].leverage.weights == {5.0: 0.3, 10.0: 0.3, 20.0: 0.25, 50.0: 0.1, 100.0: 0.05}
    assert sample.flow.orders[0].signed_notional == -30e6
    assert sample.record.heatmap.bins == 200
    assert sample.reported["max_drawdown"].value == 0.5
    assert sample.compare["leverage_cap"] == {"crowd.longs.leverage.cap": 20}


def test_what_is_left_out_has_the_documented_defaults(small):
    assert small.seed == 0
    assert small.market.contract == "linear"
    assert small.market.mark.kind == "last"
    assert small.market.index.path.kind == "constant"
    assert small.market.index.pull.half_life == math.inf
    assert small.market.book.withdrawal is None
    assert small.market.book.depth.until == math.inf
    assert small.exchange.liquidation.policy == "market"
    assert small.exchange.adl is True
    assert small.crowd["longs"].entry.kind == "market"
    assert small.crowd["longs"].size.kind == "equal"
    assert small.flow.noise is None
    assert small.record.every is None


def test_moments_become_seconds_from_the_start(small):
    assert small.clock.seconds(90.0) == 90.0
    assert small.clock.seconds(datetime(2020, 3, 12, 10, 1, tzinfo=UTC)) == 60.0
    assert small.clock.seconds(datetime(2020, 3, 12, 9, 59, tzinfo=UTC)) == -60.0


def test_empty_sections_are_empty_and_not_wrong(write, small_text):
    text = small_text.partition("exchange:")[0] + "exchange:\ncrowd:\nflow:\nrecord:\ncompare:\nreported:\n"
    scenario = load_scenario(write(text))
    assert scenario.crowd == {}
    assert scenario.exchange.insurance_fund == 0


def test_reported_figures_are_read_as_numbers_where_they_look_like_numbers(small):
    values = {"a": "50%", "b": "1.1B", "c": ["0.4B", "1.5B"], "d": "36h", "e": "about half", "f": 3}
    reported = {key: {"value": value, "source": "a page"} for key, value in values.items()}
    read = small.with_overrides({"reported": reported}).reported
    assert [read[key].value for key in "abcdef"] == [0.5, 1.1e9, [0.4e9, 1.5e9], 129_600.0, "about half", 3.0]


def test_a_resolved_scenario_loads_to_the_same_hash(sample, write):
    again = load_scenario(write(sample.to_yaml(), "again.yaml"))
    assert again.hash == sample.hash
    assert again == sample
    assert again.resolved() == sample.resolved()


@pytest.mark.parametrize(
    "changes",
    [
        {"crowd.longs.liquidation": {"kind": "uniform", "from": "1%", "to": "20%"}},
        {"crowd.longs.positions": "positions.csv"},
        {"exchange.maintenance.tiers": [[0, "0.4%"], ["50k", "0.5%"]]},
        {"exchange.liquidation": {"policy": "paced", "half_life": "30s"}},
        {"crowd.longs.leverage": {"kind": "beta", "high": 20, "mean": 8}},
        {"crowd.longs.leverage": {"kind": "beta", "high": 20, "a": 2, "b": 3}},
        {"crowd.longs.leverage": {"kind": "pareto", "mean": 3}},
        {"crowd.longs.entry": {"kind": "path", "points": [["-3d", 90], ["-1d", 95]], "holding": "5d"}},
        {"crowd.longs.entry": {"kind": "path", "file": "history.csv", "column": "open"}},
        {
            "market.index.path": {
                "kind": "waypoints",
                "waypoints": [["0s", 100], ["2020-03-12T10:01:00Z", 90]],
            }
        },
        {"market.index.path": {"kind": "jumps", "at": [["10s", "-5%"]], "rate": 3, "deviation": "1%"}},
        {"market.book": {"shape": "table", "levels": [["1%", 5], ["2%", 8]]}},
        {"exchange.outages": [{"from": "10s", "to": "2020-03-12T10:00:20Z"}]},
        {
            "flow": {
                "momentum": {"notional_per_second": "1k", "at": "1%", "over": "1min"},
                "orders": [{"at": 1, "buy": 5}],
            }
        },
    ],
)
def test_every_kind_of_part_survives_resolving_and_loading(small, write, changes):
    scenario = small.with_overrides(changes)
    assert load_scenario(write(scenario.to_yaml(), "again.yaml")).hash == scenario.hash


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=20), description=st.text(max_size=40))
def test_any_text_survives_resolving_and_loading(small, write, name, description):
    try:
        write(name + description).read_text(encoding="utf-8")
    except UnicodeEncodeError:
        return
    scenario = small.with_overrides({"name": name, "description": description})
    again = load_scenario(write(scenario.to_yaml(), "again.yaml"))
    assert (again.name, again.description) == (name, description)


def test_the_hash_ignores_how_a_file_is_written_and_nothing_else(small, write, small_text):
    other = small_text.replace("100s", "1min40s").replace("10M", "10_000_000").replace("1%", "0.01")
    assert load_scenario(write("# a comment\n" + other, "other.yaml")).hash == small.hash
    assert small.with_overrides({"seed": 1}).hash != small.hash


def test_a_scenario_is_frozen_and_can_be_sent_to_another_process(sample):
    with pytest.raises(ValueError, match="frozen"):
        sample.name = "other"
    copy = pickle.loads(pickle.dumps(sample))
    assert copy == sample
    assert copy.with_overrides({"seed": 8}).seed == 8
    assert hash(copy) == hash(sample)


def test_a_scenario_shows_itself_in_a_notebook_with_its_text_escaped(small):
    shown = small.with_overrides({"name": "<b>bold</b>"})._repr_html_()
    assert "&lt;b&gt;bold" in shown
    assert "<b>" not in shown


def test_a_problem_can_be_placed_later_by_whoever_finds_it(small):
    problem = small.problem("crowd.longs.traders", "too many", "take fewer")
    assert str(problem) == "small.yaml:11:5 crowd.longs.traders: too many; take fewer"


def test_a_counterfactual_is_the_scenario_with_its_changes(sample):
    capped = sample.counterfactual("leverage_cap")
    assert capped.crowd["longs"].leverage.cap == 20
    assert capped.compare == {}
    assert sample.counterfactual("no_forced_selling").exchange.liquidation.policy == "none"


def test_relative_paths_start_from_the_folder_of_the_file(write, small_text):
    file = write(small_text, "deep/down/case.yaml")
    assert load_scenario(file).base_dir == file.resolve().parent


def test_every_bundled_scenario_loads():
    for name in library.names():
        assert isinstance(load_scenario(name), Scenario), name
