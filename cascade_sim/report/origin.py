"""Where a page's numbers come from: seed, hash, versions, data, and the commands that make them again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from cascade_sim.engine.provenance import data_digests, versions

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run


class Origin(NamedTuple):
    """What a result depends on.

    Attributes
    ----------
    seed : int
    digest : str
        SHA-256 of the resolved scenario.
    versions : dict of str to str
        Of the program and what it stands on: of the run where it was read from a folder, else those of now.
    data : dict of str to str or None
        SHA-256 of each data file; None for one that could not be read.
    commands : list of str
        What makes the run and this page again.
    handed_over : bool
        Whether positions were given in Python, which no scenario file holds.
    """

    seed: int
    digest: str
    versions: dict[str, str]
    data: dict[str, str | None]
    commands: list[str]
    handed_over: bool


def origin_of(run: Run) -> Origin:
    """Collect what a run depends on."""
    made = run.made_with or {"versions": versions(), "data": data_digests([run.scenario])}
    cohorts = set() if run.crowd_map is None else set(run.crowd_map["cohort"].unique())
    run_again = ["cascade-sim", "run", "scenario.yaml", "--seed", str(run.seed), "--out", "again"]
    return Origin(
        seed=run.seed,
        digest=run.scenario.hash,
        versions=made["versions"],
        data=made["data"],
        commands=[shlex.join(run_again), "cascade-sim report again"],
        handed_over=not cohorts <= set(run.scenario.crowd),
    )
