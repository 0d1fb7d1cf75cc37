"""A backstop vault that takes positions over outside the book."""

import math

from pydantic import Field

from cascade_sim.scenario.fields import Duration, PositiveAmount, PositiveShare
from cascade_sim.scenario.part import Part


class Absorb(Part):
    """A vault that takes a share of what is liquidated at the bankruptcy price, as far as its capital carries."""

    share: PositiveShare = Field(description="Share of each forced order that the vault takes, a fraction.")
    capital: PositiveAmount = Field(
        description="The vault's own capital at the start, in margin currency (quote for a linear contract, base for "
        "an inverse one)."
    )
    leverage: PositiveAmount = Field(
        default=5.0, description="Largest notional of the vault's position as a multiple of its equity, a number."
    )
    below: PositiveShare = Field(
        default=1.0,
        description="The vault takes only positions whose equity is below this fraction of their maintenance margin; "
        "100%: all.",
    )
    half_life: Duration = Field(
        default=math.inf,
        description="Time in which the vault sells half of what it holds, in seconds or with a unit; never: it keeps "
        "it.",
    )
