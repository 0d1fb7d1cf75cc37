"""Two pictures of a fit: how near each target is, and how the objective rises away from the best value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.calibration.result import CalibrationResult
from cascade_sim.calibration.words import figure, recorded
from cascade_sim.plots.style import COUNTERFACTUAL, FAINT, INK, MUTED, drawing_style, finish, new_picture, panel_heading
from cascade_sim.units import format_quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 10.0
_ROW, _PANEL, _HEAD, _FOOT = 0.34, 2.1, 0.5, 0.65
_COLUMNS = 3
_BINS = 25
# Errors beyond this many tolerances are drawn at the edge.
_FARTHEST = 10.0
# An objective below the first is far within every tolerance, and one so many times the best far off.
_LEAST, _MOST = 0.01, 1e4
_TEXT = 8.0


def fit(result: CalibrationResult, width: float | None = None) -> Figure:
    """Draw each target's error in tolerances, at the start and at the best point, with figures beside it."""
    pairs = result.asked.targets
    width = width or WIDTH
    height = _HEAD + _FOOT + _ROW * len(pairs)
    with drawing_style():
        picture = new_picture(width, height)
        ax = picture.add_axes((0.24, _FOOT / height, 0.35, 1.0 - (_HEAD + _FOOT) / height))
        places = np.arange(len(pairs))[::-1]
        ax.axvspan(-1.0, 1.0, color=FAINT, lw=0, zorder=0)
        ax.axvline(0.0, color=MUTED, lw=0.8, zorder=1)
        for point, filled, label in ((result.start_point, False, "start"), (result.best_point, True, "best point")):
            errors = np.clip(point.errors, -_FARTHEST, _FARTHEST)
            colour = INK if filled else MUTED
            ax.plot(errors, places, "o", color=colour, mfc=colour if filled else "white", ms=5, label=label, zorder=3)
        ax.set_yticks(places, [result.asked.label(event, target.key) for event, target in pairs])
        ax.set_ylim(-0.6, len(pairs) - 0.4)
        reach = min(
            _FARTHEST, max(2.0, *(float(np.max(np.abs(p.errors))) for p in (result.start_point, result.best_point)))
        )
        ax.set_xlim(-1.08 * reach, 1.08 * reach)
        ax.set_xlabel("error in tolerances; grey: within one")
        for place, (event, target), compared in zip(places, pairs, result.best_point.compared, strict=True):
            words = f"{figure(event, target, compared)}, recorded {recorded(event, target)}"
            ax.annotate(words, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=_TEXT)
        panel_heading(ax, "Simulated against recorded")
        finish([ax])
    return picture


def profile(result: CalibrationResult, width: float | None = None) -> Figure:
    """Draw, for each parameter, the objective of every evaluation, and the least of it along the parameter."""
    parameters = result.asked.parameters
    width = width or WIDTH
    columns = min(_COLUMNS, len(parameters)) if width >= 6.0 else 1
    rows = -(-len(parameters) // columns)
    height = rows * (_PANEL + _HEAD + _FOOT)
    with drawing_style():
        picture = new_picture(width, height)
        axes = []
        for place in range(len(parameters)):
            row, column = divmod(place, columns)
            left, wide = (column + 0.17) / columns, 0.76 / columns
            bottom = 1.0 - (row + 1.0) / rows + _FOOT / height
            axes.append(picture.add_axes((left, bottom, wide, 1.0 / rows - (_FOOT + _HEAD) / height)))
            _profile_panel(axes[-1], result, place)
        finish(axes)
    return picture


def _profile_panel(ax: Axes, result: CalibrationResult, place: int) -> None:
    parameter = result.asked.parameters[place]
    units = np.array([each.unit[place] for each in result.evaluations])
    least = max(result.objective, _LEAST)
    objectives = np.clip([each.objective for each in result.evaluations], least, _MOST * least)
    values = [parameter.at(unit) for unit in units]
    ax.plot(values, objectives, ".", color=MUTED, ms=3, alpha=0.6, zorder=2)
    cells = np.minimum((units * _BINS).astype(int), _BINS - 1)
    lowest = [(unit, low) for unit, low in _lowest(cells, units, objectives)]
    ax.plot([parameter.at(unit) for unit, _ in lowest], [low for _, low in lowest], "-", color=INK, lw=1.2, zorder=3)
    best = parameter.at(result.best_point.unit[place])
    ax.axvline(best, color=COUNTERFACTUAL, lw=1.2, zorder=4)
    if result.sensitivity is not None:
        ends = (parameter.at(result.sensitivity.low[place]), parameter.at(result.sensitivity.high[place]))
        ax.axvspan(*ends, color=FAINT, lw=0, zorder=0)
    ax.set_yscale("log")
    ax.set_xscale("log" if parameter.log else "linear")
    ax.set_xlim(parameter.low, parameter.high)
    marks = [parameter.low, parameter.at(0.5), parameter.high]
    ax.set_xticks(marks, [format_quantity(mark, 3) for mark in marks])
    powers = 10.0 ** np.arange(np.floor(np.log10(least)), 1 + np.ceil(np.log10(np.max(objectives))))
    ax.set_yticks(powers, [format_quantity(power) for power in powers])
    ax.minorticks_off()
    ax.set_xlabel(f"best {format_quantity(best, 3)}; grey: interval")
    panel_heading(ax, parameter.name.replace("_", " "))


def _lowest(cells: np.ndarray, units: np.ndarray, objectives: np.ndarray) -> list[tuple[float, float]]:
    """Return the lowest objective of each cell along a parameter that has one, with its place."""
    found = []
    for cell in np.unique(cells):
        inside = np.flatnonzero(cells == cell)
        least = inside[np.argmin(objectives[inside])]
        found.append((float(units[least]), float(objectives[least])))
    return found


PICTURES: dict[str, Callable[[CalibrationResult], Figure]] = {"fit": fit, "profile": profile}
