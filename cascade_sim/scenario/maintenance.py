"""The margin a position must keep, by one rate or by brackets of notional."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from cascade_sim.scenario.fields import Leverage, NonNegativeAmount, ProperFraction
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.units import format_percent, format_quantity


def _columns(row: Any) -> str:
    return "three columns" if isinstance(row, list | tuple) and len(row) > 2 else "two columns"


Bracket = Annotated[
    Annotated[tuple[NonNegativeAmount, ProperFraction], Tag("two columns")]
    | Annotated[tuple[NonNegativeAmount, ProperFraction, Leverage], Tag("three columns")],
    Discriminator(_columns),
]


def margin_finding(path: tuple[str | int, ...], rate: float, leverage: float) -> Iterator[Finding]:
    """Yield a finding where maintenance exceeds the margin that a position opens with."""
    if rate > 1.0 / leverage:
        message = (
            f"the maintenance rate of {format_percent(rate)} exceeds the initial margin of "
            f"{format_percent(1.0 / leverage)} at {leverage:g}x"
        )
        yield Finding(path, message, f"lower the rate, or the leverage to {1.0 / rate:.6g} at most")


class Maintenance(Part):
    """The margin a position must keep: one rate, or rates by notional bracket."""

    rivals = ((frozenset({"rate"}), frozenset({"tiers"})),)

    rate: ProperFraction = Field(default=0.0, description="Maintenance rate on notional, a fraction.")
    basis: Literal["mark", "entry"] = Field(
        default="mark", description="Whether the rate applies to notional at the mark or at entry."
    )
    tiers: list[Bracket] | None = Field(
        default=None,
        min_length=1,
        description="Rows of [lowest notional of the bracket in quote currency, maintenance rate as a fraction], both "
        "increasing, the first from 0; with a third column: the largest leverage in the bracket, never rising.",
    )
    closing_fee: bool = Field(
        default=False, description="Whether exchange.fees.taker is added to every maintenance rate."
    )

    @property
    def lowest_rate(self) -> float:
        """The rate of the smallest position, a fraction, without a closing fee."""
        return self.tiers[0][1] if self.tiers else self.rate

    def check(self) -> Iterator[Finding]:
        """Refuse brackets out of order, and those that ask for more than a position opens with."""
        tiers = self.tiers or []
        if tiers and tiers[0][0] != 0:
            message = f"the first bracket starts at {format_quantity(tiers[0][0])}"
            yield Finding(("tiers", 0), message, "start it at 0")
        for row, (before, after) in enumerate(pairwise(tiers), start=1):
            if not after[0] > before[0]:
                message = f"{format_quantity(after[0])} does not lie above {format_quantity(before[0])}"
                yield Finding(("tiers", row), message, "sort the brackets by notional")
            elif not after[1] > before[1]:
                message = f"the rate {format_percent(after[1])} is not above {format_percent(before[1])}"
                yield Finding(("tiers", row), message, "let the rate rise from bracket to bracket")
            elif len(after) != len(before):
                message = f"has {len(after)} columns where the row above has {len(before)}"
                yield Finding(("tiers", row), message, "give the largest leverage in every row, or in none")
            elif after[2:] > before[2:]:
                message = f"the largest leverage {after[-1]:g} is above {before[-1]:g}, that of the bracket below"
                yield Finding(("tiers", row), message, "let it fall from bracket to bracket")
        for row, (_, rate, *leverage) in enumerate(tiers):
            for largest in leverage:
                yield from margin_finding(("tiers", row), rate, largest)
