"""Payments between longs and shorts that tie the price to the index."""

from typing import ClassVar, Literal

from pydantic import Field

from cascade_sim.scenario.fields import (
    FiniteDuration,
    Fraction,
    NonNegativeAmount,
    NonNegativeFraction,
    PositiveDuration,
    PositiveFraction,
)
from cascade_sim.scenario.part import Part


class Funding(Part):
    """Payments between longs and shorts; longs pay where the rate is positive."""

    switch = "kind"
    switched: ClassVar[dict[str, frozenset[str]]] = {
        "clamp": frozenset({"interest", "clamp"}),
        "dampened": frozenset({"dampener"}),
        "plain": frozenset({"interest"}),
    }

    kind: Literal["clamp", "dampened", "plain"] = Field(
        default="clamp",
        description="clamp: premium + (interest - premium) within the clamp; dampened: the premium beyond the "
        "dampener; plain: premium + interest.",
    )
    interval: PositiveDuration = Field(
        default=28_800.0,
        description="Time between payments, in seconds or with a unit; a whole number of ticks. They fall on its "
        "multiples since 00:00 UTC.",
    )
    period: PositiveDuration = Field(
        default=28_800.0, description="Time for which the rate is quoted, in seconds or with a unit."
    )
    offset: FiniteDuration = Field(
        default=0.0, description="How much later than those multiples the payments fall, in seconds or with a unit."
    )
    interest: Fraction = Field(default=0.0001, description="Interest for one period, a fraction.")
    clamp: NonNegativeFraction = Field(
        default=0.0005, description="How far the rate may lie from the premium towards the interest, a fraction."
    )
    dampener: NonNegativeFraction = Field(
        default=0.00025, description="Premium either way up to which nothing is paid, a fraction."
    )
    cap: PositiveFraction | None = Field(
        default=None, description="Largest rate for one period either way, a fraction; left out: no cap."
    )
    impact_notional: NonNegativeAmount = Field(
        default=0.0,
        description="Notional, in quote currency, of the orders at whose average prices the premium is measured; 0: at "
        "the touch.",
    )
