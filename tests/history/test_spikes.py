from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.history.spikes import clipped, spikes


def closes(*values):
    return {"close": np.array(values, dtype=np.float64)}


@pytest.mark.parametrize(
    "path",
    [
        (100, 99, 50, 49, 48),
        (100, 90, 75, 60, 74, 89, 99),
        (100, 100, 100, 1000),
        (1000, 100, 100, 100),
        (100, 150, 225, 150, 100),
    ],
    ids=["a fall that stays", "a crash and its rebound", "the last bar", "the first bar", "a steady rise and fall"],
)
def test_a_crash_is_no_spike(path):
    # The last path moves by 41 % (log) a bar, but every bar lies within reach of one beside it plus 45 %.
    assert not spikes(closes(*path), 0.45).where.any()


def test_a_spike_is_judged_by_the_nearer_of_its_two_neighbours():
    found = spikes(closes(100, 90, 70, 80, 100), 0.13)
    assert np.flatnonzero(found.where).tolist() == [2]
    assert found.excess[2] == pytest.approx(np.log(70 / 80))
    assert not spikes(closes(100, 90, 70, 80, 100), 0.14).where.any()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_what_is_a_spike_does_not_depend_on_the_unit_of_the_price(scale):
    generator = np.random.default_rng(3)
    path = 100 * np.exp(np.cumsum(generator.standard_normal(500) * 0.05))
    assert np.array_equal(spikes(closes(*path), 0.1).where, spikes(closes(*path * scale), 0.1).where)
    upside_down = spikes(closes(*1 / path), 0.1)
    assert np.array_equal(spikes(closes(*path), 0.1).where, upside_down.where)
    assert upside_down.where.any()


def test_a_clipped_spike_is_none_and_the_other_bars_are_left_alone():
    prices = {"high": np.array([3.0, 3, 30, 3, 3]), "low": np.array([2.0, 2, 2, 1.9, 2])}
    found = spikes(prices, 0.2)
    after = clipped(prices, found)
    assert after["high"].tolist() == [3, 3, 3, 3, 3]
    assert after["low"].tolist() == [2, 2, 2, 1.9, 2]
    assert not spikes(after, 1e-9).where[2]
