"""The album of a sweep: which pictures its design gives it, in which order, how to read each, and what it shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from cascade_sim.plots.entry import Entry
from cascade_sim.plots.fan_chart import cliffs_of
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.sweep_axis import SweepAxis, axis_of
from cascade_sim.plots.sweep_least import is_loss, least_of
from cascade_sim.plots.sweep_reading import (
    CASCADE,
    numeric_keys,
    outputs_of,
    sweep_name,
    threshold_words,
    value_words,
    varying,
    written,
)

FALL = "max_drawdown"


def main_output(result: Any) -> str:
    """Return the output that pictures show: a loss that stands first, else the largest fall, else what stands first."""
    outputs = outputs_of(result)
    if len(outputs) > 1 and is_loss(outputs[1]):
        return outputs[1]
    return FALL if FALL in outputs else next((name for name in outputs if name != CASCADE), CASCADE)


def _two_keys(result: Any) -> bool:
    return len(varying(result)) >= 2 and bool(numeric_keys(result))


def _one_number(result: Any) -> bool:
    return len(varying(result)) == 1 and len(numeric_keys(result)) == 1


def _many_runs(result: Any) -> bool:
    counts = result.frame.groupby("point").size()
    return bool(len(counts)) and int(counts.max()) > 1


def _is_sobol(result: Any) -> bool:
    return str(getattr(result.sweep, "design", "")) == "sobol"


def _value(result: Any) -> dict[str, Any]:
    return {"value": main_output(result)}


def _pooled(result: Any) -> dict[str, Any]:
    return {"value": main_output(result), "average": True}


def _of_map(result: Any) -> str:
    value = main_output(result)
    return CASCADE if _many_runs(result) and not is_loss(value) else value


def _map_words(result: Any) -> str:
    if is_loss(_of_map(result)):
        return _loss_words(result, main_output(result))
    share = result.frame.groupby("point")[CASCADE].mean().dropna()
    if not len(share):
        return f"{sweep_name(result)}: no run ended."
    most = int((share >= 0.5).sum())
    return (
        f"A fall of {threshold_words(result)} or more came in {percent(float(result.frame[CASCADE].mean()))} of the "
        f"runs; it came in at least half of them at {most:,} of {len(share):,} points."
    )


def _loss_words(result: Any, value: str) -> str:
    """Say at which points a loss is least and largest on average."""
    mean = result.frame.groupby("point")[value].mean().dropna()
    if not len(mean):
        return f"No run has a value of {value}."
    ends = []
    for point in (mean.idxmin(), mean.idxmax()):
        at = ", ".join(f"{key} = {value_words(result.points.loc[point, key])}" for key in varying(result))
        ends.append(f"{written(result, value, float(mean[point]))} at {at}")
    return f"The mean of {value} goes from {ends[0]} to {ends[1]}."


def _fan_words(result: Any) -> str:
    key = numeric_keys(result)[0]
    axis = axis_of(result, key, result.points)
    cell = axis.cell_of(result.frame[key])
    groups = [result.frame[cell == number] for number in range(len(axis.values))]
    cliffs, value = cliffs_of(axis, groups), main_output(result)
    if is_loss(value):
        medians = np.array([group[value].median() for group in groups])
        least = least_of(medians)
        if least is not None:
            return f"The median of {value} is least at {key} = {least.words(axis)}."
        most = SweepAxis(key, [axis.values[int(np.nanargmax(medians))]], axis.kind, axis.share).words()[0]
        return (
            f"The median of {value} is largest at {key} = {most}: {written(result, value, float(np.nanmax(medians)))}."
        )
    if cliffs:
        return f"Half of the runs fall by {threshold_words(result)} or more at {key} = {human(cliffs[0])}."
    return f"At no value of {key} does the share of cascades cross one half."


def _survival_words(result: Any) -> str:
    value = main_output(result)
    known = result.frame[value].dropna()
    if not len(known):
        return f"No run has a value of {value}."
    middle, high = (written(result, value, float(known.quantile(level))) for level in (0.5, 0.95))
    return f"Over all runs the median of {value} is {middle}, and one in twenty is above {high}."


def _table_words(result: Any, method: str, by: str, words: str) -> str:
    table = getattr(result, method)(main_output(result))
    sizes = np.abs(np.asarray(table[by], dtype=float))
    key = table["key"].iloc[int(np.nanargmax(sizes))] if "key" in table else table.index[int(np.nanargmax(sizes))]
    return words.format(key=key, value=main_output(result))


SWEEP_ENTRIES = (
    Entry(
        "sweep_map",
        "Where it becomes a cascade",
        "The darker a cell, the more of its runs were cascades; the solid line is where half of them are, the broken "
        "ones are where theory expects that.",
        _map_words,
        "two keys that vary, one of them with numbers",
        _two_keys,
        settings=lambda result: {"average": True, "value": _of_map(result)},
    ),
    Entry(
        "fan_chart",
        "How far runs spread",
        "The line is the median run, the bands hold half and nine tenths of the runs; the broken line is where half of "
        "them are cascades.",
        _fan_words,
        "one key that varies, with numbers",
        _one_number,
        settings=_value,
    ),
    Entry(
        "survival_curves",
        "How likely so much or more is",
        "Each curve says what share of its runs came to at least so much; the slower it falls, the fatter the tail.",
        _survival_words,
        "more than one run a point",
        _many_runs,
        settings=_pooled,
    ),
    Entry(
        "tornado",
        "What each key alone changes",
        "The wider a bar, the more that key alone moves the result between its two ends.",
        lambda result: _table_words(result, "tornado", "swing", "Alone, {key} moves {value} most."),
        "two keys that vary",
        lambda result: len(varying(result)) >= 2,
        settings=_value,
    ),
    Entry(
        "sobol_bars",
        "What explains the differences",
        "The longer a bar, the more of the variance a key explains, alone and with all others; the gap between the two "
        "is what it does together with others.",
        lambda result: _table_words(result, "sobol", "ST", "{key} explains most of the variance of {value}."),
        "design: sobol",
        _is_sobol,
        settings=_value,
    ),
)

SWEEP_ALBUM = {entry.name: entry for entry in SWEEP_ENTRIES}


def pictures_of_sweep(result: Any) -> dict[str, Entry]:
    """Return the pictures that have something to say for a sweep, by name, in the album's order.

    Parameters
    ----------
    result : SweepResult

    Returns
    -------
    dict of str to Entry
        ``entry.draw(result)`` makes the figure; ``f"{name}.png"`` is its file.
    """
    return {name: entry for name, entry in SWEEP_ALBUM.items() if entry.has(result)}
