"""Traders who leave by choice, and those who come."""

from pydantic import Field

from cascade_sim.scenario.fields import Moment, PositiveAmount, PositiveDuration
from cascade_sim.scenario.leverage import LeverageDistribution
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.size import Size


class Exits(Part):
    """Traders who close at market by choice."""

    half_life: PositiveDuration = Field(
        description="Time in which half of the positions would be closed by choice, in seconds or with a unit."
    )


class Arrivals(Part):
    """Traders who open at market during the run, at random times."""

    traders_per_day: PositiveAmount = Field(description="How many arrive on average in 24 h, a number.")
    open_interest_per_day: PositiveAmount = Field(
        description="Notional that they open on average in 24 h, in quote currency."
    )
    leverage: LeverageDistribution | None = Field(
        default=None, description="How their leverage is distributed; left out: as the cohort's."
    )
    size: Size | None = Field(default=None, description="How their sizes are distributed; left out: as the cohort's.")
    from_: Moment = Field(
        default=0.0, alias="from", description="When the first may come: time from the start, or an ISO time (UTC)."
    )
    to: Moment | None = Field(
        default=None,
        description="When the last may come: time from the start, or an ISO time (UTC); left out: the end of the run.",
    )
