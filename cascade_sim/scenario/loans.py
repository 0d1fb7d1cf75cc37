"""Loans of a lending pool: drawn from distributions of health and size, or read from a file."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from cascade_sim.scenario.fields import NonNegativeFraction, PositiveAmount, PositiveCount, PositiveShare
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.size import EqualSize, Size
from cascade_sim.scenario.weights import weights_finding


class HealthBase(Part):
    """What every distribution has: health factors at the start, collateral x price x threshold / debt, above 1."""

    switch = "kind"


class Between(HealthBase):
    """What distributions between two health factors have."""

    from_: PositiveAmount = Field(alias="from", description="The lowest health factor, a number above 1.")
    to: PositiveAmount = Field(description="The highest health factor, a number.")
    placed: Literal["even", "random"] = Field(
        default="even",
        description="even: loan i of n at the quantile (i + 1/2) / n, the lowest health first; random: drawn.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse loans under water, and bounds in the wrong order."""
        if self.from_ <= 1:
            yield _under_water(("from",), self.from_)
        if self.to <= self.from_:
            message = f"{self.to:g} does not lie above from, which is {self.from_:g}"
            yield Finding(("to",), message, "raise to or lower from")


class UniformHealth(Between):
    """Equally many loans at every health factor between two."""

    kind: Literal["uniform"]


class LogUniformHealth(Between):
    """Equally many loans at every logarithm of the health factor between two: at every log-distance of the price."""

    kind: Literal["log_uniform"]


class LognormalHealth(HealthBase):
    """What the health factor is above 1 is lognormal."""

    kind: Literal["lognormal"]
    median: PositiveAmount = Field(description="Median health factor, a number above 1.")
    sigma: PositiveAmount = Field(description="Standard deviation of log (health factor - 1), a number.")

    def check(self) -> Iterator[Finding]:
        """Refuse a median under water."""
        if self.median <= 1:
            yield _under_water(("median",), self.median)


class ClustersHealth(HealthBase):
    """Health factors stand in clusters."""

    kind: Literal["clusters"]
    at: list[PositiveAmount] = Field(min_length=1, description="Median health factor of each cluster, above 1.")
    weights: list[PositiveShare] | None = Field(
        default=None,
        description="Share of the loans in each cluster, fractions that sum to 100%; left out: equal.",
    )
    width: NonNegativeFraction = Field(
        default=0.0,
        description="Standard deviation of log (health factor - 1) within a cluster, a fraction.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse clusters under water and weights that do not fit."""
        for row, at in enumerate(self.at):
            if at <= 1:
                yield _under_water(("at", row), at)
        yield from weights_finding(self.weights, self.at)


Health = Annotated[
    UniformHealth | LogUniformHealth | LognormalHealth | ClustersHealth,
    Field(discriminator="kind"),
]


class Loans(Part):
    """The loans of a pool at the start."""

    rivals = (
        (frozenset({"debt"}), frozenset({"collateral"})),
        (frozenset({"count", "debt", "collateral", "health", "size"}), frozenset({"file"})),
    )

    count: PositiveCount | None = Field(default=None, description="Number of loans.")
    debt: PositiveAmount | None = Field(default=None, description="Sum of the debts, in quote currency.")
    collateral: PositiveAmount | None = Field(
        default=None,
        description="Instead of debt: worth of all collateral at market.price, in quote currency.",
    )
    health: Health | None = Field(default=None, description="How the health factors are distributed.")
    size: Size = Field(
        default_factory=EqualSize,
        description="How the debts are distributed, or the collateral where that is given.",
    )
    file: str | None = Field(
        default=None,
        min_length=1,
        description="Instead of the keys above: path of a .csv or .parquet file, relative to the scenario file, with "
        "the columns collateral (base), debt (quote) and, where it differs by loan, threshold (a fraction).",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse loans that are not given."""
        if self.file is None:
            yield from self._generated()
        elif not self.file.endswith((".csv", ".parquet")):
            message = f"{self.file!r} is neither a .csv nor a .parquet file"
            yield Finding(("file",), message, "name a file of one of these kinds")

    def _generated(self) -> Iterator[Finding]:
        if self.debt is None and self.collateral is None:
            fix = "add what they owe in all, such as debt: 120M, or collateral, or a file"
            yield Finding(("debt",), "is missing", fix, incomplete=True)
        for name, fix in (
            ("count", "add the number of loans, such as count: 2_000"),
            ("health", "add how far they are from liquidation, such as health: {kind: uniform, from: 1.05, to: 3}"),
        ):
            if getattr(self, name) is None:
                yield Finding((name,), "is missing", fix, incomplete=True)


def _under_water(path: tuple[str | int, ...], health: float) -> Finding:
    message = f"a health factor of {health:g} is under water: it would be liquidated at once"
    return Finding(path, message, "give a health factor above 1")
