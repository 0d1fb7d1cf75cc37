"""The liquidation heatmap: what waits at each price over time, with the mark on top."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from cascade_sim.mesa_bridge.dashboard.chart import Axis, Entry, Image, Spec, legend_of
from cascade_sim.mesa_bridge.dashboard.clock import clock_of, drawn_over_time, time_axis
from cascade_sim.mesa_bridge.dashboard.map_panel import NO_MAP
from cascade_sim.mesa_bridge.dashboard.price_panel import price_range
from cascade_sim.mesa_bridge.dashboard.reading import Reading, joined
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.frames import colour_range
from cascade_sim.plots.heatmap import NOTHING, UNRECORDED
from cascade_sim.plots.numbers import human, span_text
from cascade_sim.plots.style import INK

MOST_COLUMNS = 300


@cache
def colours() -> bytes:
    """Return 256 colours, the first for nothing and the others dark to yellow."""
    nothing = [int(NOTHING[place : place + 2], 16) for place in (1, 3, 5)]
    ramp = np.round(255.0 * colormaps["viridis"](np.linspace(0.0, 1.0, 255))[:, :3]).astype(np.uint8)
    return bytes(nothing) + ramp.tobytes()


def shades(notional: Floats, low: float, high: float) -> np.ndarray:
    """Return places in the colours: 0 for nothing, 1 to 255 from ``low`` to ``high`` on a logarithmic scale."""
    with np.errstate(divide="ignore"):
        share = np.log(notional / low) / np.log(high / low)
    return np.where(notional > 0, np.round(1.0 + 254.0 * np.clip(share, 0.0, 1.0)), 0.0).astype(np.uint8)


def _legend(low: float, high: float) -> list[Entry]:
    """Return what a few colours stand for, evenly on their logarithmic scale."""
    named = [("nothing", NOTHING, "area")]
    for share in (0.0, 0.5, 1.0):
        amount = human(float(f"{low * (high / low) ** share:.1e}"))
        named.append((f"{amount} or more" if share == 1.0 else amount, to_hex(colormaps["viridis"](share)), "area"))
    return legend_of(*named)


def heatmap_spec(reading: Reading) -> Spec:
    """Return the chart of what waited at each price over time."""
    bins, unit, axis = reading.bins, f"{reading.quote} per {reading.base}", time_axis(reading)
    if bins is None:
        return Spec("heatmap", "Liquidation heatmap", axis, Axis(0.0, 1.0, unit), empty=NO_MAP)
    times, mark = reading.level("mark")
    frames, size = joined(reading.frames, MOST_COLUMNS)
    scale = colour_range(frames[0] if len(frames) else reading.waiting) or (0.1, 1.0)
    low, high = price_range(mark, np.array([bins.low, bins.high]))
    clock = clock_of(reading).seconds
    image = Image(
        cells=shades(frames, *scale),
        x0=0.0,
        x1=min(len(frames) * size * reading.frame_s, reading.duration) / clock,
        y0=bins.low,
        y1=bins.high,
        colours=colours(),
        unrecorded=UNRECORDED,
    )
    width = f"{float(f'{bins.width:.4g}'):,.10g}"
    return Spec(
        name="heatmap",
        title="Liquidation heatmap",
        note=f"what waited at each price, {reading.quote} per {width} of price",
        x=axis,
        left=Axis(max(low, 0.0), high, unit),
        lines=[
            drawn_over_time(reading, times, mark, colour="white", width=1.4, halo=INK, label="mark", steps=True),
        ],
        image=image,
        aligned=True,
        empty="" if len(frames) else f"a column is added every {span_text(reading.frame_s)} of the market",
        legend=_legend(*scale),
    )
