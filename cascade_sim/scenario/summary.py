"""A scenario in one line."""

from __future__ import annotations

from cascade_sim.scenario.model import Scenario
from cascade_sim.units import format_duration, format_quantity


def in_one_line(scenario: Scenario) -> str:
    """Say what a scenario is: contract, length, ticks, cohorts, traders and open interest."""
    clock, crowd = scenario.clock, scenario.crowd.values()
    traders = sum(cohort.traders or 0 for cohort in crowd)
    open_interest = sum(cohort.open_interest or 0.0 for cohort in crowd)
    parts = [
        f"{scenario.name}: {scenario.market.contract}",
        f"{format_duration(clock.duration)} in {clock.ticks:,} ticks",
        _count(len(scenario.crowd), "cohort"),
    ]
    if traders:
        parts.append(f"{_count(traders, 'trader')}, {format_quantity(open_interest)} open interest")
    from_files = sum(cohort.positions is not None for cohort in crowd)
    if from_files:
        parts.append(f"{from_files} from files")
    return ", ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
