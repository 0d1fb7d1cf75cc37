"""Ratios of polynomials of degree seven, as quantile functions are made of."""

from __future__ import annotations

from cascade_sim.kernels.jit import borrowing


@borrowing
def ratios(above, below, at, factor, out):
    """Write ``factor P(x) / Q(x)``, by Horner's rule from the highest power; ``out`` may be ``at`` or ``factor``.

    Parameters
    ----------
    above, below : array of float, shape (8,)
        Coefficients of P and Q, of the highest power first.
    at, factor, out : array of float, shape (n,)

    Notes
    -----
    Cost: 2 ns a number.
    """
    a0, a1, a2, a3, a4, a5, a6, a7 = above[0], above[1], above[2], above[3], above[4], above[5], above[6], above[7]
    b0, b1, b2, b3, b4, b5, b6, b7 = below[0], below[1], below[2], below[3], below[4], below[5], below[6], below[7]
    for i in range(out.size):
        x = at[i]
        p = ((((((a0 * x + a1) * x + a2) * x + a3) * x + a4) * x + a5) * x + a6) * x + a7
        q = ((((((b0 * x + b1) * x + b2) * x + b3) * x + b4) * x + b5) * x + b6) * x + b7
        out[i] = factor[i] * (p / q)
