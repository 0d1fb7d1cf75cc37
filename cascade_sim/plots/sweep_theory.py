"""What the block book's theory says over a sweep's map."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any

import numpy as np

from cascade_sim.errors import CascadeError
from cascade_sim.metrics.cliff_theory import CliffTheory, cliff_theory
from cascade_sim.plots.findings import in_a_row
from cascade_sim.plots.sweep_axis import SweepAxis
from cascade_sim.plots.sweep_cells import Cells
from cascade_sim.plots.sweep_lines import Field, field_of_cells, stands_alone

_MOST_POSITIONS, _MOST_PLACES = 20_000_000, 400
_SMALL = 1e-6


@dataclass
class Theory:
    """Theory over a map.

    Attributes
    ----------
    ratio : Field
        Logarithm of the steepest branching ratio; the line R = 1 is at 0.
    fall : Field
        Logarithm of the predicted log-fall over that of the threshold; NaN where an order buys.
    reason : str
        Why theory says nothing at the first place where it does not; empty where it speaks of all.
    beyond : dict of str
        What the scenarios have and theory leaves out.
    """

    ratio: Field
    fall: Field
    reason: str = ""
    beyond: dict[str, None] = field(default_factory=dict)

    @property
    def says_something(self) -> bool:
        """Tell whether there is a place of which theory speaks."""
        return bool(np.isfinite(self.ratio.z).any())


class _Asker:
    """Asks theory about scenarios, and remembers what it could not say and what it left out."""

    def __init__(self, threshold: float, most: float) -> None:
        self.threshold, self.most = threshold, most
        self.end = -np.log1p(-threshold) if 0.0 < threshold < 1.0 else np.nan
        self.reason, self.beyond, self.built = "", dict[str, None](), 0

    def ask(self, make: Any, seed: int) -> tuple[float, float]:
        """Return the logarithms of ratio and of the fall over the threshold, NaN where theory says nothing."""
        if self.built > self.most:
            self.reason = "the crowds are large; theory=True asks for it all the same"
            return np.nan, np.nan
        try:
            scenario = make()
            said = cliff_theory(scenario, seed=seed, threshold=self.threshold)
            self.built += sum(cohort.traders or 0 for cohort in scenario.crowd.values())
        except CascadeError as error:
            said = CliffTheory(shorten(f"a point is not valid: {error}", 110, placeholder="").rstrip(".,; "))
        self.reason = self.reason or said.reason
        if said.reason:
            return np.nan, np.nan
        self.beyond.update(dict.fromkeys(said.beyond))
        fall = np.log(max(said.move, _SMALL) / self.end) if said.direction < 0.0 else np.nan
        return float(np.log(np.clip(said.ratio, _SMALL, 1.0 / _SMALL))), float(fall)


def theory_of(result: Any, cells: Cells, demanded: bool) -> Theory:
    """Ask theory about a map: in the cells' middles, and on their borders too where each cell is one point.

    Parameters
    ----------
    result : SweepResult
    cells : Cells
        Those with several points get the mean of the logarithms.
    demanded : bool
        Whether it was asked for, so that large crowds are built too.
    """
    if cells.others and not demanded:
        nothing = Field(cells.x.straight, cells.y.straight, np.full(cells.value.shape, np.nan))
        return Theory(nothing, nothing, "other keys are averaged over")
    asker = _Asker(result.threshold, np.inf if demanded else _MOST_POSITIONS)
    seeds = cells.rows.groupby("point")["seed"].first()
    alone = not cells.gathered and not cells.others and len(cells.points) == cells.value.size
    across, up = _places(cells.x), _places(cells.y)
    if alone and across.size * up.size <= _MOST_PLACES:
        found = np.full((2, up.size, across.size), np.nan)
        number = {
            (row, column): int(point) for point, (row, column) in zip(cells.points.index, cells.place, strict=True)
        }
        middles_first = sorted(
            np.ndindex(up.size, across.size), key=lambda at: not _is_middle(cells, up[at[0]], across[at[1]])
        )
        for count, at in enumerate(middles_first):
            if count == cells.value.size and not np.isfinite(found).any():
                break
            point = number[_cell(at[0], cells.y), _cell(at[1], cells.x)]
            keys = _keys_at(cells, across[at[1]], up[at[0]])
            found[:, at[0], at[1]] = asker.ask(_maker(result, point, keys), int(seeds.get(point, 0)))
        fields = [Field(across, up, values) for values in found]
    else:
        sums = np.zeros((2, *cells.value.shape))
        counts = np.zeros((2, *cells.value.shape))
        for point, (row, column) in zip(cells.points.index, cells.place, strict=True):
            said = np.array(asker.ask(_maker(result, int(point), {}), int(seeds.get(point, 0))))
            sums[:, row, column] += np.nan_to_num(said)
            counts[:, row, column] += np.isfinite(said)
        with np.errstate(invalid="ignore"):
            fields = [field_of_cells(cells.x, cells.y, values, straight_on=True) for values in sums / counts]
    return Theory(fields[0], fields[1], asker.reason, asker.beyond)


def _places(axis: SweepAxis) -> Any:
    """Return middles and borders of an axis' cells; middles only where there is nothing between them."""
    if stands_alone(axis):
        return axis.straight
    return np.sort(np.concatenate([axis.straight, axis.straight_edges]))


def _is_middle(cells: Cells, up: float, across: float) -> bool:
    return bool(np.isin(up, cells.y.straight) and np.isin(across, cells.x.straight))


def _cell(number: int, axis: SweepAxis) -> int:
    """Return the cell whose point lends a place its other settings."""
    if stands_alone(axis):
        return number
    return min(number // 2, len(axis.values) - 1)


def _keys_at(cells: Cells, across: float, up: float) -> dict[str, float]:
    """Return the numbers to put into a point's scenario; none where the place is the point's own."""
    keys = {}
    for axis, at in ((cells.x, across), (cells.y, up)):
        if not np.isin(at, axis.straight):
            keys[axis.key] = float(axis.plain(np.array([at]))[0])
    return keys


def _maker(result: Any, point: int, keys: dict[str, float]) -> Any:
    def make() -> Any:
        scenario = result.scenario_at(point)
        return scenario.with_overrides(keys) if keys else scenario

    return make


def theory_words(theory: Theory) -> str:
    """Say what the lines of theory are, and what they leave out."""
    if not theory.says_something:
        return f"No line of theory: {theory.reason}." if theory.reason else ""
    words = (
        "R = 1: somewhere between the order's own push and the threshold, a unit of forced selling sets off one more. "
        "Theory is that of the block book: what is eaten stays eaten"
    )
    if theory.beyond:
        words += f"; it leaves out {in_a_row(list(theory.beyond))}"
    return f"{words}."
