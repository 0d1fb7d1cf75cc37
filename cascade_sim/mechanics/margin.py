"""Liquidation and bankruptcy prices of one position, over arrays.

Examples
--------
A 10x long of 10,000 USD at 60,000, with 1 % maintenance on the mark and on the entry notional:

>>> round(liquidation_price("long", 1 / 6, 60_000, 1_000, rate=0.01), 2)
54545.45
>>> round(liquidation_price("long", 1 / 6, 60_000, 1_000, rate=0.01, basis="entry"), 2)
54600.0
>>> round(bankruptcy_price("long", 1 / 6, 60_000, 1_000), 2)
54000.0
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import flat_rate
from cascade_sim.kernels import margin as kernels
from cascade_sim.mechanics.inputs import Floats, Given, checked, chosen, filled, is_inverse, rows, shaped
from cascade_sim.mechanics.requirements import initial_margin
from cascade_sim.mechanics.tiers import Tiers, brackets, maintenance_amounts, maintenance_margin

__all__ = [
    "bankruptcy_price",
    "bankruptcy_price_at_leverage",
    "initial_margin",
    "liquidation_price",
    "liquidation_price_at_leverage",
    "maintenance_amounts",
    "maintenance_margin",
]


def liquidation_price(
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    collateral: npt.ArrayLike,
    *,
    rate: npt.ArrayLike = 0.0,
    maintenance_amount: npt.ArrayLike = 0.0,
    closing_fee: npt.ArrayLike = 0.0,
    tiers: Tiers | None = None,
    basis: str = "mark",
    contract: str = "linear",
) -> Floats | float:
    """Return the mark price at which a position's equity meets its maintenance requirement.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    quantity : array_like of float
        Base units (linear) or contracts of one quote unit (inverse), positive.
    entry_price : array_like of float
        Quote per base unit, positive.
    collateral : array_like of float
        Isolated margin: quote currency (linear) or base currency (inverse). In cross margin: the wallet
        balance, plus the other positions' unrealised profit, less their maintenance (`cross_margin` adds them
        up).
    rate : array_like of float
        Flat maintenance rate as a fraction, in [0, 1); excludes `tiers`.
    maintenance_amount : array_like of float
        Maintenance amount that goes with `rate`, in the currency of the collateral; excludes `tiers`.
    closing_fee : array_like of float
        Fee rate that the requirement reserves for the closing trade, on the mark notional. One number where
        `tiers` are given.
    tiers : sequence of (floor, rate) or (floor, cap, rate), optional
        Floors of quote notional and rates, see `maintenance_amounts`. On a linear contract and the mark
        basis the bracket is the one that holds the notional *at* the liquidation price. For brackets in coin
        see `tiers.liquidation_price_and_tier`.
    basis : {"mark", "entry"}
        Notional that the rate applies to.
    contract : {"linear", "inverse"}
        Kind of contract.

    Returns
    -------
    float or numpy.ndarray
        Price, of the broadcast shape of the inputs. Longs are liquidated at or below it, shorts at or above
        it; 0 for a long and infinity for a short that no price liquidates.

    Raises
    ------
    ValueError
        If a side, basis or contract is unknown, a quantity or entry price is not positive and finite, a
        collateral is not finite, the rate or tiers are out of order, the rate and the fee are together 1 or
        more, or a closing fee meets the entry basis.

    Notes
    -----
    Linear, mark [1]_: ``(q e - s (C + cum)) / (q (1 - s m))``; entry [2]_: ``e - s (C - m q e) / q``.
    Inverse, mark [3]_: ``q (1 + s m) / (s (C + cum) + q / e)``; entry [4]_: ``1 / (1/e + s (C / q - m / e))``.
    A closing fee ``f`` puts ``m + f`` in the place of ``m``: linear [5]_ and inverse [6]_.

    References
    ----------
    .. [1] Binance, https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93
    .. [2] Poloniex, https://support.poloniex.com/hc/en-us/articles/360052559893-What-Is-Forced-Liquidation
    .. [3] Kraken, https://support.kraken.com/hc/en-us/articles/360022835671-Equity-Protection-Process
    .. [4] Bybit (inverse, before its unified account),
       https://help.bybit.com/hc/en-us/articles/900000031623-What-is-Auto-Deleveraging-ADL-
    .. [5] OKX and Gate, through freqtrade/freqtrade@c9ae5e1e, tests/exchange/test_exchange.py
    .. [6] Gate, inverse: ``n P (1 + s (m + f)) / (n + s C P)``, as above

    Examples
    --------
    OKX and Gate, five times leverage at 10 with a taker fee of 0.06 %:

    >>> rules = {"rate": 0.01, "closing_fee": 0.0006}
    >>> round(liquidation_price("long", 1, 10, 2, **rules), 6), round(liquidation_price("short", 1, 10, 2, **rules), 6)
    (8.085709, 11.874134)
    """
    on_entry = chosen("basis", basis, ("mark", "entry"))
    inverse = is_inverse(contract)
    if on_entry and np.any(np.asarray(closing_fee)):
        raise ValueError("closing_fee is charged on the mark notional; it needs basis='mark'")
    position = _position(side, quantity, entry_price, collateral)
    if tiers is not None:
        rates, amounts = _with_fee(brackets(rate, tiers, maintenance_amount), closing_fee)
        shape, columns = rows(**position)
        return filled(kernels.liquidation_prices, shape, columns, inverse, on_entry, rates, amounts)
    shape, (sides, sizes, entries, margins, base, amount, fee) = rows(
        **position,
        rate=(rate, "rate"),
        maintenance_amount=(maintenance_amount, "finite"),
        closing_fee=(closing_fee, "amount"),
    )
    if np.any(base + fee >= 1):
        raise ValueError("rate and closing_fee must be below 1 together")
    columns = [sides, sizes, entries, margins + amount, base + fee]
    return filled(flat_rate.liquidation_prices, shape, columns, inverse, on_entry)


def bankruptcy_price(
    side: Any,
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    collateral: npt.ArrayLike,
    *,
    contract: str = "linear",
) -> Floats | float:
    """Return the price at which an isolated position's equity is zero.

    Parameters
    ----------
    side, quantity, entry_price, collateral, contract
        As in `liquidation_price`.

    Returns
    -------
    float or numpy.ndarray
        ``e - s C / q`` (linear) or ``1 / (1/e + s C / q)`` (inverse), of the broadcast shape of the inputs;
        0 for a long and infinity for a short that no price ruins.

    Raises
    ------
    ValueError
        As in `liquidation_price`.
    """
    inverse = is_inverse(contract)
    shape, columns = rows(**_position(side, quantity, entry_price, collateral))
    values = filled(kernels.bankruptcy_values, (-1,), columns, inverse)
    if not inverse:
        return shaped(np.maximum(values, 0.0), shape)
    return shaped(np.divide(-1.0, values, out=np.full(values.size, np.inf), where=values < 0), shape)


def liquidation_price_at_leverage(
    side: Any,
    entry_price: npt.ArrayLike,
    leverage: npt.ArrayLike,
    *,
    quantity: npt.ArrayLike = 1.0,
    extra_margin: npt.ArrayLike = 0.0,
    rate: npt.ArrayLike = 0.0,
    basis: str = "entry",
    contract: str = "linear",
) -> Floats | float:
    """Return the liquidation price of a position opened at a leverage, with the initial margin of its entry value.

    Parameters
    ----------
    side, entry_price, rate, basis, contract
        As in `liquidation_price`, but the rate is on the entry notional unless `basis` says otherwise.
    leverage : array_like of float
        Entry value over initial margin, positive.
    quantity : array_like of float
        Base units (linear) or contracts of one quote unit (inverse); without `extra_margin` it does not matter.
    extra_margin : array_like of float
        Margin added to the initial margin: quote currency (linear) or coin (inverse).

    Returns
    -------
    float or numpy.ndarray
        Linear on entry [1]_: ``e (1 - s (1/L - m)) - s extra / q``. Inverse on entry [2]_:
        ``e L / (L + s (1 - m L))`` without extra margin. Of the broadcast shape; 0 and infinity as in
        `liquidation_price`.

    Raises
    ------
    ValueError
        As in `liquidation_price`, and if a leverage is not positive and finite.

    References
    ----------
    .. [1] Bybit before 2025, https://testnet.bybit.com/en-US/help-center/s/article/Liquidation-Price-USDT-Contract;
       Poloniex, https://support.poloniex.com/hc/en-us/articles/360052559893-What-Is-Forced-Liquidation
    .. [2] get10101/10101@3ae13509, crates/xxi-node/src/cfd.rs; Bybit,
       https://help.bybit.com/hc/en-us/articles/900000031623-What-is-Auto-Deleveraging-ADL-

    Examples
    --------
    >>> round(liquidation_price_at_leverage("long", 20_000, 50, rate=0.005), 6)
    19700.0
    >>> round(liquidation_price_at_leverage("long", 30_000, 2, rate=0.1, contract="inverse"), 2)
    21428.57
    """
    posted = _posted_per_unit(quantity, entry_price, leverage, extra_margin, contract)
    return liquidation_price(side, 1.0, entry_price, posted, rate=rate, basis=basis, contract=contract)


def bankruptcy_price_at_leverage(
    side: Any,
    entry_price: npt.ArrayLike,
    leverage: npt.ArrayLike,
    *,
    quantity: npt.ArrayLike = 1.0,
    extra_margin: npt.ArrayLike = 0.0,
    contract: str = "linear",
) -> Floats | float:
    """Return the bankruptcy price of a position opened at a leverage.

    Parameters
    ----------
    side, entry_price, leverage, quantity, extra_margin, contract
        As in `liquidation_price_at_leverage`.

    Returns
    -------
    float or numpy.ndarray
        ``e (1 - s/L) - s extra / q`` (linear) or ``e L / (L + s)`` without extra margin (inverse), of the broadcast
        shape. A short of leverage 1 in an inverse contract is never bankrupt: infinity.

    Raises
    ------
    ValueError
        As in `liquidation_price_at_leverage`.

    Notes
    -----
    Sources as in `liquidation_price_at_leverage`.

    Examples
    --------
    >>> bankruptcy_price_at_leverage("long", 10_000, 50)
    9800.0
    >>> bankruptcy_price_at_leverage("short", 30_000, [1, 2], contract="inverse").round(6)
    array([   inf, 60000.])
    """
    posted = _posted_per_unit(quantity, entry_price, leverage, extra_margin, contract)
    return bankruptcy_price(side, 1.0, entry_price, posted, contract=contract)


def _position(
    side: Any, quantity: npt.ArrayLike, entry_price: npt.ArrayLike, collateral: npt.ArrayLike
) -> dict[str, Given]:
    return {
        "side": (side, "side"),
        "quantity": (quantity, "positive"),
        "entry_price": (entry_price, "positive"),
        "collateral": (collateral, "finite"),
    }


def _posted_per_unit(
    quantity: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    leverage: npt.ArrayLike,
    extra_margin: npt.ArrayLike,
    contract: str,
) -> Floats:
    # Per unit, because 1/e of margin against 1/e of value is exact where n/e against n (1/e) is not: an inverse short
    # of leverage 1 is bankrupt nowhere, not at 1e20.
    extra = checked("extra_margin", extra_margin, "finite") / checked("quantity", quantity, "positive")
    return initial_margin(1.0, entry_price, leverage, contract=contract) + extra


def _with_fee(table: tuple[Floats, Floats], closing_fee: npt.ArrayLike) -> tuple[Floats, Floats]:
    fee = np.asarray(closing_fee, np.float64)
    if fee.ndim:
        raise ValueError("closing_fee must be one number where tiers are given")
    rates = table[0] + checked("closing_fee", fee, "amount")
    if rates[-1] >= 1:
        raise ValueError("rate and closing_fee must be below 1 together")
    return rates, table[1]
