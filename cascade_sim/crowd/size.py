"""How position sizes are distributed over the traders of a cohort."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cascade_sim.crowd.arrays import Floats
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.normal import normal_quantile

Draw = Callable[[Luck], Floats]


def size_draw(size: Any) -> Draw:
    """Return the function that gives traders their entry notional, up to the cohort's common scale.

    Parameters
    ----------
    size : a size distribution of `cascade_sim.scenario`
        ``equal``; ``lognormal`` with the deviation ``sigma`` of the log notional; ``pareto``, whose share
        of traders above a notional ``n`` falls as ``n ** -exponent``.

    Returns
    -------
    callable
        From `Luck` to positive numbers, shape (luck.size,).

    Notes
    -----
    The top share ``t`` of the traders holds ``Phi(sigma + Phi^-1(t))`` of a lognormal cohort and, in the
    limit of many traders, ``t ** (1 - 1/exponent)`` of a Pareto one with an exponent above 1. On
    Hyperliquid the top 1 % carry 64 to 84 % of the value: a sigma of 2.68 to 3.32, or among 200,000 traders
    (median over seeds) an exponent of 1.04 to 0.91.
    """
    return _KINDS[size.kind](size)


def _equal(size: Any) -> Draw:
    return lambda luck: np.ones(luck.size)


def _lognormal(size: Any) -> Draw:
    return lambda luck: np.exp(size.sigma * normal_quantile(luck.uniform("size")))


def _pareto(size: Any) -> Draw:
    return lambda luck: (1.0 - luck.uniform("size")) ** (-1.0 / size.exponent)


_KINDS: dict[str, Callable[[Any], Draw]] = {"equal": _equal, "lognormal": _lognormal, "pareto": _pareto}
