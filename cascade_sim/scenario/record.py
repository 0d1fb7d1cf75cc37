"""What of a run is kept."""

from collections.abc import Iterator

from pydantic import Field

from cascade_sim.scenario.fields import PositiveCount, PositiveDuration, Price
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part


class Heatmap(Part):
    """The liquidation map over time."""

    bins: PositiveCount = Field(default=200, ge=2, description="Number of price bins, all equally wide.")
    every: PositiveDuration = Field(default=60.0, description="Time between columns, in seconds or with a unit.")
    from_: Price | None = Field(
        default=None,
        alias="from",
        description="Lowest price recorded, quote; left out: chosen from the crowd and the index path.",
    )
    to: Price | None = Field(default=None, description="Highest price recorded; left out: chosen likewise.")

    def check(self) -> Iterator[Finding]:
        """Refuse a range without prices in it."""
        if self.from_ is not None and self.to is not None and self.to <= self.from_:
            yield Finding(("to",), f"{self.to:g} is not above {self.from_:g}", "give a price above record.heatmap.from")


class Record(Part):
    """What of a run is kept."""

    every: PositiveDuration | None = Field(
        default=None,
        description="Time between rows of the timeline, in seconds or with a unit; left out: every tick.",
    )
    heatmap: Heatmap | None = Field(
        default=None,
        description="The liquidation map over time: what would be liquidated at each price; left out: not recorded.",
    )
