"""The time axis of live charts: seconds since the start, in the unit that suits the length of the run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cascade_sim.mesa_bridge.dashboard.chart import Axis, Line
from cascade_sim.mesa_bridge.dashboard.reading import Reading
from cascade_sim.plots.aggregate import Floats, thin

_UNITS = ((3 * 86400.0, 86400.0, "days", "d"), (3 * 3600.0, 3600.0, "hours", "h"), (180.0, 60.0, "minutes", "min"))
_BUCKETS = 140


class Clock(NamedTuple):
    """A unit of time: its seconds, its name, and its short name."""

    seconds: float
    name: str
    short: str


def clock_of(reading: Reading) -> Clock:
    """Return the unit that suits a run's length."""
    for least, seconds, name, short in _UNITS:
        if reading.duration >= least:
            return Clock(seconds, name, short)
    return Clock(1.0, "seconds", "s")


def words_of(seconds: float) -> str:
    """Return a time since the start in two units at most: ``8 min 20 s``, ``3 d 4 h``."""
    seconds = round(seconds, 3)
    for large, name, small, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= large:
            whole, rest = divmod(seconds, large)
            return f"{whole:.0f} {name} {rest // small:.0f} {part}" if rest >= small else f"{whole:.0f} {name}"
    return f"{seconds:g} s"


def time_axis(reading: Reading) -> Axis:
    """Return the axis of a whole run, whatever is done of it."""
    clock = clock_of(reading)
    return Axis(0.0, reading.duration / clock.seconds, f"{clock.name} since the start", unit=clock.short)


def drawn_over_time(reading: Reading, times: Floats, values: Floats, steps: bool, **look: Any) -> Line:
    """Return a line over time, thinned to what a panel shows; between thinned points it has no steps."""
    x, y = thin(times / clock_of(reading).seconds, values, _BUCKETS)
    known = np.isfinite(y)
    return Line(x[known], y[known], steps=steps and x.size == times.size, **look)
