"""What cohorts do during the run, beside being liquidated: who defends, leaves or arrives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cascade_sim.crowd.arrays import Crowd
from cascade_sim.crowd.arrivals import entrants_of, stream_name
from cascade_sim.crowd.defences import fill_terms
from cascade_sim.crowd.exits import exit_lists, leaving_keys
from cascade_sim.crowd.generate import BLOCK
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.kernels.records import TERMS
from cascade_sim.scenario import Scenario

_MOVES = ("top_up", "stop_loss", "take_profit", "exits", "arrivals")


def moves(cohort: Any) -> bool:
    """Tell whether the traders of a cohort do anything but hold their positions."""
    return any(getattr(cohort, key) is not None for key in _MOVES)


def with_movement(crowd: Crowd, scenario: Scenario, rules: MarginRules, seed: int) -> Crowd:
    """Return a crowd with the terms, entrants and exits of its cohorts; itself where there are none.

    Parameters
    ----------
    crowd : Crowd
        Its standing positions, which are left as they are.
    scenario : Scenario
    rules : MarginRules
    seed : int
        Draws come from streams of their own, called ``crowd.<cohort>.<purpose>`` and, for those who arrive,
        ``crowd.<cohort>.arrivals.<purpose>``.

    Raises
    ------
    ScenarioError
        If traders who arrive can hold no position.
    """
    if not any(moves(cohort) for cohort in scenario.crowd.values()):
        return crowd
    entrants, entrant_cohort = entrants_of(scenario, crowd.cohort_names, len(crowd), rules, seed)
    terms = np.zeros(len(crowd) + entrants.size, TERMS)
    terms["stop"] = terms["profit"] = np.nan
    terms["side"][: len(crowd)] = crowd.side
    terms["side"][len(crowd) :] = entrants["side"]
    exits = []
    for number, name in enumerate(crowd.cohort_names):
        cohort: Any = scenario.crowd.get(name)
        if cohort is None or not moves(cohort):
            continue
        first, end = (int(edge) for edge in crowd.cohort_start[number : number + 2])
        for start in range(first, end, BLOCK):
            rows = slice(start, min(start + BLOCK, end))
            luck = Luck(seed, name, start - first, rows.stop - start)
            fill_terms(terms[rows], crowd.part(rows), cohort, rules.start_price, luck)
            if cohort.exits is not None:
                exits.append(leaving_keys(cohort, luck, -1, np.arange(start, rows.stop), scenario.clock))
        if cohort.exits is not None and entrants.size:
            entered = np.flatnonzero(entrant_cohort == number)
            opened, position = entrants["tick"][entered], entrants["position"][entered]
            luck = Luck(seed, stream_name(name), 0, entered.size)
            exits.append(leaving_keys(cohort, luck, opened, position, scenario.clock))
    exit_tick, exit_position = exit_lists(exits)
    return replace(
        crowd,
        terms=terms,
        entrants=entrants,
        entrant_cohort=entrant_cohort,
        exit_tick=exit_tick,
        exit_position=exit_position,
    )
