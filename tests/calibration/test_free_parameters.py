from __future__ import annotations

import pytest
from fits import DEPTH, FREE, LEVERAGE, REFILL, small

from cascade_sim.calibration.asked import asked_for
from cascade_sim.calibration.parameters import Parameter, number_at, open_interest_of, overrides_of
from cascade_sim.errors import CascadeError, ScenarioError

LONGS, SHORTS = "crowd.longs.open_interest", "crowd.shorts.open_interest"


@pytest.mark.parametrize("log", [False, True])
def test_a_value_and_its_place_between_the_ends_say_the_same(log):
    parameter = Parameter("depth", 0.02, 1.0, 0.4, log)
    for unit in (0.0, 0.25, 1.0):
        assert parameter.unit(parameter.at(unit)) == pytest.approx(unit, abs=1e-12)
    assert (parameter.at(0.0), parameter.at(1.0)) == pytest.approx((0.02, 1.0), rel=1e-12)
    assert parameter.at(0.5) == pytest.approx(0.02**0.5 if log else 0.51)


def test_a_parameter_sets_keys_times_open_interest_a_number_and_what_is_written():
    free = {
        "a": {"sets": {DEPTH: "open_interest", REFILL: 100}, "from": 0.1, "to": 1, "start": 0.2},
        "b": {"sets": {LEVERAGE: "written"}, "from": 0.5, "to": 2},
    }
    scenario = small(free)
    assert overrides_of(scenario, {"a": 0.2, "b": 1.5}) == {DEPTH: 0.2 * 14e6, REFILL: 20.0, LEVERAGE: 30.0}


def test_a_parameter_in_units_of_another_key_follows_what_that_key_is_set_to():
    paced = {"exchange.liquidation": {"policy": "paced", "half_life": "30s"}}
    execution = "exchange.liquidation.half_life"
    group = {"refill_over_execution": {"sets": {REFILL: execution}, "from": 0.1, "to": 10, "scale": "log"}}
    assert overrides_of(small(group, **paced), {"refill_over_execution": 3.0}) == {REFILL: 90.0}
    both = {**group, "execution": {"sets": execution, "from": "1s", "to": "1min"}}
    found = overrides_of(small(both, **paced), {"refill_over_execution": 3.0, "execution": 10.0})
    assert found == {execution: 10.0, REFILL: 30.0}


def test_a_rest_keeps_the_sum_of_open_interest():
    free = {"leveraged": {"sets": {LONGS: "open_interest", SHORTS: "rest"}, "from": "20%", "to": "80%"}}
    scenario = small(free)
    changed = scenario.with_overrides(overrides_of(scenario, {"leveraged": 0.3}))
    assert number_at(changed, LONGS) == pytest.approx(0.3 * 14e6, rel=1e-12)
    assert open_interest_of(changed) == pytest.approx(14e6, rel=1e-12)


def test_without_a_start_the_search_begins_where_the_scenario_stands():
    free = {"depth": {"sets": {DEPTH: "open_interest"}, "from": "2%", "to": 1, "scale": "log"}}
    (parameter,) = asked_for(small(free)).parameters
    assert parameter.start == pytest.approx(2e6 / 14e6, rel=1e-12)


def test_a_scenario_that_stands_outside_of_the_range_needs_a_start():
    free = {"depth": {"sets": {DEPTH: "open_interest"}, "from": "50%", "to": 1}}
    with pytest.raises(CascadeError, match=r"calibrate\.free\.depth: starts at 0\.142857 as the scenario stands"):
        asked_for(small(free))


def test_events_that_give_one_parameter_other_ends_are_refused():
    other = {**FREE, "refill": {**FREE["refill"], "to": "20min"}}
    with pytest.raises(CascadeError, match="has other ends or another scale"):
        asked_for([small(), small(other)])


def test_a_key_that_does_not_exist_costs_no_run():
    free = {"depth": {"sets": "market.book.depht.notional", "from": 1, "to": 2, "start": 1}}
    with pytest.raises(ScenarioError, match=r"calibrate\.free\.depth: at 1: .*there is no such key"):
        asked_for(small(free))


def test_an_end_that_a_key_cannot_have_costs_no_run():
    free = {"permanent": {"sets": "market.book.refill.permanent", "from": 0, "to": 2}}
    with pytest.raises(
        ScenarioError, match=r"calibrate\.free\.permanent: at 2: market\.book\.refill\.permanent: 2 means"
    ):
        asked_for(small(free))


def test_traders_are_shared_as_the_cohorts_share_them():
    event = asked_for(small(), traders=70).events[0]
    assert [cohort.traders for cohort in event.scenario.crowd.values()] == [40, 30]


def test_an_event_without_open_interest_is_refused_with_its_line(tmp_path):
    (tmp_path / "p.csv").write_text("side,quantity,entry_price,collateral\nlong,1,100,10\n")
    file = tmp_path / "event.yaml"
    file.write_text(
        "name: Event\nclock: {duration: 10s}\nmarket:\n  price: 100\n"
        "  book: {shape: linear, depth: {within: 1%, notional: 1M}}\n"
        "crowd:\n  known: {positions: p.csv}\n"
        "calibrate:\n  free:\n    depth:\n      sets: {market.book.depth.notional: open_interest}\n"
        "      from: 1%\n      to: 10%\n  targets: {max_drawdown: {value: 6%, tolerance: 1%}}\n"
    )
    with pytest.raises(ScenarioError) as refused:
        asked_for(file)
    assert str(refused.value).removeprefix(str(tmp_path) + "/") == (
        "event.yaml:11:14 calibrate.free.depth.sets.market.book.depth.notional: the open interest is not known: a "
        "cohort states none; give every cohort open_interest:"
    )
