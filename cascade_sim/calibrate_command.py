"""What the command `calibrate` does; the command line imports this only when it is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cascade_sim.calibration.asked import asked_for
from cascade_sim.calibration.run import fit
from cascade_sim.commands import INTERRUPTED, say, say_if_it_compiles
from cascade_sim.text_table import print_lines


def calibrate_command(
    scenarios: Sequence[str],
    out: Path,
    evaluations: int,
    traders: int | None,
    seeds: int,
    workers: int | None,
    overrides: Mapping[str, Any],
    quiet: bool,
) -> int:
    """Fit scenarios to their recorded figures, print the report and write it into a folder.

    Parameters
    ----------
    scenarios : sequence of str
        Files or bundled names; several are fitted together.
    out : Path
        The folder; a fit that was stopped there goes on.
    evaluations : int
        Points tried at most.
    traders : int or None
        Traders of each scenario in all; None keeps its own number.
    seeds : int
        Runs of a scenario at each point.
    workers : int or None
        Processes on this machine; None takes as many as there are processors.
    overrides : mapping
        Changes of all scenarios by dotted key.
    quiet : bool
        Whether to show no progress.

    Returns
    -------
    int
        0, or 130 after Ctrl-C; what was finished is kept then.

    Raises
    ------
    CascadeError
        Anything that the user can solve.
    """
    asked = asked_for(list(scenarios), overrides, traders, seeds)
    say_if_it_compiles()
    try:
        result, notes = fit(asked, evaluations, out, workers, progress=not quiet)
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from what is finished")
        return INTERRUPTED
    for note in notes:
        say(note)
    print_lines(result.report().split("\n"))
    say(f"written to {out}")
    return 0
