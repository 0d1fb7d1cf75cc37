"""Checks between a cohort and the venue and clock it meets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cascade_sim.scenario.clock import Clock
from cascade_sim.scenario.crowd import Cohort
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.findings import Finding, Path
from cascade_sim.scenario.leverage import DiscreteLeverage, FixedLeverage
from cascade_sim.units import format_percent


def cohort_findings(name: str, cohort: Cohort, exchange: Exchange | None, clock: Clock | None) -> Iterator[Finding]:
    """Yield what is wrong between a cohort and the rest of a scenario, with paths from the root.

    Parameters
    ----------
    name : str
        The cohort's.
    cohort : Cohort
    exchange : Exchange or None
        None where it could not be read; what depends on it is then passed over.
    clock : Clock or None
        Likewise.
    """
    path, arrivals = ("crowd", name), cohort.arrivals
    if exchange is not None:
        if cohort.leverage is not None:
            yield from _leverage_allowed(exchange, cohort.leverage, (*path, "leverage"))
        if arrivals is not None and arrivals.leverage is not None:
            yield from _leverage_allowed(exchange, arrivals.leverage, (*path, "arrivals", "leverage"))
        if cohort.top_up is not None and exchange.lowest_rate == 0:
            message = "answers calls at a multiple of maintenance, which is 0 here"
            fix = "set exchange.maintenance, or leave it out"
            yield Finding((*path, "top_up"), message, fix, rests_on=("exchange", "maintenance"))
    if clock is not None and arrivals is not None:
        yield from _arrivals_in_order(clock, cohort, (*path, "arrivals"))


def _arrivals_in_order(clock: Clock, cohort: Cohort, path: Path) -> Iterator[Finding]:
    assert cohort.arrivals is not None
    begin, last = cohort.arrivals.from_, cohort.arrivals.to
    if clock.seconds(begin) < 0:
        yield Finding((*path, "from"), "lies before the start of the run", "move it to clock.start or later")
    elif last is not None and clock.seconds(last) <= clock.seconds(begin):
        yield Finding((*path, "to"), "the arrivals do not end after they begin", "let to come after from")


def _leverage_allowed(exchange: Exchange, leverage: Any, path: Path) -> Iterator[Finding]:
    exact = isinstance(leverage, FixedLeverage | DiscreteLeverage)
    rate, lowered_to = exchange.lowest_rate, exchange.bracket_leverage[0]
    for key, before_cap in leverage.named():
        value = leverage.capped(before_cap)
        if exchange.max_leverage is not None and value > exchange.max_leverage:
            message = f"{value:g} is above the exchange's maximum of {exchange.max_leverage:g}"
            yield Finding((*path, *key), message, "lower it or raise exchange.max_leverage")
        elif exact and 1.0 / min(value, lowered_to) <= rate:
            message = (
                f"at {value:g}x the margin is {format_percent(1.0 / value)} of the position, not above the "
                f"maintenance rate of {format_percent(rate)}: it would be liquidated at once"
            )
            yield Finding((*path, *key), message, "lower the leverage or exchange.maintenance")
