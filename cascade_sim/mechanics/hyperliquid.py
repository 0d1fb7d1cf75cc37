"""Hyperliquid: maintenance is half of the initial margin at the asset's maximum leverage.

Examples
--------
A 10x short of 190 in an asset of at most 10x leverage:

>>> round(liquidation_price("short", 0.5, 190, 9.5, max_leverage=10), 4)
199.0476
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from cascade_sim.mechanics import margin
from cascade_sim.mechanics.inputs import checked, rows, shaped

__all__ = ["liquidation_price", "maintenance_rate", "maintenance_tiers"]


def maintenance_rate(max_leverage: npt.ArrayLike) -> Any:
    """Return the maintenance rate of an asset from its maximum leverage.

    Parameters
    ----------
    max_leverage : array_like of float
        Maximum leverage, 1 or more.

    Returns
    -------
    float or numpy.ndarray
        ``1 / (2 max_leverage)``, of the shape of `max_leverage`.

    Raises
    ------
    ValueError
        If a leverage is below 1 or not finite.

    Notes
    -----
    Source: https://hyperliquid.gitbook.io/hyperliquid-docs/trading/margin-tiers.

    Examples
    --------
    >>> maintenance_rate([50, 40, 20]).tolist()
    [0.01, 0.0125, 0.025]
    """
    shape, (times,) = rows(max_leverage=(max_leverage, "leverage"))
    return shaped(1.0 / (2.0 * times), shape)


def maintenance_tiers(leverage_tiers: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return brackets of maintenance from a table of maximum leverages.

    Parameters
    ----------
    leverage_tiers : sequence of (floor, max_leverage)
        Floors of notional in USDC, and the maximum leverage from there upwards.

    Returns
    -------
    list of (floor, rate)
        For `tiers.maintenance_amounts`, whose amounts are the venue's "maintenance deductions".

    Raises
    ------
    ValueError
        As in `maintenance_rate`.

    Notes
    -----
    Source: https://hyperliquid.gitbook.io/hyperliquid-docs/trading/margin-tiers, where BTC has 40x to 150 million and
    20x above.

    Examples
    --------
    >>> maintenance_tiers([(0, 40), (150e6, 20)])
    [(0.0, 0.0125), (150000000.0, 0.025)]
    """
    return [(float(floor), maintenance_rate(max_leverage)) for floor, max_leverage in leverage_tiers]


def liquidation_price(
    side: Any,
    quantity: npt.ArrayLike,
    price: npt.ArrayLike,
    account_value: npt.ArrayLike,
    *,
    max_leverage: npt.ArrayLike | None = None,
    leverage_tiers: Sequence[tuple[float, float]] | None = None,
    others_maintenance: npt.ArrayLike = 0.0,
) -> Any:
    """Return the mark price at which a position is liquidated.

    Parameters
    ----------
    side : {"long", "short", 1, -1} or array_like of them
        Side of the position.
    quantity : array_like of float
        Base units, positive.
    price : array_like of float
        Price at which `account_value` is taken: the mark price now, or the entry price with the margin posted there.
    account_value : array_like of float
        Isolated margin with unrealised profit at `price`, or the cross account's value, in USDC. The leverage that
        the trader chose matters only through the isolated margin.
    max_leverage : array_like of float
        The asset's maximum leverage; or give `leverage_tiers`.
    leverage_tiers : sequence of (floor, max_leverage)
        As in `maintenance_tiers`; the bracket is the one that holds at the liquidation price.
    others_maintenance : array_like of float
        Requirement of the account's other cross positions, in USDC.

    Returns
    -------
    float or numpy.ndarray
        ``price - s margin_available / q / (1 - l s)`` with ``l = 1 / (2 max_leverage)`` and ``margin_available`` the
        account value less all maintenance at `price`; of the broadcast shape. 0 for a long that no price liquidates.

    Raises
    ------
    ValueError
        If neither or both of `max_leverage` and `leverage_tiers` are given, or as in `margin.liquidation_price`.

    Notes
    -----
    With the maintenance at `price` inserted, the formula is the one of maintenance on the mark notional. Source:
    https://hyperliquid.gitbook.io/hyperliquid-docs/trading/liquidations; positions with the prices that the exchange
    reported are in freqtrade/freqtrade@3b1fb5af, tests/exchange/test_hyperliquid.py.
    """
    if (max_leverage is None) == (leverage_tiers is None):
        raise ValueError("give either max_leverage or leverage_tiers")
    value = checked("account_value", account_value, "finite")
    collateral = value - checked("others_maintenance", others_maintenance, "finite")
    if max_leverage is not None:
        return margin.liquidation_price(side, quantity, price, collateral, rate=maintenance_rate(max_leverage))
    assert leverage_tiers is not None
    return margin.liquidation_price(side, quantity, price, collateral, tiers=maintenance_tiers(leverage_tiers))
