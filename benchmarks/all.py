"""Run every benchmark and, with ``--write``, put the tables into README.md between their markers.

Run: python benchmarks/all.py [--quick] [--write]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import batches
import build
import calibration
import dashboard
import heatmap
import lending
import liquidation
import mesa_bridge
import pictures
import quiet_tick
import replay
import same_work
import startup
import sweeps
import venue_rules
from measure import Report, goal_table, machine_line

README = Path(__file__).with_name("README.md")
BENCHMARKS = (
    quiet_tick,
    liquidation,
    build,
    same_work,
    startup,
    venue_rules,
    heatmap,
    pictures,
    batches,
    sweeps,
    calibration,
    replay,
    lending,
    mesa_bridge,
    dashboard,
)


def put(text: str, name: str, content: str) -> str:
    """Replace what stands between the markers of a name."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    if not marked.search(text):
        raise SystemExit(f"{README.name} has no place for {name}")
    return marked.sub(lambda match: f"{match[1]}{content}\n{match[2]}", text)


def main(quick: bool, write: bool) -> None:
    reports: list[Report] = []
    for benchmark in BENCHMARKS:
        reports.append(benchmark.measure(quick))
        print(f"\n== {reports[-1].name}\n")
        reports[-1].show()
    if not write:
        return
    text = README.read_text(encoding="utf-8")
    for report in reports:
        text = put(text, report.name, report.text)
    goals = goal_table([goal for report in reports for goal in report.goals])
    README.write_text(put(text, "goals", f"{goals}\n\n{machine_line()}"), encoding="utf-8")


if __name__ == "__main__":
    main("--quick" in sys.argv, "--write" in sys.argv)
