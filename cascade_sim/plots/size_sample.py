"""Cascade sizes as the survival plot needs them: read from a run or an array, and thinned for drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cascade_sim.metrics.sizes import cascades, survival
from cascade_sim.plots.aggregate import Floats

_PER_DECADE = 60.0
_OF_RUNS = {"liquidations": "liquidated_count", "notional": "liquidated_notional"}


@dataclass(frozen=True)
class SizeSample:
    """Positive sizes of cascades.

    Attributes
    ----------
    sizes : ndarray, shape (n,)
        One a cascade.
    left_out : int
        Cascades whose size is zero or unknown.
    counts : bool
        Whether sizes are numbers of liquidations, so that the laws of branching processes speak of them.
    """

    sizes: Floats
    left_out: int
    counts: bool

    def points(self) -> tuple[Floats, Floats]:
        """Return the survival function: each size that occurs, thinned, and the share at least as large."""
        size, share = survival(self.sizes)
        first = np.flatnonzero(np.diff(size, prepend=-np.inf) > 0)
        return thin_in_logs(size[first], share[first])


def sample_of(source: Any, gap: str | float, by: str) -> SizeSample:
    """Read sizes from a run, a sweep, a table of cascades, or an array.

    Raises
    ------
    ValueError
        If ``by`` is neither ``liquidations`` nor ``notional``, the gap is no time, or the sweep kept no such output.
    """
    if by not in ("liquidations", "notional"):
        raise ValueError(f"by must be 'liquidations' or 'notional', not {by!r}")
    if is_run(source):
        events = getattr(source, "liquidations", None)
        found = np.empty(0) if events is None or not len(events) else cascades(source, gap)[by]
    elif is_sweep(source):
        if _OF_RUNS[by] not in source.frame:
            raise ValueError(f"this sweep has no output {_OF_RUNS[by]}: add it to its outputs")
        found = source.frame[_OF_RUNS[by]].dropna()
    else:
        found = source[by] if isinstance(source, pd.DataFrame | Mapping) else source
    sizes = np.asarray(found, dtype=np.float64).ravel()
    kept = sizes[np.isfinite(sizes) & (sizes > 0)]
    whole = bool((kept == np.rint(kept)).all())
    return SizeSample(kept, sizes.size - kept.size, by == "liquidations" and whole)


def is_sweep(source: Any) -> bool:
    """Tell the result of a sweep, each run of which counts as one cascade."""
    return hasattr(source, "frame") and hasattr(source, "sweep")


def is_run(source: Any) -> bool:
    """Tell a run from sizes."""
    return hasattr(source, "scenario")


def thin_in_logs(x: Floats, y: Floats, per_decade: float = _PER_DECADE) -> tuple[Floats, Floats]:
    """Keep of a monotone curve one point for each cell of a logarithmic grid, and the last of all."""
    if not x.size:
        return x, y
    cells = np.floor(per_decade * np.log10(np.stack([x, y])))
    kept = np.any(np.diff(cells, axis=1, prepend=np.inf) != 0, axis=0)
    kept[-1] = True
    return x[kept], y[kept]
