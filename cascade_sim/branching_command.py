"""What the command `branching` does; the command line imports this only when it is wanted."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cascade_sim.engine.run import Run
from cascade_sim.errors import CascadeError
from cascade_sim.metrics.estimators import estimate
from cascade_sim.scenario.summary import in_one_line
from cascade_sim.text_table import NOTHING, line_width, lines_of, print_lines

if TYPE_CHECKING:
    import pandas as pd


def branching_command(folder: Path, around: str) -> int:
    """Print the branching ratio of a saved run by every estimator, for the whole run and by phase.

    Parameters
    ----------
    folder : Path
        Of the run.
    around : str
        How far on either side of the extreme the middle phase reaches.

    Returns
    -------
    int
        0.

    Raises
    ------
    CascadeError
        ``around`` is no duration.
    RunError
        The folder is no run that can be read.
    """
    run = Run.load(folder)
    try:
        found = estimate(run, around)
    except ValueError as error:
        raise CascadeError(f"--around {around}: {error}") from None
    print_lines([f"{in_one_line(run.scenario)}; seed {run.seed}", "", *table_lines(found, line_width())])
    return 0


def table_lines(found: pd.DataFrame, width: int) -> Iterator[str]:
    """Lay out what `estimate` returns: a block for every phase, and its notes below, each once.

    Parameters
    ----------
    found : pandas.DataFrame
    width : int
        Characters in a line.
    """
    notes = {note: f"[{number}]" for number, note in enumerate(filter(None, dict.fromkeys(found["note"])), start=1)}
    phases = found["phase"].where(found["phase"] != found["phase"].shift(), "")
    columns = [
        ["phase", *phases],
        ["estimator", *found["estimator"]],
        ["R", *map(_ratio, found["value"])],
        ["95 % interval", *(_interval(low, high) for low, high in zip(found["low"], found["high"], strict=True))],
        ["n", *(f"{n:,.0f}" for n in found["n"])],
        ["note", *(notes.get(note, "") for note in found["note"])],
    ]
    yield from lines_of(columns, 2, width)
    if notes:
        yield ""
    for note, mark in notes.items():
        indent = " " * (len(mark) + 1)
        yield from textwrap.wrap(f"{mark} {note}", width, subsequent_indent=indent, break_long_words=False)


def _ratio(value: float) -> str:
    return NOTHING if math.isnan(value) else f"{value:.3f}"


def _interval(low: float, high: float) -> str:
    return "" if math.isnan(low) else f"{low:.3f} to {high:.3f}"
