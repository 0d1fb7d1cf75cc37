"""What the shipped strategies refuse to be made with."""

from __future__ import annotations

import math
from typing import Any

from cascade_sim.errors import StrategyError


def check_positive(strategy: Any, **values: float) -> None:
    """Refuse parameters that are no positive finite numbers, before a strategy joins its market.

    Raises
    ------
    StrategyError
        Names the strategy's class and the parameter.
    """
    for name, value in values.items():
        if not 0.0 < value < math.inf:
            raise StrategyError(f"{type(strategy).__name__}: {name} is {value!r}; give a positive finite number")


def check_share(strategy: Any, **values: float) -> None:
    """Refuse parameters that are no fractions from 0 up to, and without, 1; as `check_positive`."""
    for name, value in values.items():
        if not 0.0 <= value < 1.0:
            raise StrategyError(f"{type(strategy).__name__}: {name} is {value!r}; give a fraction from 0 to below 1")
