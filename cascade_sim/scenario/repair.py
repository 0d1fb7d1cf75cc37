"""What may be done about a recorded file that is not in order; nothing is done that is not written here."""

from typing import Literal

from pydantic import Field

from cascade_sim.scenario.fields import PositiveFraction
from cascade_sim.scenario.part import Part


class Repair(Part):
    """How a candle file is put in order; whatever is left out is refused, with its lines."""

    order: Literal["sort"] | None = Field(
        default=None, description="Rows out of order of time: sort puts them in order."
    )
    duplicates: Literal["first", "last"] | None = Field(
        default=None, description="Several rows of the same time: which of them, in the order of the file, counts."
    )
    overlaps: Literal["drop"] | None = Field(
        default=None, description="Bars that open before the bar before them has ended: drop leaves them out."
    )
    zeros: Literal["drop"] | None = Field(
        default=None,
        description="Bars with a price of zero or below: drop leaves them out, and where they were is a gap.",
    )
    bounds: Literal["widen"] | None = Field(
        default=None,
        description="Bars whose high or low does not hold their open and close: widen moves the high or low there.",
    )
    spikes: Literal["keep", "clip", "drop"] | None = Field(
        default=None,
        description="Bars that leap away from both bars beside them and back: keep takes them as real, clip cuts them "
        "to the range of those two bars, drop leaves them out, and where they were is a gap.",
    )
    spike: PositiveFraction = Field(
        default=0.2,
        description="Log-distance beyond the range of the two bars beside it at which a bar is a spike, a fraction.",
    )
    gaps: Literal["hold", "join"] | None = Field(
        default=None,
        description="Bars that are missing or without prices: hold puts bars without volume at the last close there, "
        "join lets the price run log-linearly across.",
    )
