"""The crowd's triggers, added up by price and by leverage: the numbers behind the liquidation map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cascade_sim.plots.aggregate import Floats, weighted_edge

TIER_EDGES = (3.0, 10.0, 25.0, 50.0)
TIER_NAMES = ("up to 3×", "3–10×", "10–25×", "25–50×", "over 50×", "trigger given, no leverage")
_MASS_SHOWN = 0.95
_FARTHEST = math.log(2.0)
_WORTH_SHOWING = 1.25
_BARS = 90
_CURVE_POINTS = 2000


@dataclass(frozen=True)
class CrowdShape:
    """What a liquidation map draws; notional in quote currency, at the trigger price.

    Attributes
    ----------
    start : float
        Price before the run.
    low, high : float
        Ends of the price axis.
    edges : ndarray, shape (bars + 1,)
        Edges of the bars; the start price is one of them.
    tiers : ndarray, shape (6, bars)
        Notional by leverage tier (the names of ``TIER_NAMES``) and bar.
    long_prices, long_total : ndarray
        Notional of the longs liquidated when the price falls to each price, from the start down.
    short_prices, short_total : ndarray
        The same for shorts, from the start up.
    below, above : float
        Shares of the longs' and the shorts' notional that lie beyond the axis.
    never : float
        Share of the open quantity that no price liquidates.
    """

    start: float
    low: float
    high: float
    edges: Floats
    tiers: Floats
    long_prices: Floats
    long_total: Floats
    short_prices: Floats
    short_total: Floats
    below: float
    above: float
    never: float


def crowd_shape(
    crowd: Mapping[str, ArrayLike], start: float, reached: tuple[float, float], inverse: bool
) -> CrowdShape | None:
    """Add a crowd up for its map; None when no price liquidates anybody.

    Parameters
    ----------
    crowd : pandas.DataFrame or mapping of str to array
        Columns ``side`` (+1, -1), ``trigger_price`` (0, infinite or NaN: never), ``quantity``, ``leverage``
        (may be NaN).
    start : float
        Price before the run.
    reached : tuple of float
        Lowest and highest mark of the run; both are inside the axis.
    inverse : bool
        Whether quantities are contracts of one quote unit.
    """
    trigger, quantity, leverage = (
        np.asarray(crowd[name], dtype=np.float64) for name in ("trigger_price", "quantity", "leverage")
    )
    exposed = np.isfinite(trigger) & (trigger > 0)
    whole = quantity.sum()
    if not exposed.any() or not whole > 0:
        return None
    never = float(quantity[~exposed].sum() / whole)
    trigger, quantity = trigger[exposed], quantity[exposed]
    longs, leverage = np.asarray(crowd["side"])[exposed] > 0, leverage[exposed]
    notional = quantity if inverse else quantity * trigger
    low, high = _axis(trigger, notional, longs, start, reached)
    width = round_step((high - low) / _BARS)
    below, above = math.ceil((start - low) / width - 1e-9), math.ceil((high - start) / width - 1e-9)
    edges: Floats = start + width * np.arange(-below, above + 1, dtype=np.float64)
    place = np.clip((trigger - start) / width, -below - 1.0, above + 1.0)
    bar = np.where(longs, np.ceil(place) - 1, np.floor(place)).astype(np.int64) + below
    shown = (bar >= 0) & (bar < below + above)
    tier = np.where(np.isnan(leverage), len(TIER_EDGES) + 1, np.digitize(leverage, TIER_EDGES, right=True))
    bars = below + above
    tiers = np.bincount(tier[shown] * bars + bar[shown], weights=notional[shown], minlength=len(TIER_NAMES) * bars)
    low, high = float(edges[0]), float(edges[-1])
    fallen = _running(start - trigger[longs], notional[longs], start - low)
    risen = _running(trigger[~longs] - start, notional[~longs], high - start)
    return CrowdShape(
        start=start,
        low=low,
        high=high,
        edges=edges,
        tiers=tiers.astype(np.float64).reshape(len(TIER_NAMES), bars),
        long_prices=start - fallen[0],
        long_total=fallen[1],
        short_prices=start + risen[0],
        short_total=risen[1],
        below=_beyond(fallen[1], notional[longs]),
        above=_beyond(risen[1], notional[~longs]),
        never=never,
    )


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that is at least ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def _axis(
    trigger: Floats, notional: Floats, longs: NDArray[np.bool_], start: float, reached: tuple[float, float]
) -> tuple[float, float]:
    """Choose a price axis that holds most of each side's notional and every price reached."""
    low, high = min(start, reached[0]), max(start, reached[1])
    if longs.any():
        low = min(low, start * math.exp(-_reach(np.log(start / trigger[longs]), notional[longs])))
    if not longs.all():
        high = max(high, start * math.exp(_reach(np.log(trigger[~longs] / start), notional[~longs])))
    span = (high - low) or 0.01 * start
    low, high = min(low - 0.04 * span, start - 0.15 * span), max(high + 0.04 * span, start + 0.15 * span)
    return max(low, 0.0), high


def _reach(distance: Floats, notional: Floats) -> float:
    """Return the log-distance that holds most of what lies within a factor of two of the start price.

    A side of which nothing lies that near gets no room: the sentence below the picture says what is beyond.
    """
    near = distance <= _FARTHEST
    if not near.any():
        return 0.0
    edge, last = weighted_edge(distance[near], notional[near], _MASS_SHOWN), float(distance[near].max())
    return last if last < _WORTH_SHOWING * edge else edge


def _running(distance: Floats, notional: Floats, reach: float) -> tuple[Floats, Floats]:
    """Return distances from the start price and the notional liquidated by the time the price is that far."""
    inside = distance <= reach
    steps = np.linspace(0.0, reach, _CURVE_POINTS + 1)
    slot = np.ceil(np.clip(distance[inside], 0.0, None) / reach * _CURVE_POINTS).astype(np.int64)
    return steps, np.cumsum(np.bincount(slot, weights=notional[inside], minlength=_CURVE_POINTS + 1))


def _beyond(total: Floats, notional: Floats) -> float:
    """Share of a side's notional that a running total does not reach."""
    whole = float(notional.sum())
    return max(1.0 - float(total[-1]) / whole, 0.0) if whole > 0 else 0.0
