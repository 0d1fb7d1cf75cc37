"""Checks between lending pools, their keepers and their chain, and the clock and market they meet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cascade_sim.scenario.chain import Chain
from cascade_sim.scenario.clock import Clock, whole_multiple
from cascade_sim.scenario.findings import Finding, Path
from cascade_sim.scenario.keepers import Keepers
from cascade_sim.scenario.lending import ClipPool, FixedSpreadPool, FlipPool
from cascade_sim.scenario.market import Market
from cascade_sim.scenario.oracle import Oracle
from cascade_sim.units import format_duration

NEEDS_LENDING = ("keepers", "chain")


@dataclass(frozen=True)
class OnChain:
    """The sections of a scenario that stand on a chain.

    Attributes
    ----------
    lending : mapping
        The pools that could be read, by their place in the list.
    keepers : mapping
        Cohorts by name.
    chain : Chain or None
        None where it could not be read.
    without_lending : bool
        Whether no ``lending`` is written, not even an empty one (which takes away that of a file below).
    """

    lending: Mapping[int, FixedSpreadPool | FlipPool | ClipPool] = field(default_factory=dict)
    keepers: Mapping[str, Keepers] = field(default_factory=dict)
    chain: Chain | None = None
    without_lending: bool = False


def lending_findings(sections: OnChain, clock: Clock | None, market: Market | None) -> Iterator[Finding]:
    """Yield what is wrong between the sections on the chain and the rest, with paths from the root.

    Parameters
    ----------
    sections : OnChain
    clock : Clock or None
        None where it could not be read; what depends on it is then passed over.
    market : Market or None
        Likewise.
    """
    if sections.without_lending:
        written = {"keepers": bool(sections.keepers), "chain": sections.chain not in (None, Chain())}
        for name in (name for name in NEEDS_LENDING if written[name]):
            fix = f"add lending, or leave {name} out"
            yield Finding((name,), "means nothing without lending", fix, rests_on=("lending",))
    if not sections.lending:
        return
    yield from _names_once(sections)
    if market is not None and market.contract == "inverse":
        message = "pools lend quote currency against base units, which an inverse contract does not trade"
        yield Finding(("lending",), message, "set market.contract: linear, or leave lending out")
    if clock is not None:
        for place, pool in sections.lending.items():
            yield from _oracle_in_time(pool.oracle, clock, ("lending", place, "oracle"))
        if sections.chain is not None:
            yield from _blocks_in_run(sections.chain, clock)


def _names_once(sections: OnChain) -> Iterator[Finding]:
    seen: set[str] = set()
    for place, pool in sections.lending.items():
        if pool.name in seen:
            yield Finding(("lending", place, "name"), f"another pool is called {pool.name}, too", "choose another name")
        seen.add(pool.name)


def _oracle_in_time(oracle: Oracle, clock: Clock, path: Path) -> Iterator[Finding]:
    run = f"in a run of {format_duration(clock.duration)}"
    if oracle.delay >= clock.duration:
        message = f"after {format_duration(oracle.delay)} no price arrives {run}"
        yield Finding((*path, "delay"), message, "shorten it, or lengthen clock.duration")
    elif math.isinf(oracle.deviation) and oracle.heartbeat + oracle.delay >= clock.duration:
        message = (
            f"every {format_duration(oracle.heartbeat)}, {format_duration(oracle.delay)} late, no price arrives {run}"
        )
        fix = "shorten heartbeat or delay, give a deviation, or lengthen clock.duration"
        yield Finding((*path, "heartbeat"), message, fix)


def _blocks_in_run(chain: Chain, clock: Clock) -> Iterator[Finding]:
    interval, path = format_duration(chain.interval, 12), ("chain", "interval")
    if whole_multiple(chain.interval, clock.tick) is None:
        message = f"{interval} is not a whole number of ticks of {format_duration(clock.tick, 12)}"
        yield Finding(path, message, "choose a multiple of clock.tick")
    elif chain.interval > clock.duration:
        message = f"{interval} is longer than the run of {format_duration(clock.duration)}"
        yield Finding(path, message, "let there be a block within the run")
    for row, window in enumerate(chain.congestion.windows if chain.congestion else ()):
        if clock.seconds(window.to) <= clock.seconds(window.from_):
            where = ("chain", "congestion", "windows", row, "to")
            yield Finding(where, "the window does not end after it begins", "let to come after from")
