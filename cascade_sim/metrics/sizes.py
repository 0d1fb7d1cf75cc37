"""Cascades one by one: liquidations that follow each other closely, and how large such runs of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cascade_sim.engine.lending_frames import only_positions
from cascade_sim.units import parse_duration

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.engine.run import Run


def cascades(run: Run, gap: str | float = "10min") -> pd.DataFrame:
    """Cut a run's liquidations into cascades wherever nothing was liquidated for a while.

    Parameters
    ----------
    run : Run
        Finished or not.
    gap : str or float
        Longest pause within one cascade, as a duration such as ``"10min"`` or in seconds.

    Returns
    -------
    pandas.DataFrame
        One row a cascade, in time order: ``start`` and ``end`` (UTC, ends of the first and last tick), ``duration_s``,
        ``liquidations`` (count), ``notional`` (quote, at the average price of what was filled; 0 where nothing was),
        ``share_long`` (fraction of the notional; NaN where that is 0), ``rounds`` (most within one tick),
        ``first_trigger`` and ``last_trigger`` (quote per base).

    Raises
    ------
    ValueError
        If `gap` is no duration, or not above zero.

    Notes
    -----
    The cut is a convention: with a shorter gap there are more and smaller cascades. Where sizes are compared, say the
    gap.
    """
    import pandas as pd

    longest = parse_duration(gap)
    if not 0.0 < longest < np.inf:
        raise ValueError(f"gap must be a duration above zero, such as '10min', not {gap!r}")
    events = only_positions(run.liquidations)
    inverse = run.scenario.market.contract == "inverse"
    price = np.nan_to_num(events["fill_price"].to_numpy(), nan=0.0)
    quantity = events["quantity"].to_numpy()
    notional = np.where(price > 0.0, quantity, 0.0) if inverse else quantity * price
    tick = events["tick"].to_numpy()
    pause = longest / run.scenario.clock.tick
    first = np.flatnonzero(np.diff(tick, prepend=-np.inf) > pause)
    last = np.append(first[1:], tick.size) - 1 if first.size else first
    total = _sums(notional, first)
    of_longs = _sums(np.where(events["side"].to_numpy() == "long", notional, 0.0), first)
    time, trigger = events["time"], events["trigger_price"].to_numpy()
    rounds = np.maximum.reduceat(events["round"].to_numpy(), first) if first.size else np.empty(0, np.int64)
    return pd.DataFrame(
        {
            "start": time.iloc[first].to_numpy(),
            "end": time.iloc[last].to_numpy(),
            "duration_s": (tick[last] - tick[first]) * run.scenario.clock.tick,
            "liquidations": last - first + 1,
            "notional": total,
            "share_long": np.divide(of_longs, total, out=np.full(total.size, np.nan), where=total > 0.0),
            "rounds": rounds,
            "first_trigger": trigger[first],
            "last_trigger": trigger[last],
        }
    )


def _sums(values: npt.NDArray[np.float64], first: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    return np.add.reduceat(values, first) if first.size else np.empty(0)


def survival(sizes: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the survival function of sizes: each size, ascending, and the share of all that are at least as large.

    Parameters
    ----------
    sizes : array_like of float, shape (n,)

    Returns
    -------
    size, share : ndarray of float, shape (n,)
    """
    size = np.sort(np.asarray(sizes, np.float64))
    return size, 1.0 - np.searchsorted(size, size, side="left") / max(size.size, 1)


def tail_exponent(sizes: npt.ArrayLike, share: float = 0.1) -> tuple[float, float]:
    """Return Hill's estimate of a power law's tail exponent, and its standard error.

    ``1 / mean(ln(s_i / s_k))`` over the largest sizes, ``s_k`` the smallest of them; the error is the estimate over the
    root of their number.

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Positive.
    share : float
        Share of the sizes that count as the tail.

    Raises
    ------
    ValueError
        If fewer than ten sizes are in the tail, or one is not positive.

    Notes
    -----
    Source: B. M. Hill, Annals of Statistics 3 (1975) 1163. An estimate says nothing of whether the tail is a power law.
    """
    ordered = np.sort(np.asarray(sizes, np.float64))[::-1]
    count = int(share * ordered.size)
    if count < 10:
        raise ValueError(f"{share:g} of {ordered.size} sizes are {count}: fewer than the ten that an estimate needs")
    if not ordered[count] > 0.0:
        raise ValueError("sizes must be positive")
    exponent = 1.0 / float(np.log(ordered[:count] / ordered[count]).mean())
    return exponent, exponent / count**0.5
