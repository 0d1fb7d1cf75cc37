"""The price: mark and index over the whole run."""

from __future__ import annotations

import numpy as np

from cascade_sim.mesa_bridge.dashboard.chart import Axis, Spec, legend_of
from cascade_sim.mesa_bridge.dashboard.clock import drawn_over_time, time_axis
from cascade_sim.mesa_bridge.dashboard.reading import Reading
from cascade_sim.plots.numbers import price
from cascade_sim.plots.style import INDEX, MARK

# A market that stands still is not blown up into noise: the axis covers at least this share of the price.
LEAST_SPAN = 0.01


def price_range(*columns: np.ndarray) -> tuple[float, float]:
    """Return the ends of a price axis that holds all values, with room beyond them."""
    values = np.concatenate(columns)
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    missing = max(LEAST_SPAN * high - (high - low), 0.0)
    low, high = low - missing / 2, high + missing / 2
    return low - 0.06 * (high - low), high + 0.06 * (high - low)


def change_words(reading: Reading) -> str:
    """Return by how much the mark has moved since the start: ``−2.66 %``."""
    change = round(100.0 * (reading.mark / reading.start_price - 1.0), 2)
    return f"{change + 0.0:+.2f} %".replace("-", "−")


def price_spec(reading: Reading) -> Spec:
    """Return the chart of mark and index."""
    times, mark = reading.level("mark")
    _, index = reading.level("index")
    low, high = price_range(mark, index)
    return Spec(
        name="price",
        title="Price",
        note=f"mark {price(reading.mark)}, {change_words(reading)} since the start"
        + (", trading is halted" if reading.halted else ""),
        x=time_axis(reading),
        left=Axis(low, high, f"{reading.quote} per {reading.base}"),
        lines=[
            drawn_over_time(reading, times, index, colour=INDEX, width=2.5, label="index", steps=True),
            drawn_over_time(reading, times, mark, colour=MARK, width=1.5, label="mark", steps=True),
        ],
        aligned=True,
        legend=legend_of(("mark price", MARK, "line"), ("index, the outside market", INDEX, "line")),
    )
