"""Markets whose branching ratio is known, and what estimators say of them: the audit behind docs/branching.md.

A sale of the same size in every tick walks a flat book down, through longs of equal size whose triggers lie at random.
What each liquidation sets off is then a Poisson number of mean ``R``, and a long run is a row of independent samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import cascade_sim as cs
from cascade_sim.metrics.estimators import fano, feed, generation, hawkes, inar, structural
from cascade_sim.metrics.estimators.ground import density_of
from cascade_sim.metrics.estimators.result import Estimate

# Log price that the whole map covers; every scale follows from it.
REACH = 3.0
USED = 0.9
TICK = 0.1
AT_ONCE: dict[str, Any] = {"policy": "market"}
NEXT_TICK: dict[str, Any] = {"policy": "market", "delay": TICK}
# Mean delay of a paced engine, in ticks.
DELAY = 10.0
PACED: dict[str, Any] = {"policy": "paced", "half_life": DELAY * TICK * math.log(2.0)}


class Stream(NamedTuple):
    """A long run, cut into samples of equal length."""

    run: cs.Run
    tick: np.ndarray
    rounds: np.ndarray
    sample: np.ndarray
    ticks: int


def stream(
    ratio: float, policy: dict[str, Any], samples: int, size: int, *, rate: float, seed: int = 1, absorbed: float = 0.0
) -> Stream:
    """Run a market of structural ratio ``ratio``, long enough for so many samples of ``size`` liquidations on average.

    ``rate`` is the number of liquidations a tick, ``absorbed`` the share that a vault takes off the book.
    """
    number = math.ceil((samples + 1) * size / USED)
    density = number / (ratio * REACH)
    remaining = (1.0 - absorbed) * ratio
    ticks = round(size / rate)
    duration = (samples + 1) * ticks
    liquidation = dict(policy)
    if absorbed > 0.0:
        liquidation["absorb"] = {"share": absorbed, "capital": 1e18}
    longs = {"side": "long", "traders": number, "open_interest": number, "size": {"kind": "equal"}}
    scenario = cs.Scenario(
        name="a known branching ratio",
        seed=seed,
        clock={"duration": duration * TICK, "tick": TICK},
        record={"every": ticks * TICK},
        market={
            "price": 1,
            "contract": "inverse",
            "mark": {"kind": "last"},
            "book": {"shape": "linear", "depth": {"within": "1%", "notional": -density * math.log1p(-0.01)}},
        },
        exchange={"adl": False, "socialise": False, "liquidation": liquidation},
        crowd={"longs": longs | {"liquidation": {"kind": "uniform", "to": REACH, "placed": "random"}}},
        flow={"orders": [{"at": 0, "sell": duration * rate * (1.0 - remaining) / ratio, "over": duration * TICK}]},
    )
    run = cs.run(scenario)
    events = run.liquidations
    tick = events["tick"].to_numpy()
    # The first sample lets the flow come to its pace.
    sample = tick // ticks - 1
    kept = sample >= 0
    return Stream(run, tick[kept] - ticks, events["round"].to_numpy()[kept], sample[kept], ticks)


def each(found: Stream, samples: int, estimator: Callable[[np.ndarray, np.ndarray], Estimate]) -> list[Estimate]:
    """Apply an estimator to ticks (from the sample's begin) and rounds of every sample."""
    edge = np.searchsorted(found.sample, np.arange(samples + 1))
    parts = (slice(edge[k], edge[k + 1]) for k in range(samples))
    return [estimator(found.tick[part] - k * found.ticks, found.rounds[part]) for k, part in enumerate(parts)]


def structural_of(found: Stream, samples: int) -> list[Estimate]:
    """Return the structural estimate of the ground won in every sample."""
    run = found.run
    crowd = structural.side_map(run.crowd_map["trigger_price"], run.crowd_map["quantity"], 1.0, 1.0)
    place, density = -np.log(run.timeline["mark"].to_numpy()), density_of(run, 1.0)
    return [
        structural.walked(crowd, place[k : k + 1], density[k : k + 1], float(place[k - 1]))
        for k in range(1, samples + 1)
    ]


def by_rounds(tick: np.ndarray, rounds: np.ndarray) -> Estimate:
    """Return the generation estimate of liquidations of equal size."""
    return generation.from_rounds(np.ones(rounds.size), rounds)


def by_clusters(tick: np.ndarray, rounds: np.ndarray) -> Estimate:
    """Return the generation estimate with the interval of independent ticks."""
    return generation.by_clusters(np.ones(rounds.size), rounds, tick)


def in_ticks(ticks: int) -> Callable[[np.ndarray, np.ndarray], Estimate]:
    """Return the Hawkes likelihood of counts in ticks."""

    def estimator(tick: np.ndarray, rounds: np.ndarray) -> Estimate:
        return hawkes.from_counts(*np.unique(tick, return_counts=True), ticks)

    return estimator


def in_time(ticks: int, seed: int = 7, shown: Callable[[np.ndarray], np.ndarray] | None = None):
    """Return the Hawkes likelihood of times, each somewhere in its tick; ``shown`` picks those that a feed shows."""
    random = np.random.default_rng(seed)

    def estimator(tick: np.ndarray, rounds: np.ndarray) -> Estimate:
        time = np.sort(tick + random.random(tick.size))
        return hawkes.from_times(time if shown is None else time[shown(time)], float(ticks))

    return estimator


def autoregressive(ticks: int, width: int, lags: int, seed: int = 7, shown=None):
    """Return the INAR estimate of bins of ``width`` ticks."""
    return _of_bins(ticks, width, seed, shown, lambda counts: inar.from_counts(counts, lags))


def spread(ticks: int, width: int, seed: int = 7, shown=None):
    """Return the Fano estimate of windows of ``width`` ticks."""
    return _of_bins(ticks, width, seed, shown, fano.from_counts)


def _of_bins(ticks, width, seed, shown, estimate):
    random = np.random.default_rng(seed)
    bins = ticks // width

    def estimator(tick: np.ndarray, rounds: np.ndarray) -> Estimate:
        if shown is not None:
            time = np.sort(tick + random.random(tick.size))
            tick = np.floor(time[shown(time)]).astype(np.int64)
        return estimate(np.bincount(tick // width, minlength=bins)[:bins])

    return estimator


def one_a_second(time: np.ndarray) -> np.ndarray:
    """Return what a feed shows that sends the last liquidation of every second."""
    return feed.last_of_each(time * TICK)


class Audit(NamedTuple):
    """What an estimator came to over samples."""

    bias: float
    error: float
    coverage: float
    deviation: float
    width: float


def audited(found: list[Estimate], truth: float) -> Audit:
    """Compare estimates with the truth: bias, its standard error, coverage, deviation, mean width of the interval."""
    value, low, high = (np.array([getattr(one, name) for one in found], float) for name in ("value", "low", "high"))
    covered = (low <= truth) & (truth <= high)
    deviation = float(value.std(ddof=1))
    return Audit(
        float(value.mean()) - truth,
        deviation / math.sqrt(value.size),
        float(covered.mean()),
        deviation,
        float((high - low).mean()),
    )
