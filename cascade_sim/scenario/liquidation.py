"""What a venue does with a position below its maintenance margin."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from cascade_sim.scenario.absorb import Absorb
from cascade_sim.scenario.fields import Duration, FiniteDuration, PositiveAmount
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.partial import Partial


class Liquidation(Part):
    """What the venue does with a position below its maintenance margin."""

    rivals = ((frozenset({"half_life"}), frozenset({"notional_per_second"})),)
    switch = "policy"
    switched: ClassVar[dict[str, frozenset[str]]] = {
        "market": frozenset({"delay", "surplus", "absorb"}),
        "partial": frozenset({"delay", "surplus", "absorb", "partial"}),
        "paced": frozenset({"half_life", "notional_per_second"}),
        "limit": frozenset(),
        "none": frozenset(),
    }
    harmless = frozenset({"delay", "surplus"})

    policy: Literal["market", "partial", "paced", "limit", "none"] = Field(
        default="market",
        description="market: sold at once; partial: sold in steps; paced: sold at a limited rate; limit: offered at "
        "the bankruptcy price; none: nobody is liquidated.",
    )
    delay: FiniteDuration = Field(default=0.0, description="Time from trigger to execution, in seconds or with a unit.")
    half_life: Duration | None = Field(
        default=None,
        description="Time in which half of the backlog is sold, in seconds or with a unit.",
    )
    notional_per_second: PositiveAmount | None = Field(
        default=None, description="Notional sold per second, in quote currency."
    )
    surplus: Literal["fund", "trader"] = Field(
        default="fund",
        description="Who keeps what is left above the bankruptcy price; trader: less exchange.fees.liquidation.",
    )
    partial: Partial | None = Field(default=None, description="How large the steps are.")
    absorb: Absorb | None = Field(
        default=None, description="A vault that takes part of it off the book; left out: none."
    )

    def check(self) -> Iterator[Finding]:
        """Refuse a paced engine without its pace, and steps without their size."""
        if self.policy == "paced" and self.half_life is None and self.notional_per_second is None:
            fix = "paced needs half_life or notional_per_second"
            yield Finding(("half_life",), "is missing", fix, incomplete=True, at=("policy",))
        if self.policy == "partial" and self.partial is None:
            fix = "say how large the steps are, such as partial: {by: health}"
            yield Finding(("partial",), "is missing", fix, incomplete=True, at=("policy",))
