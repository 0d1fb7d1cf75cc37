"""A sweep from what was asked to its result, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.errors import CascadeError
from cascade_sim.scenario import Scenario
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.execute import execute
from cascade_sim.sweeps.executors import as_workers, refuse_unguarded_script
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.plan import plan_of, tasks_of
from cascade_sim.sweeps.progress import shown_runs
from cascade_sim.sweeps.result import SweepResult
from cascade_sim.sweeps.rows import Rows
from cascade_sim.sweeps.spec import Sweep
from cascade_sim.sweeps.store import open_store
from cascade_sim.sweeps.summary import names_a_sweep
from cascade_sim.sweeps.table import sweep_of_points
from cascade_sim.sweeps.work import Done

if TYPE_CHECKING:
    import pandas as pd


def sweep(
    scenario: Scenario | Sweep | str | Path | Mapping[str, Any],
    vary: Mapping[str, Any] | pd.DataFrame | Sequence[Mapping[str, Any]] | None = None,
    *,
    out: str | Path | None = None,
    workers: int | None = 1,
    executor: Any = None,
    progress: bool = False,
    **settings: Any,
) -> SweepResult:
    """Run a scenario many times, changed from point to point.

    Parameters
    ----------
    scenario : Scenario, Sweep, str, path or mapping
        What is changed: a scenario, a scenario file or the name of a bundled one. A `Sweep` (from `load_sweep`), or
        the name of a sweep's file, says all the rest, too.
    vary : mapping, DataFrame or sequence of mappings
        Dotted keys and what they go through: a list of values, a range such as ``"5..50 in 10 steps"``, a mapping
        (``{"from": 1e6, "to": 1e8, "steps": 5, "scale": "log"}``) or a distribution (``{"dist": "uniform", "low": 5,
        "high": 20}``). A table, or a sequence of mappings, holds the points themselves, one a row.
    out : str or path, optional
        Folder to write the rows into while they are found; a sweep that was stopped goes on from there.
    workers : int, optional
        Processes; 1 runs in this one, None takes as many as there are processors. A script that asks for more than one
        needs ``if __name__ == "__main__":`` around it.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Where to run instead.
    progress : bool
        Whether to show runs done, runs a second, time left and failures on standard error.
    **settings
        Keys of a sweep file: ``design``, ``samples``, ``replicates``, ``seed``, ``outputs``, ``common_luck``,
        ``cascade``, ``keep``, ``name``.

    Returns
    -------
    SweepResult
        Its ``frame`` has one row a run, the same whatever ran it; failed runs are rows with their error.

    Raises
    ------
    ScenarioError
        The scenario or the settings are wrong, or a key cannot be varied.
    OutputError
        The folder belongs to another sweep, or cannot be written; rows that are finished are kept.
    RunError
        Workers cannot be started.
    """
    refuse_unguarded_script()
    asked = asked_for(scenario, vary, settings)
    if out is not None:
        run_into(asked, Path(out), workers=workers, executor=executor, progress=progress)
        return SweepResult.load(out)
    points = points_of(asked)
    plan, total = plan_of(asked), len(points) * asked.replicates
    whole = Done.nothing(plan)
    with as_workers(executor, workers) as crew, shown_runs(asked.name, total, show=progress) as came:
        for done in execute(plan, tasks_of(asked, points), crew, total):
            whole.add(done)
            came(len(done), done.failures)
    kept = {(point, replicate): run for point, replicate, run in whole.kept}
    return SweepResult(asked, Rows(asked, points).frame(whole.columns), kept)


def asked_for(scenario: Any, vary: Any, settings: Mapping[str, Any]) -> Sweep:
    """Return the sweep that arguments of `sweep` describe."""
    if isinstance(scenario, Sweep):
        if vary is not None or settings:
            raise CascadeError("a sweep says itself what to vary and how; give a scenario to say it here")
        return scenario
    if vary is None and isinstance(scenario, str | Path) and names_a_sweep(str(scenario)):
        return asked_for(load_sweep(scenario), None, settings)
    if vary is None:
        raise CascadeError("vary is missing; give dotted keys and their values, or a table of points")
    name = settings.get("name") or "sweep"
    others = {key: value for key, value in settings.items() if key != "name"}
    if isinstance(vary, Mapping):
        return Sweep(name=name, scenario=scenario, vary=dict(vary), **others)
    return sweep_of_points(scenario, vary, name=name, **others)


def run_into(
    asked: Sweep,
    folder: Path,
    *,
    workers: int | None = None,
    executor: Any = None,
    progress: bool = True,
    retry_failed: bool = False,
) -> list[str]:
    """Run what a folder still lacks of a sweep; see `sweep` for the parameters and `store` for the folder.

    Returns
    -------
    list of str
        What was found damaged in the folder, and done again.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C; what was finished is in the folder, and calling this again goes on.
    """
    points = points_of(asked)
    plan, rows = plan_of(asked), Rows(asked, points)
    with open_store(folder, asked, rows, retry_failed) as store:
        total = len(points) * asked.replicates
        left = total - len(store.finished)
        if left:
            with (
                as_workers(executor, workers) as crew,
                shown_runs(asked.name, total, total - left, show=progress) as came,
            ):
                tasks = tasks_of(asked, points, store.finished)
                for done in execute(plan, tasks, crew, left, idle=store.flush_if_due):
                    store.add(done)
                    came(len(done), done.failures)
        store.finish()
        return store.notes
