"""The mark price, which liquidation looks at (model.md section 3)."""

from typing import Annotated, Literal

from pydantic import Field

from cascade_sim.scenario.fields import Duration, PositiveFraction
from cascade_sim.scenario.part import Part


class MarkBase(Part):
    """What every mark has."""

    switch = "kind"


class LastMark(MarkBase):
    """The marginal price of the latest trade, clamped to the spread."""

    kind: Literal["last"] = "last"


class MidMark(MarkBase):
    """The geometric mean of best bid and best ask."""

    kind: Literal["mid"]


class IndexMark(MarkBase):
    """The reference price of the outside world."""

    kind: Literal["index"]


class IndexEmaMark(MarkBase):
    """The index times a smoothed premium of the mid over it, as exchanges use."""

    kind: Literal["index_ema"]
    half_life: Duration = Field(
        default=30.0, description="Half-life of the smoothed premium, in seconds or with a unit."
    )
    cap: PositiveFraction | None = Field(
        default=None, description="Largest premium either way, as a log fraction; left out: no cap."
    )


Mark = Annotated[LastMark | MidMark | IndexMark | IndexEmaMark, Field(discriminator="kind")]
