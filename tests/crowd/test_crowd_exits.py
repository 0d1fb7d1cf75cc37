"""Laws are tested at a significance of 1e-4 with fixed seeds."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from cascade_sim.crowd import build_crowd

ALPHA = 1e-4
TICKS = 7200  # of a second
ARRIVALS = {"traders_per_day": 600_000, "open_interest_per_day": "1B"}


def hazard_p_value(leaving, half_life):
    """Test counts by tick left (-1: still there at the end) against equal chances to leave in every tick."""
    edges = np.linspace(0, TICKS, 25).astype(int)
    counts = [np.sum((leaving >= low) & (leaving < high)) for low, high in pairwise(edges)]
    kept = 0.5 ** (edges / half_life)
    law = np.append(kept[:-1] - kept[1:], kept[-1])
    return stats.chisquare([*counts, np.sum(leaving < 0)], law * leaving.size).pvalue


def ticks_held(crowd, opened):
    """Return in which tick after its opening each trader leaves, from 0; -1 if it stays to the end."""
    left = np.full(opened.size, -1)
    left[crowd.exit_position] = crowd.exit_tick - opened[crowd.exit_position]
    return left


@pytest.mark.parametrize("half_life", [600, 7200, 100_000])
def test_standing_traders_leave_with_the_half_life(venue, longs, half_life):
    crowd = build_crowd(venue({"c": longs(exits={"half_life": half_life})}), 4)
    assert hazard_p_value(ticks_held(crowd, np.zeros(len(crowd), int)), half_life) > ALPHA


def test_holding_times_are_memoryless_for_those_who_come_too(venue, longs):
    """In every tick after its own, an entrant leaves with the chance that a standing trader has in any tick."""
    cohort = longs(exits={"half_life": "20min"}, arrivals=ARRIVALS)
    crowd = build_crowd(venue({"c": cohort}), 4)
    chance = -math.expm1(-math.log(2) / 1200)
    opened = np.append(np.full(len(crowd), -1), crowd.entrants["tick"])
    leaves = np.zeros(opened.size, bool)
    leaves[crowd.exit_position] = True
    end = np.full(opened.size, TICKS - 1)
    end[crowd.exit_position] = crowd.exit_tick
    for rows in (slice(0, len(crowd)), slice(len(crowd), None)):
        ticks_at_risk = int(np.sum(end[rows] - opened[rows]))
        assert stats.binomtest(int(leaves[rows].sum()), ticks_at_risk, chance).pvalue > ALPHA


def test_nobody_leaves_before_or_in_the_tick_of_arrival_nor_after_the_run(venue, longs):
    cohort = longs(exits={"half_life": "1s"}, arrivals=ARRIVALS)
    crowd = build_crowd(venue({"c": cohort}), 4)
    entered = crowd.exit_position >= len(crowd)
    arrived = crowd.entrants["tick"][crowd.exit_position[entered] - len(crowd)]
    assert np.all(crowd.exit_tick[entered] > arrived)
    assert crowd.exit_tick.min() == 0
    assert crowd.exit_tick.max() < TICKS


def test_exits_are_sorted_by_tick_then_position_and_nobody_leaves_twice(venue, longs):
    cohorts = {
        "a": longs(exits={"half_life": "20s"}, arrivals=ARRIVALS),
        "held": longs(),
        "b": longs(side="short", exits={"half_life": "40s"}),
    }
    crowd = build_crowd(venue(cohorts), 4)
    order = np.lexsort((crowd.exit_position, crowd.exit_tick))
    np.testing.assert_array_equal(order, np.arange(order.size))
    assert np.unique(crowd.exit_position).size == crowd.exit_position.size
    assert set(crowd.cohort_of(crowd.exit_position).tolist()) == {0, 2}
    assert (crowd.exit_tick.dtype, crowd.exit_position.dtype) == (np.int64, np.int32)


def test_a_longer_half_life_lets_everybody_stay_longer(venue, longs):
    short, long = (build_crowd(venue({"c": longs(exits={"half_life": h})}), 4) for h in ("10min", "20min"))
    ticks = [ticks_held(crowd, np.zeros(len(crowd), int)) for crowd in (short, long)]
    both = (ticks[0] >= 0) & (ticks[1] >= 0)
    assert np.sum(ticks[1] < 0) > np.sum(ticks[0] < 0)
    assert np.all(np.abs(ticks[1][both] - 2 * ticks[0][both]) <= 1)
