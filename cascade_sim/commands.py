"""What the commands do that need the whole engine; the command line imports this only when it is wanted."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.engine.checkpoint import read_manifest
from cascade_sim.engine.folder import CHECKPOINT, CHECKPOINT_MANIFEST, REPORT, SCENARIO, claim_folder, held
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.engine.run import Run
from cascade_sim.engine.store import write_run
from cascade_sim.errors import CascadeError, OutputError, RunError
from cascade_sim.kernels.jit import is_compiled
from cascade_sim.scenario import load_scenario
from cascade_sim.simulation import Simulation
from cascade_sim.tables import print_comparison, print_run

if TYPE_CHECKING:
    from cascade_sim.plots.entry import Entry

INTERRUPTED = 130
# Inches: what a paper's column and a poster need; below and above a picture is no picture any more.
_NARROWEST, _WIDEST = 2.0, 100.0


def refuse_width(width: float | None) -> None:
    """Raise a CascadeError for a width that no picture can have."""
    if width is not None and not _NARROWEST <= width <= _WIDEST:
        raise CascadeError(f"--width {width:g}: give inches from {_NARROWEST:g} to {_WIDEST:g}, such as 3.4 or 10")


def say(text: str) -> None:
    """Tell the user something beside the results."""
    print(text, file=sys.stderr, flush=True)


def say_if_it_compiles() -> None:
    """Say that the first run takes longer, where it does."""
    if not is_compiled():
        say("compiling the kernels; this happens once and takes about half a minute")


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
        say(f"note: {folder} holds this run, interrupted; starting it again (--resume would go on with it)")


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
    say_if_it_compiles()
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
        say(f"written to {folder}")
    return 0


def _put_away(simulation: Simulation, folder: Path | None) -> int:
    if folder is None:
        say("interrupted; with --out DIR an interrupted run can be resumed")
        return INTERRUPTED
    try:
        with interrupts_held():
            simulation.save(folder / CHECKPOINT)
            say(f"interrupted; go on with: cascade-sim run --resume {folder}")
    except KeyboardInterrupt:
        pass
    return INTERRUPTED


def draw(run: Run, folder: Path) -> None:
    """Draw into a run's folder the pictures of its album that are drawn at once."""
    from cascade_sim.plots.album import pictures_of

    _draw(run, folder, [entry for entry in pictures_of(run).values() if entry.at_once])


def _draw(run: Run, folder: Path, entries: Iterable[Entry], kind: str = "png", width: float | None = None) -> None:
    from cascade_sim.plots import save

    for entry in entries:
        save(entry.draw(run, width), folder / f"{entry.name}.{kind}")


def plot_command(folder: Path, only: Sequence[str] = (), kind: str = "png", width: float | None = None) -> int:
    """Draw the pictures of a saved run again.

    Parameters
    ----------
    folder : Path
        Of the run; the pictures go there.
    only : sequence of str
        Names of pictures; all that the run has if there are none.
    kind : str
        ``png``, ``svg`` or ``pdf``.
    width : float, optional
        Inches.

    Returns
    -------
    int
        0.

    Raises
    ------
    CascadeError
        A name is no picture's, or the run does not have it, or the width is none. Nothing is drawn then.
    RunError
        The folder is no run that can be read.
    """
    from cascade_sim.plots.album import ALBUM, pictures_of

    names = list(ALBUM)
    for name in only:
        if name not in names:
            raise CascadeError(f"--only {name}: there is no such picture; there are: {', '.join(names)}")
    refuse_width(width)
    run = Run.load(folder)
    pictures = pictures_of(run)
    for name in only:
        if name not in pictures:
            needs, has = ALBUM[name].needs, ", ".join(pictures)
            raise CascadeError(f"--only {name}: the run in {folder} does not have it, it needs {needs}; it has: {has}")
    wanted = [entry for name, entry in pictures.items() if not only or name in only]
    _draw(run, folder, wanted, kind, width)
    say(f"drawn into {folder}: {', '.join(entry.name for entry in wanted)}")
    return 0


def report_command(folder: Path, out: Path | None = None) -> int:
    """Write one HTML file about a saved run, by default ``report.html`` in its folder."""
    from cascade_sim.report import write_report

    path = write_report(Run.load(folder), out or folder / REPORT)
    say(f"written to {path}")
    return 0


def compare_command(first: Path, second: Path, out: Path | None = None) -> int:
    """Print the figures of two saved runs side by side, and draw them into one picture where one is wanted."""
    names = (str(first), str(second)) if first != second else (f"{first} (first)", f"{second} (second)")
    runs = dict(zip(names, (Run.load(first), Run.load(second)), strict=True))
    print_comparison(runs)
    if out is not None:
        _draw_comparison(runs, out)
    return 0


def _draw_comparison(runs: Mapping[str, Run], out: Path) -> None:
    from cascade_sim.plots import save
    from cascade_sim.plots.album import ALBUM

    say(f"drawn into {save(ALBUM['compare'].draw(runs), out)}")
