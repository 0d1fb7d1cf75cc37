"""What stops or slows trading at a venue: halts, price bands, throttles, outages."""

from typing import Literal

from pydantic import Field

from cascade_sim.scenario.fields import Moment, PositiveAmount, PositiveDuration, PositiveProperFraction
from cascade_sim.scenario.part import Part


class Halt(Part):
    """A trading halt after a large move of the mark within a window."""

    move: PositiveProperFraction = Field(
        description="Fall from the highest, or rise from the lowest, mark of the window that trips it, a fraction."
    )
    over: PositiveDuration = Field(description="The window, in seconds or with a unit; at least a tick.")
    for_: PositiveDuration = Field(
        alias="for", description="How long nothing trades, in seconds or with a unit; at least a tick."
    )


class PriceBand(Part):
    """No fill takes place outside a band."""

    within: PositiveProperFraction = Field(description="Half-width of the band, a fraction of its centre.")
    of: Literal["index", "mark"] = Field(
        default="index", description="Its centre: the index, or the mark at the end of the last tick."
    )


class Throttle(Part):
    """A limit on what may be liquidated within a rolling window."""

    notional: PositiveAmount = Field(description="Most notional taken over within the window, in quote currency.")
    over: PositiveDuration = Field(description="The window, in seconds or with a unit; at least a tick.")


class Outage(Part):
    """A window in which the venue stands still."""

    from_: Moment = Field(alias="from", description="When it begins: time from the start, or an ISO time (UTC).")
    to: Moment = Field(description="When it ends: time from the start, or an ISO time (UTC).")
