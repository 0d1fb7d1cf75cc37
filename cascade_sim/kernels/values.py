"""What a quantity is worth at a price, and what it has gained between two, for both kinds of contract."""

from __future__ import annotations

from cascade_sim.kernels.jit import inner


@inner
def unit_value(price, inverse):
    """Return ``u(p)``: the price (linear, quote) or ``-1/p`` (inverse, coin); a position is worth ``s q u``."""
    return -1.0 / price if inverse else price


@inner
def notional(quantity, price, inverse):
    """Return ``q p`` in quote (linear) or ``q / p`` in coin (inverse)."""
    return quantity / price if inverse else quantity * price


@inner
def profit(side, quantity, entry_price, price, inverse):
    """Return ``s q (p - e)`` in quote (linear) or ``s q (1/e - 1/p)`` in coin (inverse); 1/inf is 0."""
    if inverse:
        return side * quantity * (1.0 / entry_price - 1.0 / price)
    return side * quantity * (price - entry_price)
