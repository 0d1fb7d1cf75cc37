"""What traders do to keep their positions from liquidation, or to leave before it."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from cascade_sim.scenario.fields import (
    Fraction,
    PositiveCount,
    PositiveProperFraction,
    PositiveShare,
    Price,
    ProperFraction,
    Share,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.units import format_percent


class TopUp(Part):
    """How traders answer margin calls out of their wallets."""

    at: Annotated[Fraction, Field(gt=1)] = Field(
        default=1.5, description="The call comes where equity falls to this multiple of maintenance, a fraction."
    )
    probability: Share = Field(default=1.0, description="Probability that a call is answered, a fraction.")
    times: PositiveCount = Field(default=1, description="How many calls are answered at most, a whole number.")
    share: PositiveShare = Field(
        default=1.0, description="Share of the wallet at the start that an answer pays in, a fraction."
    )


class ClosingOrder(Part):
    """An order that closes a position at a price: at a random distance, or beside a round number."""

    needs: ClassVar[dict[str, str]] = {"beyond": "round_to"}

    share: Share = Field(default=1.0, description="Share of the traders who place one, a fraction.")
    from_: PositiveProperFraction = Field(
        alias="from",
        description="Smallest distance from the market price when the run, or the position, begins, a fraction of it.",
    )
    to: PositiveProperFraction = Field(description="Largest distance; between the two it is uniform, a fraction.")
    round_to: Price | None = Field(
        default=None,
        description="Step of the round prices beside which orders stand, in quote currency; left out: they stand "
        "anywhere.",
    )
    beyond: ProperFraction = Field(
        default=0.001,
        description="How far from the round price: a stop stands behind it, a take-profit before it, a fraction.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse distances in the wrong order."""
        if self.to < self.from_:
            message = f"{format_percent(self.to)} lies below from, which is {format_percent(self.from_)}"
            yield Finding(("to",), message, "raise to or lower from")
