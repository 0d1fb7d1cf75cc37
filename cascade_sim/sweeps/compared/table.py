"""What many seeds say of a figure: its median, where a further seed falls, and how surely rules differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cascade_sim.sweeps.compared.asked import VARIANT
from cascade_sim.sweeps.intervals import quantile_ranks

if TYPE_CHECKING:
    from cascade_sim.sweeps.compared.result import Comparison

SEED_LEVEL = 0.9
MEDIAN_LEVEL = 0.95
# Rules that do the same may add the same numbers in another order: that is no difference.
ROUNDING = 1e-12
_FIGURES = ("median", "seed_low", "seed_high", "median_low", "median_high")
_CHANGES = ("change", "change_low", "change_high")


def seed_ranks(n: int, level: float = SEED_LEVEL) -> tuple[int, int, float]:
    """Return the ranks of the two values between which the value of a further seed falls.

    Parameters
    ----------
    n : int
        Seeds, 1 or more.
    level : float
        Wanted probability, in (0, 1).

    Returns
    -------
    low, high : int
        One-based ranks in the sorted values, the same number from either end.
    coverage : float
        Probability that a further seed falls between, ``(high - low) / (n + 1)``, whatever the distribution; more
        where values repeat. It is below ``level`` where there are too few seeds: 19 reach 0.9.

    References
    ----------
    S. S. Wilks, Determination of sample sizes for setting tolerance limits, Annals of Mathematical Statistics 12
    (1941) 91-96.
    """
    low = max(int((1.0 - level) / 2.0 * (n + 1) + 1e-9), 1)
    high = max(n + 1 - low, low)
    return low, high, (high - low) / (n + 1)


def interval_of_a_seed(values: np.ndarray, level: float = SEED_LEVEL) -> tuple[float, float]:
    """Return the values of `seed_ranks`; NaN without two of them."""
    if values.size < 2:
        return np.nan, np.nan
    low, high, _ = seed_ranks(values.size, level)
    ordered = np.sort(values)
    return float(ordered[low - 1]), float(ordered[high - 1])


def interval_of_the_median(values: np.ndarray, level: float = MEDIAN_LEVEL) -> tuple[float, float]:
    """Return the order statistics that enclose the median; NaN below 6 values at a level of 95 %."""
    low, high = quantile_ranks(values.size, 0.5, level)
    if low is None or high is None:
        return np.nan, np.nan
    ordered = np.sort(values)
    return float(ordered[low - 1]), float(ordered[high - 1])


def table_of(result: Comparison) -> pd.DataFrame:
    """Return one row a figure and variant: what the seeds say together.

    Parameters
    ----------
    result : Comparison

    Returns
    -------
    DataFrame
        Index ``figure``, ``variant``. ``unit``; ``n``: seeds that have the figure; ``median``; ``seed_low``,
        ``seed_high``: where a further seed falls with the probability ``attrs["seed_coverage"]`` or more, which is
        ``attrs["seed_level"]`` or more from 19 seeds on; below that they are the least and the greatest;
        ``median_low``, ``median_high``: interval of the median at ``attrs["median_level"]``; ``pairs``: seeds that have
        the figure here and in the run as it is; ``change``, ``change_low``, ``change_high``: median of the differences
        to that run, seed by seed, and its interval; differences of rounding (1e-12 of the figure) count as 0. NaN where
        there are too few seeds.

    Notes
    -----
    All intervals are order statistics: they hold whatever the distribution, and cover at least what they say. The
    median of the differences is in general not the difference of the medians.
    """
    rows = []
    base = result.variants[0]
    units = result.units
    outputs = list(result.outputs)
    values = result.frame.set_index(["seed", VARIANT])[outputs].unstack()
    for figure in outputs:
        reference = values[figure, base].to_numpy(np.float64)
        for variant in result.variants:
            found = values[figure, variant].to_numpy(np.float64)
            row = {"figure": figure, VARIANT: variant, "unit": units.get(figure, ""), **_figures(found)}
            if variant != base:
                row |= changes_of(found, reference)
            rows.append(row)
    table = pd.DataFrame(rows).set_index(["figure", VARIANT])
    table["pairs"] = table["pairs"].fillna(0).astype(np.int64)
    used = len(result.seeds) - result.failures["seed"].nunique()
    coverage = seed_ranks(used)[2] if used else 0.0
    table.attrs = {"seed_level": SEED_LEVEL, "seed_coverage": coverage, "median_level": MEDIAN_LEVEL}
    return table


def _figures(values: np.ndarray) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    median = float(np.median(known)) if known.size else np.nan
    ends = (*interval_of_a_seed(known), *interval_of_the_median(known))
    return {"n": int(known.size), **dict(zip(_FIGURES, (median, *ends), strict=True))}


def changes_of(found: np.ndarray, reference: np.ndarray) -> dict[str, Any]:
    """Return how many seeds have both figures, the median of the differences, and its interval; see `table_of`."""
    differences = found - reference
    differences[np.abs(differences) <= ROUNDING * np.abs(reference)] = 0.0
    known = differences[np.isfinite(differences)]
    median = float(np.median(known)) if known.size else np.nan
    changes = (median, *interval_of_the_median(known))
    return {"pairs": int(known.size), **dict(zip(_CHANGES, changes, strict=True))}
