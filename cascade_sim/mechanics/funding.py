"""Funding of perpetual contracts: premium, rate and payments.

A positive rate is paid by longs to shorts. Rates are fractions of the notional, of eight hours unless said otherwise;
what they are made from is in `cascade_sim.mechanics.premium`, whose functions are names of this module too.

Examples
--------
A premium of 0.03 % and an interest of 0.01 % lie within the clamp of 0.05 %, so the rate is the interest:

>>> clamped_funding_rate(0.0003, 0.0001)
0.0001
>>> damped_funding_rate(-0.0005)
-0.00025
>>> position_funding(["long", "short"], 2.0, 30_000.0, 0.0001).tolist()
[-6.0, 6.0]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import funding_rates as kernels
from cascade_sim.mechanics.inputs import Numbers, filled, is_inverse, rows, shaped
from cascade_sim.mechanics.premium import average_premium, interest_rate, premium_index

__all__ = [
    "average_premium",
    "clamped_funding_rate",
    "damped_funding_rate",
    "dydx_funding_cap",
    "dydx_funding_rate",
    "funding_payment",
    "interest_rate",
    "position_funding",
    "premium_index",
]

DYDX_CAP_FACTOR = 6.0


def clamped_funding_rate(
    premium: npt.ArrayLike,
    interest: npt.ArrayLike = 0.0001,
    *,
    clamp: npt.ArrayLike = 0.0005,
    interval_h: npt.ArrayLike = 8.0,
    cap: npt.ArrayLike = math.inf,
) -> Numbers:
    """Return the funding rate of one interval, as BitMEX, Binance, Gate and those alike set it.

    Parameters
    ----------
    premium : array_like of float
        Average premium index.
    interest : array_like of float
        Interest of eight hours, see `interest_rate`.
    clamp : array_like of float
        Most that the interest may pull the rate away from the premium, zero or more.
    interval_h : array_like of float
        Hours between payments, positive: the rate of eight hours is scaled to it.
    cap : array_like of float
        Largest rate of one payment, either way.

    Returns
    -------
    float or numpy.ndarray
        ``F = (P + clamp(I - P, -c, c)) interval / 8``, of the broadcast shape of the inputs. The interest itself, to
        the bit, where it is within the clamp of the premium.

    Raises
    ------
    ValueError
        If a number is unusable.

    References
    ----------
    .. [1] BitMEX, https://support.bitmex.com/hc/en-gb/articles/24430352016157
    .. [2] Binance, https://www.binance.com/en/support/faq/360033525031 (divides by 8 over the interval's hours)

    Examples
    --------
    >>> round(clamped_funding_rate(-0.00184), 6)
    -0.00134
    >>> clamped_funding_rate([0.0, 0.002], interval_h=4).tolist()
    [5e-05, 0.00075]
    """
    shape, columns = rows(
        premium=(premium, "finite"),
        interest=(interest, "finite"),
        clamp=(clamp, "amount"),
        interval_h=(interval_h, "positive"),
        cap=(cap, "limit"),
    )
    return filled(kernels.clamped_rates, shape, columns)


def damped_funding_rate(
    premium: npt.ArrayLike, *, damp: npt.ArrayLike = 0.00025, cap: npt.ArrayLike = math.inf
) -> Numbers:
    """Return the rate of eight hours as Deribit sets it: the premium less a band in which nothing is paid.

    Parameters
    ----------
    premium : array_like of float
        ``(mark - index) / index``.
    damp : array_like of float
        Half the width of the band, zero or more: 0.025 % now, 0.05 % before.
    cap : array_like of float
        Largest rate either way.

    Returns
    -------
    float or numpy.ndarray
        ``max(d, P) + min(-d, P)``, of the broadcast shape of the inputs. It is paid continuously: the payment of
        ``t`` hours is that of ``t / 8`` intervals, see `funding_payment`.

    Raises
    ------
    ValueError
        If a number is unusable.

    References
    ----------
    .. [1] Deribit, https://support.deribit.com/hc/en-us/articles/31424939178397-Funding-Specifications

    Examples
    --------
    >>> damped_funding_rate([-0.0005, 0.0001, 0.001]).tolist()
    [-0.00025, 0.0, 0.00075]
    """
    shape, columns = rows(premium=(premium, "finite"), damp=(damp, "amount"), cap=(cap, "limit"))
    return filled(kernels.damped_rates, shape, columns)


def dydx_funding_cap(initial_margin_fraction: npt.ArrayLike, maintenance_margin_fraction: npt.ArrayLike) -> Numbers:
    """Return dYdX v4's largest rate of eight hours: ``600 % (IMF - MMF)``.

    Parameters
    ----------
    initial_margin_fraction, maintenance_margin_fraction : array_like of float
        Fractions of the market, maintenance not above initial.

    Returns
    -------
    float or numpy.ndarray
        Rate of eight hours, of the broadcast shape of the inputs.

    Raises
    ------
    ValueError
        If a fraction is not positive, or maintenance is above initial.

    Examples
    --------
    >>> round(dydx_funding_cap(0.05, 0.03), 10)
    0.12
    """
    shape, (initial, maintenance) = rows(
        initial_margin_fraction=(initial_margin_fraction, "positive"),
        maintenance_margin_fraction=(maintenance_margin_fraction, "positive"),
    )
    if np.any(maintenance > initial):
        raise ValueError("maintenance_margin_fraction must not be above initial_margin_fraction")
    return shaped(DYDX_CAP_FACTOR * (initial - maintenance), shape)


def dydx_funding_rate(
    premium: npt.ArrayLike, *, interest_h: npt.ArrayLike = 0.0, cap: npt.ArrayLike = math.inf
) -> Numbers:
    """Return the rate of one hour as dYdX v4 sets it.

    Parameters
    ----------
    premium : array_like of float
        Average of the hour's premium indices, a rate of eight hours.
    interest_h : array_like of float
        Interest of one hour.
    cap : array_like of float
        Largest rate of eight hours, see `dydx_funding_cap`.

    Returns
    -------
    float or numpy.ndarray
        ``P / 8 + I`` held within an eighth of the cap, of the broadcast shape of the inputs.

    Raises
    ------
    ValueError
        If a number is unusable.

    References
    ----------
    .. [1] dYdX, https://help.dydx.trade/en/articles/166992-default-funding-rates-on-dydx-chain

    Examples
    --------
    >>> dydx_funding_rate([0.0008, 0.5], cap=dydx_funding_cap(0.05, 0.03)).round(6).tolist()
    [0.0001, 0.015]
    """
    shape, columns = rows(premium=(premium, "finite"), interest_h=(interest_h, "finite"), cap=(cap, "limit"))
    return filled(kernels.hourly_rates, shape, columns)


def funding_payment(notional: npt.ArrayLike, rate: npt.ArrayLike, times: npt.ArrayLike = 1.0) -> Numbers:
    """Return what a notional pays at a rate over several intervals, or a part of one.

    Parameters
    ----------
    notional : array_like of float
        Notional at the mark price; negative for a short.
    rate : array_like of float
        Rate of one interval.
    times : array_like of float
        Intervals, zero or more; ``t / 8`` for ``t`` hours of a rate that is paid continuously.

    Returns
    -------
    float or numpy.ndarray
        ``notional x rate x times``, negative where it is received.

    Raises
    ------
    ValueError
        If a number is not finite, or `times` is negative.

    Examples
    --------
    >>> round(funding_payment(20_000, 0.0001, 3), 10)
    6.0
    """
    shape, columns = rows(notional=(notional, "finite"), rate=(rate, "finite"), times=(times, "amount"))
    return filled(kernels.notional_payments, shape, columns)


def position_funding(
    side: Any,
    quantity: npt.ArrayLike,
    mark_price: npt.ArrayLike,
    rate: npt.ArrayLike,
    *,
    contract: str = "linear",
) -> Numbers:
    """Return what positions receive at a funding time, negative where they pay.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    quantity : array_like of float
        Base units (linear) or contracts of one quote unit (inverse), zero or more.
    mark_price : array_like of float
        Mark price at the funding time, positive.
    rate : array_like of float
        Rate of the interval; longs pay shorts where it is positive.
    contract : {"linear", "inverse"}
        Kind of contract.

    Returns
    -------
    float or numpy.ndarray
        ``-s q M F`` in quote currency (linear) or ``-s q F / M`` in coin (inverse). The exchange takes nothing: over
        longs and shorts of equal quantity the payments sum to zero.

    Raises
    ------
    ValueError
        If a side or contract is unknown, or a number is unusable.

    References
    ----------
    .. [1] BitMEX, https://www.bitmex.com/app/perpetualContractsGuide

    Examples
    --------
    >>> position_funding("short", 10_000, 8000, -0.0004, contract="inverse")
    -0.0005
    """
    inverse = is_inverse(contract)
    shape, columns = rows(
        side=(side, "side"),
        quantity=(quantity, "amount"),
        mark_price=(mark_price, "positive"),
        rate=(rate, "finite"),
    )
    return filled(kernels.payments, shape, columns, inverse)
