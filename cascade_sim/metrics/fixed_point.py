"""The least fixed point at which a cascade comes to rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cascade_sim.metrics.trigger_laws import TriggerLaw, UniformLaw

# Steps stop once they are lost in the rounding of the distance itself.
SMALLEST_STEP = 1e-16
MOST_STEPS = 100_000


@dataclass(frozen=True)
class Book:
    """One side of a book: ``B(y) = scale y^exponent`` stands within log-distance ``y``; 1 is the flat book."""

    scale: float
    exponent: float = 1.0

    def depth(self, y: float) -> float:
        """Quantity within ``y``."""
        return self.scale * math.pow(y, self.exponent)

    def distance(self, quantity: float) -> float:
        """Log-distance that an order of ``quantity`` reaches."""
        return math.pow(quantity / self.scale, 1.0 / self.exponent)

    def density(self, y: float) -> float:
        """Quantity per unit of log-distance at ``y``; infinite at the touch where the exponent is below 1."""
        if y == 0.0 and self.exponent < 1.0:
            return math.inf
        return self.scale * self.exponent * math.pow(y, self.exponent - 1.0)


def least_fixed_point(book: Book, laws: Sequence[TriggerLaw], quantity: float) -> float:
    """Return how far the price moves: the least ``y`` with ``y = B^-1(Q + L(y))``.

    Parameters
    ----------
    book : Book
    laws : sequence of TriggerLaw
        Their quantities add up to ``L``.
    quantity : float
        The order ``Q`` that starts it, in the units of the book.

    Returns
    -------
    float
        Log-distance from the start price, to about 1e-15 / (1 - R) of itself, ``R`` being the branching ratio there.

    Notes
    -----
    The map is monotone, so a least fixed point exists and is what any order of processing ends at (Tarski 1955).
    The search climbs to it from below and never past it: from ``y`` with deficit ``d = Q + L(y) - B(y)`` every step
    ``h`` is safe for which ``h (max B' - min L') <= d`` on the way, since the deficit cannot be used up sooner; jumps
    of ``L`` only add to it. ``B^-1(Q + L(y)) - y`` is always safe, and is doubled as long as that can be shown, which
    crosses the bottleneck of a fold in few steps.

    References
    ----------
    A. Tarski, A lattice-theoretical fixpoint theorem and its applications, Pacific J. Math. 5 (1955) 285-309.
    """

    def safe(y: float, step: float, deficit: float) -> bool:
        steepest = max(book.density(y), book.density(y + step))
        least = math.fsum(min(law.density(y), law.density(y + step)) for law in laws)
        return step * (steepest - least) <= deficit

    y = 0.0
    for _ in range(MOST_STEPS):
        pushed = quantity + math.fsum(law.within(y) for law in laws)
        step = book.distance(pushed) - y
        if step <= SMALLEST_STEP * y:
            break
        deficit = pushed - book.depth(y)
        while safe(y, 2.0 * step, deficit):
            step *= 2.0
        y += step
    return y


def uniform_drop(density: float, law: UniformLaw, quantity: float) -> float:
    """Return how far the price moves through one uniform map in a flat book, in closed form.

    Parameters
    ----------
    density : float
        ``D``, the book's quantity per unit of log-distance.
    law : UniformLaw
        Density ``rho`` from ``a`` to ``b``, ``M`` in all; ``R = rho / D``.
    quantity : float
        The order ``Q``.

    Returns
    -------
    float
        ``Q / D`` short of the map; ``(Q - rho a) / (D - rho)`` inside it; ``(Q + M) / D`` once all of it is sold,
        to which it jumps at ``Q = D a`` where ``R >= 1``.
    """
    alone = quantity / density
    if alone < law.begin:
        return alone
    rho = law.rho
    inside = (quantity - rho * law.begin) / (density - rho) if rho < density else math.inf
    return inside if inside <= law.end else (quantity + law.total) / density
