"""The venue's rules: margin, liquidation and its backstops (model.md sections 4 and 7)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from cascade_sim.scenario.fields import (
    Duration,
    FiniteDuration,
    Leverage,
    Moment,
    NonNegativeAmount,
    PositiveAmount,
    ProperFraction,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.units import format_percent, format_quantity


class Maintenance(Part):
    """The margin a position must keep: one rate, or rates by notional bracket."""

    rivals = ((frozenset({"rate"}), frozenset({"tiers"})),)

    rate: ProperFraction = Field(default=0.0, description="Maintenance rate on notional, a fraction.")
    basis: Literal["mark", "entry"] = Field(
        default="mark", description="Whether the rate applies to notional at the mark or at entry."
    )
    tiers: list[tuple[NonNegativeAmount, ProperFraction]] | None = Field(
        default=None,
        min_length=1,
        description="Rows of [lowest notional of the bracket in quote currency, maintenance rate as a "
        "fraction], both "
        "increasing, the first from 0.",
    )

    @property
    def lowest_rate(self) -> float:
        """The rate of the smallest position, a fraction."""
        return self.tiers[0][1] if self.tiers else self.rate

    def check(self) -> Iterator[Finding]:
        """Refuse brackets out of order."""
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


class Liquidation(Part):
    """What the venue does with a position below its maintenance margin."""

    rivals = ((frozenset({"half_life"}), frozenset({"notional_per_second"})),)
    switch = "policy"
    switched: ClassVar[dict[str, frozenset[str]]] = {
        "market": frozenset({"delay", "surplus"}),
        "paced": frozenset({"half_life", "notional_per_second"}),
        "limit": frozenset(),
        "none": frozenset(),
    }

    policy: Literal["market", "paced", "limit", "none"] = Field(
        default="market",
        description="market: sold at once; paced: sold at a limited rate; limit: offered at the bankruptcy "
        "price; none: nobody is liquidated.",
    )
    delay: FiniteDuration = Field(
        default=0.0, description="Time from trigger to execution under market, in seconds or with a unit."
    )
    half_life: Duration | None = Field(
        default=None,
        description="paced: time in which half of the backlog is sold, in seconds or with a unit.",
    )
    notional_per_second: PositiveAmount | None = Field(
        default=None, description="paced: notional sold per second, in quote currency."
    )
    surplus: Literal["fund", "trader"] = Field(
        default="fund", description="Who keeps what is left above the bankruptcy price; trader under market only."
    )

    def check(self) -> Iterator[Finding]:
        """Refuse keys of another policy, and a paced engine without its pace."""
        paces = [name for name in ("half_life", "notional_per_second") if getattr(self, name) is not None]
        if self.policy == "paced" and not paces:
            fix = "paced needs half_life or notional_per_second"
            yield Finding(("half_life",), "is missing", fix, incomplete=True, at=("policy",))
        if self.policy != "paced":
            for name in paces:
                message = f"means nothing under the policy {self.policy}"
                yield Finding((name,), message, "leave it out, or set policy: paced")
        if self.policy != "market" and self.delay > 0:
            message = f"means nothing under the policy {self.policy}"
            yield Finding(("delay",), message, "leave it out, or set policy: market")
        if self.policy != "market" and self.surplus == "trader":
            message = f"trader means nothing under the policy {self.policy}, which settles at the bankruptcy price"
            yield Finding(("surplus",), message, "leave it out, or set policy: market")


class Outage(Part):
    """A window in which the venue stands still."""

    from_: Moment = Field(alias="from", description="When it begins: time from the start, or an ISO time (UTC).")
    to: Moment = Field(description="When it ends: time from the start, or an ISO time (UTC).")


class Exchange(Part):
    """The venue's rules."""

    max_leverage: Leverage | None = Field(
        default=None, description="Largest leverage at opening, a number; left out: no maximum."
    )
    maintenance: Maintenance = Field(default_factory=Maintenance, description="The margin a position must keep.")
    liquidation: Liquidation = Field(default_factory=Liquidation, description="What happens to a position below it.")
    insurance_fund: NonNegativeAmount = Field(
        default=0.0,
        description="The fund at the start, in margin currency (quote for a linear contract, base for an inverse one).",
    )
    adl: bool = Field(default=True, description="Whether winners are deleveraged when the fund is empty.")
    socialise: bool = Field(
        default=True, description="With adl off: whether the loss beyond the fund is spread over the winners."
    )
    outages: list[Outage] = Field(default_factory=list, description="Windows in which the venue stands still.")
