"""The crowds of many worlds that differ in their seed, drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.generate import generate
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.crowd.movement import moves
from cascade_sim.crowd.place import place
from cascade_sim.scenario import Scenario


class Crowds(NamedTuple):
    """What the tick loop needs of several worlds' positions, in the order in which they were built.

    Attributes
    ----------
    side : ndarray of int8, shape (n,)
        The same in every world.
    quantity, entry_price, trigger, bankruptcy : ndarray of float64, shape (worlds, n)
        As in `Positions`; one row where all worlds' crowds are the same.
    """

    side: npt.NDArray[np.int8]
    quantity: Floats
    entry_price: Floats
    trigger: Floats
    bankruptcy: Floats


def only_drawn_or_placed(scenario: Scenario) -> bool:
    """Tell whether every cohort is drawn from distributions or placed by a map, and only holds what it has."""
    return all(cohort.positions is None and not moves(cohort) for cohort in scenario.crowd.values())


def depends_on_seed(scenario: Scenario) -> bool:
    """Tell whether anything in the crowd is left to chance."""
    return any(_by_chance(cohort) for cohort in scenario.crowd.values())


def _by_chance(cohort: Any) -> bool:
    if cohort.size.kind != "equal":
        return True
    if cohort.liquidation is not None:
        return bool(cohort.liquidation.placed != "even")
    return bool(cohort.leverage.kind != "fixed" or cohort.entry.kind != "market" or cohort.entry.snap is not None)


def build_crowds(scenario: Scenario, seeds: Sequence[int]) -> Crowds:
    """Build the crowds of several worlds of one scenario, each to the bit as `build_crowd` builds it.

    Parameters
    ----------
    scenario : Scenario
        With `only_drawn_or_placed`.
    seeds : sequence of int
        One a world.

    Raises
    ------
    ScenarioError, DataError
        As `build_crowd`, for any one of the worlds; numbers in the message may count several worlds' traders.
    """
    if not depends_on_seed(scenario):
        seeds = seeds[:1]
    rules, worlds = MarginRules.of(scenario), len(seeds)
    cohorts: list[Positions] = []
    for name, cohort in scenario.crowd.items():
        rows = worlds * (cohort.traders or 0)
        drawn = Positions(np.empty(rows, np.int8), *(np.empty(rows) for _ in range(5)))
        (place if cohort.liquidation is not None else generate)(drawn, scenario, name, rules, seeds)
        cohorts.append(drawn)

    def column(name: str) -> Floats:
        parts = [getattr(each, name).reshape(worlds, len(each) // worlds) for each in cohorts]
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty((worlds, 0)), *parts], axis=1)

    sides = [each.side[: len(each) // worlds] for each in cohorts]
    side = np.concatenate([np.empty(0, np.int8), *sides])
    return Crowds(side, *(column(name) for name in ("quantity", "entry_price", "trigger", "bankruptcy")))
