"""Who else trades: noise, momentum and value flow, and orders at given moments."""

from collections.abc import Iterator

from pydantic import Field

from cascade_sim.scenario.fields import (
    FiniteDuration,
    Moment,
    NonNegativeAmount,
    PositiveAmount,
    PositiveDuration,
    PositiveFraction,
    Price,
)
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.replay import Replay


class Noise(Part):
    """Trades in both directions without a reason."""

    notional_per_second: NonNegativeAmount = Field(
        description="Deviation of the net signed notional of one second, in quote currency; grows with the "
        "root of time."
    )


class Momentum(Part):
    """Flow that follows the recent move."""

    notional_per_second: NonNegativeAmount = Field(description="Notional per second, in quote currency.")
    at: PositiveFraction = Field(description="Log move over the window at which it flows at that rate, a fraction.")
    over: PositiveDuration = Field(description="The window, in seconds or with a unit.")


class Value(Part):
    """Flow that trades against a distance from a fair price."""

    notional_per_second: NonNegativeAmount = Field(description="Notional per second, in quote currency.")
    at: PositiveFraction = Field(
        description="Log distance from the fair price at which it flows at that rate, a fraction."
    )
    price: Price | None = Field(default=None, description="The fair price in quote currency; left out: the index.")


class Order(Part):
    """A market order at a given moment, whole or spread over a time."""

    rivals = ((frozenset({"sell"}), frozenset({"buy"})),)

    at: Moment = Field(description="When: time from the start, or an ISO time (UTC).")
    sell: PositiveAmount | None = Field(default=None, description="Notional to sell, in quote currency.")
    buy: PositiveAmount | None = Field(default=None, description="Notional to buy, in quote currency.")
    over: FiniteDuration = Field(
        default=0.0, description="Time over which it is spread evenly, in seconds or with a unit; 0: at once."
    )

    @property
    def signed_notional(self) -> float:
        """Notional in quote currency, positive for a buy."""
        return self.buy if self.buy is not None else -(self.sell or 0.0)

    def check(self) -> Iterator[Finding]:
        """Refuse an order without a direction."""
        if self.sell is None and self.buy is None:
            yield Finding(("sell",), "is missing", "give sell or buy with a notional", incomplete=True)


class Flow(Part):
    """Everybody's trades but the crowd's."""

    noise: Noise | None = Field(default=None, description="Random flow; left out: none.")
    momentum: Momentum | None = Field(default=None, description="Flow that follows the move; left out: none.")
    value: Value | None = Field(default=None, description="Flow towards a fair price; left out: none.")
    orders: list[Order] = Field(default_factory=list, description="Market orders at given moments.")
    replay: Replay | None = Field(
        default=None, description="Pushes that take the mid along a recorded path; left out: none."
    )
