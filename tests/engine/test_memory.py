"""What a run needs is known before anything is built."""

from __future__ import annotations

import pytest

import cascade_sim as cs
from cascade_sim.engine import memory
from cascade_sim.errors import RunError

COHORT = {"side": "long", "traders": 0, "open_interest": 0, "leverage": {"kind": "fixed", "value": 5}}
ARRIVALS = {"traders_per_day": 1e6, "open_interest_per_day": "10M"}


def thirty_days(**arrivals) -> cs.Scenario:
    return cs.Scenario(
        name="arrivals",
        clock={"duration": "30d", "tick": "1h"},
        market={"price": 100, "book": {"shape": "infinite"}},
        crowd={"longs": {**COHORT, "arrivals": {**ARRIVALS, **arrivals}}},
    )


@pytest.mark.parametrize(
    ("window", "expected"),
    [({}, 30e6), ({"from": "10d"}, 20e6), ({"from": "10d", "to": "15d"}, 5e6), ({"to": "60d"}, 30e6)],
)
def test_as_many_are_expected_as_the_window_lets_arrive(window, expected):
    assert memory.arrivals_expected(thirty_days(**window)) == pytest.approx(expected, rel=1e-12)


def test_a_crowd_that_only_arrives_is_refused_where_it_does_not_fit(monkeypatch):
    scenario = thirty_days()
    monkeypatch.setattr(memory, "memory_of_machine", lambda: memory.memory_needed([scenario]) - 1.0)
    with pytest.raises(RunError, match="30M traders need"):
        memory.refuse_what_does_not_fit([scenario])
    monkeypatch.setattr(memory, "memory_of_machine", lambda: memory.memory_needed([scenario]))
    memory.refuse_what_does_not_fit([scenario])
