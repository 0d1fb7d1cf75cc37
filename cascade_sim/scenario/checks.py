"""Checks between the sections of a scenario.

Every check takes the sections that could be read and passes over those that could not (they are None), so
that a mistake in one section does not hide a mistake between two others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cascade_sim.scenario.clock import Clock, whole_multiple
from cascade_sim.scenario.crowd import Cohort
from cascade_sim.scenario.crowd_checks import cohort_findings
from cascade_sim.scenario.entry import PathEntry
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.findings import Finding, Path
from cascade_sim.scenario.flow import Flow
from cascade_sim.scenario.index import JumpsPath, WaypointsPath
from cascade_sim.scenario.lending_checks import OnChain, lending_findings
from cascade_sim.scenario.market import Market
from cascade_sim.scenario.record import Record
from cascade_sim.scenario.venue_checks import venue_findings
from cascade_sim.units import format_duration

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True)
class Sections:
    """The sections of a scenario, None where one could not be read."""

    clock: Clock | None = None
    market: Market | None = None
    exchange: Exchange | None = None
    crowd: dict[str, Cohort] = field(default_factory=dict)
    flow: Flow | None = None
    record: Record | None = None
    on_chain: OnChain = field(default_factory=OnChain)


def cross_check(sections: Sections) -> Iterator[Finding]:
    """Yield what is wrong between sections, each finding with its path from the root."""
    if sections.clock:
        yield from _record_fits_clock(sections.clock, sections.record)
        yield from _index_in_order(sections.clock, sections.market)
        yield from _orders_in_run(sections.clock, sections.flow)
        yield from _replay_in_order(sections.clock, sections.flow)
    yield from _book_can_be_pushed(sections.market, sections.flow)
    if sections.exchange:
        yield from venue_findings(sections.exchange, sections.clock, sections.market)
    yield from lending_findings(sections.on_chain, sections.clock, sections.market)
    for name, cohort in sections.crowd.items():
        if sections.clock and isinstance(cohort.entry, PathEntry) and cohort.entry.points:
            path = ("crowd", name, "entry", "points")
            yield from _in_order(sections.clock, cohort.entry.points, path)
        yield from cohort_findings(name, cohort, sections.exchange, sections.clock)


def name_check(sections: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield names of cohorts, keepers and counterfactuals that could not be written in a dotted key.

    Parameters
    ----------
    sections : mapping
        The scenario's sections by name; those that are not mappings are passed over.
    """
    for section in ("crowd", "keepers", "compare"):
        entries = sections.get(section)
        for name in entries if isinstance(entries, Mapping) else ():
            if not _NAME.match(str(name)):
                yield Finding((section, name), f"{name!r} cannot be a name", "use letters, digits, _ and - only")


def _record_fits_clock(clock: Clock, record: Record | None) -> Iterator[Finding]:
    if record is None:
        return
    if record.heatmap is not None:
        yield from _whole_ticks(clock, record.heatmap.every, ("record", "heatmap", "every"))
    if record.every is None:
        return
    yield from _whole_ticks(clock, record.every, ("record", "every"))
    if record.every > clock.duration:
        message = f"{format_duration(record.every, 12)} is longer than the run of {format_duration(clock.duration)}"
        yield Finding(("record", "every"), message, "record at least once a run")


def _whole_ticks(clock: Clock, length: float, path: Path) -> Iterator[Finding]:
    if whole_multiple(length, clock.tick) is None:
        message = f"{format_duration(length, 12)} is not a whole number of ticks of {format_duration(clock.tick, 12)}"
        yield Finding(path, message, "choose a multiple of clock.tick")


def _index_in_order(clock: Clock, market: Market | None) -> Iterator[Finding]:
    path = market.index.path if market else None
    if isinstance(path, WaypointsPath):
        yield from _in_order(clock, path.points, ("market", "index", "path", "points"))
    if isinstance(path, JumpsPath):
        for row, (moment, _) in enumerate(path.at):
            yield from _not_before_start(clock, moment, ("market", "index", "path", "at", row))


def _in_order(clock: Clock, points: Sequence[tuple[float | datetime, float]], path: Path) -> Iterator[Finding]:
    times = [clock.seconds(moment) for moment, _ in points]
    for row in range(1, len(times)):
        if times[row] == times[row - 1]:
            yield Finding((*path, row), "has the same time as the point before it", "remove one of the two")
        elif times[row] < times[row - 1]:
            yield Finding((*path, row), "is earlier than the point before it", "sort the points by time")


def _orders_in_run(clock: Clock, flow: Flow | None) -> Iterator[Finding]:
    for row, order in enumerate(flow.orders if flow else []):
        yield from _not_before_start(clock, order.at, ("flow", "orders", row, "at"))


def _replay_in_order(clock: Clock, flow: Flow | None) -> Iterator[Finding]:
    if flow and flow.replay and flow.replay.points:
        yield from _in_order(clock, flow.replay.points, ("flow", "replay", "points"))


def _book_can_be_pushed(market: Market | None, flow: Flow | None) -> Iterator[Finding]:
    replay = flow.replay if flow else None
    if market and replay and replay.mode == "tracked" and replay.push == "order" and market.book.shape == "infinite":
        message = "order means nothing in a book of shape infinite: no order moves its price"
        yield Finding(("flow", "replay", "push"), message, "set push: news, or give the book a depth")


def _not_before_start(clock: Clock, moment: float | datetime, path: Path) -> Iterator[Finding]:
    if clock.seconds(moment) < 0:
        yield Finding(path, "lies before the start of the run", "move it to clock.start or later")
