"""Replays: what pushes the price along a recorded path, solved for or sent again."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from cascade_sim.scenario.fields import Moment, Price
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.repair import Repair


class Replay(Part):
    """Flow that takes the mid along a recorded path."""

    rivals = ((frozenset({"file"}), frozenset({"points"})),)
    switch = "mode"
    switched: ClassVar[dict[str, frozenset[str]]] = {
        "tracked": frozenset({"file", "points", "column", "push", "intrabar", "repair"}),
        "push": frozenset({"file"}),
    }
    harmless = frozenset({"column", "push", "intrabar"})

    mode: Literal["tracked", "push"] = Field(
        default="tracked",
        description="tracked: every tick, the push is solved for with which the mid lands on the recorded price. push: "
        "pushes that such a run has saved are sent again.",
    )
    file: str | None = Field(
        default=None,
        min_length=1,
        description="tracked: a candle file. push: the push.parquet of a run. Relative to the scenario file.",
    )
    points: list[tuple[Moment, Price]] | None = Field(
        default=None,
        min_length=1,
        description="Instead of a file: rows of [moment, price in quote currency] in order of time, log-linear.",
    )
    column: Literal["open", "high", "low", "close"] = Field(
        default="close", description="Which price of the bars is tracked, each at its bar's end."
    )
    push: Literal["order", "news"] = Field(
        default="order",
        description="What is solved for: an order that the book takes, or a return of the index, which makers follow.",
    )
    intrabar: Literal["close", "ohlc", "olhc", "by_direction"] = Field(
        default="close",
        description="The path between closes. close: log-linear. ohlc, olhc: by way of the high and the low in that "
        "order, at a third and two thirds of the bar. by_direction: rising bars the low first, falling bars the high.",
    )
    repair: Repair | None = Field(
        default=None, description="What may be done about bars that are not in order; left out: they are refused."
    )

    def check(self) -> Iterator[Finding]:
        """Refuse a replay of nothing, and a path within bars that have no high and low."""
        if self.file is None and self.points is None:
            what = "a candle file or points" if self.mode == "tracked" else "the push.parquet of a run"
            yield Finding(("file",), "is missing", f"give {what}", incomplete=True)
        if self.points is not None and self.intrabar != "close":
            yield Finding(("intrabar",), "means nothing for points", "leave it out, or give a file")
        elif self.intrabar != "close" and self.column != "close":
            yield Finding(("column",), f"is not used where intrabar is {self.intrabar}", "leave it out")
