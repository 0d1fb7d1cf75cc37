"""A cohort: traders generated from distributions, triggers written directly, or positions from a file."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from cascade_sim.scenario.defences import ClosingOrder, TopUp
from cascade_sim.scenario.entry import Entry, MarketEntry
from cascade_sim.scenario.fields import Count, NonNegativeAmount
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.leverage import LeverageDistribution
from cascade_sim.scenario.liquidation_map import LiquidationMap
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.size import EqualSize, Size
from cascade_sim.scenario.turnover import Arrivals, Exits

_GENERATING = frozenset({"side", "traders", "open_interest", "leverage", "entry", "size", "liquidation", "arrivals"})


class Cohort(Part):
    """A group of traders on one side."""

    rivals = (
        (frozenset({"leverage", "entry"}), frozenset({"liquidation"})),
        (_GENERATING, frozenset({"positions"})),
    )

    side: Literal["long", "short"] | None = Field(default=None, description="Which side the cohort is on.")
    traders: Count | None = Field(
        default=None, ge=0, description="Number of traders; 0 for a cohort that only arrives."
    )
    open_interest: NonNegativeAmount | None = Field(
        default=None,
        description="Sum of the positions' notional at entry, in quote currency; 0 for a cohort that only arrives.",
    )
    leverage: LeverageDistribution | None = Field(default=None, description="How leverage is distributed.")
    entry: Entry = Field(default_factory=MarketEntry, description="At what prices they got in.")
    size: Size = Field(default_factory=EqualSize, description="How position sizes are distributed.")
    liquidation: LiquidationMap | None = Field(
        default=None, description="Instead of leverage and entry: where they would be liquidated."
    )
    positions: str | None = Field(
        default=None,
        min_length=1,
        description="Instead of the keys above: path of a .csv or .parquet file, relative to the scenario file, with "
        "the columns side, quantity, entry_price, collateral.",
    )
    margin: Literal["isolated", "cross"] = Field(
        default="isolated",
        description="isolated: the collateral alone stands behind the position; cross: the wallet does too.",
    )
    wallet: NonNegativeAmount = Field(
        default=0.0, description="Free balance of each trader, a multiple of the position's collateral."
    )
    top_up: TopUp | None = Field(default=None, description="Answers to margin calls; left out: none.")
    stop_loss: ClosingOrder | None = Field(
        default=None, description="Orders that close the position at a loss; left out: none."
    )
    take_profit: ClosingOrder | None = Field(
        default=None, description="Orders that close the position at a profit; left out: none."
    )
    exits: Exits | None = Field(default=None, description="Closing by choice; left out: nobody does.")
    arrivals: Arrivals | None = Field(default=None, description="Traders who come later; left out: nobody does.")

    @property
    def arrivals_leverage(self) -> LeverageDistribution | None:
        """How the leverage of those who arrive is distributed: their own, or the cohort's."""
        return self.arrivals.leverage or self.leverage if self.arrivals else None

    @property
    def arrivals_size(self) -> Size:
        """How the sizes of those who arrive are distributed: their own, or the cohort's."""
        return self.arrivals.size or self.size if self.arrivals else self.size

    def check(self) -> Iterator[Finding]:
        """Refuse a cohort that does not say what it needs, and defences without means."""
        if self.positions is None:
            yield from self._generated()
        elif not self.positions.endswith((".csv", ".parquet")):
            message = f"{self.positions!r} is neither a .csv nor a .parquet file"
            yield Finding(("positions",), message, "name a file of one of these kinds")
        if self.top_up is not None and self.margin == "cross":
            fix = "leave it out, or set margin: isolated"
            yield Finding(("top_up",), "means nothing under cross margin: the wallet already stands behind", fix)
        elif self.top_up is not None and not self.wallet > 0:
            fix = "add a wallet, such as wallet: 1 (as much again as the collateral)"
            yield Finding(("top_up",), "has nothing to pay from", fix)

    def _generated(self) -> Iterator[Finding]:
        for name, fix in (
            ("side", "add side: long or side: short"),
            ("traders", "add the number of traders, such as traders: 200_000"),
            ("open_interest", "add the notional they hold, such as open_interest: 600M"),
        ):
            if getattr(self, name) is None:
                yield Finding((name,), "is missing", fix, incomplete=True)
        yield from self._nobody_or_somebody()
        if self.leverage is None and self.liquidation is None and not (self.traders == 0 and self.arrivals):
            fix = "add leverage, or a liquidation map, or a positions file"
            yield Finding(("leverage",), "is missing", fix, incomplete=True)
        elif self.arrivals is not None and self.arrivals_leverage is None:
            fix = "add the leverage of those who arrive"
            yield Finding(("arrivals", "leverage"), "is missing", fix, incomplete=True, at=("arrivals",))

    def _nobody_or_somebody(self) -> Iterator[Finding]:
        empty = [name for name in ("traders", "open_interest") if getattr(self, name) == 0]
        if empty and self.arrivals is None:
            for name in empty:
                fix = "give a value above 0, or arrivals"
                yield Finding((name,), "0 is not above 0", fix, rests_on=("arrivals",))
        elif len(empty) == 1 and self.traders is not None and self.open_interest is not None:
            other = "open_interest" if empty == ["traders"] else "traders"
            yield Finding((empty[0],), f"is 0 where {other} is not", "set both to 0, or neither")
