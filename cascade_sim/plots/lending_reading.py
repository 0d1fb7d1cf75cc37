"""What the pictures of lending read from a run: its pools, what was liquidated how, and what became of debts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cascade_sim.metrics.health_factors import toxic_below
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.headline import number_in
from cascade_sim.plots.reading import Recording

# An auction won for less than this share of what was won was won for nothing.
NEXT_TO_NOTHING = 1e-3


@dataclass(frozen=True)
class PoolRules:
    """What a picture has to know of a pool's rules.

    Attributes
    ----------
    name : str
    auctions : bool
        Whether loans are put to auction; else they are repaid at a fixed spread.
    threshold : float
        Liquidation threshold, a fraction.
    toxic : float
        Health factor below which a call lowers it further; NaN for auctions.
    backstop : float
        Quote that makes bad debt good; infinite for dilution, 0 for none.
    """

    name: str
    auctions: bool
    threshold: float
    toxic: float
    backstop: float


def pools_of(run: Any) -> list[PoolRules]:
    """Return the pools of a run whose timeline has them, in the scenario's order."""
    frame = getattr(run, "timeline", None)
    columns = () if frame is None else frame.columns
    pools = getattr(run.scenario, "lending", None) or ()
    return [_rules_of(pool) for pool in pools if f"oracle_{pool.name}" in columns]


def largest_pool(run: Any) -> PoolRules | None:
    """Return the pool in which most was liquidated, the first where none was; None without pools."""
    summary = getattr(run, "summary", None) or {}
    return max(
        pools_of(run), key=lambda pool: np.nan_to_num(number_in(summary, f"{pool.name}_liquidated")), default=None
    )


def _rules_of(pool: Any) -> PoolRules:
    auctions = str(pool.kind) != "fixed_spread"
    threshold = float(pool.threshold)
    toxic = float("nan") if auctions else toxic_below(threshold, float(pool.bonus))
    return PoolRules(str(pool.name), auctions, threshold, toxic, _backstop(getattr(pool, "backstop", None)))


def _backstop(backstop: Any) -> float:
    if backstop is None or getattr(backstop, "kind", "none") == "none":
        return 0.0
    return float(getattr(backstop, "capital", float("inf")))


def per_row(recording: Recording, column: str) -> Floats:
    """Return how much a running total grew in each row."""
    return np.diff(recording.flow(column), prepend=0.0)


def covered(recording: Recording, pool: PoolRules) -> Floats:
    """Return what the backstop had paid at the end of each row; it pays until its capital is used up."""
    return np.minimum(recording.flow(f"bad_debt_{pool.name}"), pool.backstop)


def in_auctions(run: Any, recording: Recording, pool: str) -> Floats:
    """Return the debt that was in open auctions at the end of each row, without penalties; quote."""
    auctions = getattr(run, "auctions", None)
    if auctions is None or not len(auctions):
        return np.zeros(recording.moments.size)
    mine = auctions[auctions["pool"].astype(str) == pool]
    debt = mine["debt"].to_numpy(dtype=np.float64)
    opened, ended = nanoseconds(mine["opened"]), nanoseconds(mine["ended"])
    still = recording.moments.size
    change = np.zeros(still + 1)
    np.add.at(change, np.searchsorted(recording.moments, opened), debt)
    over = ended > np.iinfo(np.int64).min
    np.add.at(change, np.searchsorted(recording.moments, ended[over]), -debt[over])
    # What is left of sums that cancel is rounding.
    return np.maximum(np.cumsum(change[:-1]), 0.0)


def won_for_nothing(run: Any, recording: Recording) -> Floats:
    """Return the value of collateral won for next to nothing in each row, quote at the mid of its moment."""
    auctions, found = getattr(run, "auctions", None), np.zeros(recording.moments.size)
    if auctions is None or not len(auctions):
        return found
    value, bid = (auctions[name].to_numpy(dtype=np.float64) for name in ("value", "bid"))
    free = (bid < NEXT_TO_NOTHING * value) & auctions["ended"].notna().to_numpy()
    row = np.searchsorted(recording.moments, nanoseconds(auctions["ended"][free]))
    np.add.at(found, np.minimum(row, found.size - 1), value[free])
    return found


def nanoseconds(times: pd.Series) -> NDArray[np.int64]:
    """Return times as nanoseconds since 1970; the least integer for what has not happened."""
    index = pd.DatetimeIndex(times)
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    return index.as_unit("ns").asi8
