"""dYdX v4 subaccounts: what they are worth, what they must keep, and the arrays in which the kernels read them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import dydx as kernels
from cascade_sim.mechanics.inputs import checked, filled, flat, lists, shaped, tables

__all__ = ["AccountRisk", "account_risk", "is_liquidatable"]


class AccountRisk(NamedTuple):
    """A subaccount's total net collateral and total maintenance requirement, in USDC."""

    net_collateral: Any
    maintenance_requirement: Any


def account_risk(
    quote_balance: npt.ArrayLike,
    size: npt.ArrayLike,
    oracle_price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
) -> AccountRisk:
    """Return total net collateral and total maintenance requirement of subaccounts.

    Parameters
    ----------
    quote_balance : array_like of float, shape (...)
        USDC, negative if borrowed against the positions.
    size : array_like of float, shape (..., positions)
        Signed base units; 0 for no position.
    oracle_price : array_like of float, shape (..., positions)
        USDC per base unit, positive.
    maintenance_fraction : array_like of float, shape (..., positions)
        Maintenance margin fractions, above 0 and at most 1.

    Returns
    -------
    AccountRisk
        ``quote + sum(S p)`` and ``sum(|S p| MMF)``, of shape (...).

    Raises
    ------
    ValueError
        If a balance or size is not finite, a price is not positive and finite, or a fraction is not above 0
        and at most 1.

    Notes
    -----
    Source: dydxprotocol/v4-chain@84d4664b, protocol/x/clob/keeper/liquidations.go.
    """
    shape, columns = accounts(quote_balance, size, oracle_price, maintenance_fraction)
    collateral, requirement = np.empty((2, columns[0].size))
    kernels.risks(*columns, collateral, requirement)
    return AccountRisk(shaped(collateral, shape), shaped(requirement, shape))


def is_liquidatable(
    quote_balance: npt.ArrayLike,
    size: npt.ArrayLike,
    oracle_price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
) -> Any:
    """Tell whether subaccounts may be liquidated: they require maintenance and have less net collateral than it.

    Parameters
    ----------
    quote_balance, size, oracle_price, maintenance_fraction
        As in `account_risk`.

    Returns
    -------
    bool or numpy.ndarray of bool
        Of shape (...). Net collateral that equals the requirement is enough.

    Raises
    ------
    ValueError
        As in `account_risk`.

    Notes
    -----
    Source: as in `account_risk`.

    Examples
    --------
    >>> is_liquidatable([-4500, -4501], [[0.1]], [[50_000]], [[0.1]]).tolist()
    [False, True]
    """
    risk = account_risk(quote_balance, size, oracle_price, maintenance_fraction)
    requirement = np.asarray(risk.maintenance_requirement)
    answer = np.asarray((requirement > 0) & (risk.net_collateral < requirement))
    return shaped(answer, answer.shape)


def accounts(
    quote_balance: npt.ArrayLike,
    size: npt.ArrayLike,
    oracle_price: npt.ArrayLike,
    maintenance_fraction: npt.ArrayLike,
    more: tuple[npt.ArrayLike, ...] = (),
) -> tuple[tuple[int, ...], list[npt.NDArray[Any]]]:
    """Return the shape of the accounts and the kernels' columns: balances, three tables of positions, and `more`.

    Raises
    ------
    ValueError
        As in `account_risk`.
    """
    each_account = [checked("quote_balance", quote_balance, "finite"), *(np.asarray(v, np.float64) for v in more)]
    each_position = lists(
        size=(size, "finite"),
        oracle_price=(oracle_price, "positive"),
        maintenance_fraction=(maintenance_fraction, "share"),
    )
    shape = np.broadcast_shapes(each_position[0].shape[:-1], *(value.shape for value in each_account))
    balance, *others = flat(shape, *each_account)
    return shape, [balance, *tables(shape, *each_position), *others]


def closing(
    kernel: Any, account: tuple[npt.ArrayLike, ...], market: npt.ArrayLike, more: tuple[npt.ArrayLike, ...]
) -> Any:
    """Run a kernel that closes one position of every account, after checking that the position can be closed.

    The first of `more` is the change of size, but for the fillable price, which does not depend on it.

    Raises
    ------
    ValueError
        As in `account_risk`, and if `market` is no position or the change of size does not reduce it.
    """
    quote, size, oracle, fraction = account
    shape, columns = accounts(quote, size, oracle, fraction, (market, *more))
    balance, sizes, oracles, fractions, place, *others = columns
    if not np.all((place >= 0) & (place < sizes.shape[1]) & (place == np.floor(place))):
        raise ValueError("market must be the index of a position")
    closed = place.astype(np.int64)
    held = sizes[np.arange(balance.size), closed]
    if not np.all(held != 0):
        raise ValueError("market must be a position whose size is not 0")
    if kernel is not kernels.fillable_prices and not np.all(
        (others[0] * held < 0) & (np.abs(others[0]) <= np.abs(held))
    ):
        raise ValueError("delta must reduce the position: of the opposite sign, and not beyond 0")
    return filled(kernel, shape, [balance, sizes, oracles, fractions, closed, *others])
