"""Bybit's inverse contracts: the classic cross account with closing fees, and the unified account of 2026."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import kernel


@kernel
def classic_cross_prices(side, contracts, entry_price, balance, rate, fee, liquidation, bankruptcy):
    """Write liquidation and bankruptcy prices of inverse positions in Bybit's classic cross margin.

    ``BP = n (1 + s f) / (n/P + s balance)``, where the balance just pays the loss and the closing fee;
    ``1/LP = 1/P + s (balance - m n/P - f n/BP) / n``.

    Parameters
    ----------
    side : array of int8, shape (n,)
    contracts, entry_price, balance, rate, fee : array of float, shape (n,)
        Contracts of one quote unit, quote per coin, coin, and fractions.
    liquidation, bankruptcy : array of float, shape (n,)
        Written; infinity where no price is high enough.

    Notes
    -----
    Source: see `cascade_sim.mechanics.bybit`.
    """
    for i in range(side.size):
        s, n, value = side[i], contracts[i], contracts[i] / entry_price[i]
        limit = value + s * balance[i]
        bankruptcy[i] = n * (1.0 + s * fee[i]) / limit if limit > 0.0 else np.inf
        spare = balance[i] - rate[i] * value - fee[i] * (n / bankruptcy[i])
        reciprocal = 1.0 / entry_price[i] + s * spare / n
        liquidation[i] = 1.0 / reciprocal if reciprocal > 0.0 else np.inf


@kernel
def unified_prices(side, contracts, entry_price, leverage, rate, fee, extra_margin, deduction, out):
    """Write liquidation prices of inverse positions, isolated in Bybit's unified account, to `out`.

    ``n (1 + s m) / (n/P + s (n/(P L) + extra/(1 + s f) + deduction))``.

    Parameters
    ----------
    side : array of int8, shape (n,)
    contracts, entry_price, leverage, rate, fee, extra_margin, deduction, out : array of float, shape (n,)
        Contracts of one quote unit, quote per coin, leverage, fractions, coin, coin.

    Notes
    -----
    Source: see `cascade_sim.mechanics.bybit`.
    """
    for i in range(side.size):
        s, n, value = side[i], contracts[i], contracts[i] / entry_price[i]
        margin = value / leverage[i] + extra_margin[i] / (1.0 + s * fee[i]) + deduction[i]
        limit = value + s * margin
        out[i] = n * (1.0 + s * rate[i]) / limit if limit > 0.0 else np.inf
