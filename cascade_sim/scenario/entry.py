"""At what prices the traders of a cohort got in."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from cascade_sim.scenario.fields import (
    Duration,
    Moment,
    NonNegativeFraction,
    PositiveFraction,
    PositiveShare,
    Price,
    Share,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.repair import Repair
from cascade_sim.scenario.weights import weights_finding


class Snap(Part):
    """Round-number snapping of entry prices."""

    to: Price = Field(description="Step of the round prices, in quote currency.")
    share: Share = Field(default=1.0, description="Share of the traders whose price is rounded, a fraction.")


class EntryBase(Part):
    """What every distribution of entry prices has."""

    switch = "kind"

    snap: Snap | None = Field(default=None, description="Snapping to round prices; left out: none.")


class MarketEntry(EntryBase):
    """Everybody got in at the start price."""

    kind: Literal["market"] = "market"


class LognormalEntry(EntryBase):
    """Entry prices scatter around one price."""

    kind: Literal["lognormal"]
    width: PositiveFraction = Field(description="Standard deviation of the log price, a fraction.")
    at: Price | None = Field(
        default=None, description="The median entry price in quote currency; left out: market.price."
    )


class ClustersEntry(EntryBase):
    """Entry prices stand in clusters."""

    kind: Literal["clusters"]
    at: list[Price] = Field(min_length=1, description="Median entry price of each cluster, in quote currency.")
    weights: list[PositiveShare] | None = Field(
        default=None,
        description="Share of the traders in each cluster, fractions that sum to 100%; left out: equal.",
    )
    width: NonNegativeFraction = Field(
        default=0.0, description="Standard deviation of the log price within a cluster, a fraction."
    )

    def check(self) -> Iterator[Finding]:
        """Refuse weights that do not fit."""
        yield from weights_finding(self.weights, self.at)


class PathEntry(EntryBase):
    """Traders opened at random times along a recorded price path that ends at the start; survivors stand."""

    rivals = ((frozenset({"points"}), frozenset({"file", "column", "repair"})),)

    kind: Literal["path"]
    points: list[tuple[Moment, Price]] | None = Field(
        default=None,
        min_length=2,
        description="Rows of [time before the start (negative) or ISO time, price in quote currency], in "
        "order of time.",
    )
    file: str | None = Field(
        default=None,
        min_length=1,
        description="Instead of points: path of a candle file (.csv, .csv.gz or .zip), relative to the scenario file.",
    )
    column: str = Field(default="close", min_length=1, description="Column of the file that holds the price.")
    repair: Repair | None = Field(
        default=None,
        description="What may be done about bars of the file that are not in order; left out: they are refused.",
    )
    holding: Duration = Field(
        default=math.inf,
        description="Mean time after which a trader closes by choice, in seconds or with a unit; never: nobody does.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse a path that is not given, and nobody left standing."""
        if self.points is None and self.file is None:
            fix = "give points or a file"
            yield Finding(("points",), "is missing", fix, incomplete=True, at=("kind",))
        if self.holding == 0:
            yield Finding(("holding",), "with 0 nobody is left at the start", "give a time above 0, or never")


Entry = Annotated[MarketEntry | LognormalEntry | ClustersEntry | PathEntry, Field(discriminator="kind")]
