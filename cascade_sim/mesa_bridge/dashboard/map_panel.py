"""The liquidation map as it stands: where the crowd's liquidation prices are, around the price."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.mesa_bridge.dashboard.chart import Axis, Bars, Line, Rule, Spec, Stack, legend_of
from cascade_sim.mesa_bridge.dashboard.reading import PriceBins, Reading
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import human, price
from cascade_sim.plots.style import INK, LONG, MUTED, SHORT

NO_MAP = "this scenario records no map; add  record: {heatmap: {bins: 200, every: 1min}}  to it"


def map_spec(reading: Reading) -> Spec:
    """Return the chart of what waits at each price: bars, and running totals from the mark outwards."""
    bins, unit = reading.bins, f"{reading.quote} per {reading.base}"
    if bins is None:
        axis = Axis(0.0, 1.0, unit)
        return Spec("map", "Liquidation map", axis, axis, empty=NO_MAP)
    waiting, mark = reading.waiting, reading.mark
    edges = bins.low + bins.width * np.arange(bins.number + 1)
    below = edges[:-1] + 0.5 * bins.width < mark
    longs, shorts = np.where(below, waiting, 0.0), np.where(below, 0.0, waiting)
    first = reading.frames[0] if len(reading.frames) else waiting
    low, high = _shown(reading, bins, np.maximum(first, waiting))
    down, up = np.cumsum(longs[::-1])[::-1], np.cumsum(shorts)
    width = f"{float(f'{bins.width:.4g}'):,.10g}"
    stacks = [Stack(longs, LONG, "longs"), Stack(shorts, SHORT, "shorts")]
    highest = max(float(first.max()), float(waiting.max()), 1e-9)
    total = max(float(down[0]), float(up[-1]), float(first.sum()) / 2, 1e-9)
    return Spec(
        name="map",
        title="Liquidation map",
        note=f"below the mark {human(float(longs.sum()))} {reading.quote} of longs wait, "
        f"above it {human(float(shorts.sum()))} of shorts",
        x=Axis(low, high, f"price at which a position is liquidated, {unit}", unit=unit),
        left=Axis(0.0, 1.1 * highest, f"{reading.quote} per {width} of price", "amount", reading.quote),
        right=Axis(0.0, 1.1 * total, f"{reading.quote} in all", "amount", reading.quote),
        bars=Bars(bins.low, bins.width, bins.number, stacks),
        lines=[
            _total(edges[:-1][below], down[below], LONG, "all longs down to here"),
            _total(edges[1:][~below], up[~below], SHORT, "all shorts up to here"),
        ],
        rules=_rules(reading),
        legend=legend_of(
            ("longs", LONG, "area"), ("shorts", SHORT, "area"), ("running total from the mark", MUTED, "line")
        ),
    )


def _rules(reading: Reading) -> list[Rule]:
    rules = [Rule(reading.start_price, f"start {price(reading.start_price)}", MUTED, 1, (4, 3))]
    return [*rules, Rule(reading.mark, f"mark {price(reading.mark)}", INK)]


def _total(prices: npt.NDArray[Any], total: npt.NDArray[Any], colour: str, label: str) -> Line:
    return Line(prices, total, colour, label, 2.0, "right", halo="white")


def _shown(reading: Reading, bins: PriceBins, notional: Floats) -> tuple[float, float]:
    """Return the prices that hold nearly all of what waits, the start and the mark."""
    share = np.cumsum(notional) / max(float(notional.sum()), 1e-300)
    first, last = int(np.searchsorted(share, 0.005)), int(np.searchsorted(share, 0.995))
    low = min(bins.low + bins.width * first, reading.start_price, reading.mark)
    high = max(bins.low + bins.width * min(last + 1, bins.number), reading.start_price, reading.mark)
    room = 0.03 * (high - low) or 0.01 * reading.start_price
    return low - room, high + room
