"""Liquidations added up by the round in which they fired: the numbers behind the picture of rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cascade_sim.plots.aggregate import Floats

MOST_BARS = 60


@dataclass(frozen=True)
class RoundSums:
    """Sums by round, or by runs of equally many rounds where there are too many for a bar each.

    Attributes
    ----------
    size : int
        Rounds in a bar; the first bar begins with round 1.
    last : int
        The highest round.
    longs, shorts : ndarray, shape (bars,)
        Quantity of the longs and of the shorts that fired.
    count : ndarray, shape (bars,)
        Liquidations.
    first : float
        Quantity of round 1, both sides.
    """

    size: int
    last: int
    longs: Floats
    shorts: Floats
    count: Floats
    first: float

    @property
    def total(self) -> Floats:
        """Quantity of both sides, shape (bars,)."""
        return self.longs + self.shorts

    @property
    def middles(self) -> Floats:
        """Middle round of each bar; with a bar per round, the round itself."""
        return 0.5 * (self.size + 1.0) + self.size * np.arange(self.longs.size, dtype=np.float64)

    def decay(self, ratio: float) -> Floats:
        """Return what a constant branching ratio makes of the first round: ``Q1 ratio^(k-1)``, summed by bar.

        Infinite where a ratio above 1 grows past what numbers can hold.
        """
        begins = float(self.size) * np.arange(self.longs.size)
        with np.errstate(over="ignore"):
            powers = np.power(ratio, begins)
            within = self.size if ratio == 1.0 else (1.0 - np.power(ratio, float(self.size))) / (1.0 - ratio)
            return np.asarray(self.first * within * powers, dtype=np.float64)


def round_sums(liquidations: Any, most: int = MOST_BARS) -> RoundSums | None:
    """Add a run's liquidations up by round; None where nothing was liquidated.

    Parameters
    ----------
    liquidations : pandas.DataFrame, mapping of str to array, or None
        Columns ``round`` (1 or more), ``side`` (``long`` or ``short``), ``quantity``.
    most : int
        Most bars wanted.
    """
    if not isinstance(liquidations, Mapping) and (liquidations is None or not len(liquidations)):
        return None
    fired = np.asarray(liquidations["round"], dtype=np.int64)
    if not fired.size:
        return None
    quantity = np.nan_to_num(np.asarray(liquidations["quantity"], dtype=np.float64))
    longs = np.asarray(liquidations["side"] == "long")
    last = int(fired.max())
    size = _round_size(last / most)
    bars = -(-last // size)
    bar = (fired - 1) // size

    def added(weights: Floats) -> Floats:
        return np.bincount(bar, weights=weights, minlength=bars).astype(np.float64)

    return RoundSums(
        size=size,
        last=last,
        longs=added(np.where(longs, quantity, 0.0)),
        shorts=added(np.where(longs, 0.0, quantity)),
        count=np.bincount(bar, minlength=bars).astype(np.float64),
        first=float(quantity[fired == 1].sum()),
    )


def _round_size(least: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50 and so on that is at least ``least``."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10


def why_no_ratio(scenario: Any) -> str:
    """Say in one sentence why a run has no branching ratio."""
    liquidation = getattr(getattr(scenario, "exchange", None), "liquidation", None)
    policy, delay = getattr(liquidation, "policy", "market"), getattr(liquidation, "delay", 0.0)
    kind = getattr(getattr(getattr(scenario, "market", None), "mark", None), "kind", "last")
    reasons = []
    if policy != "market":
        reasons.append(f"the liquidation policy is {policy}")
    if delay:
        reasons.append("liquidations are delayed")
    if kind not in ("last", "mid"):
        reasons.append(f"the mark is not the last price ({kind})")
    if getattr(scenario, "lending", None):
        reasons.append("keepers of lending pools sell in between")
    if not reasons:
        return "No branching ratio: the summary of this run has none."
    return f"No branching ratio: rounds are not generations here, because {' and '.join(reasons)}."
