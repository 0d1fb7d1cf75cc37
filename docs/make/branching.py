"""Write the tables of docs/branching.md: what every estimator makes of markets whose branching ratio is known.

Run ``python docs/make/branching.py`` after an estimator or the engine has changed (about three minutes), or name the
tables to write: ``python docs/make/branching.py events``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from branching_worlds import (
    AT_ONCE,
    DELAY,
    NEXT_TICK,
    PACED,
    TICK,
    Audit,
    Stream,
    audited,
    autoregressive,
    by_clusters,
    by_rounds,
    each,
    in_ticks,
    in_time,
    one_a_second,
    spread,
    stream,
    structural_of,
    wandering,
)
from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.metrics.estimators.result import Estimate
from cascade_sim.scenario import library

PAGE = Path(__file__).parent.parent / "branching.md"

RATIOS = (0.1, 0.15, 0.3, 0.5, 0.8)
SAMPLES, FEWER, SIZE = 500, 100, 1000
ABSORBED = 0.626
# Liquidations a tick: half a one, and two, in the mean delay of a paced engine.
SPARSE, CROWDED = 0.05, 0.2
EVENTS = ("march_2020", "may_2021", "october_2024", "october_2025")
DASH = "–"

Estimator = Callable[[np.ndarray, np.ndarray], Estimate]


def at_once(ratio: float, samples: int, absorbed: float = 0.0) -> Stream:
    """Return a market whose cascades are over within their tick, half a first liquidation a tick."""
    return stream(ratio, AT_ONCE, samples, SIZE, rate=0.5 / (1.0 - (1.0 - absorbed) * ratio), absorbed=absorbed)


@lru_cache(maxsize=2)
def paced(ratio: float, samples: int, rate: float = SPARSE) -> Stream:
    """Return a market whose engine sells at a pace."""
    return stream(ratio, PACED, samples, SIZE, rate=rate)


def estimates_of(ratio: float, samples: int) -> Iterator[tuple[str, list[Estimate]]]:
    """Yield every estimator of the audit with its estimates of so many samples."""
    found = at_once(ratio, samples)
    yield "structural", structural_of(found, samples)
    yield "generation", each(found, samples, by_rounds)
    yield "generation, interval by clusters", each(found, samples, by_clusters)
    yield "Fano factor, cascades within a tick", each(found, samples, spread(found.ticks, found.ticks // 50))
    found = stream(ratio, NEXT_TICK, samples, SIZE, rate=CROWDED)
    yield "INAR(1), delay of one tick", each(found, samples, autoregressive(found.ticks, 1, 1))
    yield "Hawkes in ticks, delay of one tick", each(found, samples, in_ticks(found.ticks, 0.0))
    found = paced(ratio, samples)
    yield "Hawkes in ticks, paced", each(found, samples, in_ticks(found.ticks))
    yield "Hawkes in ticks, paced, pace known", each(found, samples, in_ticks(found.ticks, DELAY))
    yield "Hawkes in time, paced", each(found, samples, in_time(found.ticks))
    yield "INAR(40), paced", each(found, samples, autoregressive(found.ticks, 1, 40))
    yield "Fano factor, paced", each(found, samples, spread(found.ticks, found.ticks // 200, DELAY))


def audit(samples: int = SAMPLES) -> dict[str, dict[float, Audit]]:
    """Return bias and coverage of every estimator at every ratio."""
    found: dict[str, dict[float, Audit]] = {}
    for ratio in RATIOS:
        for name, estimates in estimates_of(ratio, samples):
            found.setdefault(name, {})[ratio] = audited(estimates, ratio)
    return found


def audit_table() -> str:
    """Return bias and coverage of every estimator."""
    rows = [
        [name, *(f"{one.bias:+.3f}, {one.coverage:.1%}" for one in by_ratio.values())]
        for name, by_ratio in audit().items()
    ]
    return markdown(["bias, coverage", *(f"R = {ratio:g}" for ratio in RATIOS)], rows)


def crowded_table() -> str:
    """Return the same for streams in which cascades overlap."""
    rows = []
    for name, delay in (("pace searched for", None), ("pace known", DELAY)):
        rows.append([f"Hawkes in ticks, {name}"])
        for ratio in RATIOS:
            found = paced(ratio, SAMPLES // 2, CROWDED)
            one = audited(each(found, SAMPLES // 2, in_ticks(found.ticks, delay)), ratio)
            rows[-1].append(f"{one.bias:+.3f}, {one.coverage:.1%}")
    return markdown(["bias, coverage", *(f"R = {ratio:g}" for ratio in RATIOS)], rows)


def absorbed() -> dict[str, dict[float, Audit]]:
    """Return bias and coverage against ``(1 - chi) R`` where a vault takes a share off the book."""
    found: dict[str, dict[float, Audit]] = {}
    for ratio in RATIOS:
        market = at_once(ratio, SAMPLES, ABSORBED)
        delayed = stream(ratio, NEXT_TICK, SAMPLES, SIZE, rate=CROWDED, absorbed=ABSORBED)
        net = (1.0 - ABSORBED) * ratio
        for name, estimates in (
            ("generation", each(market, SAMPLES, by_rounds)),
            ("Hawkes in ticks, delay of one tick", each(delayed, SAMPLES, in_ticks(delayed.ticks, 0.0))),
            ("INAR(1), delay of one tick", each(delayed, SAMPLES, autoregressive(delayed.ticks, 1, 1))),
        ):
            found.setdefault(name, {})[ratio] = audited(estimates, net)
    return found


def absorbed_table() -> str:
    """Return the average estimates beside what is left of the ratio, with the coverage."""
    rows = [["(1 - chi) R", *(f"{(1.0 - ABSORBED) * ratio:.3f}" for ratio in RATIOS)]]
    for name, by_ratio in absorbed().items():
        cells = (f"{(1.0 - ABSORBED) * ratio + one.bias:.3f}, {one.coverage:.1%}" for ratio, one in by_ratio.items())
        rows.append([name, *cells])
    return markdown(["average, coverage", *(f"R = {ratio:g}" for ratio in RATIOS)], rows)


def feed_table() -> str:
    """Return average estimates from a feed that shows one liquidation a second."""
    rows = []
    for rate in (0.2, 1.0, 5.0):
        for ratio in (0.3, 0.8):
            found = paced(ratio, FEWER, rate * TICK)
            shown = one_a_second(np.sort(found.tick * TICK) / TICK).size / found.tick.size
            second = round(1.0 / TICK)
            cells = []
            for feed in (None, one_a_second):
                for estimator in (
                    in_time(found.ticks, shown=feed),
                    autoregressive(found.ticks, second, 4, shown=feed),
                    spread(found.ticks, found.ticks // 50, DELAY, shown=feed),
                ):
                    values = [one.value for one in each(found, FEWER, estimator) if one.value is not None]
                    cells.append(f"{np.mean(values):.2f}" if np.mean(values) >= 0.0 else "below 0")
            rows.append([f"{rate:g}", f"{ratio:g}", f"{shown:.0%}", *cells])
    header = ["a second", "R", "shown", "Hawkes, all", "INAR, all", "Fano, all"]
    return markdown([*header, "Hawkes, feed", "INAR, feed", "Fano, feed"], rows)


def wandering_table() -> str:
    """Return what the flow says where the price goes up and down by itself."""
    rows = []
    for ratio in (0.001, 0.3, 0.6):
        found = cs.branching.estimate(wandering(ratio))
        whole = found[found["phase"] == "whole run"].set_index("estimator")["value"]
        names = ("structural, fed back", "amplification", "flow, Hawkes in ticks", "flow, INAR", "flow, Fano factor")
        rows.append([f"{ratio:g}", *(number(whole[name]) for name in (*names, "flow, Hawkes, no feedback"))])
    header = ["R fed back", "structural", "1 - 1 / A", "Hawkes in ticks", "INAR", "Fano factor"]
    return markdown([*header, "Hawkes, no feedback"], rows)


def events_table() -> str:
    """Return every estimator on the events that are bundled, for the whole run and by phase."""
    rows = []
    for name in EVENTS:
        if name not in library.names():
            continue
        found = cs.branching.estimate(cs.run(cs.load_scenario(name)))
        table = found.pivot(index="estimator", columns="phase", values="value")
        for estimator in dict.fromkeys(found["estimator"]):
            values = [table.loc[estimator, phase] for phase in dict.fromkeys(found["phase"])]
            rows.append([f"`{name}`", estimator, *map(number, values)])
    return markdown(["event", "estimator", "whole run", "before", "around the low", "after"], rows)


def number(value: Any) -> str:
    """Write a ratio, or a dash where there is none."""
    return DASH if value is None or math.isnan(value) else f"{value:.3f}"


TABLES: Mapping[str, Callable[[], str]] = {
    "audit": audit_table,
    "crowded": crowded_table,
    "absorbed": absorbed_table,
    "feed": feed_table,
    "wandering": wandering_table,
    "events": events_table,
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
