"""What is closed by force: per bar of time, longs and shorts, and the running total."""

from __future__ import annotations

import numpy as np

from cascade_sim.mesa_bridge.dashboard.chart import Axis, Bars, Spec, Stack, legend_of
from cascade_sim.mesa_bridge.dashboard.clock import clock_of, drawn_over_time, time_axis
from cascade_sim.mesa_bridge.dashboard.reading import Reading
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import bar_seconds, human, span_text
from cascade_sim.plots.style import DELEVERAGED, INK, LONG, SHORT, VAULT

CLOSINGS = (
    ("forced_sell", LONG, "longs"),
    ("forced_buy", SHORT, "shorts"),
    ("adl", DELEVERAGED, "deleveraged"),
    ("vault_taken", VAULT, "taken by the vault"),
)
ALWAYS = ("forced_sell", "forced_buy")


def liquidations_spec(reading: Reading) -> Spec:
    """Return the chart of what was closed by force, quote notional at the mark."""
    amounts = {name: reading.notional(name) for name, _, _ in CLOSINGS}
    shown = [each for each in CLOSINGS if each[0] in ALWAYS or amounts[each[0]].any()]
    length = bar_seconds(reading.duration, reading.row_s)
    count = max(int(np.ceil(reading.duration / length - 1e-9)), 1)
    bar = np.ceil(reading.times / length - 1e-9).astype(np.int64) - 1
    heights = {
        name: np.bincount(bar, weights=amounts[name], minlength=count).astype(np.float64) for name, _, _ in shown
    }
    total = np.cumsum(np.sum([amounts[name] for name, _, _ in shown], axis=0)) if bar.size else np.zeros(0)
    last = float(total[-1]) if total.size else 0.0
    unit = clock_of(reading).seconds
    highest = _top(np.sum(list(heights.values()), axis=0))
    per = span_text(length).removeprefix("1 ")
    return Spec(
        name="liquidations",
        title="Liquidations",
        note=_note(reading, last),
        x=time_axis(reading),
        left=Axis(0.0, highest, f"{reading.quote} per {per}", "amount", reading.quote),
        right=Axis(0.0, _top(total), f"{reading.quote} in all", "amount", reading.quote),
        bars=Bars(0.0, length / unit, count, [Stack(heights[key], colour, word) for key, colour, word in shown]),
        lines=[
            drawn_over_time(
                reading, np.append(0.0, reading.times), np.append(0.0, total), colour=INK, label="total", axis="right",
                steps=True,
            )
        ],
        legend=legend_of(*((word, colour, "area") for _, colour, word in shown), ("running total", INK, "line")),
        empty="" if last > 0 else _nothing_yet(reading),
    )  # fmt: skip


def _note(reading: Reading, total: float) -> str:
    count = reading.summary["liquidated_count"]
    return f"{count:,} liquidations, {human(total)} {reading.quote} at the mark" if count else "what is closed by force"


def _nothing_yet(reading: Reading) -> str:
    if reading.summary["liquidated_count"]:
        return "positions were taken over, none of them is sold yet"
    return "nobody has been liquidated so far" if reading.now > 0 else "press play: liquidations will appear here"


def _top(values: Floats) -> float:
    highest = float(np.max(values, initial=0.0))
    return 1.1 * highest if highest > 0 else 1.0
