"""The points of a sweep: which values its keys have together."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cascade_sim.errors import CascadeError
from cascade_sim.streams import stream
from cascade_sim.sweeps.checks import number_of_points
from cascade_sim.sweeps.numbers import same_value
from cascade_sim.sweeps.spec import Sweep

if TYPE_CHECKING:
    import numpy as np

STREAM = "sweep.design"
_NEEDS_SALIB = "the design sobol needs SALib; install it with: pip install 'cascade-sim[sensitivity]'"


def points_of(sweep: Sweep) -> list[dict[str, Any]]:
    """Return the points of a sweep.

    Parameters
    ----------
    sweep : Sweep
        The sweep. What its design draws depends on its seed, its samples and the number and order of its keys alone.

    Returns
    -------
    list of dict
        For each point the value of every varied key, as `Scenario.with_overrides` takes it. grid: the product, the last
        key fastest. sobol: the Saltelli scheme in the order of SALib, samples x (keys + 2) points.

    Raises
    ------
    CascadeError
        If the design is sobol and SALib is not installed.
    """
    varied = sweep.varied
    if sweep.design in ("grid", "zip"):
        columns = [entry.values for entry in varied.values()]
        rows = itertools.product(*columns) if sweep.design == "grid" else zip(*columns, strict=True)
        return [dict(zip(varied, row, strict=True)) for row in rows]
    cube = unit_points(sweep)
    drawn = [entry.at(cube[:, place]) for place, entry in enumerate(varied.values())]
    return [dict(zip(varied, row, strict=True)) for row in zip(*drawn, strict=True)]


def unit_points(sweep: Sweep) -> np.ndarray:
    """Return the points of a drawn design in the unit cube, float64 of shape (points, keys).

    Sources
    -------
    Latin hypercube: McKay, Beckman and Conover (1979), `scipy.stats.qmc.LatinHypercube`. Sobol sequence, scrambled, in
    Saltelli's scheme: Saltelli (2002), Computer Physics Communications 145, 280; `SALib.sample.sobol`.
    """
    samples, chance = sweep.samples or 0, stream(sweep.seed, STREAM)
    if sweep.design == "latin_hypercube":
        from scipy.stats import qmc

        return qmc.LatinHypercube(d=len(sweep.varied), rng=chance).random(samples)
    try:
        from SALib.sample import sobol
    except ImportError:
        raise CascadeError(_NEEDS_SALIB) from None
    return sobol.sample(problem_of(sweep), samples, calc_second_order=False, seed=chance)


def problem_of(sweep: Sweep) -> dict[str, Any]:
    """Return the sweep as SALib's functions take it: names, and the unit cube that values are mapped from."""
    names = list(sweep.varied)
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0] for _ in names]}


def count_points(sweep: Sweep) -> int:
    """Return how many points a sweep has, without making them."""
    return number_of_points(sweep.design, sweep.varied, sweep.samples)


def kept_runs(sweep: Sweep, points: Sequence[Mapping[str, Any]]) -> dict[int, tuple[int, ...]]:
    """Return the replicates that are kept whole, by point.

    Parameters
    ----------
    sweep : Sweep
    points : sequence of mapping
        Its points.

    Returns
    -------
    dict
        Sorted replicates by number of the point; points that keep nothing are left out.
    """
    kept: dict[int, set[int]] = {}
    for entry in sweep.keep:
        wanted = {key: value for key, value in entry.items() if key != "replicate"}
        for number, point in enumerate(points):
            if all(same_value(value, point[key]) for key, value in wanted.items()):
                kept.setdefault(number, set()).add(entry.get("replicate", 0))
    return {number: tuple(sorted(replicates)) for number, replicates in kept.items()}
