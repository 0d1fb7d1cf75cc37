"""What of a run is kept."""

from pydantic import Field

from cascade_sim.scenario.fields import PositiveCount, PositiveDuration
from cascade_sim.scenario.part import Part


class Heatmap(Part):
    """The liquidation map over time."""

    bins: PositiveCount = Field(default=200, description="Number of price bins.")
    every: PositiveDuration = Field(default=60.0, description="Time between columns, in seconds or with a unit.")


class Record(Part):
    """What of a run is kept."""

    every: PositiveDuration | None = Field(
        default=None,
        description="Time between rows of the timeline, in seconds or with a unit; left out: every tick.",
    )
    heatmap: Heatmap | None = Field(
        default=None, description="The liquidation map over time; accepted, not recorded yet."
    )
