"""How leverage is distributed over the traders of a cohort."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cascade_sim.crowd.arrays import Floats
from cascade_sim.crowd.beta import beta_quantile
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.normal import normal_quantile

Draw = Callable[[Luck], Floats]


def leverage_draw(leverage: Any) -> Draw:
    """Return the function that gives traders their leverage from their luck.

    Parameters
    ----------
    leverage : a leverage distribution of `cascade_sim.scenario`
        Its ``cap``, if any, lowers what lies above it.

    Returns
    -------
    callable
        From `Luck` to leverages, shape (luck.size,), not yet checked against any bounds.
    """
    draw = _KINDS[leverage.kind](leverage)
    if leverage.cap is None:
        return draw
    return lambda luck: np.minimum(draw(luck), leverage.cap)


def _fixed(leverage: Any) -> Draw:
    return lambda luck: np.full(luck.size, float(leverage.value))


def _discrete(leverage: Any) -> Draw:
    values = np.array(sorted(leverage.weights), dtype=np.float64)
    shares = np.cumsum([leverage.weights[value] for value in sorted(leverage.weights)])
    inner = shares[:-1] / shares[-1]
    return lambda luck: values[np.searchsorted(inner, luck.uniform("leverage"), side="right")]


def _lognormal(leverage: Any) -> Draw:
    centre = math.log(leverage.mean) - 0.5 * leverage.sigma**2
    return lambda luck: np.exp(centre + leverage.sigma * normal_quantile(luck.uniform("leverage")))


def _pareto(leverage: Any) -> Draw:
    exponent = leverage.exponent
    if exponent is None:
        exponent = leverage.mean / (leverage.mean - leverage.minimum)
    return lambda luck: leverage.minimum * (1.0 - luck.uniform("leverage")) ** (-1.0 / exponent)


def _beta(leverage: Any) -> Draw:
    quantile = beta_quantile(*leverage.shapes)
    span = leverage.high - leverage.low
    return lambda luck: leverage.low + span * quantile(luck.uniform("leverage"))


_KINDS: dict[str, Callable[[Any], Draw]] = {
    "fixed": _fixed,
    "discrete": _discrete,
    "lognormal": _lognormal,
    "pareto": _pareto,
    "beta": _beta,
}
