"""What the makers show near the best price, row by row."""

from __future__ import annotations

import math

from cascade_sim.kernels.book import fill, quantity_at
from cascade_sim.kernels.jit import kernel
from cascade_sim.kernels.state import INVERSE, SHAPE_TABLE


@kernel
def depth_within(rules_row, table_distance, table_quantity, direction, share, price, distance, multiplier, notional):
    """Notional that the makers show on one side from the best price to ``share`` of it away.

    ``integral of p dQ`` (inverse: ``integral of dQ``) over ``m [Q(x1) - Q(x0)]`` with ``x1 - x0 = |ln(1 -+ share)|``:
    what an order without end, limited to that price, would be filled with.

    Parameters
    ----------
    rules_row : one-row array of `rules.RULES`.
    table_distance, table_quantity : array of float
        The table of a book of that shape.
    direction : -1 for the bids, +1 for the asks.
    share : fraction of the best price.
    price, distance, multiplier : array of float, shape (n,)
        Best price, how far the side has been eaten, the makers' depth multiplier.
    notional : array of float, shape (n,)
        Written, quote.

    Notes
    -----
    Cost: as a fill.
    """
    rules = rules_row[0]
    scale = rules.scale_bid if direction < 0.0 else rules.scale_ask
    for k in range(price.size):
        p, x = price[k], distance[k]
        worst = p * (1.0 + direction * share)
        thinning = 1.0 / multiplier[k]
        if rules.shape == SHAPE_TABLE:
            table = (table_distance, table_quantity)
            eaten = quantity_at(rules, table, scale, x)
            found = fill(rules, table, scale, direction, p, -direction * x, p, x, eaten, thinning, math.inf, worst)
        else:
            eaten = quantity_at(rules, None, scale, x)
            found = fill(rules, None, scale, direction, p, -direction * x, p, x, eaten, thinning, math.inf, worst)
        notional[k] = found[0] if rules.contract == INVERSE else found[1]
