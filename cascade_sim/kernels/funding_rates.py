"""Funding: from impact prices to a premium, from the premium to a rate, from the rate to payments.

Every rate is a fraction of the notional; longs pay shorts where it is positive.
"""

from __future__ import annotations

from cascade_sim.kernels.jit import inner, kernel
from cascade_sim.kernels.values import notional

HOURS = 8.0


@inner
def premium_index(impact_bid, impact_ask, index_price):
    """Return ``(max(0, bid - index) - max(0, index - ask)) / index``: zero while the index lies between the two."""
    return (max(0.0, impact_bid - index_price) - max(0.0, index_price - impact_ask)) / index_price


@inner
def damped_rate(premium, damp):
    """Return ``max(d, P) + min(-d, P)``: the premium less a band of ``d``. Source: Deribit, `damped_rates`."""
    return max(damp, premium) + min(-damp, premium)


@inner
def capped(rate, cap):
    """Return a rate held within ``+-cap``."""
    return min(max(rate, -cap), cap)


@kernel
def premium_indices(impact_bid, impact_ask, index_price, premium):
    """Write every `premium_index`; arrays of shape (n,). Source: BitMEX, Binance, dYdX alike."""
    for i in range(premium.size):
        premium[i] = premium_index(impact_bid[i], impact_ask[i], index_price[i])


@kernel
def average_premiums(premium, rising, average):
    """Write the average of every row: plain, or with weights 1, 2, ..., n that rise with time.

    Parameters
    ----------
    premium : array of float, shape (n, samples)
        Oldest sample first.
    rising : bool
    average : array of float, shape (n,)
        Written.
    """
    samples = premium.shape[1]
    for i in range(premium.shape[0]):
        total = 0.0
        weights = 0.0
        for j in range(samples):
            weight = j + 1.0 if rising else 1.0
            total += weight * premium[i, j]
            weights += weight
        average[i] = total / weights


@kernel
def clamped_rates(premium, interest, clamp, interval, cap, rate):
    """Write ``(P + clamp(I - P, -c, c)) interval / 8``, held within ``+-cap``; arrays of shape (n,).

    Parameters
    ----------
    premium, interest, clamp : array of float, shape (n,)
        Average premium, interest and clamp of eight hours, as fractions.
    interval : array of float, shape (n,)
        Hours between payments.
    cap : array of float, shape (n,)
        Largest rate of one payment, infinite for none.

    Notes
    -----
    Source: BitMEX, https://www.bitmex.com/app/perpetualContractsGuide; Binance divides by ``8 / interval``.
    """
    for i in range(rate.size):
        gap = capped(interest[i] - premium[i], clamp[i])
        # The premium cancels where the gap is not clamped, and is not to leave its rounding behind.
        eight_hours = interest[i] if abs(gap) < clamp[i] else premium[i] + gap
        rate[i] = capped(eight_hours * (interval[i] / HOURS), cap[i])


@kernel
def damped_rates(premium, damp, cap, rate):
    """Write every `damped_rate`, held within ``+-cap``; arrays of shape (n,).

    Source: Deribit, https://support.deribit.com/hc/en-us/articles/31424939178397-Funding-Specifications.
    """
    for i in range(rate.size):
        rate[i] = capped(damped_rate(premium[i], damp[i]), cap[i])


@kernel
def hourly_rates(premium, interest, cap, rate):
    """Write ``P / 8 + I``, held within an eighth of the eight-hour cap; arrays of shape (n,).

    Source: dYdX v4, https://help.dydx.trade/en/articles/166992-default-funding-rates-on-dydx-chain.
    """
    for i in range(rate.size):
        rate[i] = capped(premium[i] / HOURS + interest[i], cap[i] / HOURS)


@kernel
def payments(side, quantity, mark_price, rate, inverse, received):
    """Write what every position receives, negative where it pays: ``-s N F``; arrays of shape (n,).

    The notional is ``q M`` in quote (linear) or ``q / M`` in coin (inverse). The payments of quantities that sum to
    zero over both sides sum to zero: nobody else takes part. Cost: 1 ns a position.
    """
    for i in range(received.size):
        received[i] = -side[i] * (notional(quantity[i], mark_price[i], inverse) * rate[i])


@kernel
def notional_payments(signed_notional, rate, times, payment):
    """Write ``N F times``: what a signed notional pays over several, or parts of, intervals; arrays of shape (n,)."""
    for i in range(payment.size):
        payment[i] = signed_notional[i] * rate[i] * times[i]
