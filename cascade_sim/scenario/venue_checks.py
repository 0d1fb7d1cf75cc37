"""Checks between a venue's rules and the clock and market they meet."""

from __future__ import annotations

from collections.abc import Iterator

from cascade_sim.scenario.clock import Clock, whole_multiple
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.market import Market
from cascade_sim.units import format_duration


def venue_findings(exchange: Exchange, clock: Clock | None, market: Market | None) -> Iterator[Finding]:
    """Yield what is wrong between an exchange and the rest of a scenario, with paths from the root.

    Parameters
    ----------
    exchange : Exchange
    clock : Clock or None
        None where it could not be read; what depends on it is then passed over.
    market : Market or None
        Likewise.
    """
    if clock is not None:
        yield from _outages_in_order(exchange, clock)
        yield from _at_least_a_tick(exchange, clock)
        yield from _payments_on_ticks(exchange, clock)
    if market is not None and exchange.funding is not None and "mark" not in market.model_fields_set:
        fix = "add market.mark, such as mark: {kind: index_ema}, or leave funding out"
        message = "is paid on the mark, and market.mark does not say which that is"
        yield Finding(("exchange", "funding"), message, fix, rests_on=("market", "mark"))


def _outages_in_order(exchange: Exchange, clock: Clock) -> Iterator[Finding]:
    for row, outage in enumerate(exchange.outages):
        if clock.seconds(outage.to) <= clock.seconds(outage.from_):
            path = ("exchange", "outages", row, "to")
            yield Finding(path, "the outage does not end after it begins", "let to come after from")


def _at_least_a_tick(exchange: Exchange, clock: Clock) -> Iterator[Finding]:
    lengths: dict[tuple[str, str], float] = {}
    if exchange.halt is not None:
        lengths = {("halt", "over"): exchange.halt.over, ("halt", "for"): exchange.halt.for_}
    if exchange.throttle is not None:
        lengths["throttle", "over"] = exchange.throttle.over
    for path, length in lengths.items():
        if length < clock.tick * (1.0 - 1e-9):
            message = f"{format_duration(length, 12)} is shorter than a tick of {format_duration(clock.tick, 12)}"
            yield Finding(("exchange", *path), message, "lengthen it, or shorten clock.tick")


def _payments_on_ticks(exchange: Exchange, clock: Clock) -> Iterator[Finding]:
    funding = exchange.funding
    if funding is not None and whole_multiple(funding.interval, clock.tick) is None:
        interval, tick = format_duration(funding.interval, 12), format_duration(clock.tick, 12)
        message = f"{interval} is not a whole number of ticks of {tick}"
        yield Finding(("exchange", "funding", "interval"), message, "choose a multiple of clock.tick")
