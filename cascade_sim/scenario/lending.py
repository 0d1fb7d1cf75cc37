"""Lending pools: what they lend against, and how bad loans are sold (model.md section 8, mechanics.md section 7)."""

import math
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from cascade_sim.scenario.auctions import Curve, StairCurve
from cascade_sim.scenario.fields import (
    NonNegativeAmount,
    NonNegativeFraction,
    PositiveAmount,
    PositiveAmountOrNever,
    PositiveDuration,
    PositiveDurationOrNever,
    PositiveFraction,
    PositiveProperFraction,
    PositiveShare,
    ProperFraction,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.loans import Loans
from cascade_sim.scenario.oracle import Oracle
from cascade_sim.scenario.part import Part
from cascade_sim.units import format_percent

TOTALS = "lending"
"""What the figures of all pools together begin with; no pool may be called so."""

_NAME = re.compile(r"(?!\d+\Z)[A-Za-z0-9_]+\Z")


class BackstopBase(Part):
    """What every backstop has."""

    switch = "kind"


class SafetyModule(BackstopBase):
    """A fund that makes bad debt good until it is empty."""

    kind: Literal["safety_module"]
    capital: PositiveAmount = Field(description="What it holds at the start, in quote currency.")


class Dilution(BackstopBase):
    """The protocol sells new tokens of its own and makes all bad debt good."""

    kind: Literal["dilution"]


Backstop = Annotated[SafetyModule | Dilution, Field(discriminator="kind")]


class ProtocolRules(Part):
    """What every lending protocol has, whatever it does with bad loans."""

    switch = "kind"
    base_key = "extends"

    extends: str | None = Field(
        default=None,
        min_length=1,
        description="A protocol that holds where this pool says nothing: a bundled one such as protocols/aave_v3, or "
        "a file, relative to the scenario file.",
    )
    threshold: PositiveProperFraction = Field(
        description="Liquidation threshold: the debt over the worth of the collateral above which a loan may be "
        "liquidated, a fraction below 1 (Maker: 1 / liquidation ratio).",
    )
    ltv: PositiveProperFraction | None = Field(
        default=None,
        description="Largest debt over worth of the collateral at opening, a fraction below threshold; only checked.",
    )
    gas: PositiveAmount = Field(default=400_000.0, description="Gas of one transaction of a keeper, in gas units.")
    oracle: Oracle = Field(default_factory=Oracle, description="The price that the pool goes by.")
    backstop: Backstop | None = Field(
        default=None, description="Who makes bad debt good; left out: nobody, the lenders lose it."
    )

    def check(self) -> Iterator[Finding]:
        """Refuse loans that could be liquidated as soon as they are opened."""
        if self.ltv is not None and self.threshold <= self.ltv:
            message = f"{format_percent(self.threshold)} is not above ltv, which is {format_percent(self.ltv)}"
            yield Finding(("threshold",), message, "raise threshold or lower ltv")
        yield from super().check()


class FixedSpread(ProtocolRules):
    """A keeper repays debt and gets collateral worth it and a bonus."""

    kind: Literal["fixed_spread"]
    accounting: Literal["aave", "compound"] = Field(
        default="aave", description="Whose formulas for what may be closed and what is seized."
    )
    close_factor: PositiveShare = Field(
        default=0.5, description="Share of a debt that one call may repay, a fraction up to 100%."
    )
    whole_at: NonNegativeAmount = Field(
        default=0.0,
        le=1,
        description="Health factor at or below which one call may repay all, a number; 0: never. With accounting: "
        "aave.",
    )
    whole_under: NonNegativeAmount = Field(
        default=0.0,
        description="Debt, or worth of the collateral, below which one call may repay all, in quote currency; 0: "
        "never. With accounting: aave.",
    )
    bonus: NonNegativeFraction = Field(
        default=0.08, description="What the keeper gets beyond what is repaid, a fraction of it."
    )
    protocol_fee: ProperFraction = Field(
        default=0.0,
        description="What the protocol keeps: a fraction of the bonus (aave) or of all that is seized (compound).",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse closing whole where the accounting knows no such thing."""
        yield from super().check()
        for name in ("whole_at", "whole_under"):
            if self.accounting == "compound" and getattr(self, name) > 0:
                fix = "leave it out, or set accounting: aave"
                yield Finding((name,), "means nothing where accounting is compound", fix)


class AuctionRules(ProtocolRules):
    """What protocols that auction collateral have."""

    penalty: NonNegativeFraction = Field(
        default=0.13, description="What an auction is to raise beyond the debt, a fraction of it (Maker: chop - 1)."
    )
    room: PositiveAmountOrNever = Field(
        default=math.inf,
        description="Most that open auctions may have to raise together, in quote currency (Maker: box, hole); never: "
        "no limit.",
    )
    dust: NonNegativeAmount = Field(
        default=0.0, description="Least debt that a loan may be left with, in quote currency."
    )


class Flip(AuctionRules):
    """Rising bids for a lot, then falling lots for the bid, as in March 2020."""

    kind: Literal["flip"]
    lot: PositiveAmountOrNever = Field(
        default=math.inf, description="Most collateral in one auction, in base units (Maker: lump); never: no limit."
    )
    debt_most: PositiveAmountOrNever = Field(
        default=math.inf,
        description="Most that one auction is to raise, in quote currency (Maker: dunk); never: no limit.",
    )
    min_increase: PositiveFraction = Field(
        default=0.03, description="Least step from one bid to the next, a fraction (Maker: beg - 1)."
    )
    bid_duration: PositiveDuration = Field(
        default=600.0,
        description="An auction ends this long after its last bid, in seconds or with a unit (Maker: ttl).",
    )
    duration: PositiveDuration = Field(
        default=172_800.0,
        description="An auction ends this long after its start, in seconds or with a unit (Maker: tau).",
    )


class Clip(AuctionRules):
    """A falling price at which anybody may take any part of a lot (Maker's liquidations 2.0)."""

    kind: Literal["clip"]
    curve: Curve = Field(
        default_factory=lambda: StairCurve(kind="stair", cut=0.99, step=90.0),
        description="How the price falls.",
    )
    start: PositiveFraction = Field(
        default=1.2, description="First price over the oracle's, a fraction (Maker: buf); 120% is a fifth above."
    )
    tail: PositiveDurationOrNever = Field(
        default=8_400.0,
        description="Time after which an auction has to be started again, in seconds or with a unit; never: none has.",
    )
    cusp: ProperFraction = Field(
        default=0.4, description="Price over first price below which it has to be started again, a fraction; 0: none."
    )
    tip: NonNegativeAmount = Field(
        default=0.0, description="Paid to the keeper who starts an auction, in quote currency."
    )
    chip: ProperFraction = Field(
        default=0.001, description="Paid to the keeper who starts an auction, a fraction of what it is to raise."
    )


class Lent(Part):
    """What a pool has beside the rules of its protocol."""

    kept = frozenset({"name", "loans"})

    name: str = Field(min_length=1, description="What the pool is called: letters, digits and _; no two the same.")
    loans: Loans = Field(description="The loans at the start.")

    def check(self) -> Iterator[Finding]:
        """Refuse names that could not be written in a column or a dotted key."""
        if not _NAME.match(self.name):
            message = f"{self.name!r} cannot be the name of a pool"
            yield Finding(("name",), message, "use letters, digits and _ only, and not digits alone")
        elif self.name == TOTALS:
            message = f"{TOTALS} cannot be the name of a pool: the figures of all pools together are called so"
            yield Finding(("name",), message, "choose another, such as the protocol's")
        yield from super().check()


class FixedSpreadPool(FixedSpread, Lent):
    """A pool whose bad loans anybody may repay for a bonus."""


class FlipPool(Flip, Lent):
    """A pool whose bad loans are auctioned by rising bids, then falling lots."""


class ClipPool(Clip, Lent):
    """A pool whose bad loans are auctioned at a falling price."""


Pool = Annotated[FixedSpreadPool | FlipPool | ClipPool, Field(discriminator="kind")]
