"""The order book: its shape, how it refills, how makers withdraw (model.md section 2)."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cascade_sim.scenario.fields import (
    DistanceOrNever,
    Duration,
    PositiveAmount,
    PositiveDuration,
    PositiveFraction,
    PositiveProperFraction,
    PositiveShare,
    ProperFraction,
    Share,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part


class Depth(Part):
    """How much stands on one side of the book near the touch at the start."""

    within: PositiveProperFraction = Field(
        description="Distance from the touch as a fraction of the touch price (1% below 100 is 99)."
    )
    notional: PositiveAmount = Field(
        description="Notional of one side between the touch and that distance, in quote currency."
    )
    until: DistanceOrNever = Field(
        default=math.inf,
        description="Log-distance at which a side ends, as a fraction; never: it does not end.",
    )


class Refill(Part):
    """How the book recovers after it was eaten."""

    half_life: Duration = Field(
        default=math.inf,
        description="Time in which half of the gap closes, in seconds or with a unit; never: it stays.",
    )
    permanent: Share = Field(
        default=0.0,
        description="Share of the closing gap that closes because the other side follows, as a fraction.",
    )


class Withdrawal(Part):
    """How makers thin the book out when the mid moves fast."""

    volatility: PositiveFraction = Field(
        description="Standard deviation of the log mid over the window at which half of the depth is gone, a fraction."
    )
    over: PositiveDuration = Field(default=60.0, description="The window, in seconds or with a unit.")
    power: PositiveAmount = Field(default=2.0, description="Steepness of the withdrawal, a number.")
    floor: PositiveShare = Field(default=0.02, description="Share of the depth that never leaves, a fraction.")


class BookBase(Part):
    """What every shape of book has."""

    switch = "shape"

    half_spread: ProperFraction = Field(
        default=0.0, description="Half of the spread between best bid and best ask, as a log fraction."
    )
    refill: Refill = Field(default_factory=Refill, description="How the book recovers after it was eaten.")
    withdrawal: Withdrawal | None = Field(
        default=None, description="How makers withdraw in volatile moments; left out: they do not."
    )


class DeepBook(BookBase):
    """A book given by its depth near the touch."""

    depth: Depth = Field(description="Depth of one side near the touch.")


class LinearBook(DeepBook):
    """Constant density: cumulative depth grows in proportion to log-distance."""

    shape: Literal["linear"]


class PowerBook(DeepBook):
    """Cumulative depth grows as a power of log-distance (2: the latent book, square-root impact)."""

    shape: Literal["power"]
    exponent: PositiveAmount = Field(description="The power, a number; 1 is the linear book.")


class TableBook(BookBase):
    """Cumulative depth by a table, linear between its rows; ends with the last row."""

    rivals = ((frozenset({"levels"}), frozenset({"file", "side"})),)
    needs: ClassVar[dict[str, str]] = {"side": "file"}

    shape: Literal["table"]
    levels: list[tuple[PositiveFraction, PositiveAmount]] | None = Field(
        default=None,
        min_length=1,
        description="Rows of [log-distance from the touch as a fraction, cumulative quantity up to there in "
        "base units "
        "(linear contract) or contracts (inverse)], both increasing.",
    )
    file: str | None = Field(
        default=None,
        min_length=1,
        description="Instead of levels: path of a snapshot of a recorded book (.json or .csv), relative to the "
        "scenario file.",
    )
    side: Literal["bids", "asks", "mean"] | None = Field(
        default=None,
        description="Which side of the snapshot stands on both sides of the book; mean: the mean of the two.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse rows out of order, no rows at all, and a file of which nobody says which side."""
        if self.levels is None and self.file is None:
            yield Finding(("levels",), "is missing", "give levels or a file", incomplete=True, at=("shape",))
        if self.file is not None and self.side is None:
            fix = "give side: bids (what a fall eats), asks, or mean"
            yield Finding(("side",), "is missing: the book has one table for both sides", fix, at=("file",))
        for row, (before, after) in enumerate(pairwise(self.levels or []), start=1):
            if not after[0] > before[0]:
                yield Finding(
                    ("levels", row),
                    f"distance {after[0]:g} does not lie beyond {before[0]:g}",
                    "sort the rows",
                )
            elif not after[1] > before[1]:
                message = f"cumulative quantity {after[1]:g} is not above {before[1]:g}"
                yield Finding(("levels", row), message, "give quantities summed from the touch")


class InfiniteBook(BookBase):
    """A book without impact: every order is filled at the touch."""

    shape: Literal["infinite"]


Book = Annotated[LinearBook | PowerBook | TableBook | InfiniteBook, Field(discriminator="shape")]
