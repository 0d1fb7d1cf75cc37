"""What a run came to, beside exact sums of the plain twin."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn_worlds
from drawn_rules import venue_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.outcome import event_sums, minute_sums, row_sums
from worlds import event_rows, few

from cascade_sim.kernels import state as k
from cascade_sim.kernels.outcome import OUTCOME, sum_minutes
from cascade_sim.metrics.outcome import outcome_of


@settings(max_examples=80)
@given(st.one_of(drawn_worlds(), venue_worlds()))
def test_sums_are_the_exact_ones_of_the_twin(arrays):
    world = arrays.run()
    found, events = outcome_of(world)._asdict(), event_rows(world)
    entry, inverse = world.positions.entry, int(world.rules["contract"][0]) == k.INVERSE
    expected = event_sums(events, entry, inverse) | row_sums(world.log.rows) | minute_sums(world.log.minutes)
    scale = float(np.abs(entry[events["position"]] * events["quantity"]).sum()) if events.size else 0.0
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=2e-15, abs=2e-15 * scale), name


def test_a_long_sum_of_small_numbers_beside_a_large_one_loses_nothing():
    """A million times 1e-6 beside 1e10; added up plainly, a part in 1e12 of the sum is gone."""
    minutes = np.full(1_000_001, 1e-6)
    minutes[0] = 1e10
    row = np.zeros(1, OUTCOME)
    sum_minutes(minutes, row)
    assert row["forced"][0] == 1e10 + 1.0


@given(st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.5, 7.0]), min_size=1, max_size=90))
def test_the_worst_half_hour_is_the_largest_of_all_windows(minutes):
    row = np.zeros(1, OUTCOME)
    sum_minutes(np.array(minutes), row)
    expected = minute_sums(np.array(minutes))
    assert {name: row[name][0] for name in expected} == expected


def test_a_world_that_stands_still_half_way_counts_only_the_rows_that_are_written():
    from cascade_sim.engine.advance import advance

    arrays = few([100.0] * 10, [(1, 2.0, 90.0, 80.0)], row_ticks=4)
    world = arrays.build()
    world.log.rows[:] = np.nan
    advance(world, 6)
    outcome = outcome_of(world)
    assert (outcome.done, outcome.ticks) == (6, 10)
    assert outcome.adl == outcome.largest_inventory == 0.0
