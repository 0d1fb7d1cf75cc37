"""How the price of a falling auction falls (mechanics.md section 7, Maker's abacus)."""

from typing import Annotated, Literal

from pydantic import Field

from cascade_sim.scenario.fields import PositiveDuration, PositiveProperFraction
from cascade_sim.scenario.part import Part


class CurveBase(Part):
    """What every curve has."""

    switch = "kind"


class LinearCurve(CurveBase):
    """The price falls in a straight line to zero."""

    kind: Literal["linear"]
    until: PositiveDuration = Field(description="Time until it is zero, in seconds or with a unit.")


class StairCurve(CurveBase):
    """The price falls by a factor at every step."""

    kind: Literal["stair"]
    cut: PositiveProperFraction = Field(description="Price after a step over the price before, a fraction.")
    step: PositiveDuration = Field(description="Time between steps, in seconds or with a unit.")


class ExponentialCurve(CurveBase):
    """The price falls by a factor every second."""

    kind: Literal["exponential"]
    cut: PositiveProperFraction = Field(description="Price after a second over the price before, a fraction.")


Curve = Annotated[LinearCurve | StairCurve | ExponentialCurve, Field(discriminator="kind")]
