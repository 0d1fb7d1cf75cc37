"""Whether a run fits into this machine, found out before anything is built."""

from __future__ import annotations

import os
from collections.abc import Collection

from cascade_sim.engine.lending import LOAN_BYTES
from cascade_sim.errors import RunError
from cascade_sim.kernels.lending_state import CHAIN_ROW, POOL_ROW
from cascade_sim.kernels.records import ENTRANT, TERMS
from cascade_sim.kernels.state import ROW
from cascade_sim.scenario import Scenario
from cascade_sim.units import format_quantity

# Least bytes: the index path, its logarithm and the noise a tick; the crowd and its copy in trigger order a trader;
# beside that copy its own row and its terms an arrival.
TICK_BYTES = 24
TRADER_BYTES = 41 + 36
ARRIVAL_BYTES = 36 + ENTRANT.itemsize + TERMS.itemsize
DAY_S = 86_400.0


def memory_of_machine() -> float:
    """Return the bytes of memory that the machine has; infinity where the system does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")


def arrivals_expected(scenario: Scenario) -> float:
    """Return how many traders are expected to arrive during a run."""
    clock, total = scenario.clock, 0.0
    for cohort in scenario.crowd.values():
        if cohort.arrivals is not None:
            begin = max(clock.seconds(cohort.arrivals.from_), 0.0)
            end = (
                clock.duration if cohort.arrivals.to is None else min(clock.seconds(cohort.arrivals.to), clock.duration)
            )
            total += cohort.arrivals.traders_per_day * max(end - begin, 0.0) / DAY_S
    return total


def loans_in(scenario: Scenario) -> int:
    """Return how many loans a scenario draws; those in files are not counted."""
    return sum(pool.loans.count or 0 for pool in scenario.lending)


def memory_needed(scenarios: Collection[Scenario]) -> float:
    """Return the bytes that runs need at the least, all of them being kept; what stands in files is not counted."""
    total = 0.0
    for scenario in scenarios:
        ticks = scenario.clock.ticks
        rows = scenario.clock.duration / (scenario.record.every or scenario.clock.tick)
        traders = sum(cohort.traders or 0 for cohort in scenario.crowd.values())
        total += ticks * TICK_BYTES + rows * 8 * len(ROW) + traders * TRADER_BYTES
        total += arrivals_expected(scenario) * ARRIVAL_BYTES
        if scenario.lending:
            total += loans_in(scenario) * LOAN_BYTES
            total += rows * 8 * (len(CHAIN_ROW) + len(POOL_ROW) * len(scenario.lending))
        heatmap = scenario.record.heatmap
        if heatmap is not None:
            total += 8 * heatmap.bins * scenario.clock.duration / heatmap.every
    return total


def refuse_what_does_not_fit(scenarios: Collection[Scenario]) -> None:
    """Raise a RunError if runs need more memory than the machine has, saying what to lower."""
    needed, present = memory_needed(scenarios), memory_of_machine()
    if needed > present:
        ticks = max(scenario.clock.ticks for scenario in scenarios)
        traders = max(
            sum(each.traders or 0 for each in scenario.crowd.values()) + arrivals_expected(scenario)
            for scenario in scenarios
        )
        loans = max(map(loans_in, scenarios))
        lent = f", {format_quantity(loans)} loans" if loans else ""
        raise RunError(
            f"{len(scenarios)} runs of {format_quantity(ticks)} ticks, {format_quantity(traders)} traders{lent} need "
            f"{format_quantity(needed)} bytes of memory, this machine has {format_quantity(present)}; shorten "
            "clock.duration, lengthen clock.tick or record.every, or take fewer traders"
            f"{', loans' if loans else ''} or comparisons"
        )
