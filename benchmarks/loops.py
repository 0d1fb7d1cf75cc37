"""The same work as loops over all traders, as one would write it: no book, fund, ledger or record of events.

Each contestant is built from a `Problem`, is moved on by ``advance(first, last)`` and can ``skip_to`` a later tick.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np


class Problem(NamedTuple):
    """What every contestant is given.

    In tick ``t`` the price is ``path[t] exp(-forced / depth)`` with ``forced`` the quantity sold by force in the ticks
    before; every trader who is left and whose trigger is at or above that price is liquidated.
    """

    trigger: np.ndarray
    quantity: np.ndarray
    path: np.ndarray
    depth: float


class Loop:
    """A contestant that keeps its own triggers, with minus infinity for whoever is gone."""

    largest = 10_000_000
    most_checks = 1.2e9  # trader-ticks in one run; longer runs are sampled

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.trigger = problem.trigger.copy()
        self.shift = 0.0
        self.count = 0

    def skip_to(self, gone: np.ndarray, shift: float) -> None:
        """Stand where the traders ``gone`` (places, of all ticks so far) are liquidated and the price is shifted."""
        self.trigger[gone] = -math.inf
        self.shift, self.count = shift, gone.size

    def close(self) -> None:
        del self.trigger


class NumpyScan(Loop):
    name = "numpy scan"

    def advance(self, first: int, last: int) -> None:
        trigger, quantity, depth = self.trigger, self.problem.quantity, self.problem.depth
        for index in self.problem.path[first:last].tolist():
            hit = np.flatnonzero(trigger >= index * math.exp(self.shift))
            if hit.size:
                trigger[hit] = -math.inf
                self.count += hit.size
                self.shift -= float(quantity[hit].sum()) / depth


class NumbaLoop(Loop):
    """A contestant whose ticks run in compiled code; ``kernel`` is its loop over ticks and traders."""

    def advance(self, first: int, last: int) -> None:
        problem = self.problem
        self.shift, count = type(self).kernel(
            self.trigger, problem.quantity, problem.path[first:last], problem.depth, self.shift
        )
        self.count += count


@numba.njit
def one_pass(trigger, quantity, path, depth, shift):
    count = 0
    for t in range(path.size):
        price = path[t] * math.exp(shift)
        forced = 0.0
        for k in range(trigger.size):
            if trigger[k] >= price:
                trigger[k] = -np.inf
                forced += quantity[k]
                count += 1
        shift -= forced / depth
    return shift, count


@numba.njit
def two_pass(trigger, quantity, path, depth, shift):
    """Compare all, which the compiler turns into vector code; then visit the marked ones, eight marks at a time."""
    count, traders = 0, trigger.size
    marks = np.zeros((traders + 7) // 8, np.uint64)
    crossed = marks.view(np.bool_)
    for t in range(path.size):
        price = path[t] * math.exp(shift)
        for k in range(traders):
            crossed[k] = trigger[k] >= price
        forced = 0.0
        for eight in range(marks.size):
            if marks[eight] != 0:
                for k in range(8 * eight, min(8 * eight + 8, traders)):
                    if crossed[k]:
                        trigger[k] = -np.inf
                        forced += quantity[k]
                        count += 1
        shift -= forced / depth
    return shift, count


@numba.njit
def naive(trigger, alive, quantity, path, depth, shift):
    count = 0
    for t in range(path.size):
        price = path[t] * math.exp(shift)
        forced = 0.0
        for k in range(trigger.size):
            if alive[k] and price <= trigger[k]:
                alive[k] = False
                forced += quantity[k]
                count += 1
        shift -= forced / depth
    return shift, count


class OnePass(NumbaLoop):
    name = "numba, one pass"
    kernel = staticmethod(one_pass)


class TwoPass(NumbaLoop):
    name = "numba, two passes"
    kernel = staticmethod(two_pass)


class Naive(Loop):
    name = "numba, `if alive and ...`"
    most_checks = 2e8

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.alive = np.ones(problem.trigger.size, np.bool_)
        self.shift = 0.0
        self.count = 0

    def skip_to(self, gone: np.ndarray, shift: float) -> None:
        self.alive[gone] = False
        self.shift, self.count = shift, gone.size

    def close(self) -> None:
        del self.alive

    def advance(self, first: int, last: int) -> None:
        problem = self.problem
        self.shift, count = naive(
            problem.trigger, self.alive, problem.quantity, problem.path[first:last], problem.depth, self.shift
        )
        self.count += count
