"""The venue's rules: margin, liquidation and its backstops (model.md sections 4 and 7)."""

import math
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from cascade_sim.scenario.brakes import Halt, Outage, PriceBand, Throttle
from cascade_sim.scenario.fees import Fees
from cascade_sim.scenario.fields import Leverage, NonNegativeAmount
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.funding import Funding
from cascade_sim.scenario.liquidation import Liquidation
from cascade_sim.scenario.maintenance import Maintenance, margin_finding
from cascade_sim.scenario.part import Part


class Exchange(Part):
    """The venue's rules."""

    base_key = "extends"

    extends: str | None = Field(
        default=None,
        min_length=1,
        description="A preset that holds where this section says nothing: a bundled one such as venues/okx, or a file, "
        "relative to the scenario file.",
    )
    max_leverage: Leverage | None = Field(
        default=None, description="Largest leverage at opening, a number; left out: no maximum."
    )
    maintenance: Maintenance = Field(default_factory=Maintenance, description="The margin a position must keep.")
    fees: Fees = Field(default_factory=Fees, description="What trading and being liquidated costs.")
    liquidation: Liquidation = Field(default_factory=Liquidation, description="What happens to a position below it.")
    insurance_fund: NonNegativeAmount = Field(
        default=0.0,
        description="The fund at the start, in margin currency (quote for a linear contract, base for an inverse one).",
    )
    adl: bool = Field(default=True, description="Whether winners are deleveraged when the fund is empty.")
    adl_ranking: Literal["profit_leverage", "hyperliquid", "none"] = Field(
        default="profit_leverage",
        description="Who is deleveraged first. profit_leverage: by profit times effective leverage; hyperliquid: by "
        "mark over entry times leverage; none: in no order of merit.",
    )
    socialise: bool = Field(
        default=True, description="With adl off: whether the loss beyond the fund is spread over the winners."
    )
    funding: Funding | None = Field(default=None, description="Payments between longs and shorts; left out: none.")
    halt: Halt | None = Field(default=None, description="A trading halt after a large move; left out: none.")
    price_band: PriceBand | None = Field(default=None, description="A band on fills; left out: none.")
    throttle: Throttle | None = Field(
        default=None, description="A limit on liquidations in a rolling window; left out: none."
    )
    outages: list[Outage] = Field(default_factory=list, description="Windows in which the venue stands still.")

    @property
    def closing_fee(self) -> float:
        """What maintenance asks for beside its rates, a fraction of notional."""
        return self.fees.taker if self.maintenance.closing_fee else 0.0

    @property
    def brackets(self) -> list[tuple[float, float]]:
        """Floor (notional in quote currency) and maintenance rate, closing fee included, of every bracket."""
        rows = self.maintenance.tiers or [(0.0, self.maintenance.rate)]
        return [(row[0], row[1] + self.closing_fee) for row in rows]

    @property
    def bracket_leverage(self) -> list[float]:
        """The largest leverage in every bracket; infinite where there is no maximum."""
        most = math.inf if self.max_leverage is None else self.max_leverage
        rows = self.maintenance.tiers or [(0.0, self.maintenance.rate)]
        return [min(most, *row[2:]) if len(row) > 2 else most for row in rows]

    @property
    def lowest_rate(self) -> float:
        """The maintenance rate of the smallest position, closing fee included, a fraction."""
        return self.brackets[0][1]

    def check(self) -> Iterator[Finding]:
        """Refuse maintenance above the initial margin, and steps down tiers that are not there."""
        tiers = self.maintenance.tiers
        if self.max_leverage is not None and not tiers:
            yield from margin_finding(("maintenance", "rate"), self.maintenance.rate, self.max_leverage)
        elif self.max_leverage is not None and tiers and len(tiers[0]) == 2:
            yield from margin_finding(("maintenance", "tiers", 0), tiers[0][1], self.max_leverage)
        steps = self.liquidation.partial
        if steps is not None and steps.by == "tiers" and not tiers:
            fix = "add maintenance.tiers, or choose by: share or by: health"
            message = "tiers needs brackets to go down, and maintenance has one rate"
            yield Finding(("liquidation", "partial", "by"), message, fix, rests_on=("maintenance", "tiers"))
