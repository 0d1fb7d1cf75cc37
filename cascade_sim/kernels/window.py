"""How much may be liquidated now: a quota over a rolling window, and a first part of large positions."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import kernel

# Amounts are sums of rounded numbers: a smaller share of the capacity than this is none.
ROUNDING = 1e-12


@kernel
def liquidate_in_window(time, position, size, capacity, window, skew, skew_scale, max_pd, liquidated, size_after):
    """Work through calls to liquidate whole positions, within a quota over the last `window` seconds.

    A call gets what is left of the quota, which is the capacity less all that was liquidated at times later than
    ``time - window``. Where nothing is left, and nothing was liquidated at this very time, a whole capacity more is
    allowed while the market is balanced: ``|skew| / skew_scale < max_pd``.

    Parameters
    ----------
    time : array of float, shape (calls,)
        Seconds, not decreasing.
    position : array of int, shape (calls,)
        Position that is called.
    size : array of float, shape (positions,)
        Signed sizes; changed in place.
    capacity, window : float
        Quantity per window; seconds.
    skew, skew_scale, max_pd : float
        Longs less shorts of the market, which falls with the sizes; a `max_pd` of 0 allows no more.
    liquidated, size_after : array of float, shape (calls,)
        Written: what each call liquidates, and the signed size it leaves.

    Notes
    -----
    Source: Synthetix perps v3, see `cascade_sim.mechanics.throttle`. Cost: a call sums the calls that are
    still within the window.
    """
    oldest = 0
    latest = -np.inf
    for call in range(time.size):
        now = time[call]
        while oldest < call and time[oldest] <= now - window:
            oldest += 1
        used = 0.0
        for earlier in range(oldest, call):
            used += liquidated[earlier]
        allowed = capacity - used
        if allowed <= ROUNDING * capacity:
            balanced = max_pd > 0.0 and latest != now and abs(skew) / skew_scale < max_pd
            allowed = capacity if balanced else 0.0
        k = position[call]
        amount = min(allowed, abs(size[k]))
        liquidated[call] = amount
        if amount > 0.0:
            closed = amount if size[k] > 0.0 else -amount
            size[k] -= closed
            skew -= closed
            latest = now
        size_after[call] = size[k]


@kernel
def partial_orders(quantity, notional, since_partial, threshold, share, cooldown, order):
    """Write the order's quantity: a share of a position above the threshold, all of it below or while cooling down.

    Arrays of shape (n,); `since_partial` in seconds, infinite where there was no partial liquidation.
    """
    for i in range(order.size):
        first_part = notional[i] > threshold[i] and since_partial[i] >= cooldown[i]
        order[i] = quantity[i] * share[i] if first_part else quantity[i]
