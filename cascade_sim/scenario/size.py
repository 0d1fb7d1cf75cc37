"""How position sizes are distributed over the traders of a cohort."""

from typing import Annotated, Literal

from pydantic import Field

from cascade_sim.scenario.fields import PositiveAmount
from cascade_sim.scenario.part import Part


class SizeBase(Part):
    """What every distribution of sizes has; sizes are scaled to the cohort's open interest."""

    switch = "kind"


class EqualSize(SizeBase):
    """Everybody holds the same notional."""

    kind: Literal["equal"] = "equal"


class LognormalSize(SizeBase):
    """Lognormal notional."""

    kind: Literal["lognormal"]
    sigma: PositiveAmount = Field(description="Standard deviation of the log notional, a number.")


class ParetoSize(SizeBase):
    """Pareto notional: the share above n falls as n to the power of -exponent."""

    kind: Literal["pareto"]
    exponent: PositiveAmount = Field(description="The tail exponent, a number; the smaller, the fewer hold the most.")


Size = Annotated[EqualSize | LognormalSize | ParetoSize, Field(discriminator="kind")]
