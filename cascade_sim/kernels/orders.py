"""An order meets the market: the makers' density, the engine's offers and resting orders, eaten in price order."""

from __future__ import annotations

from cascade_sim.kernels.book import fill
from cascade_sim.kernels.heap import pop
from cascade_sim.kernels.jit import inlined, inner, melded
from cascade_sim.kernels.resting import best_resting, fill_resting
from cascade_sim.kernels.state import INVERSE, POLICY_LIMIT, SHAPE_TABLE


@melded
def take(rules, state, table, direction, want, worst):
    """Eat the makers' density on one side; returns (filled, integral of u dq) and books the makers' side.

    Nothing trades beyond the venue's price band, nor beyond the lowest and the highest price, where the book ends
    whatever its shape.
    ``table`` is None unless the book has that shape: a call that carries no arrays costs a third of one that does.
    """
    if direction < 0.0:
        filled, value, x1, e1, price1 = fill(
            rules, table, rules.scale_bid, -1.0, state.index, state.touch_bid, state.bid,
            state.distance_bid, state.eaten_bid, state.thinning, want, max(worst, state.band_low),
        )  # fmt: skip
        if filled > 0.0:
            state.distance_bid = x1
            state.eaten_bid = e1
            state.bid = price1
            state.last = price1
            state.maker_cash -= value
            state.maker_quantity += filled
    else:
        filled, value, x1, e1, price1 = fill(
            rules, table, rules.scale_ask, 1.0, state.index, state.touch_ask, state.ask,
            state.distance_ask, state.eaten_ask, state.thinning, want, min(worst, state.band_high),
        )  # fmt: skip
        if filled > 0.0:
            state.distance_ask = x1
            state.eaten_ask = e1
            state.ask = price1
            state.last = price1
            state.maker_cash += value
            state.maker_quantity -= filled
    return filled, value


@inlined
def count_forced(rules, state, side, filled, value):
    """Add a forced trade to the row being recorded and to the tick's forced notional (quote)."""
    if side > 0.0:
        state.row_forced_sell += filled
    else:
        state.row_forced_buy += filled
    state.forced_notional += filled if rules.contract == INVERSE else value


@inlined
def unit_of(rules, price):
    """``u(p)``: the price of a linear contract, ``-1/p`` of an inverse one."""
    return -1.0 / price if rules.contract == INVERSE else price


@inner
def price_of(rules, unit):
    """Price at which ``u(p)`` is ``unit``: itself (linear, not below zero) or ``-1/unit`` (inverse; none: infinity)."""
    if rules.contract == INVERSE:
        return -1.0 / unit if unit < 0.0 else float("inf")
    return max(unit, 0.0)


@inner
def empty_queue(state, side):
    """Start again from zero once nothing of a side waits, so that rounding does not pile up as inventory."""
    if side > 0.0 and state.queue_long_head == state.queue_long_tail:
        state.queue_long_head = state.queue_long_tail = 0
        state.engine_long = 0.0
    elif side < 0.0 and state.queue_short_head == state.queue_short_tail:
        state.queue_short_head = state.queue_short_tail = 0
        state.engine_short = 0.0


@inner
def meet_offers(rules, state, tape, log, direction, want, worst):
    """Eat density, the engine's offers and strategies' resting orders in price order.

    Offers trade at their bankruptcy price, resting orders at their limit; at one price the engine goes first. Returns
    (filled, integral of u dq). Cost: 10 ns and a heap step for each offer that is met.
    """
    worst = min(worst, state.band_high) if direction > 0.0 else max(worst, state.band_low)
    side = direction  # a buy meets what was taken over from longs, a sell what was taken over from shorts
    asked, total, total_value = want, 0.0, 0.0
    while want > 0.0:
        size = 0
        if rules.policy == POLICY_LIMIT:
            size = state.queue_long_tail if side > 0.0 else state.queue_short_tail
        queue = log.queue_long if side > 0.0 else log.queue_short
        offered = price_of(rules, log.events[queue[0]].bankruptcy) if size > 0 else worst
        resting = best_resting(state, log.desk, direction)
        rests_first = resting > 0.0 and (size == 0 or direction * (offered - resting) > 0.0)
        if rests_first:
            offered = resting
        limit = worst
        if (size > 0 or rests_first) and direction * (worst - offered) > 0.0:
            limit = offered
        if rules.shape == SHAPE_TABLE:
            table = (tape.table_distance, tape.table_quantity)
            filled, value = take(rules, state, table, direction, want, limit)
        else:
            filled, value = take(rules, state, None, direction, want, limit)
        total += filled
        total_value += value
        want = 0.0 if filled >= want else want - filled
        if want <= 0.0 or (size == 0 and not rests_first) or direction * (worst - offered) < 0.0:
            break
        if rests_first:
            filled, value = fill_resting(rules, state, log.desk, direction, want)
            total += filled
            total_value += value
            want = 0.0 if filled >= want else want - filled
            continue
        event = log.events[queue[0]]
        open_quantity = event.quantity - event.filled
        filled = min(want, open_quantity)
        value = filled * event.bankruptcy
        event.value += value
        event.filled = event.quantity if filled == open_quantity else event.filled + filled
        want = 0.0 if filled >= want else want - filled
        total += filled
        total_value += value
        state.last = offered
        if side > 0.0:
            state.engine_long -= filled
            state.engine_long_cash += value
        else:
            state.engine_short -= filled
            state.engine_short_cash -= value
        count_forced(rules, state, side, filled, value)
        if filled == open_quantity:
            if side > 0.0:
                state.queue_long_tail = pop(log.priority_long, queue, size)
            else:
                state.queue_short_tail = pop(log.priority_short, queue, size)
            empty_queue(state, side)
    return total if want > 0.0 else asked, total_value  # all of it to the bit, whatever the sum of parts rounds to


@inner
def plain(rules, state, direction):
    """Tell whether an order in this direction meets nothing but the density of a `linear` or `power` book."""
    if rules.shape == SHAPE_TABLE or (state.resting_asks if direction > 0.0 else state.resting_bids) > 0:
        return False
    if rules.policy != POLICY_LIMIT:
        return True
    return (state.queue_long_tail if direction > 0.0 else state.queue_short_tail) == 0


@inner
def order(rules, state, tape, log, direction, want, worst):
    """Send an order of ``want`` at prices no worse than ``worst``; returns (filled, integral of u dq)."""
    if plain(rules, state, direction):
        return take(rules, state, None, direction, want, worst)
    return meet_offers(rules, state, tape, log, direction, want, worst)
