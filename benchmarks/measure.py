"""What every benchmark shares: the machine, medians over repeats, and tables."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

LARGE = 150_000_000
LIBRARIES = ("numpy", "numba", "mesa", "mesa-frames")


@dataclass
class Goal:
    """A figure to reach: what it is about, the goal in words, what was measured, and whether that reaches it."""

    what: str
    goal: str
    measured: str
    reached: bool

    def row(self) -> tuple[str, ...]:
        return self.what, self.goal, self.measured, "yes" if self.reached else "**no**"


@dataclass
class Report:
    """What one benchmark found: Markdown for the README, and how it stands against its goals."""

    name: str
    text: str
    goals: list[Goal] = field(default_factory=list)

    def show(self) -> None:
        print(self.text)
        print()
        print(goal_table(self.goals))


def goal_table(goals: list[Goal]) -> str:
    return table(("what", "goal", "measured here", "reached"), [goal.row() for goal in goals])


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Lay out a Markdown table: the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|--:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def repeats_for(first: float, at_least: int = 5, budget: float = 0.3, at_most: int = 200) -> int:
    """How often to repeat work that took ``first`` seconds: short work more often, never less than ``at_least``."""
    return max(at_least, min(at_most, int(budget / max(first, 1e-6))))


def median(times: list[float]) -> float:
    return statistics.median(times)


def warm_memory(size: int) -> None:
    """Touch and give back ``size`` bytes, untimed.

    On a virtual machine memory that nobody has used for a while costs up to twenty times more at the first touch,
    and it would be charged to whoever happens to ask for it. Small sizes are left alone: theirs is in use all the time,
    and touching it would only empty the processor's caches.
    """
    if size > LARGE:
        np.empty(size, np.uint8).fill(1)


def normal_ns(draws: int = 2_000_000, repeats: int = 5) -> float:
    """Nanoseconds numpy takes for one standard normal: a yardstick for how fast the machine is just now."""
    rng = np.random.default_rng(0)
    target = np.empty(draws)
    rng.standard_normal(out=target)
    return median([seconds_of(lambda: rng.standard_normal(out=target)) for _ in range(repeats)]) / draws * 1e9


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def library_versions() -> str:
    known = []
    for library in LIBRARIES:
        try:
            known.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            known.append(f"no {library}")
    return ", ".join([f"Python {platform.python_version()}", *known])


def machine_line() -> str:
    """One line that goes beside every table: the yardstick, the processor, the versions, the day."""
    return f"*numpy's normal {normal_ns():.1f} ns; {processor()}, {library_versions()}; {date.today().isoformat()}.*"


def in_time_units(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{three_digits(seconds / size)} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def three_digits(number: float) -> str:
    """Write a number with about three significant digits, without an exponent."""
    decimals = 2 if number < 10 else 1 if number < 100 else 0
    return f"{number:,.{decimals}f}"


def power_of_ten(number: int) -> str:
    return f"1e{round(np.log10(number))}"
