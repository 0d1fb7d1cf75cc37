"""What a funding rate is made from: the premium of the contract over its index, and the interest.

Examples
--------
>>> samples = premium_index([101, 100.5], [102, 101], 100)
>>> average_premium(samples)
0.0075
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import funding_rates as kernels
from cascade_sim.mechanics.inputs import Numbers, chosen, filled, rows, series, shaped

__all__ = ["average_premium", "interest_rate", "premium_index"]


def premium_index(impact_bid: npt.ArrayLike, impact_ask: npt.ArrayLike, index_price: npt.ArrayLike) -> Numbers:
    """Return how far the contract's book stands above (or below) the index, as a fraction of it.

    Parameters
    ----------
    impact_bid, impact_ask : array_like of float
        Average prices at which the impact notional could be sold and bought now, positive.
    index_price : array_like of float
        Index, positive.

    Returns
    -------
    float or numpy.ndarray
        ``(max(0, bid - index) - max(0, index - ask)) / index``: 0 while the index lies between the two.

    Raises
    ------
    ValueError
        If a price is not positive and finite, or an impact bid is above its impact ask.

    References
    ----------
    .. [1] Gate, https://gate.io/futures/introduction/funding-rate-history; dYdX,
       https://help.dydx.trade/en/articles/166992-default-funding-rates-on-dydx-chain; Binance and BitMEX alike.

    Examples
    --------
    >>> premium_index([101, 99.9, 98], [101.5, 100.1, 99], 100).tolist()
    [0.01, 0.0, -0.01]
    """
    shape, columns = rows(
        impact_bid=(impact_bid, "positive"), impact_ask=(impact_ask, "positive"), index_price=(index_price, "positive")
    )
    if np.any(columns[0] > columns[1]):
        raise ValueError("impact_bid must not be above impact_ask")
    return filled(kernels.premium_indices, shape, columns)


def average_premium(premium: npt.ArrayLike, *, weighting: str = "equal", last: int | None = None) -> Numbers:
    """Return the average premium over a window of samples.

    Parameters
    ----------
    premium : array_like of float, shape (..., samples)
        Premium indices, oldest first.
    weighting : {"equal", "rising"}
        Every sample alike (BitMEX by the minute, dYdX 60 an hour), or weights 1, 2, ..., n (Binance: 5,760 samples, one
        every 5 s).
    last : int, optional
        Length of the window: only this many of the newest samples count. All without it.

    Returns
    -------
    float or numpy.ndarray, shape (...)
        Average premium.

    Raises
    ------
    ValueError
        If there is no sample, one is not finite, the weighting is unknown, or the window is not one to all samples.

    References
    ----------
    .. [1] BitMEX, https://support.bitmex.com/hc/en-gb/articles/24430352016157 (arithmetic mean over eight hours)
    .. [2] Binance, https://www.binance.com/en/support/faq/360033525031

    Examples
    --------
    >>> average_premium([0.0, 0.003]), average_premium([0.0, 0.003], weighting="rising")
    (0.0015, 0.002)
    """
    rising = chosen("weighting", weighting, ("equal", "rising"))
    values = np.atleast_1d(np.asarray(premium, np.float64))
    if last is not None:
        if not 1 <= last <= values.shape[-1]:
            raise ValueError(f"last must be 1 to {values.shape[-1]} samples, not {last}")
        values = values[..., values.shape[-1] - last :]
    return filled(kernels.average_premiums, *series(premium=(values, "finite")), rising)


def interest_rate(
    quote_interest: npt.ArrayLike = 0.0006, base_interest: npt.ArrayLike = 0.0003, *, times_a_day: npt.ArrayLike = 3.0
) -> Numbers:
    """Return the interest of one funding interval: the quote currency's less the base currency's.

    Parameters
    ----------
    quote_interest, base_interest : array_like of float
        Rates of borrowing, per day.
    times_a_day : array_like of float
        Funding intervals in a day, positive.

    Returns
    -------
    float or numpy.ndarray
        ``(quote - base) / times_a_day``; 0.01 % with the defaults.

    Raises
    ------
    ValueError
        If a number is unusable.

    References
    ----------
    .. [1] BitMEX, https://www.bitmex.com/app/perpetualContractsGuide; the rates are XBTUSD's.

    Examples
    --------
    >>> round(interest_rate(), 10)
    0.0001
    """
    shape, (quote, base, times) = rows(
        quote_interest=(quote_interest, "finite"),
        base_interest=(base_interest, "finite"),
        times_a_day=(times_a_day, "positive"),
    )
    return shaped((quote - base) / times, shape)
