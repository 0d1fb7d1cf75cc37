"""Partial liquidation: how much of a position has to go."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.state import INVERSE, PARTIAL_HEALTH, PARTIAL_SHARE, PARTIAL_TIERS, UNTOUCHED


@inner
def bracket_of(notional, rates, amounts):
    """Bracket of a notional, from 0: the last whose floor lies below it (at a floor it is still the lower one).

    The floor of bracket ``n`` is ``(cum_n - cum_(n-1)) / (m_n - m_(n-1))``. Cost: a division a bracket.
    """
    bracket = 0
    for n in range(1, rates.size):
        if notional <= floor_of(n, rates, amounts):
            break
        bracket = n
    return bracket


@inner
def floor_of(bracket, rates, amounts):
    """Lowest notional of a bracket; 0 for the first."""
    if bracket <= 0:
        return 0.0
    return (amounts[bracket] - amounts[bracket - 1]) / (rates[bracket] - rates[bracket - 1])


@inner
def healthy_notional(notional, equity, fee, buffer, rates, amounts):
    """Largest notional that keeps ``1 + buffer`` times its maintenance once the rest is closed for a fee.

    The smallest over brackets of ``(E - f N + (1 + b) cum_k) / ((1 + b) m_k - f)``: the requirement is the largest of
    its brackets' lines, so all of them have to be met; those that rise no faster than the fee always are. The fee takes
    no more than the equity of what is closed, ``f <= E / N``.
    """
    fee = min(fee, equity / notional)
    least = math.inf
    for k in range(rates.size):
        slope = (1.0 + buffer) * rates[k] - fee
        if slope > 0.0:
            least = min(least, (equity - fee * notional + (1.0 + buffer) * amounts[k]) / slope)
    return least


@inner
def quantity_to_close(rules, state, tape, quantity, side, bankruptcy, entry, part):
    """Quantity that a partial liquidation closes; the whole position where the rule leaves nothing to keep.

    Parameters
    ----------
    quantity, side, bankruptcy, entry : of the position; the last two as u-values.
    part : 1 + the tick of its last reduction, `state.UNTOUCHED` before the first.

    Notes
    -----
    tiers: down to the top of the bracket ``tiers`` below, all of it in the lowest bracket or without the margin that
    the lowest bracket asks (OKX; Binance's and BitMEX's ladders with one bracket). share: a share first, the rest the
    second time (Hyperliquid). health: until equity is ``1 + buffer`` times maintenance (Binance's and Deribit's aim);
    where that did not do, because it was not filled or at too bad a price, the rest in the same tick.
    Cost: a few ns a bracket.
    """
    inverse = rules.contract == INVERSE
    unit = -1.0 / state.mark if inverse else state.mark
    notional = quantity
    if not inverse:
        notional = quantity * (entry if rules.maintenance_on_entry else state.mark)
    equity = side * quantity * (unit - bankruptcy)
    if inverse:
        equity *= -1.0 / entry if rules.maintenance_on_entry else state.mark
    if equity <= 0.0 or notional <= rules.partial_above:
        return quantity
    target = 0.0
    if rules.partial == PARTIAL_TIERS:
        bracket = bracket_of(notional, tape.tier_rate, tape.tier_amount)
        if equity > tape.tier_rate[0] * notional:
            target = floor_of(bracket - rules.partial_tiers + 1, tape.tier_rate, tape.tier_amount)
    elif rules.partial == PARTIAL_SHARE:
        if part == UNTOUCHED:
            target = (1.0 - rules.partial_share) * notional
    elif rules.partial == PARTIAL_HEALTH and part != state.tick + 1:
        fee = rules.liquidation_fee
        if rules.maintenance_on_entry:
            fee *= unit / entry
        target = healthy_notional(notional, equity, fee, rules.partial_buffer, tape.tier_rate, tape.tier_amount)
    if np.isnan(target) or target <= 1e-3 * notional or target >= notional * (1.0 - 1e-12):
        return quantity
    return quantity * (1.0 - target / notional)
