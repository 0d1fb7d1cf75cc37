"""Keepers: who liquidates bad loans, bids in auctions, and sells what they get."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from cascade_sim.scenario.fields import (
    Duration,
    FiniteDuration,
    NonNegativeFraction,
    PositiveAmount,
    PositiveAmountOrNever,
    PositiveCount,
    Share,
)
from cascade_sim.scenario.part import Part


class LognormalLimit(Part):
    """Each keeper has a gas limit of its own, lognormally distributed."""

    switch = "kind"

    kind: Literal["lognormal"]
    median: PositiveAmount = Field(description="Median limit, in gwei.")
    sigma: PositiveAmount = Field(description="Standard deviation of the log limit, a number.")


def _number_or_kind(value: Any) -> str | None:
    if isinstance(value, LognormalLimit):
        return "lognormal"
    return value.get("kind") if isinstance(value, Mapping) else "number"


GasLimit = Annotated[
    Annotated[PositiveAmountOrNever, Tag("number")] | Annotated[LognormalLimit, Tag("lognormal")],
    Discriminator(_number_or_kind),
]


class Keepers(Part):
    """A cohort of keepers alike in all but luck; those with the highest gas limit act first."""

    count: PositiveCount = Field(default=1, description="Number of keepers.")
    capital: PositiveAmountOrNever = Field(
        default=math.inf, description="What each can pay with at the start, in quote currency; never: no limit."
    )
    gas_limit: GasLimit = Field(
        default=math.inf,
        description="Highest gas price, in gwei, that they pay; a number for all, or a distribution; never: no limit.",
    )
    latency: FiniteDuration = Field(
        default=0.0,
        description="Time from a chance (a loan that may be liquidated, a bid, a start) until they act on it, in "
        "seconds or with a unit.",
    )
    margin: NonNegativeFraction = Field(
        default=0.0, description="Profit that they ask for beyond the gas, a fraction of what they pay."
    )
    sell_half_life: Duration = Field(
        default=0.0,
        description="Time in which half of what they hold is sold, in seconds or with a unit; 0: all at once; never: "
        "they keep it.",
    )
    opening: Share = Field(
        default=0.9,
        description="First bid in an auction of rising bids, a fraction of what the lot is worth to them; 0: next to "
        "nothing.",
    )
