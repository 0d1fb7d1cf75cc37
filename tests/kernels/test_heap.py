from __future__ import annotations

import compiled
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

PRIORITIES = st.lists(st.sampled_from([-np.inf, -2.0, 0.0, 0.5, 1e-300, 3.0, np.inf]) | st.floats(-5, 5), max_size=80)


def drain(priority, identity, size):
    pairs = []
    while size > 0:
        pairs.append((float(priority[0]), int(identity[0])))
        size = compiled.pop(priority, identity, size)
    return pairs


@settings(deadline=None)
@given(PRIORITIES, st.randoms(use_true_random=False))
def test_pushed_pairs_come_out_by_priority_then_by_identity(priorities, random):
    identities = list(range(len(priorities)))
    random.shuffle(identities)
    priority, identity, size = np.empty(80), np.empty(80, np.int32), 0
    for new_priority, new_identity in zip(priorities, identities, strict=True):
        size = compiled.push(priority, identity, size, new_priority, new_identity)
    assert drain(priority, identity, size) == sorted(zip(priorities, identities, strict=True))


@settings(deadline=None)
@given(PRIORITIES)
def test_heapified_pairs_come_out_by_priority_then_by_identity(priorities):
    priority = np.array(priorities, np.float64)
    identity = np.arange(priority.size, dtype=np.int32)
    compiled.heapify(priority, identity, priority.size)
    assert drain(priority, identity, priority.size) == sorted(zip(priorities, range(len(priorities)), strict=True))


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5) | st.none(), max_size=200))
def test_pushes_and_pops_may_be_mixed(steps):
    priority, identity, size, waiting = np.empty(200), np.empty(200, np.int32), 0, []
    for number, step in enumerate(steps):
        if step is not None:
            size = compiled.push(priority, identity, size, step, number)
            waiting.append((step, number))
        elif waiting:
            assert (priority[0], identity[0]) == min(waiting)
            waiting.remove(min(waiting))
            size = compiled.pop(priority, identity, size)
        assert size == len(waiting)
