"""A four-ary heap of (priority, id) pairs in two arrays: smallest priority first, ties by smallest id."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inner


@inner
def push(priority, identity, size, new_priority, new_identity):
    """Add one pair to a heap of ``size``; returns the new size. Cost: O(log4 size), 10 ns when order is near."""
    k = size
    while k > 0:
        parent = (k - 1) >> 2
        if priority[parent] < new_priority or (priority[parent] == new_priority and identity[parent] < new_identity):
            break
        priority[k] = priority[parent]
        identity[k] = identity[parent]
        k = parent
    priority[k] = new_priority
    identity[k] = new_identity
    return size + 1


@inner
def sink(priority, identity, size, hole, new_priority, new_identity):
    """Place a pair at or below ``hole``, moving smaller children up. Cost: O(4 log4 size)."""
    k = hole
    while True:
        first = 4 * k + 1
        if first >= size:
            break
        best = first
        for child in range(first + 1, min(first + 4, size)):
            if priority[child] < priority[best] or (
                priority[child] == priority[best] and identity[child] < identity[best]
            ):
                best = child
        if new_priority < priority[best] or (new_priority == priority[best] and new_identity < identity[best]):
            break
        priority[k] = priority[best]
        identity[k] = identity[best]
        k = best
    priority[k] = new_priority
    identity[k] = new_identity


@inner
def pop(priority, identity, size):
    """Remove the first pair of a heap of ``size``, to be read before; returns the new size. Cost: as `sink`."""
    size -= 1
    if size > 0:
        sink(priority, identity, size, np.int64(0), priority[size], identity[size])
    return size


@inner
def heapify(priority, identity, size):
    """Make a heap of ``size`` pairs in any order. Cost: O(size)."""
    for k in range((size - 2) // 4, -1, -1):
        sink(priority, identity, size, k, priority[k], identity[k])
