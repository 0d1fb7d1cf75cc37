"""Triggers written directly: where a cohort would be liquidated, by log-distance from the start price."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from cascade_sim.scenario.fields import (
    NonNegativeFraction,
    PositiveFraction,
    PositiveShare,
    Share,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.weights import weights_finding
from cascade_sim.units import format_percent


class MapBase(Part):
    """What every map has; distances lie below the start price for longs and above it for shorts."""

    switch = "kind"

    placed: Literal["even", "random"] = Field(
        default="even", description="even: triggers at the quantiles of the map; random: drawn from it."
    )
    offset: Share = Field(
        default=0.5,
        description="Where in its cell of mass an evenly placed trigger sits, a fraction from 0 to 1.",
    )


class UniformMap(MapBase):
    """Constant density between two distances."""

    kind: Literal["uniform"]
    from_: NonNegativeFraction = Field(
        default=0.0, alias="from", description="Where the map begins, a log-distance as a fraction."
    )
    to: PositiveFraction = Field(description="Where the map ends, a log-distance as a fraction.")

    def check(self) -> Iterator[Finding]:
        """Refuse a map that ends before it begins."""
        if self.to <= self.from_:
            message = f"{format_percent(self.to)} does not lie beyond from, which is {format_percent(self.from_)}"
            yield Finding(("to",), message, "raise to or lower from")


class ExponentialMap(MapBase):
    """Density that falls exponentially with distance."""

    kind: Literal["exponential"]
    scale: PositiveFraction = Field(description="Log-distance over which the density falls by e, a fraction.")
    from_: NonNegativeFraction = Field(
        default=0.0, alias="from", description="Where the map begins, a log-distance as a fraction."
    )


class GaussianMap(MapBase):
    """One smooth cluster."""

    kind: Literal["gaussian"]
    at: PositiveFraction = Field(description="Centre of the cluster, a log-distance as a fraction.")
    width: PositiveFraction = Field(description="Standard deviation of the log-distance, a fraction.")


class PointsMap(MapBase):
    """Point clusters."""

    kind: Literal["points"]
    at: list[PositiveFraction] = Field(min_length=1, description="Log-distances of the clusters, fractions.")
    weights: list[PositiveShare] | None = Field(
        default=None,
        description="Share of the open interest in each cluster, fractions that sum to 100%; left out: equal.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse weights that do not fit."""
        yield from weights_finding(self.weights, self.at)


LiquidationMap = Annotated[UniformMap | ExponentialMap | GaussianMap | PointsMap, Field(discriminator="kind")]
