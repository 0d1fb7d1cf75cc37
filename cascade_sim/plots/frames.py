"""The frames of a recorded heatmap: in time, small enough to be drawn, and with a range of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cascade_sim.plots.aggregate import Floats

if TYPE_CHECKING:
    from cascade_sim.plots.reading import Recording

MOST_COLUMNS = 2000
_CLIPPED = 99.0
_DECADES = 4.0


@dataclass(frozen=True)
class Frames:
    """What a heatmap draws.

    Attributes
    ----------
    edges : ndarray of int64, shape (columns + 1,)
        Where each column of the picture begins and the last one ends, ns since 1970, equally spaced.
    prices : ndarray, shape (bins + 1,)
        Edges of the price bins.
    notional : ndarray, shape (bins, columns)
        Largest notional of the frames of each column; NaN where none was recorded.
    first, last : ndarray, shape (bins,)
        Notional at the end of the first and of the last frame.
    first_at, last_at : int
        When those were, ns since 1970.
    """

    edges: NDArray[np.int64]
    prices: Floats
    notional: Floats
    first: Floats
    last: Floats
    first_at: int
    last_at: int

    @property
    def bin_width(self) -> float:
        """Width of a price bin, quote per base."""
        return float(self.prices[1] - self.prices[0])


def frames_of(heatmap: pd.DataFrame | None, recording: Recording, most: int = MOST_COLUMNS) -> Frames | None:
    """Read a heatmap, joining neighbouring frames by their maximum until at most ``most`` columns are left.

    Parameters
    ----------
    heatmap : pandas.DataFrame or None
        As a run keeps it: a row per frame, indexed by the UTC time of its end, a column per price bin.
    recording : Recording
        The run's timeline; says where the first of a single frame began.
    most : int
        Most columns wanted.

    Returns
    -------
    Frames or None
        None where there is no frame.
    """
    if heatmap is None or not len(heatmap) or heatmap.shape[1] < 2:
        return None
    index = pd.DatetimeIndex(heatmap.index)
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    ends = index.as_unit("ns").asi8
    step = int(np.median(np.diff(ends))) if ends.size > 1 else max(int(ends[0]) - recording.start, 1)
    middles = np.asarray(heatmap.columns, dtype=np.float64)
    width = (middles[-1] - middles[0]) / (middles.size - 1)
    values = heatmap.to_numpy(dtype=np.float64)
    size = -(-ends.size // most)
    begins = np.arange(0, ends.size, size)
    joined = values if size == 1 else np.fmax.reduceat(values, begins, axis=0)
    return Frames(
        edges=int(ends[0]) - step + step * size * np.arange(begins.size + 1, dtype=np.int64),
        prices=middles[0] + width * (np.arange(middles.size + 1) - 0.5),
        notional=joined.T,
        first=np.nan_to_num(values[0]),
        last=np.nan_to_num(values[-1]),
        first_at=int(ends[0]),
        last_at=int(ends[-1]),
    )


def colour_range(notional: Floats) -> tuple[float, float] | None:
    """Return the ends of a logarithmic colour scale; None where nothing is positive.

    The upper end is the 99th percentile of the positive values, the lower one the first percentile, but at most
    four decades below.
    """
    positive = notional[notional > 0]
    if not positive.size:
        return None
    low, high = (float(edge) for edge in np.percentile(positive, [100.0 - _CLIPPED, _CLIPPED]))
    return (max(low, high / 10.0**_DECADES), high) if high > 1.001 * low else (0.1 * high, high)
