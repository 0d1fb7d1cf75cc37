"""Shares that must make up a whole."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from cascade_sim.scenario.findings import Finding
from cascade_sim.units import format_percent

TOLERANCE = 1e-6


def weights_finding(weights: list[float] | None, at: list[float] | None = None) -> Iterator[Finding]:
    """Yield what is wrong with shares under the key ``weights``.

    Parameters
    ----------
    weights : list of float, or None
        Shares as fractions; None is equal shares, and nothing is wrong with them.
    at : list of float, or None
        What the shares belong to, one each, under the key ``at``.
    """
    if weights is None:
        return
    if at is not None and len(weights) != len(at):
        message = f"there are {len(weights)} weights for {len(at)} places in at"
        yield Finding(("weights",), message, "give one weight for each")
    elif abs(fsum(weights) - 1.0) > TOLERANCE:
        message = f"the weights sum to {format_percent(fsum(weights), 9)}"
        yield Finding(("weights",), message, "make them sum to 100%")
