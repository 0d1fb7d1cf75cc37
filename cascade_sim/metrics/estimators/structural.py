"""The branching ratio from its definition: liquidation quantity per unit of log price over the book's depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cascade_sim.metrics.branching import poisson_score
from cascade_sim.metrics.estimators.result import Estimate, nothing

Floats = npt.NDArray[np.float64]

METHOD = "structural"
AHEAD = "structural, ahead"


@dataclass(frozen=True)
class SideMap:
    """Triggers of one side of a crowd in the order in which a move meets them.

    Attributes
    ----------
    depth : ndarray of float64, shape (n,)
        Log-distances from the start price in the direction of the move, ascending.
    quantity : ndarray of float64, shape (n,)
        Base units or contracts.
    """

    depth: Floats
    quantity: Floats


def side_map(trigger: npt.ArrayLike, quantity: npt.ArrayLike, start: float, side: float) -> SideMap:
    """Return the triggers of longs (side 1, met by a fall) or shorts (-1, met by a rise).

    Parameters
    ----------
    trigger : array_like of float, shape (n,)
        Quote per base; 0 and infinity never fire and are left out.
    quantity : array_like of float, shape (n,)
    start : float
        Price from which distances are counted.
    side : float
        1 or -1.
    """
    at, size = np.asarray(trigger, np.float64), np.asarray(quantity, np.float64)
    fires = (at > 0.0) & np.isfinite(at)
    depth = -side * np.log(at[fires] / start)
    order = np.argsort(depth, kind="stable")
    return SideMap(depth[order], size[fires][order])


def walked(crowd: SideMap, reached: npt.ArrayLike, density: npt.ArrayLike, begin: float = 0.0) -> Estimate:
    """Average ``R(y) = rho(y) / D(y)`` over the ground that a move has won.

    ``sum over rows of (M_k / D_k) / sum of (y_k - y_(k-1))``, ``M_k`` being the quantity with triggers in the ground
    that row ``k`` has won

    Parameters
    ----------
    crowd : SideMap
    reached : array_like of float, shape (rows,)
        How far the move has come by the end of each row at most, a log-distance from the start price; what lies nearer
        than the largest so far is no new ground.
    density : array_like of float, shape (rows,)
        ``D``: what the book holds per unit of log price in that row, above 0; NaN where it is not known.
    begin : float
        Ground that had been won before the first row.

    Returns
    -------
    Estimate
        The interval takes the map for a sample of places from a smooth one; ``n`` is the effective number of positions
        met, or of average ones that would be met where none is.

    Notes
    -----
    It counts what liquidations would sell into a book that feels all of it. What part of it reaches the book and moves
    the mark is another matter: see `cascade_sim.metrics.estimators.ground.feedback`.
    """
    far = np.maximum.accumulate(np.maximum(np.asarray(reached, np.float64), begin))
    won = np.diff(far, prepend=begin)
    book = np.asarray(density, np.float64)
    new = np.flatnonzero((won > 0.0) & (book > 0.0))
    ground = float(won[new].sum())
    if not new.size:
        why = "the book's depth is not known where the mark won ground" if won.any() else "the mark won no new ground"
        return nothing(METHOD, why)
    first = np.searchsorted(crowd.depth, far[new] - won[new], side="right")
    if begin == 0.0 and new[0] == np.flatnonzero(won > 0.0)[0]:
        first[0] = 0
    last = np.searchsorted(crowd.depth, far[new], side="right")
    total, squared = (np.append(0.0, np.cumsum(crowd.quantity**power)) for power in (1, 2))
    weight = float(((total[last] - total[first]) / book[new]).sum())
    square = float(((squared[last] - squared[first]) / book[new] ** 2).sum())
    if square > 0.0:
        ratio, exposure = weight / ground, ground * weight / square
        return Estimate(ratio, *poisson_score(ratio, exposure), weight * weight / square, METHOD)
    if not crowd.quantity.size:
        return Estimate(0.0, 0.0, 0.0, 0.0, METHOD, "nobody can be liquidated on this side")
    typical = float(np.square(crowd.quantity).sum() / crowd.quantity.sum())
    exposure = float((won[new] * book[new]).sum()) / typical
    return Estimate(0.0, *poisson_score(0.0, exposure), 0.0, METHOD, "no trigger lies in the ground that was won")


def ahead(
    crowd: SideMap, place: npt.ArrayLike, reached: npt.ArrayLike, density: npt.ArrayLike, window: float = 0.01
) -> Floats:
    """Return ``R`` as it stood before each row's price: what has not fired yet, within a window, over the book.

    Parameters
    ----------
    crowd : SideMap
    place : array_like of float, shape (rows,)
        Where the price is at the end of each row, as a log-distance in the direction of the move; negative on the other
        side of the start price.
    reached : array_like of float, shape (rows,)
        Largest distance so far: what lies nearer has fired.
    density : array_like of float, shape (rows,)
        As in `walked`.
    window : float
        Log-distance looked ahead.

    Returns
    -------
    ndarray of float64, shape (rows,)
        NaN where the density is not known.
    """
    at, far, book = (np.asarray(each, np.float64) for each in (place, reached, density))
    total = np.append(0.0, np.cumsum(crowd.quantity))
    begin = np.searchsorted(crowd.depth, np.maximum(at, far), side="right")
    end = np.searchsorted(crowd.depth, at + window, side="right")
    quantity = np.where(end > begin, total[end] - total[begin], 0.0)
    return np.divide(quantity, book * window, out=np.full(book.size, np.nan), where=book > 0.0)
