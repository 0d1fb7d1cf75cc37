"""dYdX v4: subaccounts of perpetuals in one quote balance, liquidated at a share of their collateral.

The protocol counts in quote quantums of 1e-6 USDC. Here amounts are floats in USDC, and what the protocol rounds is
rounded to the same quantum, allowing for what floating point can have done before.

Positions are arrays of shape (accounts, positions): signed size in base units, oracle price, maintenance fraction. A
position of size 0 is none.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inner, kernel
from cascade_sim.kernels.rounding import DOWN, ULP, UP, whole

QUANTUMS = 1e6
PPM = 1e6


@inner
def risk(quote_balance, size, oracle_price, fraction):
    """Return total net collateral, total maintenance requirement, and the sum of absolute amounts behind them."""
    collateral = quote_balance
    requirement = 0.0
    gross = abs(quote_balance)
    for position in range(size.size):
        notional = size[position] * oracle_price[position]
        collateral += notional
        requirement += abs(notional) * fraction[position]
        gross += abs(notional)
    return collateral, requirement, gross


@inner
def bankruptcy_quantums(quote_balance, size, oracle_price, fraction, market, delta):
    """Return ``-delta_notional - TNC |delta_MMR| / TMMR`` in whole quote quantums, rounded up; NaN without TMMR."""
    collateral, requirement, gross = risk(quote_balance, size, oracle_price, fraction)
    if not requirement > 0.0:
        return np.nan
    notional = delta * oracle_price[market]
    share = abs(notional) * fraction[market] / requirement
    error = (size.size + 8) * ULP * (abs(notional) + gross * share) * QUANTUMS
    return whole((-notional - collateral * share) * QUANTUMS, error, UP)


@kernel
def risks(quote_balance, size, oracle_price, fraction, collateral, requirement):
    """Write every account's total net collateral and total maintenance requirement; arrays of shape (accounts,)."""
    for i in range(quote_balance.size):
        collateral[i], requirement[i], _ = risk(quote_balance[i], size[i], oracle_price[i], fraction[i])


@kernel
def bankruptcy_quotes(quote_balance, size, oracle_price, fraction, market, delta, out):
    """Write the quote amount, in USDC, that closing `delta` at the bankruptcy price brings.

    Parameters
    ----------
    quote_balance, delta, out : array of float, shape (accounts,)
        USDC, signed base units, USDC; NaN where nothing requires maintenance.
    size, oracle_price, fraction : array of float, shape (accounts, positions)
    market : array of int64, shape (accounts,)
        Position that is closed.

    Notes
    -----
    Source: dydxprotocol/v4-chain@84d4664b, protocol/x/clob/keeper/liquidations.go.
    """
    for i in range(quote_balance.size):
        quantums = bankruptcy_quantums(quote_balance[i], size[i], oracle_price[i], fraction[i], market[i], delta[i])
        out[i] = quantums / QUANTUMS + 0.0


@kernel
def fillable_prices(quote_balance, size, oracle_price, fraction, market, adjustment_ppm, spread_ppm, out):
    """Write ``(PNNV - ABR SMMR PMMR) / S`` with ``ABR = clamp(BA (1 - TNC/TMMR), 0, 1)``, in USDC per base unit.

    Parameters
    ----------
    quote_balance, out : array of float, shape (accounts,)
    size, oracle_price, fraction : array of float, shape (accounts, positions)
    market : array of int64, shape (accounts,)
    adjustment_ppm, spread_ppm : array of float, shape (accounts,)
        BA and SMMR in parts per million.

    Notes
    -----
    Source: as in `bankruptcy_quotes`. NaN where nothing requires maintenance.
    """
    for i in range(quote_balance.size):
        collateral, requirement, _ = risk(quote_balance[i], size[i], oracle_price[i], fraction[i])
        if not requirement > 0.0:
            out[i] = np.nan
            continue
        rating = adjustment_ppm[i] * (1.0 - collateral / requirement) / PPM
        rating = min(max(rating, 0.0), 1.0)
        closed = size[i, market[i]]
        notional = closed * oracle_price[i, market[i]]
        spread = rating * spread_ppm[i] / PPM * (abs(notional) * fraction[i, market[i]])
        out[i] = (notional - spread) / closed


@kernel
def insurance_fund_deltas(quote_balance, size, oracle_price, fraction, market, delta, fill_price, max_fee_ppm, out):
    """Write what the insurance fund receives (pays, if negative) when `delta` is filled at a price.

    ``proceeds - bankruptcy``, and if that is positive at most the fee ``|proceeds| max_fee``; every term in whole
    quote quantums, amounts and fee rounded down.

    Parameters
    ----------
    quote_balance, delta, fill_price, max_fee_ppm, out : array of float, shape (accounts,)
    size, oracle_price, fraction : array of float, shape (accounts, positions)
    market : array of int64, shape (accounts,)

    Notes
    -----
    Source: as in `bankruptcy_quotes`. NaN where nothing requires maintenance.
    """
    for i in range(quote_balance.size):
        bankruptcy = bankruptcy_quantums(quote_balance[i], size[i], oracle_price[i], fraction[i], market[i], delta[i])
        amount = abs(delta[i]) * fill_price[i] * QUANTUMS
        amount = whole(amount, 4.0 * ULP * amount, DOWN)
        fund = (amount if delta[i] < 0.0 else -amount) - bankruptcy
        if fund > 0.0:
            fee = amount * max_fee_ppm[i] / PPM
            fund = min(fund, whole(fee, 4.0 * ULP * fee, DOWN))
        out[i] = fund / QUANTUMS + 0.0


@kernel
def liquidation_prices(equity, size, price, fraction, others_requirement, out):
    """Write ``(e - MMR_others - S p) / (|S| MMF - S)`` to `out`, 0 where that is negative; arrays of shape (n,)."""
    for i in range(equity.size):
        numerator = equity[i] - others_requirement[i] - size[i] * price[i]
        out[i] = max(numerator / (abs(size[i]) * fraction[i] - size[i]), 0.0)


@kernel
def close_prices_v3(side, price, fraction, account_value, requirement, out):
    """Write dYdX v3's close price ``P (1 - s M V / W)`` to `out`; arrays of shape (n,)."""
    for i in range(side.size):
        out[i] = price[i] * (1.0 - side[i] * fraction[i] * account_value[i] / requirement[i])
