"""What liquidations put into the insurance fund and take out of it.

Examples
--------
A long with bankruptcy at 3,000 that is filled at 3,060, where the exchange keeps what is left and where it takes a fee
of half a per cent at most:

>>> fund_change("long", 1, 3060, 3000)
60.0
>>> round(fund_change("long", 1, 3060, 3000, fee_rate=0.005), 2)
15.3
>>> round(surplus_returned("long", 1, 3060, 3000, fee_rate=0.005), 2)
44.7
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import fund_change as kernels
from cascade_sim.mechanics.inputs import Floats, Numbers, bankruptcy_rule, filled, is_inverse, rows, shaped

__all__ = ["fund_change", "fund_sign", "surplus_returned"]


def fund_change(
    side: Any,
    quantity: npt.ArrayLike,
    fill_price: npt.ArrayLike,
    bankruptcy_price: npt.ArrayLike,
    *,
    fee_rate: npt.ArrayLike = math.inf,
    contract: str = "linear",
) -> Numbers:
    """Return what a filled liquidation adds to the insurance fund, negative where the fund pays.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the liquidated position.
    quantity : array_like of float
        Quantity closed, zero or more: base units (linear) or contracts of one quote unit (inverse).
    fill_price : array_like of float
        Price at which it was closed, positive.
    bankruptcy_price : array_like of float
        Price at which the position's margin is used up; 0 (linear) or infinity (inverse) where there is none.
    fee_rate : array_like of float
        The most that the fund takes of the value closed, as a fraction. Infinity, the default, where the exchange
        keeps all that is left of the margin.
    contract : {"linear", "inverse"}
        Kind of contract.

    Returns
    -------
    float or numpy.ndarray
        Quote currency (linear) or coin (inverse), of the broadcast shape of the inputs.

    Raises
    ------
    ValueError
        If a side or contract is unknown, or a number is unusable.

    Notes
    -----
    What is left of the margin is ``s q (fill - bankruptcy)``, or ``s q (1/bankruptcy - 1/fill)`` in coin. Exchanges
    that settle at the bankruptcy price (BitMEX, Bybit, BTCMEX [1]_) give all of it to the fund. Others (dYdX v4 [2]_)
    give the fund ``min(fee, left)`` and the trader the rest. A shortfall is the fund's in either case.

    References
    ----------
    .. [1] BTCMEX, https://blog.btcmex.com/insurance-fund/; Bybit,
       https://blog.bybit.com/bybit-institute/insurance-fund/
    .. [2] dYdX v4, github.com/dydxprotocol/v4-chain at 84d4664b, protocol/x/clob/keeper/liquidations_test.go

    Examples
    --------
    >>> fund_change(["long", "short"], 2.0, 8700.0, [8730.0, 8750.0]).tolist()
    [-60.0, 100.0]
    >>> round(fund_change("long", 10_000, 8000, 7500, contract="inverse"), 6)
    0.083333
    """
    return _fund(side, quantity, fill_price, bankruptcy_price, fee_rate, contract)[0]


def surplus_returned(
    side: Any,
    quantity: npt.ArrayLike,
    fill_price: npt.ArrayLike,
    bankruptcy_price: npt.ArrayLike,
    *,
    fee_rate: npt.ArrayLike,
    contract: str = "linear",
) -> Numbers:
    """Return what the liquidated trader gets back: what is left of the margin after the fund's fee.

    Parameters, errors and sources as in `fund_change`.

    Returns
    -------
    float or numpy.ndarray
        ``max(0, left - fee)``. Together with `fund_change` it is what is left of the margin at the fill.

    Examples
    --------
    >>> surplus_returned("short", 1, [90, 101], 100, fee_rate=0.01).tolist()
    [9.1, 0.0]
    """
    return _fund(side, quantity, fill_price, bankruptcy_price, fee_rate, contract)[1]


def fund_sign(side: Any, fill_price: npt.ArrayLike, bankruptcy_price: npt.ArrayLike) -> npt.NDArray[np.int64] | int:
    """Return +1 where a fill feeds the insurance fund, -1 where it draws on it, 0 at the bankruptcy price.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the liquidated position.
    fill_price, bankruptcy_price : array_like of float
        Positive; the bankruptcy price may be 0 or infinite.

    Returns
    -------
    int or numpy.ndarray of int
        Of the broadcast shape of the inputs; the same for linear and inverse contracts.

    Raises
    ------
    ValueError
        If a side is unknown or a price is unusable.

    References
    ----------
    .. [1] Bitorb, https://www.bitorb.com/campus/what-is-an-insurance-fund/

    Examples
    --------
    >>> fund_sign("long", 6770, 6800), fund_sign("short", 6770, 6800)
    (-1, 1)
    """
    shape, columns = rows(
        side=(side, "side"), fill_price=(fill_price, "positive"), bankruptcy_price=(bankruptcy_price, "limit")
    )
    return filled(kernels.fund_signs, shape, columns, dtype=np.int64)


def _fund(
    side: Any,
    quantity: npt.ArrayLike,
    fill_price: npt.ArrayLike,
    bankruptcy_price: npt.ArrayLike,
    fee_rate: npt.ArrayLike,
    contract: str,
) -> tuple[Numbers, Numbers]:
    inverse = is_inverse(contract)
    shape, columns = rows(
        side=(side, "side"),
        quantity=(quantity, "amount"),
        fill_price=(fill_price, "positive"),
        bankruptcy_price=(bankruptcy_price, bankruptcy_rule(inverse)),
        fee_rate=(fee_rate, "limit"),
    )
    change: Floats = np.empty(columns[0].size)
    returned: Floats = np.empty(columns[0].size)
    kernels.fund_changes(*columns, inverse, change, returned)
    return shaped(change, shape), shaped(returned, shape)
