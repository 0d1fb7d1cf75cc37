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

Estimator = Callable[[np.ndarray, np.ndarray], Estimate]
Shown = Callable[[np.ndarray], np.ndarray]


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


def each(found: Stream, samples: int, estimator: Estimator) -> list[Estimate]:
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


def in_ticks(ticks: int, delay: float | None = None) -> Estimator:
    """Return the Hawkes likelihood of counts in ticks."""

    def estimator(tick: np.ndarray, rounds: np.ndarray) -> Estimate:
        return hawkes.from_counts(*np.unique(tick, return_counts=True), ticks, delay=delay)

    return estimator


def in_time(ticks: int, shown: Shown | None = None) -> Estimator:
    """Return the Hawkes likelihood of times; ``shown`` picks those that a feed shows."""
    times = _times(shown)
    return lambda tick, rounds: hawkes.from_times(times(tick), float(ticks))


def autoregressive(ticks: int, width: int, lags: int, shown: Shown | None = None) -> Estimator:
    """Return the INAR estimate of bins of ``width`` ticks."""
    times = _times(shown)
    return lambda tick, rounds: inar.from_counts(_binned(times(tick), ticks, width), lags)


def spread(ticks: int, width: int, delay: float = 0.0, shown: Shown | None = None) -> Estimator:
    """Return the Fano estimate of windows of ``width`` ticks, corrected for a delay in ticks."""
    times = _times(shown)
    return lambda tick, rounds: fano.from_counts(_binned(times(tick), ticks, width), delay / width)


def _times(shown: Shown | None) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that puts each liquidation somewhere in its tick, and leaves those that are shown."""
    random = np.random.default_rng(7)

    def times(tick: np.ndarray) -> np.ndarray:
        time = np.sort(tick + random.random(tick.size))
        return time if shown is None else time[shown(time)]

    return times


def _binned(time: np.ndarray, ticks: int, width: int) -> np.ndarray:
    bins = ticks // width
    return np.bincount((time // width).astype(np.int64), minlength=bins)[:bins]


def one_a_second(time: np.ndarray) -> np.ndarray:
    """Return what a feed shows that sends the last liquidation of every second."""
    return feed.last_of_each(time * TICK)


def wandering(ratio: float) -> cs.Run:
    """Run a market whose price goes up and down by news, with and without liquidations.

    On the mid, half of what a sale moves the bid feeds back, so the map is twice as dense as ``ratio`` times the book.
    """
    density = 2e6 / -math.log1p(-0.01)
    longs = {
        "side": "long",
        "traders": 20_000,
        "open_interest": 0.5 * 2.0 * ratio * density,
        "size": {"kind": "equal"},
        "liquidation": {"kind": "uniform", "to": 0.5, "placed": "random"},
    }
    return cs.run(
        cs.Scenario(
            name="a price that wanders",
            seed=4,
            clock={"duration": "4h"},
            market={
                "price": 100,
                "contract": "inverse",
                "mark": {"kind": "mid"},
                "book": {"shape": "linear", "depth": {"within": "1%", "notional": "2M"}},
                "index": {"path": {"kind": "gbm", "volatility": "30%"}},
            },
            exchange={"adl": False, "socialise": False, "liquidation": {"policy": "market", "delay": "1s"}},
            crowd={"longs": longs},
            compare={"no_forced_selling": {"exchange.liquidation.policy": "none"}},
        )
    )


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
