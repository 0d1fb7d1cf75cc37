"""The quantity a trigger map puts within reach of a price: ``L(y)`` and its density, as formulas.

A cohort written as a map (``liquidation:``) has quantity ``L(y)`` with a trigger within log-distance ``y`` of the
start price. These are the continuum laws; ``N`` evenly placed traders follow them to order ``1/N``, point clusters
exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol


class TriggerLaw(Protocol):
    """A map's quantity by log-distance. Its density has a single peak, so it is least at the ends of an interval."""

    @property
    def total(self) -> float:
        """Quantity in all."""

    def within(self, y: float) -> float:
        """Quantity with a trigger at most ``y`` away."""

    def density(self, y: float) -> float:
        """Quantity per unit of log-distance at ``y``, jumps apart."""


@dataclass(frozen=True)
class UniformLaw:
    """``L(y) = rho (y - begin)`` between ``begin`` and ``end``."""

    total: float
    begin: float
    end: float

    @property
    def rho(self) -> float:
        """Density between the two ends."""
        return self.total / (self.end - self.begin)

    def within(self, y: float) -> float:
        """Quantity with a trigger at most ``y`` away."""
        if y >= self.end:
            return self.total
        return self.rho * max(y - self.begin, 0.0)

    def density(self, y: float) -> float:
        """Quantity per unit of log-distance at ``y``."""
        return self.rho if self.begin <= y <= self.end else 0.0


@dataclass(frozen=True)
class ExponentialLaw:
    """``L(y) = M (1 - exp(-(y - begin) / scale))`` from ``begin`` on."""

    total: float
    begin: float
    scale: float

    def within(self, y: float) -> float:
        """Quantity with a trigger at most ``y`` away."""
        return -self.total * math.expm1(-max(y - self.begin, 0.0) / self.scale)

    def density(self, y: float) -> float:
        """Quantity per unit of log-distance at ``y``."""
        return self.total / self.scale * math.exp(-(y - self.begin) / self.scale) if y >= self.begin else 0.0


@dataclass(frozen=True)
class GaussianLaw:
    """``L(y) = M (Phi((y - at) / width) - wrong) / (1 - wrong)``; ``wrong`` is the share cut off at the touch."""

    total: float
    at: float
    width: float
    wrong: float

    def within(self, y: float) -> float:
        """Quantity with a trigger at most ``y`` away."""
        below = 0.5 * math.erfc((self.at - y) / self.width / math.sqrt(2.0))
        return self.total * max(below - self.wrong, 0.0) / (1.0 - self.wrong)

    def density(self, y: float) -> float:
        """Quantity per unit of log-distance at ``y``."""
        standard = (y - self.at) / self.width
        peak = self.total / (1.0 - self.wrong) / (self.width * math.sqrt(2.0 * math.pi))
        return peak * math.exp(-0.5 * standard * standard) if y >= 0.0 else 0.0


@dataclass(frozen=True)
class PointsLaw:
    """``L(y)`` jumps by a cluster's quantity at its distance."""

    total: float
    clusters: tuple[tuple[float, float], ...]

    def within(self, y: float) -> float:
        """Quantity with a trigger at most ``y`` away."""
        return math.fsum(quantity for distance, quantity in self.clusters if distance <= y)

    def density(self, y: float) -> float:
        """Return 0: all of it sits in the jumps."""
        return 0.0


def trigger_law(cohort: Any, quantity: float) -> TriggerLaw | None:
    """Return the law of a cohort's map, or None where the cohort follows no law closely.

    Parameters
    ----------
    cohort : Cohort
    quantity : float
        Its open quantity, base units or contracts.

    Returns
    -------
    TriggerLaw or None
        None without a map, for random placement (where the law holds on average only), and for unequal sizes on
        anything but points.
    """
    given = cohort.liquidation
    if given is None or given.placed != "even":
        return None
    if given.kind != "points" and cohort.size.kind != "equal":
        return None
    return mean_law(cohort, quantity)


def mean_law(cohort: Any, quantity: float) -> TriggerLaw | None:
    """Return the law that a cohort's map has on average, whatever its placement and its sizes; None without a map.

    Parameters
    ----------
    cohort : Cohort
    quantity : float
        Its open quantity, base units or contracts.
    """
    given = cohort.liquidation
    if given is None:
        return None
    if given.kind == "points":
        weights = given.weights or [1.0] * len(given.at)
        share = quantity / math.fsum(weights)
        clusters = tuple((at, share * weight) for at, weight in zip(given.at, weights, strict=True))
        return PointsLaw(quantity, clusters)
    if given.kind == "uniform":
        return UniformLaw(quantity, given.from_, given.to)
    if given.kind == "exponential":
        return ExponentialLaw(quantity, given.from_, given.scale)
    # As the crowd is placed: what is less than one trader's worth on the wrong side is not cut off.
    wrong = 0.5 * math.erfc(given.at / given.width / math.sqrt(2.0))
    kept = given.placed == "even" and wrong * cohort.traders < given.offset
    return GaussianLaw(quantity, given.at, given.width, 0.0 if kept else wrong)
