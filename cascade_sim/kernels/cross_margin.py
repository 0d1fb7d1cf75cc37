"""Cross margin: where an account whose positions share one wallet is liquidated, symbol by symbol.

With one symbol's price ``p`` free and every other position at its mark, the cushion is

    g(p) = W + others' profit - others' requirement + sum of s q (p - e) - sum of max_n (m_n q p - cum_n)

over the symbol's legs. It is concave and piecewise linear, so the account is safe on one interval of prices. Its ends
are found by Newton's steps from outside: each step solves the line that holds at the last point, never passes the
root, and no line holds twice, so the search ends after at most as many steps as there are brackets.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import inner, kernel
from cascade_sim.kernels.margin import maintenance_margin


@inner
def _bracket(notional, rates, amounts):
    """Return the bracket whose line is highest at a notional; at an infinite one the last."""
    last = rates.size - 1
    if notional == np.inf:
        return last
    best = 0
    for bracket in range(1, rates.size):
        if rates[bracket] * notional - amounts[bracket] > rates[best] * notional - amounts[best]:
            best = bracket
    return best


@inner
def _line(price, cash, symbol, chosen, side, quantity, entry, rates, amounts):
    """Return intercept and slope of the cushion's line that holds at a price."""
    intercept = cash
    slope = 0.0
    for leg in range(side.size):
        if symbol[leg] != chosen or quantity[leg] == 0.0:
            continue
        bracket = _bracket(quantity[leg] * price, rates[leg], amounts[leg])
        intercept += amounts[leg, bracket] - side[leg] * quantity[leg] * entry[leg]
        slope += (side[leg] - rates[leg, bracket]) * quantity[leg]
    return intercept, slope


@inner
def _band(cash, symbol, chosen, side, quantity, entry, rates, amounts):
    """Return the prices between which one symbol leaves the account safe; infinity and 0 where none does."""
    lower = 0.0
    intercept, slope = _line(lower, cash, symbol, chosen, side, quantity, entry, rates, amounts)
    if intercept < 0.0:
        while True:
            if slope <= 0.0:
                return np.inf, 0.0
            further = -intercept / slope
            if further <= lower:
                break
            lower = further
            intercept, slope = _line(lower, cash, symbol, chosen, side, quantity, entry, rates, amounts)
    upper = np.inf
    intercept, slope = _line(upper, cash, symbol, chosen, side, quantity, entry, rates, amounts)
    while slope < 0.0:
        nearer = -intercept / slope
        if nearer >= upper:
            break
        upper = nearer
        if upper <= lower:
            return np.inf, 0.0
        intercept, slope = _line(upper, cash, symbol, chosen, side, quantity, entry, rates, amounts)
    return lower, upper


@kernel
def safe_bands(wallet, symbol, side, quantity, entry_price, mark_price, rates, amounts, lower, upper, price):
    """Write, for every position of every account, the prices of its symbol that liquidate the account.

    Parameters
    ----------
    wallet : array of float, shape (accounts,)
        Wallet balances in quote.
    symbol : array of int64, shape (positions,)
        Positions of one symbol are its legs.
    side : array of int8, shape (accounts, positions)
    quantity, entry_price, mark_price : array of float, shape (accounts, positions)
        Base units, 0 for no position; quote per base unit.
    rates, amounts : array of float, shape (accounts or 1, positions, brackets)
        Maintenance rates and amounts.
    lower, upper, price : array of float, shape (accounts, positions)
        Written: the ends of the safe interval, and the end against the symbol's net position (the other end where
        that one is out of reach).

    Notes
    -----
    Source: Binance USDT-M, https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93. Cost: quadratic
    in the positions of an account.
    """
    for account in range(wallet.size):
        table = account if rates.shape[0] > 1 else 0
        sides, sizes, entries = side[account], quantity[account], entry_price[account]
        for i in range(symbol.size):
            cash = wallet[account]
            net = 0.0
            for j in range(symbol.size):
                if symbol[j] == symbol[i]:
                    net += sides[j] * sizes[j]
                else:
                    mark = mark_price[account, j]
                    cash += sides[j] * sizes[j] * (mark - entries[j])
                    cash -= maintenance_margin(sizes[j] * mark, rates[table, j], amounts[table, j])
            low, high = _band(cash, symbol, symbol[i], sides, sizes, entries, rates[table], amounts[table])
            lower[account, i], upper[account, i] = low, high
            if net > 0.0:
                price[account, i] = low if low > 0.0 or high == np.inf else high
            else:
                price[account, i] = high if high < np.inf or low == 0.0 else low
