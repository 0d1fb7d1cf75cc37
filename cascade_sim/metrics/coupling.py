"""How much each of two sides adds to a fall, and what they add together: the exchange's liquidations, and lending."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

# Counterfactuals of these names leave out one side or both.
NO_LENDING, NO_EXCHANGE, NEITHER = "no_lending", "no_exchange_liquidations", "neither"


class Coupling(NamedTuple):
    """How far the same shock takes the mark with either side, with both and with none.

    Attributes
    ----------
    neither, exchange, lending, both : float
        Log moves, positive: without either side, with the exchange's liquidations alone, with lending alone, and with
        both. In logarithms what is sold moves the price by as much however far it has moved already.
    """

    neither: float
    exchange: float
    lending: float
    both: float

    @property
    def exchange_adds(self) -> float:
        """What the exchange's liquidations alone add."""
        return self.exchange - self.neither

    @property
    def lending_adds(self) -> float:
        """What lending alone adds."""
        return self.lending - self.neither

    @property
    def together(self) -> float:
        """What both add beyond what each adds alone; positive where each makes the other worse.

        ``both - exchange - lending + neither``, the interaction of a design of two factors at two levels.
        """
        return self.both - self.exchange - self.lending + self.neither


def coupling(run: Run, key: str = "max_drawdown") -> Coupling | None:
    """Read the moves of the mark in a run and in its counterfactuals that leave out one of the two sides, or both.

    Parameters
    ----------
    run : Run
        Its counterfactuals ``no_lending``, ``no_exchange_liquidations`` and ``neither`` are read.
    key : str
        ``max_drawdown`` or ``max_runup``.

    Returns
    -------
    Coupling or None
        None where a counterfactual is missing, or has no such figure, or lost all of the price.
    """
    others: Mapping[str, Any] = getattr(run, "counterfactuals", None) or {}
    if any(name not in others for name in (NEITHER, NO_LENDING, NO_EXCHANGE)):
        return None
    runs = (*(others[name] for name in (NEITHER, NO_LENDING, NO_EXCHANGE)), run)
    found = [_log_move(each.summary, key) for each in runs]
    return None if any(math.isnan(value) for value in found) else Coupling(*found)


def _log_move(summary: Mapping[str, Any] | None, key: str) -> float:
    """Return a largest fall or rise as a log move; NaN where it is not known or endless."""
    value = (summary or {}).get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or (key == "max_drawdown" and value >= 1):
        return math.nan
    return -math.log1p(-value) if key == "max_drawdown" else math.log1p(value)
