"""Aave: which accounts may be liquidated, how much of them at once, and what the liquidator receives.

Examples
--------
Collateral of 10,000 with a liquidation threshold of 80 % against a debt of 6,000, and after a fall of 30 %:

>>> round(health_factor([10_000], [0.8], [6_000]), 3)
1.333
>>> health = health_factor([7_000], [0.8], [6_000])
>>> round(health, 3), is_liquidatable(health), close_factor(health)
(0.933, True, 1.0)
>>> seized = seizure(6_000, 1.0, 1.0, 0.05, protocol_fee=0.1)
>>> round(seized.collateral_seized), round(seized.to_liquidator), raises_health(health, 0.8, 0.05)
(6300, 6270, True)
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import health as kernels
from cascade_sim.mechanics.inputs import Flags, Numbers, checked, filled, flat, lists, rows, shaped, tables

__all__ = [
    "Seizure",
    "close_factor",
    "deficit",
    "health_factor",
    "is_liquidatable",
    "leaves_dust",
    "max_repay",
    "raises_health",
    "seizure",
]

ArrayLike = npt.ArrayLike


class Seizure(NamedTuple):
    """An Aave liquidation: debt tokens repaid, then collateral tokens."""

    repay: Numbers
    collateral_seized: Numbers
    bonus: Numbers
    protocol_fee: Numbers
    to_liquidator: Numbers


def health_factor(collateral: ArrayLike, liquidation_threshold: ArrayLike, debt: ArrayLike) -> Numbers:
    """Return Aave's health factor, ``sum(collateral liquidation_threshold) / sum(debt)``.

    Parameters
    ----------
    collateral, liquidation_threshold : array_like of float, shape (..., assets)
        Values in base currency, zero or more; thresholds as fractions. The last axis lists an account's assets, those
        before it the accounts. An empty list is an account without collateral.
    debt : array_like of float, shape (..., debts)
        Values in base currency, zero or more.

    Returns
    -------
    float or numpy.ndarray
        One number an account; infinite without debt.

    Raises
    ------
    ValueError
        If a value is negative or not finite, a threshold is outside [0, 1], or an input is a bare number.

    References
    ----------
    .. [1] Aave, https://aave.com/help/borrowing/liquidations
    """
    values = lists(collateral=(collateral, "amount"), liquidation_threshold=(liquidation_threshold, "fraction"))
    owed = lists(debt=(debt, "amount"))
    shape = np.broadcast_shapes(values[0].shape[:-1], owed[0].shape[:-1])
    return filled(kernels.health_factors, shape, tables(shape, *values, *owed))


def is_liquidatable(health: ArrayLike) -> Flags:
    """Tell whether Aave lets an account be liquidated: its health factor is below 1; exactly 1 is safe [1]_.

    References
    ----------
    .. [1] aave/aave-v3-core@782f5191, ValidationLogic, health factor liquidation threshold
    """
    return filled(kernels.liquidatable, *rows(health=(health, "limit")), dtype=np.bool_)


def close_factor(
    health: ArrayLike,
    version: str | float = "v3.3",
    *,
    collateral_reserve: ArrayLike = np.inf,
    debt_reserve: ArrayLike = np.inf,
    min_base: ArrayLike = 2_000.0,
) -> Numbers:
    """Return the share of the debt that one Aave liquidation may repay.

    Parameters
    ----------
    health : array_like of float
        Health factor, zero or more.
    version : str or float
        Version of the protocol: ``"v2"``, ``"v3"``, ``"v3.3"``, ``3.3`` and the like, from 2 to 3.x.
    collateral_reserve, debt_reserve : array_like of float
        What the account holds and owes in the two reserves of the liquidation, base currency. Read from v3.3 on; large
        unless given.
    min_base : array_like of float
        Either reserve below this may be closed whole, base currency.

    Returns
    -------
    float or numpy.ndarray
        v2 [1]_: always 0.5. v3 [2]_: 0.5 above a health factor of 0.95, 1 at or below it. v3.3 [3]_: also 1 where a
        reserve is below `min_base`. From v3.3 on it is a share of the account's total debt, see `max_repay`.

    Raises
    ------
    ValueError
        If a number is negative or NaN, or the version is not known.

    References
    ----------
    .. [1] aave/protocol-v2@ce53c4a8, 5,000 basis points
    .. [2] aave/aave-v3-core@782f5191, LiquidationLogic
    .. [3] aave-dao/aave-v3-origin@fd1fbd91, docs/3.3/Aave-v3.3-features.md
    """
    shape, columns = rows(
        health=(health, "limit"),
        collateral_reserve=(collateral_reserve, "limit"),
        debt_reserve=(debt_reserve, "limit"),
        min_base=(min_base, "amount"),
    )
    out = np.empty(columns[0].size)
    kernels.close_factors(_version(version), *columns, out)
    return shaped(out, shape)


def max_repay(debts: ArrayLike, reserve: int, version: str | float = "v3.3", factor: ArrayLike = 0.5) -> Numbers:
    """Return the most that one Aave liquidation may repay of the debt in one reserve.

    Parameters
    ----------
    debts : array_like of float, shape (..., reserves)
        The account's debts in base currency, zero or more.
    reserve : int
        Place of the reserve to be repaid in the last axis, from 0.
    version : str or float
        As in `close_factor`.
    factor : array_like of float, shape (...)
        Close factor.

    Returns
    -------
    float or numpy.ndarray
        From v3.3 on the debt, or `factor` of the account's total debt if that is less [1]_; before, `factor` of the
        debt.

    Raises
    ------
    ValueError
        If a debt is negative or not finite, the factor is outside [0, 1], or there is no such reserve or version.

    References
    ----------
    .. [1] aave-dao/aave-v3-origin@fd1fbd91, docs/3.3/Aave-v3.3-features.md, 2.1
    """
    (values,) = lists(debts=(debts, "amount"))
    share = checked("factor", factor, "fraction")
    if not 0 <= reserve < values.shape[-1]:
        raise ValueError(f"reserve must be from 0 to {values.shape[-1] - 1}, not {reserve}")
    shape = np.broadcast_shapes(values.shape[:-1], share.shape)
    (shares,) = flat(shape, share)
    out = np.empty(shares.size)
    kernels.max_repays(*tables(shape, values), int(reserve), _version(version), shares, out)
    return shaped(out, shape)


def seizure(
    repay: ArrayLike,
    debt_price: ArrayLike,
    collateral_price: ArrayLike,
    bonus: ArrayLike,
    *,
    balance: ArrayLike = np.inf,
    protocol_fee: ArrayLike = 0.0,
) -> Seizure:
    """Return what an Aave liquidation seizes for a repayment.

    ``repay debt_price / collateral_price (1 + bonus)``. If the account holds less, all it holds is seized and the
    repayment lowered to ``balance collateral_price / debt_price / (1 + bonus)`` [1]_.

    Parameters
    ----------
    repay : array_like of float
        Debt tokens, zero or more.
    debt_price, collateral_price : array_like of float
        Base currency per token, positive.
    bonus : array_like of float
        Liquidation bonus as a fraction (0.05 where Aave writes 10,500 basis points), zero or more.
    balance : array_like of float
        The account's collateral tokens.
    protocol_fee : array_like of float
        The protocol's share of the bonus as a fraction; it does not touch what the repayment itself buys.

    Returns
    -------
    Seizure
        Debt tokens repaid; collateral tokens seized, of these the bonus, the protocol's fee, and the liquidator's part.

    Raises
    ------
    ValueError
        If an amount is negative, a price not positive, or a number not finite (`balance` may be infinite).

    References
    ----------
    .. [1] aave-dao/aave-v3-origin@fd1fbd91, LiquidationLogic
    """
    shape, columns = rows(
        repay=(repay, "amount"),
        debt_price=(debt_price, "positive"),
        collateral_price=(collateral_price, "positive"),
        bonus=(bonus, "amount"),
        balance=(balance, "limit"),
        protocol_fee=(protocol_fee, "fraction"),
    )
    out = np.empty((5, columns[0].size))
    kernels.seizures(*columns, out)
    return Seizure(*(shaped(row, shape) for row in out))


def raises_health(health: ArrayLike, liquidation_threshold: ArrayLike, bonus: ArrayLike) -> Flags:
    """Tell whether an Aave liquidation raises the health factor: ``HF > liquidation_threshold (1 + bonus)``.

    Below that every repayment takes more borrowing power than debt, so that liquidating makes the account worse.
    `liquidation_threshold` and `bonus` are those of the collateral seized. Follows from `health_factor` and `seizure`.

    Raises
    ------
    ValueError
        If a number is negative or NaN, or the threshold is above 1.
    """
    shape, columns = rows(
        health=(health, "limit"), liquidation_threshold=(liquidation_threshold, "fraction"), bonus=(bonus, "amount")
    )
    return filled(kernels.health_raised, shape, columns, dtype=np.bool_)


def leaves_dust(debt_left: ArrayLike, collateral_left: ArrayLike, min_leftover: ArrayLike = 1_000.0) -> Flags:
    """Tell whether Aave v3.3 refuses a liquidation for what it would leave in its two reserves.

    Parameters
    ----------
    debt_left, collateral_left, min_leftover : array_like of float
        Base currency, zero or more. `min_leftover` is half of `close_factor`'s `min_base`.

    Returns
    -------
    bool or numpy.ndarray
        True where something of both is left and either is below `min_leftover` [1]_; exactly that much may be left.

    References
    ----------
    .. [1] aave-dao/aave-v3-origin@fd1fbd91, docs/3.3/Aave-v3.3-features.md, 2.3, and LiquidationLogic
    """
    shape, columns = rows(
        debt_left=(debt_left, "amount"),
        collateral_left=(collateral_left, "amount"),
        min_leftover=(min_leftover, "amount"),
    )
    return filled(kernels.dust_left, shape, columns, dtype=np.bool_)


def deficit(debt_left: ArrayLike, collateral_left: ArrayLike) -> Numbers:
    """Return the debt that Aave v3.3 burns into the reserve's deficit: all of it once no collateral at all is left.

    `collateral_left` is the account's total, `debt_left` its debt in any of its reserves; base currency, zero or more.
    Source: aave-dao/aave-v3-origin@fd1fbd91, docs/3.3/Aave-v3.3-features.md, 1.
    """
    shape, columns = rows(debt_left=(debt_left, "amount"), collateral_left=(collateral_left, "amount"))
    return filled(kernels.deficits, shape, columns)


def _version(version: str | float) -> int:
    numbers = re.fullmatch(r"v?(\d+)(?:\.(\d+))?(?:\.\d+)*", str(version).strip().lower())
    major, minor = (int(number or 0) for number in numbers.groups()) if numbers else (0, 0)
    if major == 2:
        return kernels.AAVE_V2
    if major == 3:
        return kernels.AAVE_V3_3 if minor >= 3 else kernels.AAVE_V3
    raise ValueError(f"version must be one of Aave's from 'v2' to 'v3.x', not {version!r}")
