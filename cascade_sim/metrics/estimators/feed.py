"""Feeds that do not show every liquidation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def last_of_each(time: npt.ArrayLike, period: float = 1.0) -> npt.NDArray[np.intp]:
    """Return which liquidations a feed shows that sends the latest one of every period, and no other.

    Parameters
    ----------
    time : array_like of float, shape (n,)
        Ascending, seconds.
    period : float
        Seconds.

    Returns
    -------
    ndarray of int, shape (shown,)
        Places in `time`.

    Notes
    -----
    Binance's public stream of forced orders shows the latest one of every second and symbol:
    https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Liquidation-Order-Streams
    """
    second = np.floor(np.asarray(time, np.float64) / period)
    return np.flatnonzero(np.append(second[1:] != second[:-1], True)) if second.size else np.empty(0, np.intp)
