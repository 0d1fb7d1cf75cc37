"""Compound v2: an account's liquidity, how much of a borrow may be repaid at once, and the tokens that seizes.

Examples
--------
100 units supplied at a collateral factor of 50 %, 60 borrowed, all at a price of 1:

>>> account = account_liquidity([100], [0.5], [1], [60], [1])
>>> account.shortfall, max_close(60, account.shortfall)
(10.0, 30.0)
>>> round(seize_tokens(30, 1, 1, exchange_rate=0.02, incentive=1.08).seize_tokens, 6)
1620.0
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import health as kernels
from cascade_sim.mechanics.inputs import Numbers, filled, lists, rows, shaped, tables

__all__ = ["Liquidity", "SeizedTokens", "account_liquidity", "max_close", "seize_tokens"]

ArrayLike = npt.ArrayLike


class Liquidity(NamedTuple):
    """A Compound account: what it could still borrow, split into its positive and its negative part."""

    net: Numbers
    liquidity: Numbers
    shortfall: Numbers


class SeizedTokens(NamedTuple):
    """A Compound liquidation in cTokens: all that is seized, the liquidator's part, the reserves' part."""

    seize_tokens: Numbers
    liquidator_tokens: Numbers
    protocol_tokens: Numbers


def account_liquidity(
    supply: ArrayLike,
    collateral_factor: ArrayLike,
    supply_price: ArrayLike,
    borrow: ArrayLike,
    borrow_price: ArrayLike,
) -> Liquidity:
    """Return a Compound v2 account's liquidity, ``sum(s CF p) - sum(b p)``, and its shortfall.

    Parameters
    ----------
    supply, collateral_factor, supply_price : array_like of float, shape (..., assets)
        Underlying units supplied, zero or more; collateral factors as fractions; prices, positive. The last axis lists
        an account's assets; an empty list is an account that supplies nothing.
    borrow, borrow_price : array_like of float, shape (..., borrows)
        Units borrowed, zero or more; prices, positive.

    Returns
    -------
    Liquidity
        An account may be liquidated where the shortfall is above zero; one that uses its limit exactly may not [1]_.

    Raises
    ------
    ValueError
        If a number is out of its range or an input is a bare number.

    References
    ----------
    .. [1] compound-finance/compound-protocol@a3214f67, Comptroller.sol
    """
    supplied = lists(
        supply=(supply, "amount"), collateral_factor=(collateral_factor, "fraction"), price=(supply_price, "positive")
    )
    borrowed = lists(borrow=(borrow, "amount"), borrow_price=(borrow_price, "positive"))
    shape = np.broadcast_shapes(supplied[0].shape[:-1], borrowed[0].shape[:-1])
    net = filled(kernels.account_nets, (-1,), tables(shape, *supplied, *borrowed))
    parts = (net, np.maximum(net, 0.0), np.maximum(-net, 0.0))
    return Liquidity(*(shaped(part, shape) for part in parts))


def max_close(borrow: ArrayLike, shortfall: ArrayLike, factor: ArrayLike = 0.5) -> Numbers:
    """Return the most that one Compound v2 liquidation may repay: ``factor borrow``, nothing without a shortfall.

    Parameters
    ----------
    borrow, shortfall : array_like of float
        The account's borrow in the market to be repaid, any unit; its shortfall from `account_liquidity`.
    factor : array_like of float
        Close factor; the contract's range was 0.05 to 0.9, 0.5 the one in use [1]_.

    References
    ----------
    .. [1] compound-finance/compound-protocol@a3214f67, Comptroller.sol
    """
    shape, columns = rows(borrow=(borrow, "amount"), shortfall=(shortfall, "amount"), factor=(factor, "fraction"))
    return filled(kernels.max_closes, shape, columns)


def seize_tokens(
    repay: ArrayLike,
    borrowed_price: ArrayLike,
    collateral_price: ArrayLike,
    exchange_rate: ArrayLike,
    incentive: ArrayLike,
    protocol_share: ArrayLike = 0.0,
) -> SeizedTokens:
    """Return the cTokens that a Compound v2 repayment seizes.

    ``repay incentive borrowed_price / (collateral_price exchange_rate)`` [1]_. Compound does not lower the repayment if
    the account holds fewer: it refuses the call.

    Parameters
    ----------
    repay : array_like of float
        Units of the borrowed asset, zero or more.
    borrowed_price, collateral_price, exchange_rate : array_like of float
        Prices per unit of the underlyings; underlying units per cToken. Positive.
    incentive : array_like of float
        One plus the liquidator's discount, 1 or more.
    protocol_share : array_like of float
        Fraction of the seized tokens that goes to the reserves (0.028 in the code).

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    .. [1] compound-finance/compound-protocol@a3214f67, Comptroller.sol and CToken.sol
    """
    shape, columns = rows(
        repay=(repay, "amount"),
        borrowed_price=(borrowed_price, "positive"),
        collateral_price=(collateral_price, "positive"),
        exchange_rate=(exchange_rate, "positive"),
        incentive=(incentive, "factor"),
        protocol_share=(protocol_share, "fraction"),
    )
    out = np.empty((3, columns[0].size))
    kernels.tokens_seized(*columns, out)
    return SeizedTokens(*(shaped(row, shape) for row in out))
