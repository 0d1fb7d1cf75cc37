"""What the commands do that need the whole engine; the command line imports this only when it is wanted."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cascade_sim.engine.checkpoint import read_manifest
from cascade_sim.engine.folder import CHECKPOINT, CHECKPOINT_MANIFEST, SCENARIO, claim_folder, held
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.engine.run import Run
from cascade_sim.engine.store import write_run
from cascade_sim.errors import CascadeError, OutputError, RunError
from cascade_sim.kernels.jit import is_compiled
from cascade_sim.scenario import load_scenario
from cascade_sim.simulation import Simulation
from cascade_sim.tables import print_comparison, print_run

INTERRUPTED = 130


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _has_checkpoint(folder: Path) -> bool:
    return (folder / CHECKPOINT / CHECKPOINT_MANIFEST).is_file()


def _start(scenario: str, seed: int | None, overrides: Mapping[str, Any]) -> Simulation:
    return Simulation(load_scenario(scenario, overrides), seed)


def _take_up(folder: Path, scenario: str | None, seed: int | None, overrides: Mapping[str, Any]) -> Simulation:
    """Return an interrupted run; what else was named on the command line has to be the same run."""
    if not _has_checkpoint(folder):
        raise RunError(f"{folder}: holds no interrupted run; start one with: cascade-sim run SCENARIO --out {folder}")
    simulation = Simulation.restored(folder / CHECKPOINT)
    wanted = load_scenario(scenario or folder / CHECKPOINT / SCENARIO, overrides)
    if seed is None:
        seed = simulation.seed if scenario is None else wanted.seed
    if (wanted.hash, seed) != (simulation.scenario.hash, simulation.seed):
        raise CascadeError(
            f"{folder}: holds an interrupted run of {simulation.scenario.name!r} with seed {simulation.seed}"
            ", not the run that is named; leave out the scenario, --seed and --set, or start another folder "
            "with --out"
        )
    return simulation


def _claim(folder: Path, simulation: Simulation) -> None:
    """Make sure that a new run can use the folder, and that no other one waits in it to be taken up."""
    claim_folder(folder)
    if _has_checkpoint(folder):
        about = read_manifest(folder / CHECKPOINT)
        if (about["scenario_hash"], about["seed"]) != (simulation.scenario.hash, simulation.seed):
            raise OutputError(
                f"{folder}: holds an interrupted run of {about['name']!r} with seed {about['seed']}; go on "
                f"with it (cascade-sim run --resume {folder}), or give another folder"
            )
        _say(f"note: {folder} holds this run, interrupted; starting it again (--resume would go on with it)")


def run_command(
    scenario: str | None,
    out: Path | None,
    seed: int | None,
    overrides: Mapping[str, Any],
    resume: Path | None,
    plots: bool,
    quiet: bool,
) -> int:
    """Run a scenario (or go on with an interrupted one), write its folder, and print its table.

    Parameters
    ----------
    scenario : str or None
        File or bundled name; may be left out with ``resume``.
    out, resume : Path or None
        Where to write; ``resume`` holds an interrupted run.
    seed, overrides
        Instead of what the scenario says.
    plots, quiet : bool
        Whether to draw pictures; whether to show no progress.

    Returns
    -------
    int
        0, or 130 after Ctrl-C; with a folder, what was done is then kept for ``--resume``.

    Raises
    ------
    CascadeError
        Anything that the user can solve. Nothing has been written then.
    """
    if resume is not None and out is not None:
        raise CascadeError("--out and --resume are both given; a run that goes on stays in its folder")
    if not is_compiled():
        _say("compiling the kernels; this happens once and takes about 20 s")
    if resume is not None:
        simulation = _take_up(resume, scenario, seed, overrides)
    else:
        if scenario is None:
            raise CascadeError("no scenario is named; give a file or a name from `cascade-sim list`")
        simulation = _start(scenario, seed, overrides)
    simulation.prepare()
    if out is not None:
        _claim(out, simulation)
    folder = resume or out
    if folder is None:
        return _run(simulation, None, plots, quiet)
    with held(folder):
        return _run(simulation, folder, plots, quiet)


def _run(simulation: Simulation, folder: Path | None, plots: bool, quiet: bool) -> int:
    try:
        simulation.advance(show=not quiet)
        run = simulation.run()
    except KeyboardInterrupt:
        return _put_away(simulation, folder)
    except MemoryError as error:
        raise RunError(f"there is not enough memory ({error}); take fewer ticks or traders") from error
    if folder is not None:
        with interrupts_held():
            write_run(run, folder)
            shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
    print_run(run)
    if folder is not None:
        if plots:
            draw(run, folder)
        _say(f"written to {folder}")
    return 0


def _put_away(simulation: Simulation, folder: Path | None) -> int:
    if folder is None:
        _say("interrupted; with --out DIR an interrupted run can be resumed")
        return INTERRUPTED
    try:
        with interrupts_held():
            simulation.save(folder / CHECKPOINT)
            _say(f"interrupted; go on with: cascade-sim run --resume {folder}")
    except KeyboardInterrupt:
        pass
    return INTERRUPTED


def draw(run: Run, folder: Path) -> None:
    """Draw a run's ``timeline.png`` into its folder, and ``liquidation_map.png`` where there is a crowd."""
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
    names = (str(first), str(second)) if first != second else (f"{first} (first)", f"{second} (second)")
    print_comparison(dict(zip(names, (Run.load(first), Run.load(second)), strict=True)))
    return 0
