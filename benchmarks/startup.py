"""Whole processes, as a user starts them: help, validation, March 2020 warm, and the very first run.

Run: python benchmarks/startup.py [--quick]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Goal, Report, machine_line, median, seconds_of, table

REPEATS = 5
HEAVY = ("numpy", "numba", "pandas", "matplotlib", "pyarrow")


def completed(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One process of this Python; it must succeed."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


def heavy_imports(arguments: list[str]) -> list[str]:
    """The heavy libraries that ``python -m cascade_sim ...`` imports."""
    trace = completed(["-X", "importtime", "-m", "cascade_sim", *arguments], dict(os.environ)).stderr
    imported = {line.rpartition("|")[2].strip() for line in trace.splitlines() if line.startswith("import time:")}
    return [library for library in HEAVY if library in imported]


def process_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds of one ``python -m cascade_sim ...``; it must succeed."""
    return seconds_of(lambda: completed(["-m", "cascade_sim", *arguments], environment))


def measure(quick: bool = False) -> Report:
    repeats = 3 if quick else REPEATS
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CASCADE_SIM_CACHE_DIR": str(Path(folder) / "cache")}
        run = ["run", "march_2020", "--out", str(Path(folder) / "march"), "--quiet"]
        said: list[str] = []
        first = seconds_of(lambda: said.append(completed(["-m", "cascade_sim", *run], environment).stderr))
        commands = {"--help": ["--help"], "validate march_2020": ["validate", "march_2020"], "run march_2020": run}
        times = {
            name: median([process_seconds(arguments, environment) for _ in range(repeats)])
            for name, arguments in commands.items()
        }
    heavy = sorted({*heavy_imports(["--help"]), *heavy_imports(["validate", "march_2020"])})
    announced = "compil" in said[0].lower()
    rows = [(f"`cascade-sim {name}`", f"{seconds:.2f} s") for name, seconds in times.items()]
    rows.append(("the very first `run march_2020`, which compiles", f"{first:.1f} s"))
    goals = [
        Goal("`--help`, whole process", "<= 0.35 s", f"{times['--help']:.3f} s", times["--help"] <= 0.35),
        Goal(
            "`validate`, whole process",
            "<= 0.35 s",
            f"{times['validate march_2020']:.3f} s",
            times["validate march_2020"] <= 0.35,
        ),
        Goal(
            "`run march_2020`, 100,000 traders, 9 runs, pictures",
            "<= 3.5 s",
            f"{times['run march_2020']:.2f} s",
            times["run march_2020"] <= 3.5,
        ),
        Goal("heavy libraries that `--help` and `validate` import", "none", ", ".join(heavy) or "none", not heavy),
        Goal(
            "the very first run",
            "<= 25 s, and says that it compiles",
            f"{first:.1f} s, {'says so' if announced else 'says nothing'}",
            first <= 25.0 and announced,
        ),
    ]
    return Report("startup", f"{table(('whole process', 'median'), rows)}\n\n{machine_line()}", goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
