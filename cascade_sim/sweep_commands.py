"""What the commands `sweep` and `cliff` do; the command line imports this only when it is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cascade_sim.commands import INTERRUPTED, refuse_width, say, say_if_it_compiles
from cascade_sim.errors import CascadeError
from cascade_sim.sweeps.cluster import cluster
from cascade_sim.sweeps.find import cliff
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.result import SweepResult
from cascade_sim.sweeps.run import run_into
from cascade_sim.sweeps.words import print_sweep


def sweep_command(
    file: str,
    out: Path,
    workers: int | None,
    scheduler: str | None,
    overrides: Mapping[str, Any],
    plots: bool,
    quiet: bool,
    retry_failed: bool = False,
) -> int:
    """Run what a folder lacks of a sweep, print its tables and draw its pictures.

    Parameters
    ----------
    file : str
        Sweep file, or the name of a bundled one.
    out : Path
        The folder; a sweep that was stopped goes on from what is finished there.
    workers : int or None
        Processes on this machine; None takes as many as there are processors.
    scheduler : str or None
        Address of a dask scheduler to run on instead.
    overrides : mapping
        Changes of the scenario by dotted key, the same at every point.
    plots, quiet : bool
        Whether to draw pictures; whether to show no progress.
    retry_failed : bool
        Whether runs that failed earlier are to be run again.

    Returns
    -------
    int
        0, 1 if every run failed, or 130 after Ctrl-C; what was finished is kept then.

    Raises
    ------
    CascadeError
        Anything that the user can solve.
    """
    asked = load_sweep(file, overrides)
    say_if_it_compiles()
    try:
        if scheduler is None:
            notes = run_into(asked, out, workers=workers, progress=not quiet, retry_failed=retry_failed)
        else:
            with cluster(scheduler) as client:
                notes = run_into(asked, out, executor=client, progress=not quiet, retry_failed=retry_failed)
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from what is finished")
        return INTERRUPTED
    for note in notes:
        say(note)
    result = SweepResult.load(out)
    print_sweep(result)
    if plots:
        draw_sweep(result, out)
    say(f"written to {out}")
    return int(len(result.failures) == len(result.frame))


def draw_sweep(
    result: SweepResult, folder: Path, only: Iterable[str] = (), kind: str = "png", width: float | None = None
) -> list[str]:
    """Draw into a sweep's folder the pictures that it has, and return their names.

    Raises
    ------
    CascadeError
        A name in ``only`` is no picture's, or the sweep does not have it.
    """
    from cascade_sim.plots import save
    from cascade_sim.plots.sweep_album import pictures_of_sweep

    pictures = pictures_of_sweep(result)
    wanted = list(only) or list(pictures)
    for name in wanted:
        if name not in pictures:
            raise CascadeError(f"--only {name}: this sweep has no such picture; it has: {', '.join(pictures)}")
    for name in wanted:
        save(pictures[name].draw(result, width), folder / f"{name}.{kind}")
    return wanted


def plot_sweep_command(folder: Path, only: Sequence[str], kind: str, width: float | None) -> int:
    """Draw the pictures of a sweep's folder again; see `draw_sweep`."""
    refuse_width(width)
    drawn = draw_sweep(SweepResult.load(folder), folder, only, kind, width)
    say(f"drawn into {folder}: {', '.join(drawn) or 'nothing, it holds too few runs'}")
    return 0


def cliff_command(
    file: str,
    key: str | None,
    low: str | None,
    high: str | None,
    replicates: int | None,
    tolerance: float,
    workers: int | None,
    overrides: Mapping[str, Any],
    quiet: bool,
) -> int:
    """Find and print the value of a key at which the probability of a cascade crosses one half.

    Parameters
    ----------
    file : str
        Sweep or scenario file, or the name of a bundled one.
    key : str or None
        Dotted key; may be left out where the file varies one key only.
    low, high : str or None
        Where to look; the least and the greatest value that the file has for the key, if left out.
    replicates : int or None
        Runs at each value; the file's if left out.
    tolerance : float
        How near the bisection goes, as a fraction of the value.
    workers, overrides, quiet
        As `sweep_command`.

    Returns
    -------
    int
        0, or 130 after Ctrl-C.

    Raises
    ------
    CascadeError
        Anything that the user can solve; no crossing between the ends is one.
    """
    say_if_it_compiles()
    try:
        found = cliff(
            file,
            key,
            low,
            high,
            replicates=replicates,
            tolerance=tolerance,
            overrides=overrides,
            workers=workers,
            progress=not quiet,
        )
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    print(found.words())
    return 0
