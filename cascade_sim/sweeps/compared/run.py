"""A comparison from what was asked to its result, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.scenario import Scenario, load_scenario
from cascade_sim.sweeps.compared.asked import ComparedSeeds
from cascade_sim.sweeps.compared.files import write_files
from cascade_sim.sweeps.compared.result import Comparison
from cascade_sim.sweeps.compared.work import run_seeds, whole_seeds
from cascade_sim.sweeps.execute import execute
from cascade_sim.sweeps.executors import as_workers, refuse_unguarded_script
from cascade_sim.sweeps.manifest import COMPARISON
from cascade_sim.sweeps.progress import shown_runs
from cascade_sim.sweeps.store import Store, open_store
from cascade_sim.sweeps.work import Done

if TYPE_CHECKING:
    import pandas as pd

SEEDS = 20


def compare(
    scenario: Scenario | str | Path,
    seeds: int = SEEDS,
    *,
    overrides: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    executor: Any = None,
    progress: bool = False,
) -> Comparison:
    """Run a scenario and each of its ``compare`` entries for many seeds, and compare them seed by seed.

    Parameters
    ----------
    scenario : Scenario, str or path
        With ``compare`` entries; a scenario file or the name of a bundled one.
    seeds : int
        How many, 2 or more: the scenario's seed and those that follow it.
    overrides : mapping, optional
        Dotted keys that are changed in all of them, as `Scenario.with_overrides` takes them.
    out : str or path, optional
        Folder to write rows into while they are found, and the result at the end. A comparison that was stopped goes
        on from there; asked for more seeds, it runs those that are missing.
    workers : int, optional
        Processes; 1 runs in this one, None takes as many as there are processors. A script that asks for more than one
        needs ``if __name__ == "__main__":`` around it.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Where to run instead.
    progress : bool
        Whether to show progress on standard error.

    Returns
    -------
    Comparison
        Its ``frame`` has one row a seed and variant, the same whatever ran it.

    Raises
    ------
    CascadeError
        The scenario has no ``compare`` entries, or there are fewer than 2 seeds.
    ScenarioError
        The scenario or the overrides are wrong.
    OutputError
        The folder belongs to another comparison, or cannot be written; rows that are finished are kept.
    RunError
        Workers cannot be started.

    Notes
    -----
    A row is what ``cs.run(scenario, seed)`` says: a seed's runs share their luck, their crowd where rules leave it
    unchanged, and in a tracked replay the pushes that the base run was solved for.
    """
    refuse_unguarded_script()
    asked = asked_for(scenario, seeds, overrides)
    if out is not None:
        return compare_into(asked, Path(out), workers=workers, executor=executor, progress=progress)[0]
    whole = Done.nothing(asked.plan())
    with as_workers(executor, workers) as crew, _shown(asked, 0, progress) as came:
        for done in _done(asked, crew):
            whole.add(done)
            came(len(done), done.failures)
    return Comparison(asked, asked.rows().frame(whole.columns))


def asked_for(
    scenario: Scenario | str | Path, seeds: int = SEEDS, overrides: Mapping[str, Any] | None = None
) -> ComparedSeeds:
    """Return the comparison that arguments of `compare` describe."""
    if not isinstance(scenario, Scenario):
        return ComparedSeeds(load_scenario(scenario, overrides or {}), seeds)
    return ComparedSeeds(scenario.with_overrides(overrides) if overrides else scenario, seeds)


def compare_into(
    asked: ComparedSeeds,
    folder: Path,
    *,
    workers: int | None = None,
    executor: Any = None,
    progress: bool = True,
) -> tuple[Comparison, list[str]]:
    """Run what a folder still lacks of a comparison, failed seeds again, and write its files.

    Returns
    -------
    Comparison
    list of str
        What was found damaged in the folder, and done again.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C; what was finished is in the folder, and calling this again goes on.
    """
    with open_store(folder, asked, asked.rows(), retry_failed=True, kind=COMPARISON) as store:
        if left := asked.tasks(store.finished):
            there = (asked.replicates - len(left)) * len(asked.variants)
            with as_workers(executor, workers) as crew, _shown(asked, there, progress) as came:
                for done in _done(asked, crew, store):
                    store.add(done)
                    came(len(done), done.failures)
        comparison = Comparison(asked, _wanted(asked, store.frame()))
        write_files(comparison, folder)
        store.note_finished()
        return comparison, store.notes


def _done(asked: ComparedSeeds, crew: Any, store: Store | None = None) -> Any:
    plan: Any = asked.plan()
    tasks = asked.tasks(store.finished if store else frozenset())
    work: Any = run_seeds
    for done in execute(plan, tasks, crew, len(tasks), work, idle=store.flush_if_due if store else None):
        yield whole_seeds(done, plan)


def _shown(asked: ComparedSeeds, there: int, progress: bool) -> Any:
    return shown_runs(asked.name, asked.replicates * len(asked.variants), there, show=progress)


def _wanted(asked: ComparedSeeds, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the seeds that are asked for now; the folder may have more."""
    wanted = frame[frame["replicate"] < asked.replicates].reset_index(drop=True)
    wanted.attrs = dict(frame.attrs)
    return wanted
