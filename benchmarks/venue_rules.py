"""What a venue's rules and traders who defend themselves cost: quiet, at a margin call, in deleveraging, in turnover.

Run: python benchmarks/venue_rules.py [--quick]
"""

from __future__ import annotations

import sys

from deleveraging import deleveraging_tables
from margin_calls import margin_call_table
from measure import Report, machine_line
from terms_change import funding_table, step_table, turnover_table
from venue_ticks import liquidation_table, quiet_table

TRADERS = 1_000_000


def measure(quick: bool = False) -> Report:
    """Measure everything at a million positions; the liquidations at ten million as well unless ``quick``."""
    calls, call_goals = margin_call_table(TRADERS)
    deleveraging, deleveraging_goals = deleveraging_tables(TRADERS)
    quiet, quiet_goals = quiet_table(TRADERS)
    tables = [
        quiet,
        liquidation_table((TRADERS,) if quick else (TRADERS, 10 * TRADERS)),
        calls,
        deleveraging,
        funding_table(TRADERS),
        step_table(TRADERS // 10),
        turnover_table(TRADERS),
    ]
    text = "\n\n".join([*tables, machine_line()])
    return Report("venue_rules", text, [*quiet_goals, *call_goals, *deleveraging_goals])


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
