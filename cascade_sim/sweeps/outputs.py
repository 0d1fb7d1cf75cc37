"""One output of a sweep, run by run, with what is left out counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cascade_sim.errors import CascadeError

if TYPE_CHECKING:
    from cascade_sim.sweeps.result import SweepResult

FAILED = "failed"
EXHAUSTED = "book_exhausted"
_NO_OUTPUTS = ("point", "replicate", "seed", "status", "error")


def outputs_of(result: SweepResult) -> list[str]:
    """Return the columns that can be asked for: every numeric output, and ``cascade``."""
    frame = result.frame
    passed = {*_NO_OUTPUTS, *result.keys}
    return [
        name
        for name in frame.columns
        if name not in passed and not name.startswith("wall_") and pd.api.types.is_numeric_dtype(frame[name])
    ]


def output_of(result: SweepResult, value: str) -> pd.Series:
    """Return one output of every run, NaN for runs that failed or have none.

    Parameters
    ----------
    result : SweepResult
    value : str
        An output of the sweep.

    Raises
    ------
    CascadeError
        If the sweep has no such output.
    """
    known = outputs_of(result)
    if value not in known:
        raise CascadeError(
            f"the sweep has no output {value!r}; it has {', '.join(known) or 'none'}. "
            "Add it to `outputs:` and run again"
        )
    column = result.frame[value].astype(np.float64)
    return column.where(np.isfinite(column) & (result.frame["status"] != FAILED))


def counts(result: SweepResult, value: str) -> pd.DataFrame:
    """Return by point how many runs there are and how many an output leaves out.

    Returns
    -------
    DataFrame
        Index ``point``, in the order of ``result.points``. ``runs``: rows; ``failed``: runs that ended in an error;
        ``missing``: runs that finished without this output; ``exhausted``: runs whose forced orders met the end of
        the book, so that what they sold and lost is a lower bound. A figure rests on runs - failed - missing.
    """
    frame = result.frame
    failed = frame["status"] == FAILED
    counted = pd.DataFrame(
        {
            "runs": np.ones(len(frame), dtype=np.int64),
            "failed": failed.astype(np.int64),
            "missing": (output_of(result, value).isna() & ~failed).astype(np.int64),
            "exhausted": (frame["status"] == EXHAUSTED).astype(np.int64),
        }
    )
    table = counted.groupby(frame["point"].to_numpy()).sum().reindex(result.points.index, fill_value=0)
    table.index.name = "point"
    return table


def samples_of(result: SweepResult, value: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the points with equally many usable runs together, as arrays.

    Returns
    -------
    list of (places, samples)
        ``places``: positions in ``result.points``, shape (k,); ``samples``: their runs, sorted by value, shape
        (k, n). Points without a usable run are in none.
    """
    column = output_of(result, value)
    usable = column.notna().to_numpy()
    values = column.to_numpy()[usable]
    places = result.points.index.get_indexer(result.frame["point"].to_numpy()[usable])
    order = np.lexsort((values, places))
    values = values[order]
    sizes = np.bincount(places, minlength=len(result.points))
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    groups = []
    for n in np.unique(sizes[sizes > 0]).tolist():
        same = np.flatnonzero(sizes == n)
        groups.append((same, values[starts[same, None] + np.arange(n)]))
    return groups


def unit_of(result: SweepResult, column: str) -> str:
    """Return the unit of a column; empty where it has none."""
    return str(result.frame.attrs.get("units", {}).get(column) or "")


def means_of(result: SweepResult, value: str) -> np.ndarray:
    """Return the mean over replicates by point, in the order of ``result.points``; NaN where no run is usable."""
    means = np.full(len(result.points), np.nan)
    for places, samples in samples_of(result, value):
        means[places] = samples.mean(axis=1)
    return means
