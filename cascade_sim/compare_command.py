"""What the command `compare` does: two saved runs, or one scenario over many seeds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cascade_sim.errors import CascadeError

_TAKES = "compare takes the folders of two saved runs, or one scenario with compare entries"


def compare_command(
    first: str,
    second: str | None,
    out: Path | None,
    seeds: int | None,
    workers: int | None,
    overrides: Mapping[str, Any],
    quiet: bool,
) -> int:
    """Compare two saved runs, or a scenario with its counterfactuals over seeds.

    Parameters
    ----------
    first : str
        The folder of a run, or a scenario file or bundled name.
    second : str or None
        The folder of another run.
    out : Path or None
        Of two runs: the picture. Of a scenario: the folder for rows, figures and picture, where a comparison that was
        stopped goes on.
    seeds, workers : int or None
        Of a scenario: how many seeds, and processes; None takes 20, and as many as there are processors.
    overrides : mapping
        Of a scenario: changes by dotted key.
    quiet : bool
        Whether to show no progress.

    Returns
    -------
    int
        0, 1 if every seed failed, or 130 after Ctrl-C.

    Raises
    ------
    CascadeError
        Anything that the user can solve.
    """
    if second is not None:
        _refuse_scenarios(first, second)
        if seeds is not None or workers is not None or overrides:
            raise CascadeError(
                "--seeds, --workers and --set are for a scenario; two saved runs are compared as they are"
            )
        from cascade_sim.commands import compare_command as compare_two_runs

        return compare_two_runs(Path(first), Path(second), out)
    if _is_run(first):
        raise CascadeError(
            f"{first}: is the folder of one run; {_TAKES}: name a second folder, or the scenario instead"
        )
    return _over_seeds(first, out, seeds, workers, overrides, quiet)


def _is_run(name: str) -> bool:
    from cascade_sim.engine.folder import MANIFEST

    return (Path(name) / MANIFEST).is_file()


def _refuse_scenarios(first: str, second: str) -> None:
    from cascade_sim.scenario import library

    for name in (first, second):
        if Path(name).is_file() or (not Path(name).is_dir() and library.find(name) is not None):
            raise CascadeError(f"{name}: is a scenario, not the folder of a run; {_TAKES}")


def _over_seeds(
    scenario: str, out: Path | None, seeds: int | None, workers: int | None, overrides: Mapping[str, Any], quiet: bool
) -> int:
    from cascade_sim.commands import INTERRUPTED, say, say_if_it_compiles
    from cascade_sim.sweeps.compared.run import SEEDS, asked_for, compare, compare_into
    from cascade_sim.sweeps.compared.words import print_comparison_of_seeds

    asked = asked_for(scenario, SEEDS if seeds is None else seeds, overrides)
    say_if_it_compiles()
    notes: list[str] = []
    try:
        if out is None:
            result = compare(asked.base, asked.replicates, workers=workers, progress=not quiet)
        else:
            result, notes = compare_into(asked, out, workers=workers, progress=not quiet)
    except KeyboardInterrupt:
        words = "the same command goes on from what is finished" if out else "with --out DIR it could go on later"
        say(f"interrupted; {words}")
        return INTERRUPTED
    for note in notes:
        say(note)
    print_comparison_of_seeds(result)
    every_seed_failed = len(result.failures) == len(result.frame)
    if out is not None:
        if not every_seed_failed:
            _draw(result, out)
        say(f"written to {out}")
    return int(every_seed_failed)


def _draw(result: Any, folder: Path) -> None:
    from cascade_sim.plots import save
    from cascade_sim.sweeps.compared.files import PICTURE

    save(result.plot(), folder / PICTURE)
