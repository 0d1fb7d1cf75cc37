"""Events mark the pictures; they are read, refused and written like the rest, and do not change a run."""

from datetime import UTC, datetime

import pytest

from cascade_sim import run
from cascade_sim.scenario import load_scenario
from cascade_sim.scenario.schema import scenario_schema
from cascade_sim.tables import differences

EVENTS = """\
events:
  - {at: 20s, what: a whale sells, source: https://example.org/whales}
  - {at: 2020-03-12T10:01:00Z, what: the outage begins}
"""


def test_an_event_is_a_moment_with_words_and_a_source(write, small_text):
    first, second = load_scenario(write(small_text + EVENTS)).events
    assert (first.at, first.what, first.source) == (20.0, "a whale sells", "https://example.org/whales")
    assert (second.at, second.source) == (datetime(2020, 3, 12, 10, 1, tzinfo=UTC), "")


def test_a_scenario_without_events_has_none(write, small, small_text):
    assert small.events == []
    assert load_scenario(write(small_text + "events:\n")).events == []


@pytest.mark.parametrize("at", ["-1h", "7d", "1999-01-01T00:00:00Z"])
def test_events_outside_the_run_are_legal(small, at):
    event = small.with_overrides({"events": [{"at": at, "what": "far away"}]}).events[0]
    assert not 0 <= small.clock.seconds(event.at) <= small.clock.duration


def test_events_survive_being_written_and_read_again(write, small_text):
    scenario = load_scenario(write(small_text + EVENTS))
    again = load_scenario(write(scenario.to_yaml(), "again.yaml"))
    assert again == scenario
    assert again.hash == scenario.hash
    assert again.events == scenario.events


def test_a_counterfactual_has_the_events_of_its_run_and_cannot_change_them(write, small_text, problems_of):
    compare = "compare: {deep: {market.book.depth.notional: 2M}}\n"
    scenario = load_scenario(write(small_text + EVENTS + compare))
    assert scenario.counterfactual("deep").events == scenario.events
    text = small_text + EVENTS + "compare: {deep: {events: []}}\n"
    assert [str(problem) for problem in problems_of(text)] == [
        "case.yaml:17:18 compare.deep.events: a counterfactual runs with the same luck and clock; leave it out; "
        "write another scenario that extends this one"
    ]


def test_scenarios_that_differ_in_events_alone_are_not_told_apart(write, small, small_text):
    marked = load_scenario(write(small_text + EVENTS))
    assert differences(small, marked) == []
    assert marked.hash != small.hash


def test_a_file_that_extends_another_replaces_its_events(write, small_text):
    write(small_text + EVENTS, "base.yaml")
    child = load_scenario(write("extends: base.yaml\nevents: [{at: 5s, what: another}]\n"))
    assert [event.what for event in child.events] == ["another"]
    assert len(load_scenario(write("extends: base.yaml\n")).events) == 2


def test_one_event_can_be_changed_by_its_number(write, small_text):
    changed = load_scenario(write(small_text + EVENTS), overrides={"events.1.what": "the outage ends"})
    assert [event.what for event in changed.events] == ["a whale sells", "the outage ends"]


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ("[{what: x}]", "14:10 events.0.at: is missing; add it: when: time from the start, or an ISO time (UTC). "
         "One that lies outside the run is not drawn"),
        ("[{at: 1s}]", "14:10 events.0.what: is missing; add it: what happened, in a few words"),
        ("[{at: 1s, what: ''}]", "14:19 events.0.what: is empty; write something"),
        ("[{at: 1s, what: 5}]", "14:19 events.0.what: 5 stands where text is wanted; put it in quotes"),
        ("[{at: 1m, what: x}]", "14:11 events.0.at: '1m' is not a moment of the run; did you mean 1min?"),
        ("[{at: never, what: x}]", "14:11 events.0.at: 'never' is not a moment of the run; write a time from the "
         "start such as 20min, or a time such as 2020-03-12T10:00:00Z"),
        ("[{at: 2020-13-01, what: x}]", "14:11 events.0.at: '2020-13-01' is not a time of the calendar; write a time "
         "such as 2020-03-12T10:00:00Z"),
        ("[{at: 1s, what: x, sorce: y}]", "14:28 events.0.sorce: there is no such key; did you mean source?"),
        ("{at: 1s, what: x}", "14:1 events: a mapping stands where a list is wanted; write [first, second, ...]"),
        ("[soon]", "14:10 events.0: 'soon' stands where a mapping is wanted; write key: value pairs, with the keys "
         "at, what or source"),
    ],
)  # fmt: skip
def test_a_wrong_event_is_told_with_its_place_and_what_to_change(problems_of, small_text, events, line):
    assert [str(problem) for problem in problems_of(f"{small_text}events: {events}\n")] == [f"case.yaml:{line}"]


def test_the_bundled_march_2020_names_its_events_with_sources():
    scenario = load_scenario("march_2020")
    assert [f"{scenario.clock.start.replace(tzinfo=None)}"[:10], len(scenario.events)] == ["2020-03-12", 4]
    for event in scenario.events:
        assert event.source
        assert 0 <= scenario.clock.seconds(event.at) <= scenario.clock.duration
    assert [event.at.strftime("%H:%M") for event in scenario.events] == ["10:30", "23:00", "01:50", "02:16"]


def test_editors_are_told_the_keys_of_an_event():
    assert set(scenario_schema()["$defs"]["Event"]["properties"]) == {"at", "what", "source"}


def test_events_change_nothing_in_a_run(write, small, small_text):
    marked = run(load_scenario(write(small_text + EVENTS)))
    plain = run(small)
    assert marked.timeline.equals(plain.timeline)
    assert marked.liquidations.equals(plain.liquidations)
    assert marked.summary == plain.summary
