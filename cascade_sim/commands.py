"""What the commands do that need the whole engine; the command line imports this only when it is wanted."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cascade_sim.engine.run import Run
from cascade_sim.engine.store import at_home, claim_folder, write_text
from cascade_sim.errors import RunError
from cascade_sim.kernels.jit import is_compiled
from cascade_sim.scenario import load_scenario
from cascade_sim.simulation import Simulation
from cascade_sim.tables import print_comparison, print_run

CHECKPOINT = "checkpoint"
INTERRUPTED = 130


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _put_away(simulation: Simulation, folder: Path) -> None:
    place = folder / CHECKPOINT
    place.mkdir(parents=True, exist_ok=True)
    scenario = simulation.scenario
    simulation.save(place)
    write_text(place / "scenario.yaml", scenario.to_yaml())
    about = {
        "seed": simulation.seed,
        "scenario_hash": scenario.hash,
        "base_dir": None if scenario.base_dir is None else str(scenario.base_dir),
    }
    write_text(place / "checkpoint.json", json.dumps(about) + "\n")


def _take_up(folder: Path) -> Simulation:
    place = folder / CHECKPOINT
    if not (place / "checkpoint.json").is_file():
        raise RunError(f"{folder}: holds no interrupted run; start it with `cascade-sim run SCENARIO --out {folder}`")
    try:
        about = json.loads((place / "checkpoint.json").read_text(encoding="utf-8"))
        scenario = at_home(load_scenario(place / "scenario.yaml"), about["base_dir"])
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{place}: the checkpoint cannot be read ({error}); start the run again") from error
    if scenario.hash != about["scenario_hash"]:
        raise RunError(f"{place}: scenario.yaml was changed since the run stopped; start the run again")
    simulation = Simulation(scenario, about["seed"])
    simulation.restore(place)
    return simulation


def _start(scenario: str, seed: int | None, overrides: Mapping[str, Any]) -> Simulation:
    loaded = load_scenario(scenario, overrides)
    if loaded.record.heatmap is not None:
        _say("note: record.heatmap is read but not recorded in this version")
    return Simulation(loaded, seed)


def run_command(
    scenario: str | None,
    out: Path | None,
    seed: int | None,
    overrides: Mapping[str, Any],
    resume: Path | None,
    plots: bool,
    quiet: bool,
) -> int:
    """Run a scenario (or go on with an interrupted one), print its table, and write its folder.

    Returns
    -------
    int
        0, or 130 after Ctrl-C; with ``out`` what was done is then kept for ``--resume``.
    """
    simulation = _take_up(resume) if resume is not None else _start(scenario or "", seed, overrides)
    folder = resume if resume is not None else out
    if folder is not None:
        claim_folder(folder)
    if not is_compiled():
        _say("compiling the kernels; this happens once and takes about 20 s")
    try:
        simulation.advance(show=not quiet)
    except KeyboardInterrupt:
        if folder is None:
            _say("interrupted; with --out DIR an interrupted run can be resumed")
        else:
            _put_away(simulation, folder)
            _say(f"interrupted; go on with: cascade-sim run --resume {folder}")
        return INTERRUPTED
    run = simulation.run()
    print_run(run)
    if folder is not None:
        run.save(folder)
        shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
        if plots:
            draw(run, folder)
        _say(f"written to {folder}")
    return 0


def draw(run: Run, folder: Path) -> None:
    """Draw a run's pictures into its folder: ``timeline.png``, and ``liquidation_map.png`` where there is a crowd."""
    from cascade_sim.plots import liquidation_map, save, timeline

    save(timeline(run), folder / "timeline.png")
    if run.crowd_map is not None:
        save(liquidation_map(run), folder / "liquidation_map.png")


def plot_command(folder: Path) -> int:
    """Draw the pictures of a saved run again."""
    draw(Run.load(folder), folder)
    _say(f"drawn into {folder}")
    return 0


def compare_command(first: Path, second: Path) -> int:
    """Print the figures of two saved runs side by side."""
    print_comparison(Run.load(first), Run.load(second))
    return 0



