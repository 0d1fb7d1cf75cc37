"""A cohort: traders generated from distributions, triggers written directly, or positions from a file."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from cascade_sim.scenario.entry import Entry, MarketEntry
from cascade_sim.scenario.fields import PositiveAmount, PositiveCount
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.leverage import LeverageDistribution
from cascade_sim.scenario.liquidation_map import LiquidationMap
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.size import EqualSize, Size

_GENERATING = frozenset({"side", "traders", "open_interest", "leverage", "entry", "size", "liquidation"})


class Cohort(Part):
    """A group of traders on one side."""

    rivals = (
        (frozenset({"leverage", "entry"}), frozenset({"liquidation"})),
        (_GENERATING, frozenset({"positions"})),
    )

    side: Literal["long", "short"] | None = Field(default=None, description="Which side the cohort is on.")
    traders: PositiveCount | None = Field(default=None, description="Number of traders.")
    open_interest: PositiveAmount | None = Field(
        default=None, description="Sum of the positions' notional at entry, in quote currency."
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
        description="Instead of all other keys: path of a .csv or .parquet file, relative to the scenario "
        "file, with the "
        "columns side, quantity, entry_price, collateral.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse a cohort that does not say what it needs."""
        if self.positions is not None:
            if not self.positions.endswith((".csv", ".parquet")):
                message = f"{self.positions!r} is neither a .csv nor a .parquet file"
                yield Finding(("positions",), message, "name a file of one of these kinds")
            return
        for name, fix in (
            ("side", "add side: long or side: short"),
            ("traders", "add the number of traders, such as traders: 200_000"),
            ("open_interest", "add the notional they hold, such as open_interest: 600M"),
        ):
            if getattr(self, name) is None:
                yield Finding((name,), "is missing", fix, incomplete=True)
        if self.leverage is None and self.liquidation is None:
            fix = "add leverage, or a liquidation map, or a positions file"
            yield Finding(("leverage",), "is missing", fix, incomplete=True)
