"""A fit from what was asked to its result, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cascade_sim.calibration.asked import Asked, asked_for
from cascade_sim.calibration.evaluate import Evaluator
from cascade_sim.calibration.ledger import open_ledger
from cascade_sim.calibration.result import CalibrationResult
from cascade_sim.calibration.search import search
from cascade_sim.calibration.sensitivity import sensitivity_of
from cascade_sim.errors import CascadeError, RunError
from cascade_sim.scenario import Scenario
from cascade_sim.sweeps.executors import as_workers, refuse_unguarded_script
from cascade_sim.sweeps.progress import shown_runs

DEFAULT_EVALUATIONS = 300


def calibrate(
    scenarios: Scenario | str | Path | Sequence[Scenario | str | Path],
    *,
    evaluations: int = DEFAULT_EVALUATIONS,
    traders: int | None = None,
    seeds: int = 1,
    overrides: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    executor: Any = None,
    progress: bool = False,
) -> CalibrationResult:
    """Fit the free parameters of scenarios to the recorded figures that their section ``calibrate`` names.

    Parameters
    ----------
    scenarios : Scenario, str, path, or a sequence of them
        Several are fitted together: a parameter of one name has one value in all of them.
    evaluations : int
        How many points are tried at most; each is a run of every scenario and seed.
    traders : int, optional
        Traders of each scenario in all, instead of its own number; cohorts keep their shares.
    seeds : int
        Runs of a scenario at each point: its own seed and those that follow, the same at every point, so that
        differences between points are the parameters'. Figures are means over them.
    overrides : mapping, optional
        Changes of every scenario by dotted key.
    out : str or path, optional
        Folder for every finished run, at once, and for the fit; a fit that was stopped there goes on.
    workers : int, optional
        Processes; 1 runs in this one, None takes as many as there are processors. A script that asks for more than one
        needs ``if __name__ == "__main__":`` around it.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Where to run instead.
    progress : bool
        Whether to show runs done, runs a second and the time left on standard error.

    Returns
    -------
    CalibrationResult
        The same whatever ran it, and however often it was stopped.

    Raises
    ------
    ScenarioError
        A scenario is wrong, says nothing of a fit, or asks for a target that has no recorded figure.
    OutputError
        The folder holds something else, or cannot be written.
    RunError
        Every run failed, or workers cannot be started.
    """
    refuse_unguarded_script()
    asked = asked_for(scenarios, overrides, traders, seeds)
    result, _ = fit(asked, evaluations, None if out is None else Path(out), workers, executor, progress)
    return result


def fit(
    asked: Asked,
    evaluations: int,
    folder: Path | None,
    workers: int | None,
    executor: Any = None,
    progress: bool = False,
) -> tuple[CalibrationResult, list[str]]:
    """Run what a folder still lacks of a fit, and write its result; see `calibrate`.

    Returns
    -------
    CalibrationResult
    list of str
        What was found damaged in the folder, and done again.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C; what was finished is in the folder, and calling this again goes on.
    """
    size = len(asked.parameters)
    if evaluations < size + 2:
        raise CascadeError(f"evaluations: {evaluations} are too few for {size} parameters; give {4 * size + 2} or more")
    label = asked.events[0].name if len(asked.events) == 1 else f"{len(asked.events)} events"
    each = len(asked.events) * asked.seeds
    with open_ledger(folder, asked) as ledger:
        done = min(len(ledger.runs), evaluations * each)
        with (
            as_workers(executor, workers) as crew,
            shown_runs(label, evaluations * each, done, show=progress) as came,
        ):
            evaluator = Evaluator(asked, crew, ledger, evaluations, came)
            search(evaluator)
            sensitivity = sensitivity_of(evaluator, evaluator.best)
        found = list(evaluator.seen.values())
        if all(len(one.failed) == each for one in found):
            raise RunError(f"every run failed, the first with: {found[0].failed[0]}")
        # The differences around the best point may have found a better one.
        result = CalibrationResult(asked, found, sensitivity)
        if folder is not None:
            result.save(folder)
        return result, ledger.notes
