"""Distributions that a varied key is drawn from: scipy's, cut off between their bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.sweeps.numbers import AnyNumber

# Beyond so many standard deviations double precision has no probability left to divide.
_FARTHEST = 8.0
# What a probability is cut to where the end lies at infinity.
_SMALLEST = 2.0**-53


class Distribution(Part):
    """What every distribution has: quantiles between its bounds.

    Attributes
    ----------
    numbers : tuple of str
        Its keys that are values of the varied key, and so have the same unit.
    log : bool
        Whether it lives on a logarithmic axis.
    """

    numbers: ClassVar[tuple[str, ...]] = ("low", "high")
    log: ClassVar[bool] = False

    @property
    def bounded(self) -> bool:
        """Whether both bounds are given."""
        return all(bound is not None for bound in self.bounds())

    def bounds(self) -> tuple[float | None, float | None]:
        """Return the lower and the upper bound, None for none."""
        return getattr(self, "low", None), getattr(self, "high", None)

    def middle(self) -> float:
        """Return a value from the middle of it, without scipy."""
        raise NotImplementedError

    def frozen(self) -> Any:
        """Return scipy's distribution, before anything is cut off."""
        raise NotImplementedError

    def ppf(self, u: Any) -> Any:
        """Return quantiles.

        Parameters
        ----------
        u : array_like
            Probabilities from 0 to 1.

        Returns
        -------
        numpy.ndarray
            Values of the same shape, in base units, none outside the bounds: probabilities are mapped to those
            between the bounds (inversion of the truncated distribution), from above where the lower bound lies in
            the upper half, for precision.
        """
        import numpy as np

        full, (low, high) = self.frozen(), self.bounds()
        share = np.clip(np.asarray(u, dtype=np.float64), 0.0, 1.0)
        low_end, high_end = -math.inf if low is None else low, math.inf if high is None else high
        from_above = full.cdf(low_end) > 0.5
        mass = full.sf if from_above else full.cdf
        first, last = mass(low_end), mass(high_end)
        probability = first + share * (last - first)
        if not self.bounded:
            probability = np.clip(probability, _SMALLEST, 1.0 - _SMALLEST)
        drawn = full.isf(probability) if from_above else full.ppf(probability)
        return np.clip(drawn, low_end, high_end)

    def _order(self) -> Iterator[Finding]:
        low, high = self.bounds()
        if low is not None and high is not None and low >= high:
            yield Finding(("high",), "is not above low", "exchange them")

    def _positive(self, *keys: str) -> Iterator[Finding]:
        for key in keys:
            number = getattr(self, key)
            if number is not None and number <= 0:
                yield Finding((key,), f"{number:g} is not above 0", "give a value above 0")

    def _within(self, number: float) -> float:
        low, high = self.bounds()
        number = number if low is None else max(number, low)
        return number if high is None else min(number, high)

    def _reachable(self, middle: float, spread: float, at: tuple[float | None, float | None]) -> Iterator[Finding]:
        """Refuse bounds that nearly all of the distribution lies outside of."""
        low, high = at
        if low is not None and low > middle + _FARTHEST * spread:
            yield Finding(("low",), "lies above all that the distribution gives", "lower it")
        if high is not None and high < middle - _FARTHEST * spread:
            yield Finding(("high",), "lies below all that the distribution gives", "raise it")


class Uniform(Distribution):
    """Every value between the bounds is as likely as any other."""

    dist: Literal["uniform"]
    low: AnyNumber = Field(description="Lower bound.")
    high: AnyNumber = Field(description="Upper bound.")

    def check(self) -> Iterator[Finding]:
        """Refuse bounds in the wrong order."""
        yield from self._order()

    def middle(self) -> float:
        """Return the mean of the bounds."""
        return 0.5 * (self.low + self.high)

    def frozen(self) -> Any:
        """Return ``scipy.stats.uniform``."""
        from scipy import stats

        return stats.uniform(self.low, self.high - self.low)


class Loguniform(Distribution):
    """Every ratio is as likely as any other: uniform in the logarithm."""

    log = True

    dist: Literal["loguniform"]
    low: AnyNumber = Field(description="Lower bound, above 0.")
    high: AnyNumber = Field(description="Upper bound.")

    def check(self) -> Iterator[Finding]:
        """Refuse bounds in the wrong order or without a logarithm."""
        yield from self._order()
        yield from self._positive("low")

    def middle(self) -> float:
        """Return the geometric mean of the bounds."""
        return math.sqrt(self.low) * math.sqrt(self.high)

    def frozen(self) -> Any:
        """Return ``scipy.stats.loguniform``."""
        from scipy import stats

        return stats.loguniform(self.low, self.high)


class Normal(Distribution):
    """A normal distribution, cut off at the bounds."""

    numbers = ("mean", "sd", "low", "high")

    dist: Literal["normal"]
    mean: AnyNumber = Field(description="Mean before it is cut off.")
    sd: AnyNumber = Field(description="Standard deviation before it is cut off, above 0.")
    low: AnyNumber | None = Field(default=None, description="Lower bound; left out: none.")
    high: AnyNumber | None = Field(default=None, description="Upper bound; left out: none.")

    def check(self) -> Iterator[Finding]:
        """Refuse what has no spread, and bounds that leave nothing."""
        yield from self._order()
        yield from self._positive("sd")
        if self.sd > 0:
            yield from self._reachable(self.mean, self.sd, self.bounds())

    def middle(self) -> float:
        """Return the mean, or the bound next to it."""
        return self._within(self.mean)

    def frozen(self) -> Any:
        """Return ``scipy.stats.norm``."""
        from scipy import stats

        return stats.norm(self.mean, self.sd)


class Lognormal(Distribution):
    """A lognormal distribution, cut off at the bounds."""

    numbers = ("median", "low", "high")
    log = True

    dist: Literal["lognormal"]
    median: AnyNumber = Field(description="Median before it is cut off, above 0.")
    sigma: AnyNumber = Field(description="Standard deviation of the logarithm, a number above 0.")
    low: AnyNumber | None = Field(default=None, description="Lower bound, above 0; left out: none.")
    high: AnyNumber | None = Field(default=None, description="Upper bound; left out: none.")

    def check(self) -> Iterator[Finding]:
        """Refuse what has no logarithm or no spread, and bounds that leave nothing."""
        wrong = [*self._order(), *self._positive("median", "sigma", "low", "high")]
        yield from wrong
        if not wrong:
            low, high = (None if bound is None else math.log(bound) for bound in self.bounds())
            yield from self._reachable(math.log(self.median), self.sigma, (low, high))

    def middle(self) -> float:
        """Return the median, or the bound next to it."""
        return self._within(self.median)

    def frozen(self) -> Any:
        """Return ``scipy.stats.lognorm``."""
        from scipy import stats

        return stats.lognorm(self.sigma, scale=self.median)


class Triangular(Distribution):
    """A density that rises in a straight line to the mode and falls to the upper bound."""

    numbers = ("low", "mode", "high")

    dist: Literal["triangular"]
    low: AnyNumber = Field(description="Lower bound.")
    mode: AnyNumber = Field(description="The likeliest value.")
    high: AnyNumber = Field(description="Upper bound.")

    def check(self) -> Iterator[Finding]:
        """Refuse bounds in the wrong order and a mode outside of them."""
        yield from self._order()
        if self.low < self.high and not self.low <= self.mode <= self.high:
            yield Finding(("mode",), "lies outside low and high", "move it between them")

    def middle(self) -> float:
        """Return the mode."""
        return self.mode

    def frozen(self) -> Any:
        """Return ``scipy.stats.triang``."""
        from scipy import stats

        width = self.high - self.low
        return stats.triang((self.mode - self.low) / width, self.low, width)


DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "loguniform": Loguniform,
    "normal": Normal,
    "lognormal": Lognormal,
    "triangular": Triangular,
}
