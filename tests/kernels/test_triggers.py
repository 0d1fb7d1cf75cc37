from __future__ import annotations

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cascade_sim.engine.order import in_trigger_order, sort_again

PRICES = st.sampled_from([0.0, np.inf, 100.0, np.nextafter(100.0, 200.0), 1e-9, 1e9]) | st.floats(1e-12, 1e12)


def order_of(side, trigger):
    """The firing order by a full sort: longs from the highest, then shorts from the lowest, ties by place."""
    place = np.arange(side.size)
    return np.lexsort((place, -side * trigger, -side))


def assert_in_firing_order(side, trigger) -> None:
    side = np.asarray(side, np.int8)
    trigger = np.asarray(trigger, np.float64)
    quantity, bankruptcy = np.arange(1.0, side.size + 1.0), -np.arange(1.0, side.size + 1.0)
    positions = in_trigger_order(side, trigger, quantity, bankruptcy, trigger)
    expected = order_of(side, trigger)
    assert positions.longs == np.count_nonzero(side > 0)
    np.testing.assert_array_equal(positions.index, expected)
    np.testing.assert_array_equal(positions.key, (-side * trigger)[expected])
    np.testing.assert_array_equal(positions.quantity, quantity[expected])
    np.testing.assert_array_equal(positions.bankruptcy, bankruptcy[expected])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.sampled_from([1, -1]), PRICES), max_size=60))
def test_any_crowd_is_put_in_firing_order(crowd):
    side, trigger = zip(*crowd, strict=True) if crowd else ((), ())
    assert_in_firing_order(side, trigger)


def clusters(random, size):
    """Thousands of prices that agree to a part in 2^40, beside one far away."""
    return np.concatenate([100.0 * (1.0 + 2.0**-40 * random.random(size - 1)), [1e6]])


ADVERSARIES = {
    "uniform": lambda random, size: random.uniform(50, 100, size),
    "clusters that quantising cannot tell apart": clusters,
    "one price": lambda random, size: np.full(size, 7900.0),
    "two prices a rounding apart": lambda random, size: random.choice([100.0, np.nextafter(100.0, 200.0)], size),
    "never, zero and infinity": lambda random, size: random.choice([0.0, np.inf, 3.0], size),
    "twelve orders of magnitude": lambda random, size: 10.0 ** random.uniform(-6, 6, size),
    "ascending": lambda random, size: np.linspace(1.0, 2.0, size),
    "descending": lambda random, size: np.linspace(2.0, 1.0, size),
    "on round numbers": lambda random, size: np.round(random.uniform(50, 100, size)),
}


@pytest.mark.parametrize("name", ADVERSARIES)
@pytest.mark.parametrize("size", [1, 2, 20_000])
def test_adversarial_crowds_are_put_in_firing_order(name, size):
    random = np.random.default_rng(5)
    trigger = ADVERSARIES[name](random, size)
    for side in (np.ones(size), -np.ones(size), random.choice([1, -1], size)):
        assert_in_firing_order(side, trigger)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, -1]), PRICES, st.booleans()), min_size=1, max_size=40))
def test_after_changes_the_closed_positions_never_fire_and_the_rest_is_in_order(crowd):
    side, trigger, is_open = (np.array(column) for column in zip(*crowd, strict=True))
    shuffled = trigger[::-1].copy()
    positions = in_trigger_order(side.astype(np.int8), shuffled, is_open + 0.0, shuffled, shuffled)
    positions.key[:] = -side[positions.index] * trigger[positions.index]
    sort_again(positions)
    for part, of_side in ((slice(0, positions.longs), 1), (slice(positions.longs, None), -1)):
        key, index, quantity = positions.key[part], positions.index[part], positions.quantity[part]
        expected = np.where(is_open, -side * trigger, np.inf)
        wanted = sorted((expected[place], place) for place in range(side.size) if side[place] == of_side)
        assert list(zip(key, index, strict=True)) == wanted
        assert (quantity == is_open[index]).all()


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.floats(-9, 9) | st.sampled_from([-1.0, 2.0, np.inf]), max_size=70),
    st.integers(0, 70),
    st.floats(-10, 10),
)
def test_crossed_counts_what_lies_at_or_below_the_limit(keys, head, limit):
    key = np.sort(np.array(keys, np.float64))
    head = min(head, key.size)
    expected = max(0, int(np.searchsorted(key, limit, side="right")) - head)
    assert compiled.crossed(key, head, key.size, limit) == expected
    if head < key.size:
        at_the_first = int(np.searchsorted(key, key[head], side="right")) - head
        assert compiled.crossed(key, head, key.size, float(key[head])) == at_the_first


def test_a_range_of_triggers_too_small_to_divide_by_is_sorted_all_the_same():
    trigger = np.array([3e-300, 1e-300, 2e-300, 1e-300])
    crowd = in_trigger_order(np.full(4, -1, np.int8), trigger, np.ones(4), trigger, trigger)
    assert crowd.index.tolist() == [1, 3, 2, 0]
    assert crowd.key.tolist() == [1e-300, 1e-300, 2e-300, 3e-300]
