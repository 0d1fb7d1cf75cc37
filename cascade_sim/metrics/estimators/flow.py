"""The estimators that see times of liquidations alone, on a run: what its rules say of delays is used."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cascade_sim.metrics.estimators import fano, hawkes, inar
from cascade_sim.metrics.estimators.result import Estimate, nothing
from cascade_sim.scenario import Scenario

# Windows of the Fano factor in a phase.
_WINDOWS = 50
# Bins in a mean delay of a paced engine, and how many mean delays an INAR looks back.
_BINS, _DELAYS = 10.0, 4.0
_MOST_NUMBERS = 50_000_000


class Delay(NamedTuple):
    """How generations follow each other in time: in the next bin of so many ticks, or at a mean delay in ticks."""

    bin: int
    mean: float


def delay_of(scenario: Scenario) -> Delay | None:
    """Return the delay from a liquidation to those that it sets off, or None where no rule states it."""
    liquidation, tick = scenario.exchange.liquidation, scenario.clock.tick
    if scenario.market.mark.kind not in ("last", "mid"):
        return None
    if liquidation.policy == "paced" and liquidation.half_life is not None and math.isfinite(liquidation.half_life):
        return Delay(1, liquidation.half_life / math.log(2.0) / tick)
    if liquidation.policy == "market":
        return Delay(math.ceil(liquidation.delay / tick * (1.0 - 1e-9)), 0.0)
    return None


def of_flow(tick: np.ndarray, quantity: np.ndarray, length: int, scenario: Scenario) -> list[Estimate]:
    """Return the estimates from times alone; what is known of the delay between generations is used."""
    delay = delay_of(scenario)
    if delay is None:
        why = "no rule states the delay between generations"
        found = hawkes_of(tick, quantity, length, None)
        return [found, nothing(inar.METHOD, why), _fano(tick, length, 0.0)]
    if delay.bin == 0:
        why = "a cascade is over within its tick, so that time does not tell its generations apart"
        return [*(nothing(each, why) for each in (hawkes.COUNTS, inar.METHOD)), _fano(tick, length, 0.0)]
    found = hawkes_of(tick, quantity, length, delay)
    return [found, _inar(tick, length, delay), _fano(tick, length, max(delay.bin, delay.mean))]


def hawkes_of(tick: np.ndarray, quantity: np.ndarray, length: int, delay: Delay | None) -> Estimate:
    """Return the likelihood's estimate, with the delay between generations where it is known."""
    if delay is not None and delay.bin > 0:
        tick, length = tick // delay.bin, -(-length // delay.bin)
    places, first, count = np.unique(tick, return_index=True, return_counts=True)
    sold = np.add.reduceat(quantity, first) / quantity.mean()
    return hawkes.from_counts(places, count, length, sold, None if delay is None or delay.bin == 0 else delay.mean)


def _inar(tick: np.ndarray, length: int, delay: Delay) -> Estimate:
    width, lags = delay.bin, 1
    if delay.mean > 0.0:
        width = max(1, round(delay.mean / _BINS))
        lags = math.ceil(_DELAYS * delay.mean / width)
    if length // width * lags > _MOST_NUMBERS:
        return nothing(inar.METHOD, "there are too many bins")
    return inar.from_counts(_binned(tick, length, width), lags)


def _fano(tick: np.ndarray, length: int, delay: float) -> Estimate:
    if length < _WINDOWS:
        return nothing(fano.METHOD, f"fewer than {_WINDOWS} ticks")
    width = length // _WINDOWS
    return fano.from_counts(_binned(tick, length, width), delay / width)


def _binned(tick: np.ndarray, length: int, width: int) -> np.ndarray:
    """Count in whole bins; what is left over at the end is left out."""
    bins = length // width
    return np.bincount(tick // width, minlength=bins)[:bins]
