from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("mesa")

from cascade_sim.mesa_bridge.dashboard.session import SPEEDS, UNLIMITED, Session, first_speed, watched
from cascade_sim.mesa_bridge.dashboard.sliders import sliders_of
from cascade_sim.mesa_bridge.parameters import with_parameters
from cascade_sim.scenario import library, load_scenario
from cascade_sim.simulation import run

CASE = "textbook/two_clusters"


def until(happens) -> None:
    end = time.monotonic() + 120.0
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


class Viewer:
    """A session in its thread, with a page that sees every frame at once."""

    def __init__(self, name: str) -> None:
        self.drawn = 0
        self.session = Session(name, self.redraw)
        self.thread = threading.Thread(target=self.session.work, daemon=True)
        self.thread.start()

    def redraw(self) -> None:
        self.drawn += 1
        self.session.saw(self.session.frame)

    def end(self) -> None:
        self.session.close()
        self.thread.join(timeout=60)
        assert not self.thread.is_alive()


@pytest.fixture
def viewer() -> Iterator[Viewer]:
    viewer = Viewer(CASE)
    yield viewer
    viewer.end()


@pytest.fixture
def session(viewer) -> Session:
    until(lambda: viewer.session.ready)
    return viewer.session


def test_a_market_that_was_played_is_the_one_that_runs_without_a_page(session):
    session.speed = UNLIMITED
    session.play()
    until(lambda: session.finished)
    expected = run(load_scenario(CASE).bare())
    assert session.model.run.summary == expected.summary
    assert session.model.run.timeline.equals(expected.timeline)


def test_a_step_is_one_tick_and_a_reset_none(session):
    session.step()
    session.step()
    until(lambda: session.model.ticks_done == 2)
    session.reset()
    assert not session.ready
    until(lambda: session.ready)
    assert session.model.ticks_done == 0


def test_a_parameter_stays_through_a_reset_and_goes_with_another_scenario(session):
    session.set("shock", 39e6)
    until(lambda: session.ready)
    session.reset()
    until(lambda: session.ready)
    assert session.model.scenario.flow.orders[0].sell == 39e6
    session.choose("textbook/fold")
    until(lambda: session.ready and session.base.name == "Fold")
    assert session.parameters == {}
    assert session.model.scenario.flow.orders[0].sell == 57.2e6


def test_none_goes_back_to_the_scenarios_own_value(session):
    session.set("shock", 39e6)
    session.set("shock", None)
    until(lambda: session.ready)
    assert session.model.scenario == session.base


def test_what_is_refused_is_said_and_stops_the_page_until_it_is_put_right(session):
    session.set("leverage", 20)
    until(lambda: session.error)
    assert session.error.startswith("leverage=20: no cohort draws leverage")
    assert not session.ready
    session.set("leverage", None)
    until(lambda: session.ready)
    assert session.error == ""


def test_a_file_that_is_not_there_is_said(viewer):
    until(lambda: viewer.session.ready)
    viewer.session.choose("nowhere.yaml")
    until(lambda: viewer.session.error)
    assert "nowhere.yaml" in viewer.session.error


def test_ticks_follow_the_clock_on_the_wall_at_the_speed_that_is_chosen(session):
    session.speed = 300.0
    begin = time.monotonic()
    session.play()
    until(lambda: session.model.ticks_done >= 100)
    assert time.monotonic() - begin > 0.8 * 100 / 300.0
    session.pause()


def test_a_page_that_does_not_answer_does_not_stop_the_market():
    viewer = Viewer(CASE)
    viewer.session.saw = lambda frame: None
    until(lambda: viewer.session.ready)
    viewer.session.speed = UNLIMITED
    viewer.session.play()
    until(lambda: viewer.session.finished)
    viewer.end()


def test_a_whole_run_takes_about_a_minute_at_first():
    for name in library.names():
        scenario = load_scenario(name)
        assert 20.0 < scenario.clock.duration / first_speed(scenario) < 180.0 or first_speed(scenario) == SPEEDS[-1]


def test_what_is_watched_records_a_map_and_runs_no_comparisons():
    scenario = watched(load_scenario(CASE))
    assert scenario.compare == {}
    assert scenario.record.heatmap.every == 2.0 or 600 / scenario.record.heatmap.every <= 300
    own = load_scenario("march_2020")
    assert watched(own).record.heatmap == own.record.heatmap


@pytest.mark.parametrize("name", library.names())
def test_every_slider_starts_at_the_scenarios_own_value_and_offers_others_that_are_taken(name):
    scenario = load_scenario(name).bare()
    for choice in sliders_of(scenario):
        if choice.why_not:
            assert choice.values == ()
            continue
        assert list(choice.values) == sorted(set(choice.values))
        assert len(choice.values) > 5
        for value in (choice.values[0], choice.values[-1]):
            if value != choice.values[choice.start] and choice.keyword != "leverage":
                with_parameters(scenario, **{choice.keyword: value})


def test_a_slider_at_its_start_shows_what_the_scenario_says():
    shown = {
        choice.keyword: choice.words(choice.values[choice.start]) for choice in sliders_of(load_scenario("playground"))
    }
    assert shown == {"leverage": "20x", "depth": "20M USD", "clustering": "0.5%", "shock": "25M USD", "fund": "20M USD"}
