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
    """One figure of the same shock with either side, with both and with none.

    Attributes
    ----------
    neither, exchange, lending, both : float
        The figure without either side, with the exchange's liquidations alone, with lending alone, and with both.
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
    """Read a figure of a run and of its counterfactuals that leave out one of the two sides, or both.

    Parameters
    ----------
    run : Run
        Its counterfactuals ``no_lending``, ``no_exchange_liquidations`` and ``neither`` are read.
    key : str
        Of the summaries.

    Returns
    -------
    Coupling or None
        None where a counterfactual is missing, or has no such figure.
    """
    others: Mapping[str, Any] = getattr(run, "counterfactuals", None) or {}
    if any(name not in others for name in (NEITHER, NO_LENDING, NO_EXCHANGE)):
        return None
    found = [
        _figure(other.summary, key) for other in (*(others[name] for name in (NEITHER, NO_LENDING, NO_EXCHANGE)), run)
    ]
    return None if any(math.isnan(value) for value in found) else Coupling(*found)


def _figure(summary: Mapping[str, Any] | None, key: str) -> float:
    value = (summary or {}).get(key)
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known else math.nan  # type: ignore[arg-type]
