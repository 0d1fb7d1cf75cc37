"""Value at risk and liquidations-at-risk: high percentiles over runs, never without horizon, runs and interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cascade_sim.errors import CascadeError
from cascade_sim.sweeps.intervals import bootstrapped_tail, quantile_ranks, runs_needed
from cascade_sim.sweeps.outputs import counts, outputs_of, samples_of, unit_of
from cascade_sim.text_table import unit_beside
from cascade_sim.units import format_duration, format_quantity

if TYPE_CHECKING:
    from cascade_sim.sweeps.result import SweepResult

# output: (column of its percentile, column of the mean beyond it or None, its name for people)
MEASURES = {
    "bad_debt": ("value_at_risk", "expected_shortfall", "VaR of insolvent debt"),
    "liquidated_notional": ("liquidations_at_risk", None, "liquidations at risk"),
}
# So many runs have to lie beyond the percentile until a bootstrap of their mean says something.
FEWEST_BEYOND = 10
# Designs whose points are independent draws of the world.
DRAWN = ("latin_hypercube",)


def risk(
    result: SweepResult,
    level: float = 0.95,
    confidence: float = 0.95,
    pooled: bool = False,
    resamples: int = 2_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return VaR, expected shortfall and liquidations-at-risk.

    Parameters
    ----------
    result : SweepResult
        With the outputs ``bad_debt``, ``liquidated_notional`` or both.
    level : float
        Which percentile, as a fraction: 0.95 is exceeded by one run in twenty.
    confidence : float
        Confidence level of the intervals.
    pooled : bool
        Take all runs as one sample: for ``design: latin_hypercube``, where the points are draws of the world. One row
        instead of one a point.
    resamples, seed : int
        Of the expected shortfall's bootstrap.

    Returns
    -------
    DataFrame
        Index ``point``, or ``all`` when pooled. The varied keys (not pooled); ``horizon_s``: how long each run lasts;
        ``runs``, ``failed``, ``missing``, ``exhausted`` (see `outputs.counts`; missing of whichever misses more); then
        ``value_at_risk``, ``expected_shortfall`` and ``liquidations_at_risk``, each with ``_low`` and ``_high``. Units
        in ``attrs["units"]``, caveats in ``attrs["notes"]``.

    Raises
    ------
    CascadeError
        If neither output is there, or if runs are to be pooled that are no sample of one world.

    Notes
    -----
    A percentile is the least loss that at least a share ``level`` of the runs does not exceed, so it is a loss that
    occurred. Its interval lies between order statistics and holds for any distribution; an end that the runs cannot
    bound is NaN (at 95 % of 95 %, the upper end needs 72 runs). Expected shortfall is the mean of the worst share
    ``1 - level``, the run at the edge by its part (Acerbi and Tasche 2002); its interval is a percentile bootstrap and
    is too narrow where few runs lie beyond the percentile, so it is NaN below ten of them.

    References
    ----------
    C. Acerbi and D. Tasche, On the coherence of expected shortfall, Journal of Banking & Finance 26 (2002) 1487-1503.
    """
    for name, share in (("level", level), ("confidence", confidence)):
        if not 0.0 < share < 1.0:
            raise CascadeError(f"a {name} of {share:g} is none; give a number between 0 and 1, such as 0.95")
    there = [value for value in MEASURES if value in outputs_of(result)]
    if not there:
        raise CascadeError(f"risk needs the outputs {' and '.join(MEASURES)}; add one of them to `outputs:`")
    by_point = [counts(result, value) for value in there]
    table = by_point[0].assign(missing=np.maximum.reduce([each["missing"] for each in by_point]))
    horizons = _horizons(result)
    groups = {value: samples_of(result, value) for value in there}
    notes: list[str] = []
    independent = None
    if pooled:
        horizon, independent = _poolable(result, horizons), len(result.points)
        notes = _pooling_notes(result)
        groups = {value: _joined(samples) for value, samples in groups.items()}
        table = pd.DataFrame([table.sum()], index=pd.Index(["all"], name="point"))
        table.insert(0, "horizon_s", horizon)
    else:
        table.insert(0, "horizon_s", horizons)
        table = pd.concat((result.points, table), axis=1)
    for value in there:
        percentile, beyond, _ = MEASURES[value]
        figures = _percentiles(groups[value], len(table), level, confidence, independent)
        if beyond is not None:
            tails = _shortfalls(groups[value], len(table), level, confidence, independent, resamples, seed)
            figures = np.vstack((figures, tails))
        for column, numbers in zip(_columns(percentile, beyond), figures, strict=True):
            table[column] = numbers
    table.attrs = {
        "level": level,
        "confidence": confidence,
        "pooled": pooled,
        "notes": notes + _notes(table, level, confidence),
        "units": {key: unit_of(result, key) for key in result.keys}
        | {"horizon_s": "s"}
        | dict.fromkeys(("runs", "failed", "missing", "exhausted"), "count")
        | {
            column: unit_of(result, value)
            for value in there
            for column in _columns(MEASURES[value][0], MEASURES[value][1])
        },
    }
    return table


def _columns(percentile: str, beyond: str | None) -> list[str]:
    names = [percentile] if beyond is None else [percentile, beyond]
    return [f"{name}{end}" for name in names for end in ("", "_low", "_high")]


def _percentiles(
    groups: list[tuple[np.ndarray, np.ndarray]], rows: int, level: float, confidence: float, independent: int | None
) -> np.ndarray:
    """Return percentile, low and high, a row each."""
    figures = np.full((3, rows), np.nan)
    for places, samples in groups:
        n = samples.shape[1]
        figures[0, places] = samples[:, rank_of(n, level) - 1]
        # Where only m of n runs are independent, the ranks for m are carried over as shares of the sample.
        m = n if independent is None else min(n, independent)
        low, high = quantile_ranks(m, level, confidence)
        if low is not None:
            figures[1, places] = samples[:, max(low * n // m, 1) - 1]
        if high is not None:
            figures[2, places] = samples[:, min(-(-high * n // m), n) - 1]
    return figures


def _shortfalls(
    groups: list[tuple[np.ndarray, np.ndarray]],
    rows: int,
    level: float,
    confidence: float,
    independent: int | None,
    resamples: int,
    seed: int,
) -> np.ndarray:
    """Return expected shortfall, low and high, a row each."""
    figures = np.full((3, rows), np.nan)
    for places, samples in groups:
        n = samples.shape[1]
        figures[0, places] = shortfall(samples, level)
        # A resample of runs is one of the world only where the runs are independent.
        if (1.0 - level) * n >= FEWEST_BEYOND - 1e-9 and (independent is None or independent >= n):
            figures[1:, places] = bootstrapped_tail(
                samples, lambda each: shortfall(each, level), confidence, resamples, seed
            )
    return figures


def rank_of(n: int, level: float) -> int:
    """Return the one-based rank of the least of ``n`` sorted values that a share ``level`` does not exceed."""
    return max(1, math.ceil(n * level - 1e-9))


def shortfall(samples: np.ndarray, level: float) -> np.ndarray:
    """Return the mean of the worst share ``1 - level`` of every row.

    Parameters
    ----------
    samples : ndarray of float64, shape (..., n)
        Losses; rows need not be sorted.
    level : float

    Returns
    -------
    ndarray of float64, shape (...)
    """
    n = samples.shape[-1]
    k = rank_of(n, level)
    ordered = np.partition(samples, k - 1, axis=-1)
    edge = ordered[..., k - 1]
    # The excess over the edge keeps rows of equal losses exact.
    return edge + (ordered[..., k:] - edge[..., None]).sum(axis=-1) / ((1.0 - level) * n)


def _horizons(result: SweepResult) -> np.ndarray:
    """Return how long the runs of each point last, seconds; NaN where a point's scenario is not valid."""
    if not any(key.split(".")[0] in ("clock", "extends") for key in result.keys):
        return np.full(len(result.points), float(result.sweep.base.clock.duration))
    horizons = []
    for point in result.points.index:
        try:
            horizons.append(float(result.scenario_at(int(point)).clock.duration))
        except CascadeError:
            horizons.append(math.nan)
    return np.array(horizons)


def _poolable(result: SweepResult, horizons: np.ndarray) -> float:
    """Return the one horizon of all runs."""
    design = str(result.sweep.design)
    if design not in DRAWN:
        raise CascadeError(
            f"points of `design: {design}` were chosen, not drawn, so their runs are no sample of one world; "
            "ask for risk by point, or use `design: latin_hypercube` with distributions"
        )
    lengths = np.unique(horizons[~np.isnan(horizons)])
    if lengths.size != 1:
        raise CascadeError("runs of different duration have no common horizon; ask for risk by point")
    return float(lengths[0])


def _joined(samples: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    if not samples:
        return []
    return [(np.array([0]), np.sort(np.concatenate([rows.ravel() for _, rows in samples]))[None, :])]


def _pooling_notes(result: SweepResult) -> list[str]:
    notes = []
    replicates = int(result.frame["replicate"].nunique())
    if replicates > 1:
        notes.append(
            f"runs of one point are not independent: intervals count the {len(result.points):,} points, not the runs"
        )
    if result.sweep.common_luck:
        luck = "one luck" if replicates == 1 else f"the luck of {replicates:,} replicates"
        notes.append(
            f"all points share {luck}: intervals cover the draws of the points, not of the luck; "
            "`common_luck: false` covers both"
        )
    return notes


def _notes(table: pd.DataFrame, level: float, confidence: float) -> list[str]:
    notes = []
    needed = runs_needed(level, confidence)
    ends = [name for name in ("value_at_risk_high", "liquidations_at_risk_high") if name in table]
    unbounded = int(table[ends].isna().any(axis=1).sum())
    if unbounded:
        whom = "all rows" if unbounded == len(table) else f"{unbounded:,} of {len(table):,} rows"
        notes.append(
            f"too few runs to bound the {100 * level:g}th percentile from above in {whom}: "
            f"a {100 * confidence:g} % interval needs {needed:,}"
        )
    if table["failed"].any():
        notes.append(
            f"{int(table['failed'].sum()):,} failed runs are left out; if they failed because the cascade was large, "
            "the percentiles are too low"
        )
    if table["exhausted"].any():
        notes.append(
            f"in {int(table['exhausted'].sum()):,} runs forced orders met the end of the book: their figures are "
            "lower bounds"
        )
    return notes


def risk_in_words(table: pd.DataFrame, row: Any) -> str:
    """Say what one row of `risk` says, in one line.

    Parameters
    ----------
    table : DataFrame
        From `risk`.
    row : int or str
        A point, or ``"all"``.

    Returns
    -------
    str
    """
    level, confidence, units = table.attrs["level"], table.attrs["confidence"], table.attrs["units"]
    line = table.loc[row]
    parts = []
    for percentile, beyond, name in MEASURES.values():
        if percentile not in table:
            continue
        unit = unit_beside(units[percentile])
        text = f"{100 * level:g} % {name} {_amount(line[percentile])} {unit}".rstrip()
        text += f" ({_interval(line, percentile, confidence)})"
        if beyond is not None:
            text += f", {_amount(line[beyond])} on average in the worst {100 * (1 - level):.6g} %"
        parts.append(text)
    used = int(line["runs"] - line["failed"] - line["missing"])
    left_out = int(line["runs"]) - used
    runs = f"{used:,} {'run' if used == 1 else 'runs'}{f' ({left_out:,} left out)' if left_out else ''}"
    horizon = "an unknown horizon" if math.isnan(line["horizon_s"]) else format_duration(line["horizon_s"])
    return f"over {horizon}, from {runs}: " + "; ".join(parts)


def _interval(line: pd.Series, name: str, confidence: float) -> str:
    low, high = line[f"{name}_low"], line[f"{name}_high"]
    if math.isnan(low) and math.isnan(high):
        return "too few runs for an interval"
    if math.isnan(high):
        return f"at least {_amount(low)}; too few runs for an upper bound"
    if math.isnan(low):
        return f"at most {_amount(high)}; too few runs for a lower bound"
    return f"{100 * confidence:g} % interval {_amount(low)} to {_amount(high)}"


def _amount(value: float) -> str:
    return "unknown" if math.isnan(value) else format_quantity(value)
