"""Loans against collateral: when one may be liquidated, how much of it at once, and what the liquidator receives.

Values are in one common currency, amounts in the asset's own units. The contracts calculate in whole units of 1e-18 or
finer, where 1.05 x 1.1 is 1.155 exactly; binary floats miss such products by their last digit. Every comparison that
decides something therefore goes through `below`, which counts a difference within rounding as none.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inlined, inner, kernel

ROUNDING = 2.0**-46  # relative; the contracts' own steps are finer, an amount that somebody means is far coarser
AAVE_V2, AAVE_V3, AAVE_V3_3 = 2, 3, 33
HALF, WHOLE, CLOSE_FACTOR_HEALTH = 0.5, 1.0, 0.95
NO_HEALTH = -1.0  # below every health factor: none is so low that all may be repaid


@inlined
def below(value, limit, scale):
    """Tell whether `value` is below `limit` by more than the rounding of numbers the size of `scale`."""
    return limit - value > ROUNDING * scale


@inner
def health_factor(weighted_collateral, debt):
    """Return ``sum(collateral LT) / sum(debt)``; infinity without debt. Source: Aave, `health_factors`."""
    return weighted_collateral / debt if debt > 0.0 else np.inf


@inlined
def is_liquidatable(health):
    """Tell whether an Aave account may be liquidated: health factor below 1. Source: aave-v3-core, ValidationLogic."""
    return below(health, 1.0, 1.0)


@inlined
def raises_health(health, threshold, bonus):
    """Tell whether an Aave liquidation raises the health factor: ``HF > LT (1 + bonus)``, of the collateral seized."""
    least = threshold * (1.0 + bonus)
    return below(least, health, least)


@inner
def closable(factor, whole_at, health, collateral_reserve, debt_reserve, min_base):
    """Return the share of the debt that may be repaid at once: `factor`, or all of a debt that is deep or small.

    Parameters
    ----------
    factor : float
        Close factor of a loan that is neither.
    whole_at : float
        Health factor at or below which the whole debt may be repaid.
    health, collateral_reserve, debt_reserve, min_base : float
        As in `close_factor`, which is this with Aave's own numbers; a pool of a scenario brings its own.

    Returns
    -------
    float
    """
    if not below(whole_at, health, 1.0):
        return WHOLE
    if below(collateral_reserve, min_base, min_base) or below(debt_reserve, min_base, min_base):
        return WHOLE
    return factor


@inner
def close_factor(version, health, collateral_reserve, debt_reserve, min_base):
    """Return the share of the debt that one Aave liquidation may repay.

    Parameters
    ----------
    version : int
        `AAVE_V2`, `AAVE_V3` (3.0 to 3.2) or `AAVE_V3_3` (and later).
    health : float
        Health factor of the account.
    collateral_reserve, debt_reserve : float
        What the account holds and owes in the two reserves of the liquidation, base currency.
    min_base : float
        A reserve below this is closed whole, base currency.

    Returns
    -------
    float
        0.5 or 1.

    Notes
    -----
    v2: always half. v3: half above a health factor of 0.95, the whole at or below it. v3.3: also the whole where either
    reserve is below `min_base`; a reserve of exactly that is not. Source: aave/aave-v3-core and
    aave-dao/aave-v3-origin, LiquidationLogic.
    """
    whole_at = NO_HEALTH if version == AAVE_V2 else CLOSE_FACTOR_HEALTH
    least = min_base if version == AAVE_V3_3 else 0.0
    return closable(HALF, whole_at, health, collateral_reserve, debt_reserve, least)


@inner
def max_repay(reserve_debt, total_debt, version, factor):
    """Return the most that one Aave liquidation may repay of one reserve's debt.

    ``min(debt_k, factor sum(debt))`` from v3.3 on, ``factor debt_k`` before. All in base currency.
    """
    return min(reserve_debt, factor * total_debt) if version == AAVE_V3_3 else factor * reserve_debt


@inner
def seizure(repay, debt_price, collateral_price, bonus, balance, protocol_fee):
    """Return what an Aave liquidation takes: debt repaid, collateral seized, bonus, protocol fee, liquidator's part.

    ``seized = repay p_debt / p_coll (1 + bonus)``; if the account holds less, all it holds, and the repayment is
    lowered to ``balance p_coll / p_debt / (1 + bonus)``. The protocol's fee is a share of the bonus only.

    Parameters
    ----------
    repay : float
        Debt tokens offered.
    debt_price, collateral_price : float
        Base currency per token, positive.
    bonus, protocol_fee : float
        Fractions: of the repayment's value; of the bonus.
    balance : float
        Collateral tokens of the account; infinite if not known to bind.

    Returns
    -------
    tuple of float
        Debt tokens, then collateral tokens.

    Notes
    -----
    Source: aave-dao/aave-v3-origin, LiquidationLogic, available collateral to liquidate.
    """
    base = repay * debt_price / collateral_price
    seized = base * (1.0 + bonus)
    if seized > balance:
        seized = balance
        base = seized / (1.0 + bonus)
        repay = base * collateral_price / debt_price
    extra = base * bonus
    fee = extra * protocol_fee
    return repay, seized, extra, fee, seized - fee


@inner
def leaves_dust(debt_left, collateral_left, min_leftover):
    """Tell whether an Aave v3.3 liquidation is refused: both are left, and either is below the least leftover.

    In the liquidation's own two reserves, base currency. Nothing left of one allows any rest of the other. Source:
    aave-dao/aave-v3-origin, LiquidationLogic; the least leftover is half of `close_factor`'s `min_base`.
    """
    either = below(debt_left, min_leftover, min_leftover) or below(collateral_left, min_leftover, min_leftover)
    return debt_left > 0.0 and collateral_left > 0.0 and either


@inlined
def deficit(debt_left, collateral_left):
    """Return the debt that Aave v3.3 burns: all that is left once the account has no collateral at all."""
    return debt_left if collateral_left == 0.0 else 0.0


@inner
def account_net(collateral, borrow):
    """Return what a Compound account could still borrow, ``sum(s CF p) - sum(b p)``; 0 where rounding is all there is.

    Source: compound-finance/compound-protocol, Comptroller, account liquidity.
    """
    net = collateral - borrow
    return net if abs(net) > ROUNDING * borrow else 0.0


@inlined
def max_close(borrow, shortfall, factor):
    """Return the most that one Compound liquidation may repay: ``factor borrow``, nothing without a shortfall."""
    return factor * borrow if shortfall > 0.0 else 0.0


@inner
def seize_tokens(repay, borrowed_price, collateral_price, exchange_rate, incentive):
    """Return the cTokens that a Compound repayment seizes: ``repay i p_b / (p_c e)``.

    Amounts of the borrowed asset, prices per unit of each underlying, `exchange_rate` in underlying units per cToken.
    Source: compound-finance/compound-protocol, Comptroller, liquidateCalculateSeizeTokens.
    """
    return repay * (incentive * borrowed_price) / (collateral_price * exchange_rate)


@kernel
def health_factors(collateral, threshold, debt, out):
    """Write every account's `health_factor` to `out`.

    Parameters
    ----------
    collateral, threshold : array of float, shape (n, assets)
        Values in base currency, liquidation thresholds as fractions.
    debt : array of float, shape (n, debts)
        Values in base currency.
    out : array of float, shape (n,)

    Notes
    -----
    Source: https://aave.com/help/borrowing/liquidations. Cost: 2 to 3 ns an account with a handful of assets.
    """
    for i in range(out.size):
        weighted = 0.0
        for asset in range(collateral.shape[1]):
            weighted += collateral[i, asset] * threshold[i, asset]
        owed = 0.0
        for asset in range(debt.shape[1]):
            owed += debt[i, asset]
        out[i] = health_factor(weighted, owed)


@kernel
def liquidatable(health, out):
    """Write every account's `is_liquidatable` to `out`, booleans; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = is_liquidatable(health[i])


@kernel
def health_raised(health, threshold, bonus, out):
    """Write every row's `raises_health` to `out`, booleans; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = raises_health(health[i], threshold[i], bonus[i])


@kernel
def close_factors(version, health, collateral_reserve, debt_reserve, min_base, out):
    """Write every row's `close_factor` to `out`; arrays of shape (n,), one version."""
    for i in range(out.size):
        out[i] = close_factor(version, health[i], collateral_reserve[i], debt_reserve[i], min_base[i])


@kernel
def max_repays(debts, reserve, version, factor, out):
    """Write every account's `max_repay` in one of its reserves to `out`.

    Parameters
    ----------
    debts : array of float, shape (n, reserves)
    reserve, version : int
        Column of `debts`; as in `close_factor`.
    factor, out : array of float, shape (n,)
    """
    for i in range(out.size):
        total = 0.0
        for asset in range(debts.shape[1]):
            total += debts[i, asset]
        out[i] = max_repay(debts[i, reserve], total, version, factor[i])


@kernel
def seizures(repay, debt_price, collateral_price, bonus, balance, protocol_fee, out):
    """Write every row's `seizure` to `out`, shape (5, n), in the order it is returned; the inputs have shape (n,)."""
    for i in range(repay.size):
        out[0, i], out[1, i], out[2, i], out[3, i], out[4, i] = seizure(
            repay[i], debt_price[i], collateral_price[i], bonus[i], balance[i], protocol_fee[i]
        )


@kernel
def dust_left(debt_left, collateral_left, min_leftover, out):
    """Write every row's `leaves_dust` to `out`, booleans; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = leaves_dust(debt_left[i], collateral_left[i], min_leftover[i])


@kernel
def deficits(debt_left, collateral_left, out):
    """Write every account's `deficit` to `out`; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = deficit(debt_left[i], collateral_left[i])


@kernel
def account_nets(supply, factor, supply_price, borrow, borrow_price, out):
    """Write every Compound account's `account_net` to `out`.

    Parameters
    ----------
    supply, factor, supply_price : array of float, shape (n, assets)
        Underlying units, collateral factors as fractions, price per unit.
    borrow, borrow_price : array of float, shape (n, borrows)
    out : array of float, shape (n,)
    """
    for i in range(out.size):
        collateral = 0.0
        for asset in range(supply.shape[1]):
            collateral += supply[i, asset] * factor[i, asset] * supply_price[i, asset]
        owed = 0.0
        for asset in range(borrow.shape[1]):
            owed += borrow[i, asset] * borrow_price[i, asset]
        out[i] = account_net(collateral, owed)


@kernel
def max_closes(borrow, shortfall, factor, out):
    """Write every row's `max_close` to `out`; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = max_close(borrow[i], shortfall[i], factor[i])


@kernel
def tokens_seized(repay, borrowed_price, collateral_price, exchange_rate, incentive, protocol_share, out):
    """Write every row's `seize_tokens` to ``out[0]``, and what the liquidator and the reserves get to the next two."""
    for i in range(repay.size):
        tokens = seize_tokens(repay[i], borrowed_price[i], collateral_price[i], exchange_rate[i], incentive[i])
        out[0, i] = tokens
        out[2, i] = tokens * protocol_share[i]
        out[1, i] = tokens - out[2, i]
