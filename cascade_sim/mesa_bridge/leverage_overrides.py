"""Which keys set a mean leverage, for every distribution of leverage."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cascade_sim.scenario import Scenario
from cascade_sim.scenario.leverage import (
    BetaLeverage,
    DiscreteLeverage,
    FixedLeverage,
    LeverageBase,
    ParetoLeverage,
)

ROOM = 2.0
"""How many times the mean a cap keeps away, where it was as far before; chosen."""


def drawn_leverage(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Yield the dotted key and the distribution of every leverage that is drawn, of standing and arriving traders."""
    for name, cohort in scenario.crowd.items():
        if cohort.leverage is not None:
            yield f"crowd.{name}.leverage", cohort.leverage
        if cohort.arrivals is not None and cohort.arrivals.leverage is not None:
            yield f"crowd.{name}.arrivals.leverage", cohort.arrivals.leverage


def mean_leverage(leverage: LeverageBase) -> float:
    """Return the arithmetic mean before the cap, a number; infinite for a pareto tail with an exponent of at most 1."""
    if isinstance(leverage, FixedLeverage):
        return leverage.value
    if isinstance(leverage, DiscreteLeverage):
        return math.fsum(value * share for value, share in leverage.weights.items())
    if isinstance(leverage, BetaLeverage):
        a, b = leverage.shapes
        return leverage.low + (leverage.high - leverage.low) * a / (a + b)
    if isinstance(leverage, ParetoLeverage) and leverage.mean is None:
        exponent = leverage.exponent or 1.0
        return leverage.minimum * exponent / (exponent - 1.0) if exponent > 1.0 else math.inf
    return float(getattr(leverage, "mean", math.nan))


def leverage_overrides(scenario: Scenario, mean: float) -> dict[str, Any]:
    """Return the overrides that give every drawn leverage one mean; see `with_parameters`.

    Parameters
    ----------
    scenario : Scenario
    mean : float
        The new mean before the cap, a number.
    """
    most = scenario.exchange.max_leverage or math.inf
    changes: dict[str, Any] = {}
    for key, leverage in drawn_leverage(scenario):
        for name, value in _of_one(leverage, mean, most).items():
            changes[f"{key}.{name}"] = value
    return changes


def _of_one(leverage: LeverageBase, mean: float, most: float) -> dict[str, Any]:
    before = mean_leverage(leverage)
    if isinstance(leverage, DiscreteLeverage):
        factor = mean / before
        scaled: dict[float, float] = {}
        for value, share in leverage.weights.items():
            at = max(value * factor, 1.0)
            scaled[at] = scaled.get(at, 0.0) + share
        cap = {} if leverage.cap is None else {"cap": max(leverage.cap * factor, 1.0)}
        return {"weights": scaled, **cap}
    changes = {"value" if isinstance(leverage, FixedLeverage) else "mean": mean}
    if isinstance(leverage, BetaLeverage) and leverage.mean is None:
        changes["concentration"] = sum(leverage.shapes)  # the shape stays as it was, but for its mean
    bound = "high" if isinstance(leverage, BetaLeverage) else "cap"
    for name in {bound, "cap"}:
        limit = getattr(leverage, name)
        if limit is not None and (raised := _raised(limit, before, mean, most)) > limit:
            changes[name] = raised
    return changes


def _raised(limit: float, before: float, mean: float, most: float) -> float:
    """Return a limit that stays away from the mean as far as it was, or twice the mean; not beyond what is allowed.

    A mean beyond the maximum takes the limit with it, so that the maximum is what the message speaks of.
    """
    away = min(limit / before, ROOM)
    return max(limit, mean, min(away * mean, most))
