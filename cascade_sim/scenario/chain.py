"""The chain that lending pools live on: blocks, gas, congestion."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from cascade_sim import units
from cascade_sim.scenario.fields import (
    Moment,
    NonNegativeAmount,
    PositiveAmount,
    PositiveAmountOrNever,
    PositiveDuration,
    PositiveFractionOrNever,
    PositiveShare,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part


def parse_token_price(value: object) -> float | Literal["market"]:
    """Read a price, or ``market`` for that of what is traded."""
    return "market" if value == "market" else units.parse_quantity(value)


TokenPrice = Annotated[
    float | Literal["market"],
    BeforeValidator(parse_token_price),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "description": "Quote per token; or market."}),
]


class Congested(Part):
    """A window in which blocks have little room for liquidations, whatever the price does."""

    from_: Moment = Field(alias="from", description="When it begins: time from the start, or an ISO time (UTC).")
    to: Moment = Field(description="When it ends: time from the start, or an ISO time (UTC).")
    share: PositiveShare = Field(description="Largest share of the capacity that is left, a fraction.")


class Congestion(Part):
    """How a turbulent market leaves less of each block to liquidations, and makes gas dearer by as much."""

    volatility: PositiveFractionOrNever = Field(
        default=math.inf,
        description="Standard deviation of the log price about its own mean at which half of the capacity is left, a "
        "fraction; never: only the windows congest.",
    )
    over: PositiveDuration = Field(
        default=600.0, description="Time over which mean and deviation are taken, in seconds or with a unit."
    )
    power: PositiveAmount = Field(
        default=2.0, description="Power of the deviation by which the capacity shrinks, a number."
    )
    floor: PositiveShare = Field(default=0.1, description="Share of the capacity that is left at least, a fraction.")
    windows: list[Congested] = Field(default_factory=list, description="Congestion that is given.")

    def check(self) -> Iterator[Finding]:
        """Refuse congestion that never comes."""
        if math.isinf(self.volatility) and not self.windows:
            fix = "give a volatility such as 2%, or windows, or leave congestion out"
            message = "with neither volatility nor windows nothing congests"
            yield Finding(("volatility",), message, fix, rests_on=("windows",))


class Chain(Part):
    """The blocks in which pools and keepers act."""

    interval: PositiveDuration = Field(
        default=12.0, description="Time between blocks, in seconds or with a unit; a whole number of ticks."
    )
    capacity: PositiveAmountOrNever = Field(
        default=math.inf, description="Gas of a block that liquidations can have, in gas units; never: no limit."
    )
    gas_price: NonNegativeAmount = Field(default=20.0, description="Gas price without congestion, in gwei.")
    token_price: TokenPrice = Field(
        default="market",
        description="Price of the token that pays for gas, in quote currency; market: the mid of what is traded.",
    )
    congestion: Congestion | None = Field(default=None, description="When blocks are full; left out: never.")

    def check(self) -> Iterator[Finding]:
        """Refuse a token without a price."""
        if not isinstance(self.token_price, str) and self.token_price <= 0:
            message = f"{self.token_price:g} is not above 0"
            yield Finding(("token_price",), message, "give a value above 0; for free gas set gas_price: 0")
