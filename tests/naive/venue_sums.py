"""Sums from left to right: from Python 3.12 on ``sum`` compensates for rounding, which the kernels do not."""

from __future__ import annotations

from collections.abc import Iterable


def added(values: Iterable[float]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total
