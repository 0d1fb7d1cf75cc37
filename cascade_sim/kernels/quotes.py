"""Between ticks: news, refill, arbitrage and the makers' withdrawal; and the quotes and mark that follow."""

from __future__ import annotations

import math

from cascade_sim.kernels.book import quantity_at
from cascade_sim.kernels.jit import inlined, melded
from cascade_sim.kernels.state import MARK_INDEX, MARK_LAST, MARK_MID


@inlined
def imbalance(state):
    """Log-displacement of the mid from the index: ``centre + (x_a - x_b) / 2``."""
    return state.centre + 0.5 * (state.distance_ask - state.distance_bid)


@melded
def refill(rules, state, table):
    """Close a share of each side's displacement; part of it because the other side follows (the centre moves).

    ``x <- x kept`` with ``kept = exp(-dt ln2 / half_life)``; of the gap that closes, a share ``permanent`` moves the
    centre away from the eaten side. Cost: 2 ns, and O(rows) a side for a table.
    """
    closed = 1.0 - rules.refill_kept
    state.centre += rules.permanent * closed * (state.distance_ask - state.distance_bid)
    state.distance_bid *= rules.refill_kept
    state.distance_ask *= rules.refill_kept
    if table is None:
        state.eaten_bid *= rules.refill_kept_eaten
        state.eaten_ask *= rules.refill_kept_eaten
    else:
        state.eaten_bid = quantity_at(rules, table, 1.0, state.distance_bid)
        state.eaten_ask = quantity_at(rules, table, 1.0, state.distance_ask)


@melded
def withdraw(rules, state, level):
    """Shrink the book with the volatility of the log mid level; returns nothing, sets ``thinning``, which is ``1/m``.

    Exponentially weighted mean and variance with weight ``w = 1 - exp(-dt / over)``; then
    ``m = max(floor, 1 / (1 + (sigma / sigma_0)^power))``. Cost: 8 ns at power 2, 20 ns otherwise.
    """
    weight = rules.withdrawal_weight
    gap = level - state.level_mean
    state.level_mean += weight * gap
    state.level_variance = (1.0 - weight) * (state.level_variance + weight * gap * gap)
    ratio = state.level_variance / (rules.withdrawal_volatility * rules.withdrawal_volatility)
    if rules.withdrawal_power != 2.0:
        ratio = math.pow(ratio, 0.5 * rules.withdrawal_power)
    state.thinning = min(1.0 / rules.withdrawal_floor, 1.0 + ratio)


@melded
def requote(rules, state, path, log_path):
    """Move the index and requote (steps 1 and 2 of a tick, after the refill), with arbitrage and withdrawal.

    The venue keeps its displacement from the index, so news moves every quote by the same log-return and costs no
    arithmetic. Pull and follow act on the same gap ``ln(c / F)`` and close it at the sum of their rates.
    """
    gap = state.centre
    if gap != 0.0:
        state.centre = gap * (1.0 - rules.pull_share - rules.follow_share)
        state.index_shift += gap * rules.follow_share
    state.index = path
    if state.index_shift != 0.0:
        state.index = path * math.exp(state.index_shift)
    if rules.withdraws:
        withdraw(rules, state, log_path + state.index_shift + imbalance(state))
    half_spread = rules.half_spread * state.thinning
    state.touch_bid = state.centre - half_spread
    state.touch_ask = state.centre + half_spread
    state.bid = state.index * math.exp(state.touch_bid - state.distance_bid)
    state.ask = state.index * math.exp(state.touch_ask + state.distance_ask)


@melded
def mark_price(rules, state):
    """Mark price now: last (clamped to the quotes), mid, index, or index times the averaged premium of the mid.

    ``index_ema``: ``F exp(EMA of ln(mid / F))``; the average is taken forward from its state at the last tick, and
    committed once a tick by `commit_mark`. Cost: 1 ns last and index, 8 ns otherwise.
    """
    if rules.mark == MARK_LAST:
        return min(max(state.last, state.bid), state.ask)
    if rules.mark == MARK_INDEX:
        return state.index
    displacement = imbalance(state)
    if rules.mark == MARK_MID:
        return state.index * math.exp(displacement)
    average = state.premium_ema + rules.mark_weight * (displacement - state.premium_ema)
    return state.index * math.exp(min(max(average, -rules.mark_cap), rules.mark_cap))


@melded
def commit_mark(rules, state):
    """Commit the averaged premium at the end of a tick."""
    state.premium_ema += rules.mark_weight * (imbalance(state) - state.premium_ema)
