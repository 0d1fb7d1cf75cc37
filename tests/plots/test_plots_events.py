from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from plots.full_runs import event_of, full_run, order_of
from plots.readable import unreadable
from plots.stand_ins import calm_run, small_run

from cascade_sim import plots
from cascade_sim.plots.event_marks import flag_rows, markers_of, shown_source
from cascade_sim.plots.reading import names_of, recording_of
from cascade_sim.scenario import Scenario


def words(figure) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def flags(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[1].texts if text.get_bbox_patch() is not None]


def marked(run) -> list:
    return markers_of(run, recording_of(run.timeline, run.scenario, names_of(run)))


@pytest.fixture(scope="module")
def full():
    return full_run()


@pytest.fixture(scope="module")
def picture(full):
    return plots.timeline(full)


def test_events_and_orders_are_numbered_by_time_and_named_below(picture):
    assert flags(picture) == ["1", "2", "3"]
    text = words(picture)
    assert "07:00 on 12 Mar" in text
    assert "order: sell 40M over 20 s" in text
    assert "first leg (Binance BTCUSDT spot bars)" in text
    assert "the venue goes down (example.org)" in text


def test_a_line_through_every_panel_stands_at_each_moment(picture):
    titled = [ax for ax in picture.axes if ax.get_title(loc="left")]
    assert len(titled) == 7
    for ax in titled:
        dotted = {line.get_xdata()[0] for line in ax.lines if line.get_zorder() == 0.8 and len(line.get_xdata()) == 2}
        assert len(dotted) == 3


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("https://www.blog.bitmex.com/how-we/?q=1#x", "blog.bitmex.com"),
        ("http://example.org", "example.org"),
        ("Binance  BTCUSDT\nspot bars", "Binance BTCUSDT spot bars"),
        ("", ""),
        ("https://", "https://"),
    ],
)
def test_of_an_address_only_its_host_is_shown(source, shown):
    assert shown_source(source) == shown


def test_what_lies_outside_the_run_is_not_marked(small):
    small.scenario.events = [
        event_of(-1.0, "before"),
        event_of(0.0, "start"),
        event_of(100.0, "end"),
        event_of(100.1, "after"),
    ]
    assert [marker.what for marker in marked(small)] == ["start", "end"]


def test_many_orders_are_no_markers(small):
    small.scenario.flow = SimpleNamespace(orders=[order_of(float(at), 1e6) for at in range(6)])
    assert [marker.what for marker in marked(small)] == ["order: buy 1M"] * 6
    small.scenario.flow.orders.append(order_of(7.0, 1e6))
    assert marked(small) == []


def test_a_run_without_events_has_neither_flags_nor_legend(calm):
    bare = plots.timeline(calm)
    assert flags(bare) == []
    calm.scenario.events = []
    assert bare.get_figheight() == plots.timeline(calm).get_figheight()


def test_events_at_the_same_moment_stand_on_flags_above_each_other(small):
    small.scenario.events = [event_of(50.0, "one"), event_of(50.0, "two"), event_of(90.0, "three")]
    recording = recording_of(small.timeline, small.scenario, names_of(small))
    assert flag_rows(marked(small), recording, 8.0) == [0, 1, 0]
    assert unreadable(plots.timeline(small)) == []


@pytest.mark.parametrize("width", [None, 3.4])
def test_many_long_events_can_be_read_at_any_width(width):
    run = calm_run()
    long = "the venue says that orders are delayed, and that nobody need worry about it"
    run.scenario.events = [event_of(60.0 * at, long, "https://example.org/status") for at in range(10)]
    assert unreadable(plots.timeline(run, width=width)) == []


def test_of_very_many_events_the_legend_names_the_first_and_counts_the_rest(small):
    small.scenario.events = [event_of(float(at), f"event {at}") for at in range(40)]
    text = words(plots.timeline(small))
    assert "event 23" in text
    assert "event 24" not in text
    assert "and 16 more" in text


def test_the_events_of_a_scenario_are_markers():
    scenario = Scenario(
        name="Marked",
        clock={"start": "2020-01-01", "duration": "100s"},
        market={"price": 100, "book": {"shape": "infinite"}},
        flow={"orders": [{"at": "20s", "sell": "40M", "over": "20s"}]},
        events=[{"at": "10s", "what": "soon"}, {"at": "2020-01-01T00:00:30Z", "what": "later", "source": "a paper"}],
    )
    run = small_run()
    run.scenario = scenario
    assert [(marker.what, marker.source) for marker in marked(run)] == [
        ("soon", ""),
        ("order: sell 40M over 20 s", ""),
        ("later", "a paper"),
    ]
    assert np.diff([marker.at for marker in marked(run)]).tolist() == [10_000_000_000, 10_000_000_000]
