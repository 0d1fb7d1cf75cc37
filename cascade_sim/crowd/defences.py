"""What traders do to defend their positions: answers to margin calls, stop-losses and take-profits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.luck import Luck

# Whether an order closes at a loss (a long's lies below the price) or at a profit.
STOP_LOSS, TAKE_PROFIT = -1.0, 1.0
_MOST_ANSWERS = np.iinfo(np.int32).max


def cross_backing(cohort: Any) -> float:
    """Return what stands behind each position of a cohort, as a multiple of its own collateral."""
    return cohort.wallet if cohort.margin == "cross" else 0.0


def free_wallet(cohort: Any) -> float:
    """Return the balance that only answered margin calls bring in, as a multiple of the collateral."""
    return 0.0 if cohort.margin == "cross" else cohort.wallet


def answers(cohort: Any, luck: Luck) -> npt.NDArray[np.int32] | int:
    """Return how many margin calls each trader will answer before it first refuses one.

    Parameters
    ----------
    cohort : Cohort
        Its ``top_up`` has the probability ``p`` of an answer and the largest number of them.
    luck : Luck
        Asked for ``answers``.

    Returns
    -------
    ndarray of int32, shape (luck.size,), or int
        Geometric up to the largest number: at least ``k`` with probability ``p ** k``.
    """
    if cohort.top_up is None:
        return 0
    most, probability = min(cohort.top_up.times, _MOST_ANSWERS), cohort.top_up.probability
    if probability == 1.0 or probability == 0.0:
        return most if probability else 0
    answered = np.log(luck.uniform("answers"))
    answered /= math.log(probability)
    return np.minimum(answered, most, out=answered).astype(np.int32)


def order_distances(order: Any, purpose: str, luck: Luck) -> Floats | float:
    """Return how far from the price each trader places an order, 0 for those who place none.

    Parameters
    ----------
    order : ClosingOrder or None
        A cohort's ``stop_loss`` or ``take_profit``.
    purpose : str
        Which of them; asked of luck, as is ``<purpose>.distance``.
    luck : Luck

    Returns
    -------
    ndarray of float64, shape (luck.size,), or float
        Fractions of the price, uniform between the order's bounds.
    """
    if order is None:
        return 0.0
    distance = luck.uniform(f"{purpose}.distance")
    distance *= order.to - order.from_
    distance += order.from_
    if order.share < 1.0:
        distance[luck.uniform(purpose) >= order.share] = 0.0
    return distance


def round_step(order: Any) -> tuple[float, float]:
    """Return the price step beside whose multiples an order stands, and how far; zeros without one."""
    return (0.0, 0.0) if order is None or order.round_to is None else (order.round_to, order.beyond)


def order_prices(
    kind: float, side: npt.NDArray[np.int8], price: float, distance: Floats, step: float, beyond: float
) -> Floats:
    """Return the prices at which orders stand.

    With a step, a stop-loss stands just behind the next round number away from the price, and a take-profit
    just before it: both below the number for a long, and above it for a short.

    Parameters
    ----------
    kind : float
        `STOP_LOSS` or `TAKE_PROFIT`.
    side : ndarray of int8, shape (n,)
        +1 long, -1 short.
    price : float
        Market price at which the orders are placed.
    distance : ndarray of float64, shape (n,)
        Fraction of the price; 0: no order.
    step, beyond : float
        As `round_step` gives them.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where there is no order.
    """
    away = kind * side
    target = price * (1.0 + away * distance)
    if step > 0.0:
        number = np.where(away > 0.0, np.ceil(target / step), np.floor(target / step))
        target = number * step * (1.0 - side * beyond)
    return np.where(distance > 0.0, target, np.nan)


def fill_terms(terms: npt.NDArray[np.void], positions: Positions, cohort: Any, price: float, luck: Luck) -> None:
    """Write how some standing traders of a cohort defend their positions.

    Parameters
    ----------
    terms : ndarray of TERMS, shape (n,)
        Written, but for what the engine sets.
    positions : Positions
        Theirs, n of them.
    cohort : Cohort
    price : float
        Market price at the start, from which their orders are placed.
    luck : Luck
        Theirs.
    """
    wallet = free_wallet(cohort) * positions.collateral
    terms["wallet"] = wallet
    if cohort.top_up is not None:
        terms["top_up"] = cohort.top_up.share * wallet
        terms["call_at"] = cohort.top_up.at
        terms["answers"] = answers(cohort, luck)
    for kind, order, purpose, column in (
        (STOP_LOSS, cohort.stop_loss, "stop_loss", "stop"),
        (TAKE_PROFIT, cohort.take_profit, "take_profit", "profit"),
    ):
        if order is not None:
            distance = np.asarray(order_distances(order, purpose, luck))
            terms[column] = order_prices(kind, positions.side, price, distance, *round_step(order))
