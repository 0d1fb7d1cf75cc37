from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cascade_sim.crowd.generators import generators
from cascade_sim.crowd.luck import Luck
from cascade_sim.streams import stream

SEEDS = st.one_of(st.integers(0, 100), st.integers(0, 2**128 - 1), st.integers(2**128, 2**140))


@settings(max_examples=40)
@given(st.lists(SEEDS, max_size=4), st.text(max_size=12))
def test_generators_of_many_seeds_are_the_streams_of_each(seeds, name):
    for seed, generator in zip(seeds, generators(seeds, name), strict=True):
        expected = stream(seed, name)
        assert generator.bit_generator.state == expected.bit_generator.state
        assert generator.standard_normal() == expected.standard_normal()


def test_a_negative_seed_is_refused_as_numpy_refuses_it():
    with pytest.raises((ValueError, OverflowError)):
        list(generators((-1,), "a"))


@pytest.mark.parametrize("turn", [0, 2])
def test_luck_of_several_worlds_is_each_worlds_own(turn):
    seeds, start, count = (4, 9, 2), 30, 11
    rows = np.array([0, 3, 24, 25, 32])
    together = Luck(seeds, "longs", start, count, turn).uniform("leverage")
    alone = [Luck(seed, "longs", start, count, turn).uniform("leverage") for seed in seeds]
    assert np.array_equal(together, np.concatenate(alone))
    some = Luck(seeds, "longs", start, count, turn, rows)
    assert some.size == rows.size
    assert np.array_equal(some.uniform("leverage"), together[rows])
