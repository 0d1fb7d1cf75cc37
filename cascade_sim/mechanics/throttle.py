"""Brakes on liquidations: a quota over a rolling window, and a first part of large positions.

Examples
--------
A quota of 100 in ten seconds and two positions of 150, called to liquidation six times:

>>> capacity = window_capacity(0.007, 0.003, 1000, 10)
>>> done = liquidate_in_window([0, 1, 6, 11, 12, 23], [0, 0, 0, 0, 1, 1], [150, 150], capacity, 10)
>>> done.size_after.tolist()
[50.0, 50.0, 50.0, 0.0, 100.0, 0.0]
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import window as kernels
from cascade_sim.mechanics.inputs import Floats, Numbers, checked, filled, rows, shaped

__all__ = ["WindowedLiquidations", "first_order_quantity", "liquidate_in_window", "window_capacity"]


class WindowedLiquidations(NamedTuple):
    """What `liquidate_in_window` returns."""

    liquidated: Floats
    """Quantity each call liquidates, shape (calls,)."""
    size_after: Floats
    """Signed size each call leaves of its position, shape (calls,)."""
    sizes: Floats
    """Signed sizes of all positions after the last call, shape (positions,)."""


def window_capacity(
    maker_fee: npt.ArrayLike,
    taker_fee: npt.ArrayLike,
    skew_scale: npt.ArrayLike,
    window_s: npt.ArrayLike,
    *,
    multiplier: npt.ArrayLike = 1.0,
) -> Numbers:
    """Return how much Synthetix lets be liquidated within a rolling window.

    Parameters
    ----------
    maker_fee, taker_fee : array_like of float
        Fees as fractions, zero or more.
    skew_scale : array_like of float
        Skew at which the price moves by 100 %, base units, positive.
    window_s : array_like of float
        Seconds in the window, positive.
    multiplier : array_like of float
        The market's factor on what may be liquidated per second, positive.

    Returns
    -------
    float or numpy.ndarray
        ``(maker + taker) skew_scale multiplier window``, base units, of the broadcast shape of the inputs.

    Raises
    ------
    ValueError
        If a number is unusable.

    References
    ----------
    .. [1] Synthetix perps v3, github.com/Synthetixio/synthetix-v3 at 23585f73, markets/perps-market,
       PerpsMarketConfiguration.sol

    Examples
    --------
    >>> window_capacity(0.007, 0.003, 1000, 10)
    100.0
    """
    shape, (maker, taker, scale, seconds, factor) = rows(
        maker_fee=(maker_fee, "amount"),
        taker_fee=(taker_fee, "amount"),
        skew_scale=(skew_scale, "positive"),
        window_s=(window_s, "positive"),
        multiplier=(multiplier, "positive"),
    )
    return shaped((maker + taker) * scale * factor * seconds, shape)


def liquidate_in_window(
    time_s: npt.ArrayLike,
    position: npt.ArrayLike,
    sizes: npt.ArrayLike,
    capacity: float,
    window_s: float,
    *,
    skew: float = 0.0,
    skew_scale: float = 1.0,
    max_pd: float = 0.0,
) -> WindowedLiquidations:
    """Work through calls that liquidate positions, within a quota over a rolling window.

    Parameters
    ----------
    time_s : array_like of float, shape (calls,)
        Times of the calls in seconds, not decreasing.
    position : array_like of int, shape (calls,)
        Position that each call wants to close whole, as an index into `sizes`.
    sizes : array_like of float, shape (positions,)
        Signed sizes in base units, negative for shorts.
    capacity : float
        Quota of one window, positive, see `window_capacity`.
    window_s : float
        Length of the window in seconds, positive.
    skew : float
        Longs less shorts of the whole market before the first call; it falls as positions are closed.
    skew_scale : float
        Skew at which the price moves by 100 %, positive.
    max_pd : float
        A spent quota is given once more, to the first call of a time, while ``|skew| / skew_scale`` is below this.
        Never with 0.

    Returns
    -------
    WindowedLiquidations
        A call gets what the quota has left after all that was liquidated later than ``time - window``: what is as old
        as the window is free again. A call that gets nothing liquidates nothing, and pays no reward.

    Raises
    ------
    ValueError
        If times decrease, a position does not exist, the rows differ in length, or a number is unusable.

    References
    ----------
    .. [1] Synthetix perps v3, github.com/Synthetixio/synthetix-v3 at 23585f73, markets/perps-market,
       test/integration/Liquidation/Liquidation.maxLiquidationAmount.test.ts
    .. [2] PerpsMarket.sol as in the fork github.com/Polynomial-Protocol/fx-contracts at 3f394bfd. An older version,
       Synthetixio/synthetix-v3 at 0437b169, gave nothing back until a window had passed without a liquidation.

    Examples
    --------
    >>> liquidate_in_window([0, 5, 10], [0, 0, 0], [-25], 10, 10).size_after.tolist()
    [-15.0, -15.0, -5.0]
    >>> liquidate_in_window([0, 5], [0, 0], [25], 10, 10, skew=25, skew_scale=1000, max_pd=0.02).liquidated.tolist()
    [10.0, 10.0]
    """
    times = np.array(checked("time_s", time_s, "finite"))
    called = np.asarray(position)
    open_sizes = np.array(checked("sizes", sizes, "finite"))
    if times.ndim != 1 or open_sizes.ndim != 1 or called.shape != times.shape:
        raise ValueError("time_s and position must be rows of one length, sizes a row")
    if np.any(np.diff(times) < 0):
        raise ValueError("time_s must not decrease")
    if called.size and not (called.dtype.kind in "iu" and called.min() >= 0 and called.max() < open_sizes.size):
        raise ValueError(f"position must be whole numbers from 0 to {open_sizes.size - 1}")
    liquidated, size_after = np.zeros((2, times.size))
    kernels.liquidate_in_window(
        times,
        called.astype(np.int64),
        open_sizes,
        float(checked("capacity", capacity, "positive")),
        float(checked("window_s", window_s, "positive")),
        float(checked("skew", skew, "finite")),
        float(checked("skew_scale", skew_scale, "positive")),
        float(checked("max_pd", max_pd, "amount")),
        liquidated,
        size_after,
    )
    return WindowedLiquidations(liquidated, size_after, open_sizes)


def first_order_quantity(
    quantity: npt.ArrayLike,
    notional: npt.ArrayLike,
    *,
    since_partial_s: npt.ArrayLike = math.inf,
    threshold: npt.ArrayLike = 100_000.0,
    share: npt.ArrayLike = 0.2,
    cooldown_s: npt.ArrayLike = 30.0,
) -> Numbers:
    """Return how much of a liquidatable position Hyperliquid sends to the book at once.

    Parameters
    ----------
    quantity : array_like of float
        Quantity of the position, zero or more.
    notional : array_like of float
        Its notional in USDC, zero or more.
    since_partial_s : array_like of float
        Seconds since a position of the same user was liquidated in part; infinity where none was.
    threshold : array_like of float
        Notional above which a position is sent in parts.
    share : array_like of float
        Part that is sent first, above 0 and at most 1.
    cooldown_s : array_like of float
        Seconds after a part in which orders are for the whole position.

    Returns
    -------
    float or numpy.ndarray
        ``share x quantity`` for a notional above the threshold outside the cooldown, else the whole quantity.

    Raises
    ------
    ValueError
        If a number is unusable.

    References
    ----------
    .. [1] Hyperliquid, https://hyperliquid.gitbook.io/hyperliquid-docs/trading/liquidations; announcement repeated at
       https://tginsight.xyz/channel/hyperliquid_announcements/post/307

    Examples
    --------
    >>> first_order_quantity(10.0, [90_000.0, 100_000.0, 150_000.0]).tolist()
    [10.0, 10.0, 2.0]
    >>> first_order_quantity(8.0, 120_000.0, since_partial_s=3.0)
    8.0
    """
    shape, columns = rows(
        quantity=(quantity, "amount"),
        notional=(notional, "amount"),
        since_partial_s=(since_partial_s, "limit"),
        threshold=(threshold, "limit"),
        share=(share, "share"),
        cooldown_s=(cooldown_s, "amount"),
    )
    return filled(kernels.partial_orders, shape, columns)
