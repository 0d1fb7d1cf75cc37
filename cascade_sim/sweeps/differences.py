"""Two points of a sweep compared replicate by replicate: with common luck, far surer than two means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cascade_sim.errors import CascadeError
from cascade_sim.sweeps.intervals import bootstrap_means, normal_quantile
from cascade_sim.sweeps.outputs import output_of, unit_of
from cascade_sim.text_table import shown, unit_beside

if TYPE_CHECKING:
    from cascade_sim.sweeps.result import SweepResult


@dataclass(frozen=True)
class Difference:
    """How much an output of one point exceeds that of another, run for run.

    Attributes
    ----------
    value, unit : str
        The output.
    first, second : int
        The points.
    pairs, left_out : int
        Replicates that both points have, and those that failed or miss the output at one of them.
    mean, low, high : float
        Mean of second less first, and its bootstrap interval; NaN without two pairs.
    level : float
        Confidence level.
    correlation : float
        Of the pairs; NaN where one side does not vary. The nearer to 1, the more the common luck has cancelled.
    unpaired_width : float
        Width of the interval that the same runs would give without pairing, by the normal approximation.
    """

    value: str
    unit: str
    first: int
    second: int
    pairs: int
    left_out: int
    mean: float
    low: float
    high: float
    level: float
    correlation: float
    unpaired_width: float

    def words(self) -> str:
        """Say it in one sentence."""
        unit = unit_beside(self.unit)
        figures = [shown(each, self.unit) for each in (self.mean, self.low, self.high)]
        left_out = (
            f"; {self.left_out:,} {'replicate' if self.left_out == 1 else 'replicates'} left out"
            if self.left_out
            else ""
        )
        return (
            f"{self.value} at point {self.second} less that at point {self.first}: {figures[0]}"
            f"{f' {unit}' if unit else ''} ({100 * self.level:g} % interval {figures[1]} to {figures[2]}, "
            f"{self.pairs:,} pairs with common luck{left_out})"
        )


def difference(
    result: SweepResult,
    first: int,
    second: int,
    value: str = "max_drawdown",
    level: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> Difference:
    """Compare two points replicate by replicate.

    Parameters
    ----------
    result : SweepResult
        With common luck.
    first, second : int
        Points.
    value : str
        The output.
    level : float
        Confidence level.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    Difference
        Second less first.

    Raises
    ------
    CascadeError
        If there is no such point or output, or if the two do not share their luck.
    """
    return _differences(result, [(first, second)], value, level, resamples, seed)[0]


def paired(
    result: SweepResult,
    key: str,
    value: str = "max_drawdown",
    level: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return what each step along a key does: neighbours in that key, all else equal, compared run by run.

    Parameters
    ----------
    result : SweepResult
        Of a grid, with common luck.
    key : str
        The varied key.
    value : str
        The output.
    level : float
        Confidence level.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        One row a step: the other keys; ``from``, ``to`` (values of the key), ``first``, ``second`` (points),
        ``pairs``, ``left_out``, ``mean``, ``low``, ``high``, ``correlation``. Units in ``attrs["units"]``.

    Raises
    ------
    CascadeError
        If the key is not varied, if no two points differ in it alone, or if points do not share their luck.
    """
    if key not in result.keys:
        raise CascadeError(f"{key} is not varied; the sweep varies {', '.join(result.keys)}")
    others = [each for each in result.keys if each != key]
    points = result.points.sort_values(key, kind="stable")
    groups = [group for _, group in points.groupby(others, sort=True)] if others else [points]
    steps = [(int(first), int(second)) for group in groups for first, second in pairwise(group.index)]
    if not steps:
        raise CascadeError(f"no two points differ in {key} alone; steps along a key need `design: grid`")
    names = ("first", "second", "pairs", "left_out", "mean", "low", "high", "correlation")
    rows = [
        {each: points.at[found.first, each] for each in others}
        | {"from": points.at[found.first, key], "to": points.at[found.second, key]}
        | {name: getattr(found, name) for name in names}
        for found in _differences(result, steps, value, level, resamples, seed)
    ]
    table = pd.DataFrame(rows)
    unit = unit_of(result, value)
    table.attrs = {"value": value, "level": level, "units": dict.fromkeys(("mean", "low", "high"), unit)}
    return table


def _differences(
    result: SweepResult, steps: Sequence[tuple[int, int]], value: str, level: float, resamples: int, seed: int
) -> list[Difference]:
    """Compare many pairs of points at once."""
    index = result.points.index
    for point in {point for step in steps for point in step}:
        if point not in index:
            raise CascadeError(f"the sweep has no point {point}; its points are 0 to {len(index) - 1}")
    frame = result.frame[["point", "replicate", "seed"]].assign(value=output_of(result, value))
    values, seeds = (
        frame.pivot(index="point", columns="replicate", values=name).reindex(index).to_numpy(np.float64)
        for name in ("value", "seed")
    )
    first, second = (index.get_indexer([step[side] for step in steps]) for side in (0, 1))
    run = ~(np.isnan(seeds[first]) | np.isnan(seeds[second]))
    if (seeds[first] != seeds[second])[run].any():
        raise CascadeError("the runs of these points do not share their luck; run the sweep with `common_luck: true`")
    gaps = values[second] - values[first]
    usable = ~np.isnan(gaps)
    numbers = usable.sum(axis=1)
    ends = np.full((2, len(steps)), np.nan)
    for n in np.unique(numbers[numbers > 0]):
        same = np.flatnonzero(numbers == n)
        ends[:, same] = bootstrap_means(gaps[same][usable[same]].reshape(-1, n), level, resamples, seed)
    unit = unit_of(result, value)
    return [
        Difference(
            value=value,
            unit=unit,
            first=steps[place][0],
            second=steps[place][1],
            pairs=int(numbers[place]),
            left_out=int(run[place].sum() - numbers[place]),
            mean=float(gaps[place, usable[place]].mean()) if numbers[place] else np.nan,
            low=float(ends[0, place]),
            high=float(ends[1, place]),
            level=level,
            **_without_pairs(values[first[place], usable[place]], values[second[place], usable[place]], level),
        )
        for place in range(len(steps))
    ]


def _without_pairs(first: np.ndarray, second: np.ndarray, level: float) -> dict[str, float]:
    """Return how far the two samples go together, and how wide an interval would be that did not know."""
    n = first.size
    if n < 2:
        return {"correlation": np.nan, "unpaired_width": np.nan}
    varies = np.ptp(first) > 0.0 and np.ptp(second) > 0.0
    width = 2.0 * normal_quantile(level) * np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / n)
    return {
        "correlation": float(np.corrcoef(first, second)[0, 1]) if varies else np.nan,
        "unpaired_width": float(width),
    }
