"""When a run starts, how long it lasts, and how long a tick is."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import Field

from cascade_sim.scenario.fields import PositiveDuration, Time
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.units import format_duration


def whole_multiple(length: float, unit: float) -> int | None:
    """Return how many units make up a length, or None if that is not a whole number of at least one.

    A relative difference of 1e-9 is allowed, so that 1 s is ten ticks of 0.1 s.
    """
    ratio = length / unit
    count = round(ratio)
    return count if count >= 1 and abs(ratio - count) <= 1e-9 * count else None


class Clock(Part):
    """The time of a run."""

    start: Time = Field(
        default=datetime(2020, 1, 1, tzinfo=UTC), description="Time at which the run starts, ISO 8601, UTC."
    )
    duration: PositiveDuration = Field(description="Length of the run, in seconds or with a unit (26h).")
    tick: PositiveDuration = Field(default=1.0, description="Length of a tick, in seconds or with a unit.")

    @property
    def ticks(self) -> int:
        """Number of ticks of the run."""
        return round(self.duration / self.tick)

    def seconds(self, moment: float | datetime) -> float:
        """Return a moment as seconds from the start of the run.

        Parameters
        ----------
        moment : float or datetime.datetime
            Seconds from the start, or an aware time; may lie before the start (negative) or after the end.
        """
        return (moment - self.start).total_seconds() if isinstance(moment, datetime) else float(moment)

    def check(self) -> Iterator[Finding]:
        """Refuse a tick longer than the run, and a run that is not a whole number of ticks."""
        if self.tick > self.duration:
            tick, duration = format_duration(self.tick), format_duration(self.duration)
            message = f"a tick of {tick} is longer than the run of {duration}"
            yield Finding(("tick",), message, "shorten the tick or lengthen clock.duration")
        elif whole_multiple(self.duration, self.tick) is None:
            duration, tick = format_duration(self.duration, 12), format_duration(self.tick, 12)
            message = f"{duration} is not a whole number of ticks of {tick}"
            yield Finding(("duration",), message, "change duration or tick so that one divides the other")
