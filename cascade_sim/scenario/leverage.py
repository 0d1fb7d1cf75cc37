"""How leverage is distributed over the traders of a cohort."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cascade_sim.scenario.fields import Leverage, PositiveAmount, PositiveShare
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.weights import weights_finding


class LeverageBase(Part):
    """What every distribution of leverage has."""

    switch = "kind"

    cap: Leverage | None = Field(
        default=None, description="Leverage above this is lowered to it, a number; left out: no cap."
    )

    def named(self) -> list[tuple[tuple[str | float, ...], float]]:
        """Return the leverages that the scenario names, each with its key, before the cap."""
        return []

    def capped(self, leverage: float) -> float:
        """Return a leverage under the cap."""
        return leverage if self.cap is None else min(leverage, self.cap)


class FixedLeverage(LeverageBase):
    """Everybody has the same leverage."""

    kind: Literal["fixed"]
    value: Leverage = Field(description="The leverage, a number.")

    def named(self) -> list[tuple[tuple[str | float, ...], float]]:
        """Return the one leverage."""
        return [(("value",), self.value)]


def _by_leverage(weights: dict[float, float]) -> dict[float, float]:
    return dict(sorted(weights.items()))


class DiscreteLeverage(LeverageBase):
    """A few leverages, each held by a share of the traders."""

    kind: Literal["discrete"]
    weights: Annotated[dict[Leverage, PositiveShare], AfterValidator(_by_leverage)] = Field(
        min_length=1, description="Share of the traders (a fraction; 100% in all) by leverage."
    )

    def named(self) -> list[tuple[tuple[str | float, ...], float]]:
        """Return every leverage that has a share."""
        return [(("weights", leverage), leverage) for leverage in self.weights]

    def check(self) -> Iterator[Finding]:
        """Refuse shares that are not the whole."""
        yield from weights_finding(list(self.weights.values()))


class LognormalLeverage(LeverageBase):
    """Lognormal leverage; what falls outside [1, exchange.max_leverage] is drawn again."""

    kind: Literal["lognormal"]
    mean: Leverage = Field(description="Arithmetic mean before the cap, a number.")
    sigma: PositiveAmount = Field(description="Standard deviation of the log leverage, a number.")

    def named(self) -> list[tuple[tuple[str | float, ...], float]]:
        """Return the mean."""
        return [(("mean",), self.mean)]


class ParetoLeverage(LeverageBase):
    """Pareto leverage: the share above l falls as l to the power of -exponent."""

    rivals = ((frozenset({"exponent"}), frozenset({"mean"})),)

    kind: Literal["pareto"]
    exponent: PositiveAmount | None = Field(default=None, description="The tail exponent, a number.")
    mean: Leverage | None = Field(
        default=None, description="Instead of the exponent: the arithmetic mean before the cap, a number."
    )
    minimum: Leverage = Field(default=1.0, description="The smallest leverage, a number.")

    def named(self) -> list[tuple[tuple[str | float, ...], float]]:
        """Return the smallest leverage, and the mean where it is given."""
        named: list[tuple[tuple[str | float, ...], float]] = [(("minimum",), self.minimum)]
        return named if self.mean is None else [*named, (("mean",), self.mean)]

    def check(self) -> Iterator[Finding]:
        """Refuse a distribution that is not determined, or whose mean cannot be."""
        if self.exponent is None and self.mean is None:
            yield Finding(("exponent",), "is missing", "give exponent or mean", incomplete=True, at=("kind",))
        if self.mean is not None and self.mean <= self.minimum:
            message = f"{self.mean:g} is not above the smallest leverage of {self.minimum:g}"
            yield Finding(("mean",), message, "raise mean or lower minimum")


class BetaLeverage(LeverageBase):
    """Beta-distributed leverage between two bounds."""

    rivals = ((frozenset({"mean", "concentration"}), frozenset({"a", "b"})),)

    kind: Literal["beta"]
    low: Leverage = Field(default=1.0, description="The smallest leverage, a number.")
    high: Leverage = Field(description="The largest leverage, a number.")
    a: PositiveAmount | None = Field(default=None, description="First shape parameter, a number.")
    b: PositiveAmount | None = Field(default=None, description="Second shape parameter, a number.")
    mean: Leverage | None = Field(
        default=None, description="Instead of a and b: the arithmetic mean before the cap, a number."
    )
    concentration: PositiveAmount = Field(
        default=4.0,
        description="With mean: a + b, a number; the larger, the closer everybody is to the mean.",
    )

    @property
    def shapes(self) -> tuple[float, float]:
        """The two shape parameters, worked out from mean and concentration where those are given."""
        if self.mean is None:
            return self.a or 1.0, self.b or 1.0
        share = (self.mean - self.low) / (self.high - self.low)
        return share * self.concentration, (1.0 - share) * self.concentration

    def named(self) -> list[tuple[tuple[str | float, ...], float]]:
        """Return the smallest leverage, and the mean where it is given."""
        named: list[tuple[tuple[str | float, ...], float]] = [(("low",), self.low)]
        return named if self.mean is None else [*named, (("mean",), self.mean)]

    def check(self) -> Iterator[Finding]:
        """Refuse bounds in the wrong order, a mean outside them, and a shape that is not determined."""
        if self.high <= self.low:
            message = f"{self.high:g} is not above low, which is {self.low:g}"
            yield Finding(("high",), message, "raise high or lower low")
        elif self.mean is not None and not self.low < self.mean < self.high:
            message = f"{self.mean:g} does not lie between {self.low:g} and {self.high:g}"
            yield Finding(("mean",), message, "choose a mean between low and high")
        if self.mean is None and (self.a is None or self.b is None):
            fix = "give mean, or both a and b"
            yield Finding(("mean",), "is missing", fix, incomplete=True, at=("kind",))


LeverageDistribution = Annotated[
    FixedLeverage | DiscreteLeverage | LognormalLeverage | ParetoLeverage | BetaLeverage,
    Field(discriminator="kind"),
]
