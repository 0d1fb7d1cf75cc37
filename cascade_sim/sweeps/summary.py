"""A sweep in one line; and the one line of whatever file is named."""

from __future__ import annotations

import pathlib

from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import library, summary
from cascade_sim.scenario.files import is_sweep, read_mapping
from cascade_sim.scenario.presets import LONGEST_NAME
from cascade_sim.sweeps.design import count_points
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.spec import Sweep


def check_in_one_line(path_or_name: str) -> str:
    """Load a sweep, a scenario, a venue preset or a lending protocol and say what it is.

    Raises
    ------
    ScenarioError
        If anything is wrong.
    """
    if names_a_sweep(path_or_name):
        return in_one_line(load_sweep(path_or_name))
    return summary.check_in_one_line(path_or_name)


def names_a_sweep(path_or_name: str) -> bool:
    """Whether a path or a bundled name leads to a sweep file; not so where it cannot be read."""
    if "\0" in path_or_name or len(path_or_name) >= LONGEST_NAME:
        return False
    file = pathlib.Path(path_or_name)
    if not file.is_file():
        return not file.exists() and library.find_sweep(path_or_name) is not None
    try:
        return is_sweep(read_mapping(file)[0])
    except ScenarioError:
        return False


def in_one_line(sweep: Sweep) -> str:
    """Say what a sweep is: scenario, design, points, runs."""
    sizes = " x ".join(str(len(entry.values)) for entry in sweep.varied.values())
    keys = _count(len(sweep.varied), "key")
    design = {
        "grid": f"grid of {sizes}" if len(sweep.varied) > 1 else "grid",
        "zip": f"zip of {keys}",
        "latin_hypercube": f"latin hypercube of {keys}",
        "sobol": f"sobol, {_count(sweep.samples or 0, 'base sample')} of {keys}",
    }[sweep.design]
    points = count_points(sweep)
    parts = [f"sweep of {sweep.base.name}", design, _count(points, "point")]
    if sweep.replicates > 1:
        parts.append(f"{sweep.replicates:,} replicates, {points * sweep.replicates:,} runs")
    return f"{sweep.name}: {', '.join(parts)}"


def bundled() -> dict[str, str]:
    """Return what the bundled sweeps are called, by the name to load them by."""
    return {name: load_sweep(name).name for name in library.sweeps()}


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def library_lines() -> list[str]:
    """Return what is bundled, line by line: scenarios, presets and sweeps by name, each with its title."""
    scenarios, presets = summary.bundled()
    venues, protocols = presets[library.VENUES], presets[library.PROTOCOLS]
    sweeps = bundled()
    width = max((len(name) for name in (*scenarios, *venues, *protocols, *sweeps)), default=0)
    lines = []
    for heading, titles in (
        ("", scenarios),
        ("venue presets, for exchange: {extends: NAME}", venues),
        ("lending protocols, for lending: [{name: pool, extends: NAME, loans: ...}]", protocols),
        ("sweeps, for cascade-sim sweep NAME", sweeps),
    ):
        if heading and titles:
            lines += ["", heading]
        lines += [f"{name:{width}}  {title}" for name, title in titles.items()]
    return lines
