"""Mark prices that are put together from several sources; NaN marks a source that has nothing to say."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.jit import inner, kernel


@kernel
def median(values):  # not `inner`, for it makes an array
    """Return the median of the values that are not NaN: the middle one, the mean of the two middle ones, or NaN."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return np.nan
    known.sort()
    middle = known.size // 2
    if known.size % 2 == 1:
        return known[middle]
    return 0.5 * (known[middle - 1] + known[middle])


@kernel
def medians(prices, out):
    """Write the `median` of every row; prices of shape (n, sources), out of shape (n,)."""
    for i in range(out.size):
        out[i] = median(prices[i])


@kernel
def fair_prices(index_price, funding_rate, time_left, interval, out):
    """Write ``index + index F time_left / interval``; arrays of shape (n,), the two times in the same unit.

    Source: BitMEX, https://www.bitmex.com/app/fairPriceMarking; Binance's "Price 1"; Aevo.
    """
    for i in range(out.size):
        out[i] = index_price[i] + index_price[i] * (funding_rate[i] * (time_left[i] / interval[i]))


@kernel
def basis_prices(index_price, bid, ask, index_sample, out):
    """Write ``index + mean(mid - index sample)`` over each row of samples: Binance's "Price 2".

    index_price and out have shape (n,), bid, ask and index_sample shape (n, samples).
    """
    for i in range(out.size):
        total = 0.0
        for j in range(bid.shape[1]):
            total += 0.5 * (bid[i, j] + ask[i, j]) - index_sample[i, j]
        out[i] = index_price[i] + total / bid.shape[1]


@inner
def ema_step(numerator, denominator, sample, duration, time_constant):
    """Return the average's numerator and denominator after a sample that has stood for a duration."""
    kept = math.exp(-duration / time_constant)
    return numerator * kept + sample * duration, denominator * kept + duration


@kernel
def ema_steps(numerator, denominator, sample, duration, time_constant, new_numerator, new_denominator):
    """Write `ema_step` of every element; arrays of shape (n,)."""
    for i in range(sample.size):
        new_numerator[i], new_denominator[i] = ema_step(
            numerator[i], denominator[i], sample[i], duration[i], time_constant[i]
        )


@kernel
def ema_paths(sample, duration, time_constant, path):
    """Write the average after every sample, from nothing; arrays of shape (n, samples), time constants (n,).

    NaN before the first sample of a positive duration. Source: Hyperliquid,
    https://hyperliquid.gitbook.io/hyperliquid-docs/trading/robust-price-indices.
    """
    for i in range(sample.shape[0]):
        numerator = 0.0
        denominator = 0.0
        for j in range(sample.shape[1]):
            numerator, denominator = ema_step(numerator, denominator, sample[i, j], duration[i, j], time_constant[i])
            path[i, j] = numerator / denominator if denominator > 0.0 else np.nan


@kernel
def hyperliquid_marks(oracle_price, basis_ema, book_price, external_price, book_ema, out):
    """Write the median of oracle plus basis, book and external price, and of the book's average if only two exist.

    Arrays of shape (n,); NaN for a source that is missing, and written where none exists.
    """
    sources = np.empty(4)
    for i in range(out.size):
        sources[0] = oracle_price[i] + basis_ema[i]
        sources[1] = book_price[i]
        sources[2] = external_price[i]
        sources[3] = np.nan
        if np.isnan(sources).sum() == 2:
            sources[3] = book_ema[i]
        out[i] = median(sources)


@kernel
def index_prices(price, weight, max_deviation, out):
    """Write the weighted average of every row of spot prices, protected from sources that stray.

    One source further than `max_deviation` from the median has no weight; where several are, the median is taken.

    Parameters
    ----------
    price, weight : array of float, shape (n, sources)
        NaN where an exchange has no price; weights zero or more.
    max_deviation : float
        Share of the median.
    out : array of float, shape (n,)
        Written; NaN where no source, or no weight, is left.
    """
    for i in range(out.size):
        middle = median(price[i])
        strays = 0
        total = 0.0
        weights = 0.0
        for j in range(price.shape[1]):
            if np.isnan(price[i, j]):
                continue
            if abs(price[i, j] - middle) > max_deviation * middle:
                strays += 1
            else:
                total += weight[i, j] * price[i, j]
                weights += weight[i, j]
        out[i] = middle if strays > 1 else total / weights
