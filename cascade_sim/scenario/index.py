"""The index: the reference price of the outside world and how the venue hangs on it."""

import math
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from cascade_sim.scenario.fields import (
    Duration,
    Fraction,
    Moment,
    NonNegativeAmount,
    NonNegativeFraction,
    PositiveDuration,
    PositiveFraction,
    Price,
)
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.repair import Repair


class PathBase(Part):
    """What every path of the index has."""

    switch = "kind"


class ConstantPath(PathBase):
    """The index does not move by itself."""

    kind: Literal["constant"] = "constant"
    price: Price | None = Field(
        default=None, description="The index in quote currency per base unit; left out: market.price."
    )


class WaypointsPath(PathBase):
    """The index runs through given prices, log-linear in between."""

    kind: Literal["waypoints"]
    points: list[tuple[Moment, Price]] = Field(
        min_length=1,
        validation_alias=AliasChoices("points", "waypoints"),
        description="Rows of [moment, price in quote currency], in order of time.",
    )


class CsvPath(PathBase):
    """The index follows a recorded series."""

    kind: Literal["csv"]
    file: str = Field(
        min_length=1, description="Path of a candle file (.csv, .csv.gz or .zip), relative to the scenario file."
    )
    column: str = Field(default="close", min_length=1, description="Column that holds the price.")
    repair: Repair | None = Field(
        default=None, description="What may be done about bars that are not in order; left out: they are refused."
    )
    start_within: PositiveFraction = Field(
        default=0.05,
        description="How far the recorded price at the start may lie from market.price, a fraction; farther is refused "
        "as a file in another time zone or unit.",
    )


class GbmPath(PathBase):
    """Geometric Brownian motion."""

    kind: Literal["gbm"]
    drift: Fraction = Field(default=0.0, description="Drift of the log price per `per`, a fraction.")
    volatility: NonNegativeFraction = Field(description="Standard deviation of the log price over `per`, a fraction.")
    per: PositiveDuration = Field(
        default=86400.0, description="Time that drift and volatility refer to, in seconds or with a unit."
    )


class JumpsPath(PathBase):
    """Geometric Brownian motion with jumps, at random and at given moments."""

    kind: Literal["jumps"]
    drift: Fraction = Field(default=0.0, description="Drift of the log price per `per`, a fraction.")
    volatility: NonNegativeFraction = Field(
        default=0.0, description="Standard deviation of the log price over `per`, a fraction."
    )
    per: PositiveDuration = Field(
        default=86400.0,
        description="Time that drift, volatility and rate refer to, in seconds or with a unit.",
    )
    rate: NonNegativeAmount = Field(default=0.0, description="Expected number of random jumps per `per`.")
    mean: Fraction = Field(default=0.0, description="Mean of a random jump's log return, a fraction.")
    deviation: NonNegativeFraction = Field(
        default=0.0, description="Standard deviation of a random jump's log return, a fraction."
    )
    at: list[tuple[Moment, Fraction]] = Field(
        default_factory=list,
        description="Rows of [moment, log return as a fraction] of the jumps that are planned.",
    )


IndexPath = Annotated[ConstantPath | WaypointsPath | CsvPath | GbmPath | JumpsPath, Field(discriminator="kind")]


class Pull(Part):
    """How fast one price closes the gap to another."""

    half_life: Duration = Field(
        default=math.inf,
        description="Time in which half of the gap closes, in seconds or with a unit; 0: at once; never: not at all.",
    )


class Index(Part):
    """The reference price of the outside world."""

    path: IndexPath = Field(default_factory=ConstantPath, description="How the index moves by itself.")
    pull: Pull = Field(default_factory=Pull, description="Arbitrage that pulls the venue to the index.")
    follow: Pull = Field(default_factory=Pull, description="Price discovery: the index follows the venue.")
