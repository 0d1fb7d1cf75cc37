"""Funding: what longs pay to shorts (or get) at every interval, so that the perpetual stays near its index."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.book import fill
from cascade_sim.kernels.changes import set_trigger
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.orders import price_of
from cascade_sim.kernels.settle import change_fund
from cascade_sim.kernels.state import FUNDING_CLAMP, FUNDING_DAMPENED, INVERSE


@inner
def impact_price(rules, state, table, direction):
    """Average price of an order of the impact notional on one side of the book as it stands; nothing is traded."""
    price = state.bid if direction < 0.0 else state.ask
    if rules.impact_notional == 0.0:
        return price
    want = rules.impact_notional if rules.contract == INVERSE else rules.impact_notional / state.mark
    if direction < 0.0:
        filled, value, _x, _e, _p = fill(
            rules, table, rules.scale_bid, -1.0, state.index, state.touch_bid, state.bid,
            state.distance_bid, state.eaten_bid, state.thinning, want, state.band_low,
        )  # fmt: skip
    else:
        filled, value, _x, _e, _p = fill(
            rules, table, rules.scale_ask, 1.0, state.index, state.touch_ask, state.ask,
            state.distance_ask, state.eaten_ask, state.thinning, want, state.band_high,
        )  # fmt: skip
    return price_of(rules, value / filled) if filled > 0.0 else price


@inner
def measure_premium(rules, state, table):
    """Take this tick's premium into the interval's average.

    ``[max(0, impact bid - F) - max(0, F - impact ask)] / F``. Source: Binance, introduction to funding rates,
    https://www.binance.com/en/support/faq/360033525031. Cost: 2 ns, and two fills with an impact notional.
    """
    bid = impact_price(rules, state, table, -1.0)
    ask = impact_price(rules, state, table, 1.0)
    state.premium_sum += (max(0.0, bid - state.index) - max(0.0, state.index - ask)) / state.index
    state.premium_count += 1


@inner
def funding_rate(rules, premium):
    """Rate of one period from its average premium ``P``.

    clamp: ``P + clamp(I - P, -c, c)`` (BitMEX, Binance); dampened: ``max(d, P) + min(-d, P)`` (Deribit);
    plain: ``P + I`` (dYdX). Capped at plus and minus ``cap``.
    """
    if rules.funding == FUNDING_CLAMP:
        gap = rules.funding_interest - premium
        rate = premium + min(max(gap, -rules.funding_clamp), rules.funding_clamp)
    elif rules.funding == FUNDING_DAMPENED:
        rate = max(rules.funding_clamp, premium) + min(-rules.funding_clamp, premium)
    else:
        rate = premium + rules.funding_interest
    return min(max(rate, -rules.funding_cap), rules.funding_cap)


@inner
def pay_funding(rules, state, positions, tape, moves):
    """Settle the interval's funding: every account pays ``rate |u(M)|`` on its signed quantity.

    A payment is the same for every contract held, so a position's bankruptcy value moves by just that, whichever side
    it is on; the engine's inventory pays from the fund. What makers have bought of keepers is the coin itself, with
    nobody on the other side, and pays nothing. Cost: one pass over the crowd, and sorting it anew.
    """
    premium = state.premium_sum / state.premium_count if state.premium_count > 0 else 0.0
    state.premium_sum = 0.0
    state.premium_count = 0
    state.next_funding_tick += rules.funding_ticks
    state.funding_rate = funding_rate(rules, premium)
    unit = 1.0 / state.mark if rules.contract == INVERSE else state.mark
    payment = state.funding_rate * rules.funding_share * unit
    if payment == 0.0:
        return
    net = state.open_long - state.open_short
    state.crowd_cash -= payment * net
    state.maker_cash -= payment * (state.maker_quantity + state.lending_quantity - (net - state.crowd_quantity))
    state.flow_cash -= payment * state.flow_quantity
    state.vault_cash -= payment * state.vault_quantity
    change_fund(rules, state, -payment * (state.engine_long - state.engine_short))
    last = positions.key.size if moves is None else state.next_slot
    for k in range(last):
        if positions.quantity[k] > 0.0:
            positions.bankruptcy[k] += payment
            set_trigger(rules, state, positions, tape, moves, k, np.bool_(True))
