"""What an estimator says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A branching ratio as one estimator sees it.

    Attributes
    ----------
    value, low, high : float or None
        The ratio and its 95 % interval; None where there is none to give.
    n : float
        How much stands behind it: liquidations, windows, or an effective number; 0 for none.
    method : str
        Which estimator.
    note : str
        Why there is no value, or what to mind.
    """

    value: float | None
    low: float | None
    high: float | None
    n: float
    method: str
    note: str = ""


def nothing(method: str, why: str) -> Estimate:
    """Return an estimate without a value, with the reason."""
    return Estimate(None, None, None, 0.0, method, why)
