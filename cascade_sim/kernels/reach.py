"""How far an order has to go: from the quotes as they stand to a distance, offers in the way included."""

from __future__ import annotations

import math

from cascade_sim.kernels.book import distance_at, quantity_at
from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.state import INVERSE, POLICY_LIMIT, SHAPE_INFINITE, SHAPE_TABLE


@melded
def depth_to(rules, tables, scale, distance):
    """Cumulative depth ``Q(x)``: nothing this side of the touch, and no more than the whole book."""
    if distance <= 0.0 or rules.shape == SHAPE_INFINITE:
        return 0.0
    distance = min(distance, rules.until)
    if rules.shape == SHAPE_TABLE:
        return quantity_at(rules, (tables.table_distance, tables.table_quantity), scale, distance)
    return quantity_at(rules, None, scale, distance)


@melded
def distance_of(rules, tables, scale, eaten):
    """Distance at which ``eaten`` of the full book is gone, not beyond its end."""
    if rules.shape == SHAPE_INFINITE:
        return 0.0
    if rules.shape == SHAPE_TABLE:
        distance = distance_at(rules, (tables.table_distance, tables.table_quantity), scale, eaten)
    else:
        distance = distance_at(rules, None, scale, eaten)
    return min(distance, rules.until)


@inner
def offered(events, queue, priority, size, limit):
    """Open quantity of the engine's offers whose priority is below ``limit``.

    The heap is walked in its own order and left where an offer is too dear: all below it are dearer still.
    Cost: O(offers in the way).
    """
    total, k = 0.0, 0
    while True:
        if k < size and priority[k] < limit:
            event = events[queue[k]]
            total += event.quantity - event.filled
            k = 4 * k + 1
            continue
        while k > 0 and k % 4 == 0:
            k = (k - 1) >> 2
        if k == 0:
            return total
        k += 1


@inner
def resting(state, desk, direction, price):
    """Quantity of strategies' resting orders that an order meets before it reaches ``price``."""
    total = 0.0
    if desk is not None:
        waiting = desk.asks if direction > 0.0 else desk.bids
        size = state.resting_asks if direction > 0.0 else state.resting_bids
        for j in range(size):
            order = desk.orders[waiting[j]]
            if direction * (price - order.price) <= 0.0:
                break
            total += order.quantity
    return total


@inner
def engine_offers(rules, state, queues, direction, price):
    """Quantity of the engine's offers that an order meets before it reaches ``price``."""
    if rules.policy != POLICY_LIMIT:
        return 0.0
    unit = -1.0 / price if rules.contract == INVERSE else price
    if direction > 0.0:
        return offered(queues.events, queues.queue_long, queues.priority_long, state.queue_long_tail, unit)
    return offered(queues.events, queues.queue_short, queues.priority_short, state.queue_short_tail, -unit)


@melded
def end_of_way(state, shift):
    """Return (direction, distance, price) to which one side has to be eaten to move the mid by ``shift`` in log price.

    The mid moves by half of what one side does, so that side is eaten ``2 |shift|`` further.
    """
    if shift > 0.0:
        distance = state.distance_ask + 2.0 * shift
        return 1.0, distance, state.index * math.exp(state.touch_ask + distance)
    distance = state.distance_bid - 2.0 * shift
    return -1.0, distance, state.index * math.exp(state.touch_bid - distance)


@inner
def reach(rules, state, tables, queues, shift):
    """Signed quantity of the order that moves the mid by ``shift``, engine's offers left out. Cost: 10 ns."""
    direction, distance, price = end_of_way(state, shift)
    scale = rules.scale_ask if shift > 0.0 else rules.scale_bid
    eaten = state.eaten_ask if shift > 0.0 else state.eaten_bid
    quantity = max((depth_to(rules, tables, scale, distance) - eaten) / state.thinning, 0.0)
    return direction * (quantity + resting(state, queues.desk, direction, price))
