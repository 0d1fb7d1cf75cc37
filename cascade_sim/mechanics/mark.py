"""Mark and index prices that are put together from several sources.

Examples
--------
>>> price_1 = fair_price(2000, 0.005, hours_left=0.5, interval_h=1)
>>> price_1, median_price([price_1, 2007, 2010])
(2005.0, 2007.0)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import mark_sources as kernels
from cascade_sim.mechanics.inputs import Floats, Numbers, checked, filled, flat, rows, series, shaped

__all__ = [
    "ExponentialAverage",
    "basis_price",
    "exponential_average",
    "exponential_average_step",
    "fair_price",
    "hyperliquid_mark_price",
    "index_price",
    "median_price",
]


class ExponentialAverage(NamedTuple):
    """State of an exponential average, see `exponential_average_step`; floats or arrays of one shape."""

    numerator: Numbers
    """Samples times the durations they stood for, faded."""
    denominator: Numbers
    """Durations, faded, in seconds."""


def median_price(prices: npt.ArrayLike) -> Numbers:
    """Return the median of prices from several sources.

    Parameters
    ----------
    prices : array_like of float, shape (..., sources)
        Positive prices.

    Returns
    -------
    float or numpy.ndarray, shape (...)
        The middle price, the mean of the two middle ones where their number is even. Binance's mark price is that of
        Price 1 (`fair_price`), Price 2 (`basis_price`) and the contract's last price [1]_.

    Raises
    ------
    ValueError
        If there is no price, or one is not positive and finite.

    References
    ----------
    .. [1] Binance, https://www.binance.com/en/support/faq/360033525071

    Examples
    --------
    >>> median_price([[2005, 2010, 2007], [1, 3, 2]]).tolist()
    [2007.0, 2.0]
    """
    return filled(kernels.medians, *series(prices=(prices, "positive")))


def fair_price(
    index_price: npt.ArrayLike,
    funding_rate: npt.ArrayLike,
    hours_left: npt.ArrayLike,
    interval_h: npt.ArrayLike = 8.0,
) -> Numbers:
    """Return the index plus the funding that is still to be paid: BitMEX's fair price, Binance's Price 1.

    Parameters
    ----------
    index_price : array_like of float
        Index, positive.
    funding_rate : array_like of float
        Rate of the interval that runs, as a fraction.
    hours_left : array_like of float
        Hours until the payment, 0 to `interval_h`.
    interval_h : array_like of float
        Hours between payments, positive.

    Returns
    -------
    float or numpy.ndarray
        ``index (1 + rate hours_left / interval_h)``, of the broadcast shape of the inputs.

    Raises
    ------
    ValueError
        If a number is unusable, or more time is left than an interval has.

    References
    ----------
    .. [1] BitMEX, https://www.bitmex.com/app/fairPriceMarking
    .. [2] Aevo, https://docs.aevo.xyz/aevo-exchange/perpetuals-specifications/perpetual-futures-mark-pricing

    Examples
    --------
    >>> fair_price(8000, 0.001, [8, 2, 0]).tolist()
    [8008.0, 8002.0, 8000.0]
    """
    shape, columns = rows(
        index_price=(index_price, "positive"),
        funding_rate=(funding_rate, "finite"),
        hours_left=(hours_left, "amount"),
        interval_h=(interval_h, "positive"),
    )
    if np.any(columns[2] > columns[3]):
        raise ValueError("hours_left must not be above interval_h")
    return filled(kernels.fair_prices, shape, columns)


def basis_price(
    index_price: npt.ArrayLike, bid: npt.ArrayLike, ask: npt.ArrayLike, index_samples: npt.ArrayLike
) -> Numbers:
    """Return the index plus the average distance of the contract's mid price from it: Binance's Price 2.

    Parameters
    ----------
    index_price : array_like of float, shape (...)
        Index now, positive.
    bid, ask, index_samples : array_like of float, shape (..., samples)
        Best bid, best ask and index at the same times, positive. Binance takes 30 samples over 2.5 minutes for
        coin-margined contracts [1]_.

    Returns
    -------
    float or numpy.ndarray, shape (...)
        ``index + mean((bid + ask) / 2 - index_samples)``.

    Raises
    ------
    ValueError
        If there is no sample, or a price is not positive and finite.

    References
    ----------
    .. [1] Binance, https://www.binance.com/en/support/faq/fff6ec1b3f5845d19f1fb924644a0877

    Examples
    --------
    >>> basis_price(100.0, [100, 101], [102, 103], [100, 100])
    101.5
    """
    shape, samples = series(bid=(bid, "positive"), ask=(ask, "positive"), index_samples=(index_samples, "positive"))
    now = flat(shape, checked("index_price", index_price, "positive"))
    return filled(kernels.basis_prices, shape, [*now, *samples])


def exponential_average_step(
    average: ExponentialAverage,
    sample: npt.ArrayLike,
    duration_s: npt.ArrayLike,
    *,
    time_constant_s: npt.ArrayLike = 150.0,
) -> ExponentialAverage:
    """Return an exponential average after one more sample, Hyperliquid's way.

    Parameters
    ----------
    average : ExponentialAverage
        State so far; ``ExponentialAverage(0.0, 0.0)`` to begin with.
    sample : array_like of float
        New value.
    duration_s : array_like of float
        Seconds since the last update, zero or more.
    time_constant_s : array_like of float
        Seconds after which a sample counts 1/e, positive.

    Returns
    -------
    ExponentialAverage
        ``numerator e^(-t/T) + sample t`` and ``denominator e^(-t/T) + t``; the average is their quotient.

    Raises
    ------
    ValueError
        If a number is unusable.

    References
    ----------
    .. [1] Hyperliquid, https://hyperliquid.gitbook.io/hyperliquid-docs/trading/robust-price-indices

    Examples
    --------
    >>> state = exponential_average_step(ExponentialAverage(0.0, 0.0), 10.0, 3.0)
    >>> state.numerator / state.denominator
    10.0
    """
    shape, columns = rows(
        numerator=(average.numerator, "finite"),
        denominator=(average.denominator, "amount"),
        sample=(sample, "finite"),
        duration_s=(duration_s, "amount"),
        time_constant_s=(time_constant_s, "positive"),
    )
    numerator, denominator = np.empty((2, columns[0].size))
    kernels.ema_steps(*columns, numerator, denominator)
    return ExponentialAverage(shaped(numerator, shape), shaped(denominator, shape))


def exponential_average(
    samples: npt.ArrayLike, durations_s: npt.ArrayLike, *, time_constant_s: npt.ArrayLike = 150.0
) -> Floats:
    """Return the exponential average after every sample of a series.

    Parameters
    ----------
    samples : array_like of float, shape (..., samples)
        Values, oldest first.
    durations_s : array_like of float, broadcast to the samples
        Seconds each sample stands for, zero or more, not all of them zero.
    time_constant_s : array_like of float, shape (...)
        See `exponential_average_step`: 150 for the basis, 30 for the book's own price on Hyperliquid.

    Returns
    -------
    numpy.ndarray, shape (..., samples)
        The average after each sample; the last one is the average now. NaN until a duration is positive.

    Raises
    ------
    ValueError
        If there is no sample, a number is unusable, or all durations are zero.

    References
    ----------
    .. [1] As in `exponential_average_step`.

    Examples
    --------
    >>> exponential_average([10, 10, 20], 3).round(6).tolist()
    [10.0, 10.0, 13.400218]
    """
    shape, (values, durations) = series(samples=(samples, "finite"), durations_s=(durations_s, "amount"))
    if not np.all(durations.any(axis=1)):
        raise ValueError("durations_s must not all be zero: no average exists")
    (constants,) = flat(shape, checked("time_constant_s", time_constant_s, "positive"))
    path = np.empty(values.shape)
    kernels.ema_paths(values, durations, constants, path)
    return path.reshape(*shape, values.shape[1])


def hyperliquid_mark_price(
    oracle_price: npt.ArrayLike,
    basis_ema: npt.ArrayLike,
    book_price: npt.ArrayLike,
    external_price: npt.ArrayLike,
    *,
    book_ema: npt.ArrayLike = np.nan,
) -> Numbers:
    """Return Hyperliquid's mark price: the median of three sources, with a fourth where only two of them exist.

    Parameters
    ----------
    oracle_price : array_like of float
        Oracle: the median of spot prices elsewhere.
    basis_ema : array_like of float
        150 s average of the book's mid less the oracle, may be negative, see `exponential_average`.
    book_price : array_like of float
        Median of best bid, best ask and last trade, see `median_price`.
    external_price : array_like of float
        Median of the mid prices of perpetuals on other exchanges.
    book_ema : array_like of float
        30 s average of `book_price`. It is taken in where exactly two of the three sources exist.

    Returns
    -------
    float or numpy.ndarray
        Median of ``oracle + basis``, book and external price, of the broadcast shape of the inputs. NaN marks what is
        missing; with two sources and no `book_ema` it is their mean, with one source that source.

    Raises
    ------
    ValueError
        If a price is not positive, a number is infinite, or no source exists.

    References
    ----------
    .. [1] Hyperliquid, https://hyperliquid.gitbook.io/hyperliquid-docs/trading/robust-price-indices

    Examples
    --------
    >>> hyperliquid_mark_price(10_000, 20, 10_008, 10_012)
    10012.0
    >>> hyperliquid_mark_price(10_000, 20, 10_008, float("nan"), book_ema=10_010)
    10010.0
    """
    shape, columns = rows(
        oracle_price=(oracle_price, "positive or missing"),
        basis_ema=(basis_ema, "finite or missing"),
        book_price=(book_price, "positive or missing"),
        external_price=(external_price, "positive or missing"),
        book_ema=(book_ema, "positive or missing"),
    )
    mark = filled(kernels.hyperliquid_marks, shape, columns)
    if np.isnan(mark).any():
        raise ValueError("a mark price needs at least one of oracle, book and external price")
    return mark


def index_price(prices: npt.ArrayLike, weights: npt.ArrayLike = 1.0, *, max_deviation: float = 0.05) -> Numbers:
    """Return the weighted average of spot prices, without the exchange that strays from the others.

    Parameters
    ----------
    prices : array_like of float, shape (..., sources)
        Spot prices, positive; NaN where an exchange sends none, which takes its weight away.
    weights : array_like of float, broadcast to the prices
        Weights, such as volumes, zero or more.
    max_deviation : float
        Largest distance from the median, as a fraction of it, at which a source keeps its weight.

    Returns
    -------
    float or numpy.ndarray, shape (...)
        Index. Where more than one source strays it is the median.

    Raises
    ------
    ValueError
        If a price, weight or deviation is unusable, or no source with a weight is left.

    Notes
    -----
    Binance's rule as published for its coin-margined contracts [1]_. Newer pages cap a stray price at a distance from
    the median instead of taking its weight away.

    References
    ----------
    .. [1] Binance, https://www.binance.com/en/support/faq/fff6ec1b3f5845d19f1fb924644a0877

    Examples
    --------
    >>> index_price([[100, 101, 102], [100, 101, 120], [80, 100, 120]], [2, 1, 1]).round(4).tolist()
    [100.75, 100.3333, 100.0]
    """
    shape, columns = series(prices=(prices, "positive or missing"), weights=(weights, "amount"))
    index = filled(kernels.index_prices, shape, columns, float(checked("max_deviation", max_deviation, "amount")))
    if not np.isfinite(index).all():
        raise ValueError("an index price needs at least one source with a price and a weight")
    return index
