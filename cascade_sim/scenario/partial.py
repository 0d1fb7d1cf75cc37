"""Liquidation in steps: how much of a position is sold at a time."""

from typing import ClassVar, Literal

from pydantic import Field

from cascade_sim.scenario.fields import (
    FiniteDuration,
    NonNegativeAmount,
    PositiveCount,
    PositiveFraction,
    PositiveProperFraction,
)
from cascade_sim.scenario.part import Part


class Partial(Part):
    """How far a position is reduced in one step; afterwards it has a new trigger."""

    switch = "by"
    switched: ClassVar[dict[str, frozenset[str]]] = {
        "tiers": frozenset({"tiers"}),
        "share": frozenset({"share"}),
        "health": frozenset({"buffer"}),
    }

    by: Literal["tiers", "share", "health"] = Field(
        description="tiers: down to a lower bracket; share: a share of it, the second time all of it; health: as much "
        "as brings equity back above maintenance."
    )
    tiers: PositiveCount = Field(default=1, description="How many brackets down in one step, a whole number.")
    share: PositiveProperFraction = Field(
        default=0.2, description="Share of the position that the first step sells, a fraction."
    )
    buffer: PositiveFraction = Field(
        default=0.1, description="How far above maintenance a step brings equity, as a fraction of maintenance."
    )
    above: NonNegativeAmount = Field(
        default=0.0, description="Notional, in quote currency, at or below which a position is closed whole."
    )
    cooldown: FiniteDuration = Field(
        default=0.0, description="Time for which a position is left alone after a step, in seconds or with a unit."
    )
