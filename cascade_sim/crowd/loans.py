"""Loans of a pool drawn from distributions of health factor and size, before the run begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cascade_sim.crowd.arrays import Floats
from cascade_sim.crowd.generate import blocks, fill_sizes, scale
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.normal import normal_quantile
from cascade_sim.scenario import Scenario

Quantile = Callable[[Floats], Floats]

GROUP = "lending"
# A loan that is drawn nearer to liquidation than this stands here: it is not under water before the first tick.
LEAST_HEALTH = 1.0 + 1e-9


class Loans(NamedTuple):
    """Loans of one pool as they stand at the start, in the order in which they were built or read.

    Attributes
    ----------
    collateral : ndarray of float64, shape (n,)
        Base units.
    debt : ndarray of float64, shape (n,)
        Quote currency.
    threshold : ndarray of float64, shape (n,)
        Share of the collateral's value at which a loan may be liquidated.
    """

    collateral: Floats
    debt: Floats
    threshold: Floats

    def trigger(self) -> Floats:
        """Return the prices below which the loans may be liquidated, ``debt / (collateral threshold)``."""
        weighted = self.collateral * self.threshold
        return np.divide(self.debt, weighted, out=weighted)


def draw_loans(scenario: Scenario, pool: Any, place: int, seed: int) -> Loans:
    """Draw the loans of a pool that gives their distribution.

    Debt, collateral and health factor are tied by ``debt = collateral price threshold / HF`` at the market's start
    price. Sizes are of the debts where the pool gives its debt, of the collaterals where it gives its collateral, so
    that scaling them to the total needs no knowledge of the health factors.

    Parameters
    ----------
    scenario : Scenario
    pool : a pool of ``scenario.lending``
        With ``loans.count``; ``loans.debt`` or ``loans.collateral`` is the total in quote currency.
    place : int
        Its place in the list, for messages.
    seed : int
        Health factors come from the stream ``lending.<pool>.health``, sizes from ``lending.<pool>.size``.

    Returns
    -------
    Loans
        Evenly placed loans ascend in health factor: loan ``i`` of ``n`` has the quantile ``(i + 1/2) / n``.

    Raises
    ------
    ScenarioError
        If the sizes' distribution is so wide that its numbers overflow.
    """
    loans, price, count = pool.loans, scenario.market.price, int(pool.loans.count)
    debt, collateral = np.empty(count), np.empty(count)
    given, total = (collateral, loans.collateral) if loans.debt is None else (debt, loans.debt)
    fill_sizes(given, loans.size, scenario, pool.name, f"{GROUP}.{place}.loans.size", (seed,), GROUP)
    scale(given, 1, total if loans.debt is not None else total / price)
    quantile, even = health_quantile(loans.health), getattr(loans.health, "placed", "random") == "even"
    weight = price * pool.threshold
    for rows, seeds, start, size in blocks((seed,), count):
        if even:
            share = (np.arange(start, start + size) + 0.5) / count
        else:
            share = Luck(seeds, pool.name, start, size, group=GROUP).uniform("health")
        health = np.maximum(quantile(share), LEAST_HEALTH)
        if loans.debt is None:
            np.divide(collateral[rows] * weight, health, out=debt[rows])
        else:
            np.divide(debt[rows] * health, weight, out=collateral[rows])
    return Loans(collateral, debt, np.full(count, pool.threshold))


def health_quantile(health: Any) -> Quantile:
    """Return the quantile function of the loans' health factors.

    Parameters
    ----------
    health : a distribution of `cascade_sim.scenario`
        ``uniform``: ``from + (to - from) v``; ``log_uniform``: ``from (to / from)^v``; ``lognormal``:
        ``1 + (median - 1) exp(sigma Phi^-1(v))``; ``clusters``: the cluster that the share ``v`` of all weights falls
        into, and within it ``1 + (at - 1) exp(width Phi^-1)`` of how far it has come through it.

    Returns
    -------
    callable
        From shares in (0, 1) to health factors, ndarray of float64 of one shape.
    """
    return _KINDS[health.kind](health)


def _uniform(health: Any) -> Quantile:
    return lambda share: health.from_ + (health.to - health.from_) * share


def _log_uniform(health: Any) -> Quantile:
    step = np.log(health.to / health.from_)
    return lambda share: health.from_ * np.exp(step * share)


def _lognormal(health: Any) -> Quantile:
    return lambda share: 1.0 + (health.median - 1.0) * np.exp(health.sigma * normal_quantile(share))


def _clusters(health: Any) -> Quantile:
    at = np.array(health.at, dtype=np.float64)
    weights = np.array(health.weights or [1.0] * at.size, dtype=np.float64)
    edges = np.concatenate([[0.0], np.cumsum(weights / weights.sum())])

    def quantile(share: Floats) -> Floats:
        which = np.searchsorted(edges[1:-1], share, side="right")
        within = (share - edges[which]) / (edges[which + 1] - edges[which])
        inside = np.clip(within, np.finfo(np.float64).tiny, np.nextafter(1.0, 0.0))
        return 1.0 + (at[which] - 1.0) * np.exp(health.width * normal_quantile(inside))

    return quantile


_KINDS: dict[str, Callable[[Any], Quantile]] = {
    "uniform": _uniform,
    "log_uniform": _log_uniform,
    "lognormal": _lognormal,
    "clusters": _clusters,
}
