"""What the runs of each point say together: mean, quantiles, probability of a cascade, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cascade_sim.errors import CascadeError
from cascade_sim.sweeps.intervals import bootstrap_means, wilson_shares
from cascade_sim.sweeps.outputs import counts, samples_of, unit_of

if TYPE_CHECKING:
    from cascade_sim.sweeps.result import SweepResult

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def statistics(
    result: SweepResult,
    value: str = "max_drawdown",
    level: float = 0.95,
    quantiles: Sequence[float] = QUANTILES,
    resamples: int = 2_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return one row a point: what its runs say about one output, and how sure that is.

    Parameters
    ----------
    result : SweepResult
    value : str
        The output.
    level : float
        Confidence level of all intervals, in (0, 1).
    quantiles : sequence of float
        Each in [0, 1]; linear between neighbouring runs.
    resamples, seed : int
        Of the bootstrap; the same seed gives the same intervals.

    Returns
    -------
    DataFrame
        Index ``point``; the varied keys; ``runs``, ``failed``, ``missing``, ``exhausted`` (see `counts`); ``mean``
        with its bootstrap interval ``mean_low``, ``mean_high``; the quantiles ``q05``, ...; ``cascade_probability``
        (share of the runs that reached the sweep's threshold) with Wilson's interval ``cascade_low``,
        ``cascade_high``. Units in ``attrs["units"]``. Runs that failed or have no such output are left out of the
        figures and counted; a point without a usable run has NaN.

    Raises
    ------
    CascadeError
        If the sweep has no such output, or a level or quantile is none.

    Notes
    -----
    One run has no interval (NaN); runs that are all equal have the value itself. Points of one sweep with common luck
    share their luck: their intervals are not independent of each other, and two that overlap can still differ for
    sure; see `difference`.
    """
    _check(level, quantiles)
    table = counts(result, value)
    names = [quantile_name(share) for share in quantiles]
    figures = np.full((len(table), 3 + len(names)), np.nan)
    for places, samples in samples_of(result, value):
        low, high = bootstrap_means(samples, level, resamples, seed)
        spread = np.quantile(samples, quantiles, axis=1) if names else np.empty((0, places.size))
        figures[places] = np.vstack((samples.mean(axis=1), low, high, spread)).T
    table = pd.concat(
        (
            result.points,
            table,
            pd.DataFrame(figures, table.index, ["mean", "mean_low", "mean_high", *names]),
            _cascades(result, table.index, level),
        ),
        axis=1,
    )
    unit = unit_of(result, value)
    table.attrs = {
        "value": value,
        "level": level,
        "units": {key: unit_of(result, key) for key in result.keys}
        | dict.fromkeys(("runs", "failed", "missing", "exhausted"), "count")
        | dict.fromkeys(("mean", "mean_low", "mean_high", *names), unit)
        | dict.fromkeys(("cascade_probability", "cascade_low", "cascade_high"), "fraction"),
    }
    return table


def quantile_name(share: float) -> str:
    """Return the column of a quantile: ``q05`` for 0.05, ``q97.5`` for 0.975."""
    whole, point, rest = f"{100.0 * share:.10g}".partition(".")
    return f"q{whole.zfill(2)}{point}{rest}"


def _cascades(result: SweepResult, index: pd.Index, level: float) -> pd.DataFrame:
    """Return the share of cascades by point, of the runs that can tell."""
    told = samples_of(result, "cascade")
    hits, trials = np.zeros(len(index), dtype=np.int64), np.zeros(len(index), dtype=np.int64)
    for places, samples in told:
        hits[places], trials[places] = samples.sum(axis=1).astype(np.int64), samples.shape[1]
    low, high = wilson_shares(hits, trials, level)
    share = np.divide(hits, trials, out=np.full(len(index), np.nan), where=trials > 0)
    return pd.DataFrame({"cascade_probability": share, "cascade_low": low, "cascade_high": high}, index)


def _check(level: float, quantiles: Sequence[float] = ()) -> None:
    if not 0.0 < level < 1.0:
        raise CascadeError(f"a confidence level of {level:g} is none; give a number between 0 and 1, such as 0.95")
    for share in quantiles:
        if not 0.0 <= share <= 1.0:
            raise CascadeError(f"there is no quantile {share:g}; give numbers from 0 to 1, such as 0.95")
