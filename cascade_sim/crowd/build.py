"""From a scenario's cohorts to the arrays of the crowd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cascade_sim.crowd.arrays import Crowd, Positions
from cascade_sim.crowd.defences import cross_backing
from cascade_sim.crowd.generate import generate
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.crowd.movement import with_movement
from cascade_sim.crowd.place import place
from cascade_sim.crowd.positions_file import positions_from_frame, read_positions
from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import Scenario

FRAME_COHORT = "positions"


def build_crowd(scenario: Scenario, seed: int, positions: Any = None) -> Crowd:
    """Build the positions that stand at the start of a run, and what their traders and others will do in it.

    Parameters
    ----------
    scenario : Scenario
        Its cohorts, in their order: drawn from distributions, placed by a trigger map, or read from a file.
    seed : int
        Seed of the run. Each cohort draws from its own streams, so that a cohort's positions depend on the
        seed, its name and its own keys (and the venue's rules), not on the other cohorts.
    positions : pandas.DataFrame, optional
        Further positions (columns side, quantity, entry_price, collateral), added as a last cohort called
        ``positions``.

    Returns
    -------
    Crowd
        Its arrays; nobody in it is liquidatable at the start price. How cohorts defend themselves, who leaves and
        who arrives depends on streams of its own, so none of it changes the positions that stand at the start.

    Raises
    ------
    ScenarioError
        If a cohort cannot be built as the scenario says, with its key and what to change.
    DataError
        If a data file or the frame cannot be used, with its rows.

    Notes
    -----
    Cost: 0.1 to 0.2 microseconds and 41 bytes a trader with lognormal leverage, lognormal entries and Pareto
    sizes; what is needed in between is bounded (a few MB). Terms take 56 bytes and 0.1 microseconds, an exit 12
    bytes and 0.1 microseconds, an arrival 124 bytes and 0.4 to 0.8 microseconds.
    """
    rules = MarginRules.of(scenario)
    given = {
        name: read_positions(
            Path(scenario.base_dir or ".") / cohort.positions, cohort.positions, rules, cross_backing(cohort)
        )
        for name, cohort in scenario.crowd.items()
        if cohort.positions is not None
    }
    names = list(scenario.crowd)
    if positions is not None:
        if FRAME_COHORT in names:
            message = "the cohort has the name of the positions given in Python"
            raise ScenarioError([scenario.problem(f"crowd.{FRAME_COHORT}", message, "give the cohort another name")])
        given[FRAME_COHORT] = positions_from_frame(positions, rules)
        names.append(FRAME_COHORT)
    counts = [len(given[name]) if name in given else scenario.crowd[name].traders or 0 for name in names]
    crowd = Crowd.empty(names, counts)
    for name in names:
        view = crowd.cohort(name)
        if name in given:
            _copy(given.pop(name), view)
        elif scenario.crowd[name].liquidation is not None:
            place(view, scenario, name, rules, (seed,))
        else:
            generate(view, scenario, name, rules, (seed,))
    return with_movement(crowd, scenario, rules, seed)


def _copy(source: Positions, target: Positions) -> None:
    for written, values in zip(target.columns(), source.columns(), strict=True):
        written[:] = values
