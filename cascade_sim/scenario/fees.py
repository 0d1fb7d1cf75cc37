"""What trading costs at a venue."""

from typing import Annotated

from pydantic import Field

from cascade_sim.scenario.fields import Fraction
from cascade_sim.scenario.part import Part

Fee = Annotated[Fraction, Field(ge=0, lt=0.1)]


class Fees(Part):
    """Fees, as fractions of the notional traded."""

    taker: Fee = Field(
        default=0.0, description="Fee on entries, exits and stop orders of the crowd, a fraction of notional."
    )
    liquidation: Fee = Field(
        default=0.0,
        description="Fee on what is liquidated, a fraction of notional; paid into the fund out of what would be left "
        "to the trader.",
    )
