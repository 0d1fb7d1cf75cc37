"""A chart's data as an option of Apache ECharts: https://echarts.apache.org/en/option.html.

Everything is plain data, so no option holds a function. What ECharts would write by a function is prepared here:
amounts are in thousands, millions or billions with the word in the axis' name, and what is said at the pointer comes
from series of its own that are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from cascade_sim.mesa_bridge.dashboard.chart import Axis, Bars, Line, Rule, Spec
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.style import FAINT, INK, LINK, MUTED

Option = dict[str, Any]

BOX = {"left": 74, "top": 12, "bottom": 38}
"""Pixels from the edges of a chart to its axes."""

RIGHT = {False: 14, True: 64}
"""The same at the right, without and with room for a second axis."""

_WORDS = ((1e12, "trillion "), (1e9, "billion "), (1e6, "million "), (1e3, "thousand "))
_FONT = "'DejaVu Sans', Roboto, sans-serif"
_STEPS = (1, 2, 2.5, 5, 10)
_WIDE_BARS = 80
_MOST_TOLD = 140
_UNTOLD: Option = {"silent": True, "tooltip": {"show": False}, "emphasis": {"disabled": True}}


def right_of(spec: Spec) -> int:
    """Return the pixels from the right edge of a chart to its axes."""
    return RIGHT[spec.right is not None or spec.aligned]


class Scale(NamedTuple):
    """An axis as it is drawn: its ends and steps in its own unit, and how large and what that unit is."""

    low: float
    high: float
    step: float
    unit: float
    word: str

    @property
    def digits(self) -> int:
        """Decimals that tell values apart."""
        return max(3 - int(np.floor(np.log10(max(self.high - self.low, 1e-12)))), 0)

    def of(self, values: Any, more: int = 0) -> Floats:
        """Return values in the axis' unit with its digits, and ``more``."""
        return np.round(np.asarray(values, dtype=np.float64) / self.unit, self.digits + more)


def scale_of(axis: Axis, rounded: bool) -> Scale:
    """Return how an axis is drawn; with ``rounded`` it begins and ends at a step."""
    found = (each for each in _WORDS if axis.format == "amount" and axis.max >= 1.5 * each[0])
    unit, word = next(found, (1.0, ""))
    low, high = axis.min / unit, axis.max / unit
    ticks = MaxNLocator(nbins=6, steps=_STEPS).tick_values(low, high)
    step = float(f"{ticks[1] - ticks[0]:.6g}")
    return Scale(*((float(ticks[0]), float(ticks[-1])) if rounded else (low, high)), step, unit, word)


def option_of(spec: Spec) -> Option:
    """Return what ECharts draws."""
    x = scale_of(spec.x, rounded=False)
    sides = {side: scale_of(axis, rounded=spec.image is None) for side, axis in spec.axes.items()}
    series: list[Option] = []
    if not spec.empty:
        if spec.bars is not None:
            series += _bars(spec.bars, x, sides["left"])
        for line in spec.lines:
            series += _lines(line, x, sides[line.axis])
        if spec.rules:
            series.append(_rules(spec.rules, x, sides["left"]))
        series += _told(spec, x, sides)
    return {
        "animation": False,
        "textStyle": {"fontFamily": _FONT},
        "grid": {**BOX, "right": right_of(spec)},
        "xAxis": _axis(spec.x, x, nameGap=25, axisLine={"onZero": False, "lineStyle": {"color": LINK}})
        | {"splitLine": {"show": False}},
        "yAxis": [
            _axis(axis, sides[side], nameGap=56 if side == "left" else 48, position=side, axisLine={"show": False})
            | {"show": not spec.empty, "axisTick": {"show": False}}
            | {"splitLine": {"show": side == "left" and spec.image is None, "lineStyle": {"color": FAINT}}}
            for side, axis in spec.axes.items()
        ],
        "series": series,
        "tooltip": {
            "show": not spec.empty,
            "trigger": "axis",
            "confine": True,
            "transitionDuration": 0,
            "padding": [4, 8],
            "textStyle": {"fontSize": 12},
            "axisPointer": {"type": "cross" if spec.image else "line", "animation": False},
        },
    }


def _axis(axis: Axis, scale: Scale, **more: Any) -> Option:
    return {
        "type": "value",
        "min": scale.low,
        "max": scale.high,
        "minInterval": scale.step,
        "maxInterval": scale.step,
        "name": scale.word + axis.label,
        "nameLocation": "middle",
        "nameTextStyle": {"fontSize": 11, "color": MUTED},
        "axisLabel": {
            "color": MUTED,
            "hideOverlap": True,
            "showMinLabel": _at_a_step(scale.low, scale.step),
            "showMaxLabel": _at_a_step(scale.high, scale.step),
        },
        "axisPointer": {"label": {"formatter": f"{{value}} {axis.unit}", "precision": scale.digits}},
        **more,
    }


def _at_a_step(end: float, step: float) -> bool:
    return abs(end / step - round(end / step)) < 1e-6


def _points(x: Floats, y: Floats) -> list[list[float]]:
    return np.column_stack([x, y]).tolist()


def _bars(bars: Bars, x: Scale, y: Scale) -> Iterator[Option]:
    middles = bars.middles
    shown = (middles >= x.low) & (middles <= x.high)
    for stack in bars.stacks:
        yield {
            "type": "bar",
            "stack": "bars",
            "data": _points(x.of(middles[shown], 1), y.of(stack.y[shown], 1)),
            "barWidth": "100%" if shown.sum() > _WIDE_BARS else "90%",
            "itemStyle": {"color": stack.colour},
            **_UNTOLD,
        }


def _lines(line: Line, x: Scale, y: Scale) -> Iterator[Option]:
    strokes = [(line.halo, line.width + 2), (line.colour, line.width)]
    for colour, width in strokes if line.halo else strokes[1:]:
        yield {
            "type": "line",
            "data": _points(x.of(line.x, 1), y.of(line.y, 1)),
            "yAxisIndex": int(line.axis == "right"),
            "symbol": "none",
            "step": "end" if line.steps else False,
            "lineStyle": {"color": colour, "width": width, "join": "round"},
            **_UNTOLD,
        }


def _rules(rules: Any, x: Scale, y: Scale) -> Option:
    lines, names = [], []
    for rule in rules:
        style = {"color": rule.colour, "width": 1.4, "type": list(rule.dash) or "solid"}
        lines.append({"xAxis": rule.x, "lineStyle": style})
        names.append(_name(rule, x, y))
    return {
        "type": "line",
        "data": [],
        "markLine": {"symbol": "none", "silent": True, "data": lines, "label": {"show": False}},
        "markPoint": {"symbol": "circle", "symbolSize": 0, "silent": True, "data": names},
        **_UNTOLD,
    }


def _name(rule: Rule, x: Scale, y: Scale) -> Option:
    """Return the name of a rule, on the side of it where there is room."""
    label = {
        "show": True,
        "formatter": rule.label,
        "position": "left" if (rule.x - x.low) / (x.high - x.low) > 0.7 else "right",
        "color": rule.colour,
        "fontSize": 12,
        "textBorderColor": "#fff",
        "textBorderWidth": 3,
    }
    return {"coord": [rule.x, y.high - (0.035 + 0.065 * rule.row) * (y.high - y.low)], "label": label}


def _told(spec: Spec, x: Scale, sides: dict[str, Scale]) -> Iterator[Option]:
    """Return what is said at the pointer: series that are not drawn, and stand at the same places.

    ECharts tells of the series with a point nearest to the pointer, so a series that has nothing to say at a place has
    no point there.
    """
    bars, lines = spec.bars, [line for line in spec.lines if line.label and line.x.size]
    places = bars.middles if bars is not None else lines[0].x if lines else np.zeros(0)
    places = places[(places >= spec.x.min) & (places <= spec.x.max)]
    places = places[:: -max(places.size // _MOST_TOLD, 1)][::-1]  # the last of them is now
    for line in lines:
        known = places[(places >= line.x[0]) & (places <= line.x[-1])]
        value = line.y[np.searchsorted(line.x, known, side="right") - 1]
        colour = INK if line.colour == "white" else line.colour
        yield _words(line.label, colour, line.axis, spec, x.of(known, 1), sides[line.axis].of(value))
    if bars is None:
        return
    for stack in bars.stacks:
        some = (stack.y > 0) & np.isin(bars.middles, places)
        at = x.of(bars.middles[some], 1)
        yield _words(stack.label, stack.colour, "left", spec, at, sides["left"].of(stack.y[some]))


def _words(label: str, colour: str, side: str, spec: Spec, x: Floats, y: Floats) -> Option:
    axis = spec.axes[side]
    unit = scale_of(axis, rounded=True).word + axis.unit
    return {
        "type": "line",
        "name": f"{label}, {unit}" if unit else label,
        "data": _points(x, y),
        "yAxisIndex": int(side == "right"),
        "symbol": "none",
        "lineStyle": {"width": 0},
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
    }
