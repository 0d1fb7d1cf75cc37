"""The liquidation map over time, beside what the twin says of it bit for bit (`test_tick_twin`)."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import WorldArrays, both, column, crowd_at, event_rows, few, rules_row, tape

from cascade_sim.kernels import state as k

SCALE = 2.0**40


def heat(bins: int, low: float, high: float, every: int = 1) -> dict[str, float]:
    return {
        "heat_bins": bins, "heat_low": low, "heat_per_price": bins / (high - low), "heat_scale": SCALE,
        "frame_ticks": every,
    }  # fmt: skip


def notional(world) -> np.ndarray:
    return world.log.frames / SCALE


def cascade(**rules) -> WorldArrays:
    crowd = both(
        crowd_at(np.linspace(0.001, 0.3, 300), 1.0, ruin=0.01),
        crowd_at(np.linspace(0.001, 0.3, 300), 1.0, side=-1, ruin=0.01),
    )
    settings = {"scale_bid": 1050.0, "scale_ask": 1050.0, "fund_start": 3.0, "refill_kept": 0.97}
    rules = rules_row(**(settings | rules))
    return WorldArrays(rules, tape(np.full(50, 1.0), orders=[(2, -40.0), (9, -80.0), (20, 150.0)]), 1.0, **crowd)


def test_each_position_is_counted_at_its_liquidation_price():
    world = few([100.0], [(1, 2.0, 90.0, 80.0), (1, 3.0, 95.0, 85.0), (-1, 1.0, 112.0, 120.0)], **heat(4, 80.0, 120.0))
    assert notional(world.run()).tolist() == [[0.0, 2.0 * 90.0 + 3.0 * 95.0, 0.0, 112.0]]


def test_contracts_of_an_inverse_contract_are_their_own_notional():
    world = few([100.0], [(1, 2.0, 90.0, -1.0 / 80.0)], contract=k.INVERSE, **heat(2, 80.0, 120.0))
    world.entry[:] = -1.0 / 100.0
    assert notional(world.run()).tolist() == [[2.0, 0.0]]


def test_what_is_never_liquidated_and_what_lies_outside_is_not_counted():
    crowd = [(1, 2.0, 0.0, 0.0), (-1, 2.0, np.inf, np.inf), (1, 1.0, 79.0, 70.0), (-1, 1.0, 120.0, 130.0)]
    assert notional(few([100.0], crowd, **heat(2, 80.0, 120.0)).run()).sum() == 0.0
    assert notional(few([100.0], crowd, **heat(3, 0.0, 120.0)).run()).tolist() == [[0.0, 79.0, 0.0]]


def test_a_band_ends_where_the_price_sweeps_it():
    world = few([100.0, 94.0, 100.0], [(1, 2.0, 95.0, 85.0), (1, 3.0, 93.0, 85.0)], **heat(2, 92.0, 96.0)).run()
    assert notional(world).tolist() == [[279.0, 190.0], [279.0, 0.0], [279.0, 0.0]]


def test_the_map_of_a_cascade_is_what_has_not_fired():
    """With a fund that leaves nobody to be deleveraged."""
    world = cascade(fund_start=1e6, **heat(60, 0.7, 1.4)).run()
    fired = event_rows(world)
    assert fired.size > 100
    assert column(world, "adl").sum() == 0.0
    trigger = np.concatenate([np.exp(-np.linspace(0.001, 0.3, 300)), np.exp(np.linspace(0.001, 0.3, 300))])
    for tick in (0, 3, 12, 30, 49):
        waiting = np.ones(600, bool)
        waiting[fired["position"][fired["tick"] <= tick]] = False
        expected = np.histogram(trigger[waiting], bins=60, range=(0.7, 1.4), weights=trigger[waiting])[0]
        assert notional(world)[tick] == pytest.approx(expected, abs=1e-9)


def test_a_fine_map_adds_up_to_a_coarse_one_to_the_last_count():
    fine = cascade(**heat(64, 0.5, 1.5)).run().log.frames
    coarse = cascade(**heat(16, 0.5, 1.5)).run().log.frames
    assert np.array_equal(fine.reshape(50, 16, 4).sum(axis=2), coarse)


def test_frames_come_every_so_many_ticks_and_at_the_end():
    every = cascade(**heat(20, 0.5, 1.5)).run().log.frames
    some = cascade(**heat(20, 0.5, 1.5, every=7)).run().log.frames
    assert np.array_equal(some, every[[6, 13, 20, 27, 34, 41, 48, 49]])


def test_keeping_a_map_changes_nothing_else():
    with_map, without = cascade(**heat(20, 0.5, 1.5)).run(), cascade().run()
    assert with_map.log.rows.tobytes() == without.log.rows.tobytes()
    assert event_rows(with_map).tobytes() == event_rows(without).tobytes()


def test_a_position_that_is_reduced_in_steps_leaves_the_map_in_steps():
    tiers = ((0.01, 0.0), (0.02, 1.0))
    world = few(
        [100.0, 94.0, 94.0, 94.0], [(1, 10.0, 95.0, 85.0)], tiers=tiers, moving=1, partial=k.PARTIAL_SHARE,
        partial_share=0.25, cooldown_ticks=2, **heat(1, 1.0, 200.0),
    )  # fmt: skip
    run = world.run()
    left = notional(run)[:, 0]
    assert left[0] == 10.0 * 95.0
    assert 0.0 < left[1] < left[0]
    rest = 10.0 - event_rows(run)["quantity"].sum()
    assert left[-1] == pytest.approx(rest * run.moves.terms["liquidation"][0])
