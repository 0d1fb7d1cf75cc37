"""Cohorts drawn from distributions of leverage, entry price and size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.defences import cross_backing
from cascade_sim.crowd.entry import entry_draw
from cascade_sim.crowd.leverage import leverage_draw
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.crowd.size import size_draw
from cascade_sim.crowd.stand import draw_until_all_stand, nobody_stands
from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import Scenario

# A block's temporaries stay in the processor's cache; results do not depend on it.
BLOCK = 2**15

Rows = npt.NDArray[np.intp]


def fill_sizes(sizes: Floats, distribution: Any, scenario: Scenario, luck: str, key: str, seed: int) -> None:
    """Write every trader's size, up to a common scale.

    Parameters
    ----------
    sizes : ndarray of float64, shape (n,)
        Written.
    distribution : a size distribution of `cascade_sim.scenario`
    scenario : Scenario
    luck : str
        Whose luck it is: sizes come from the stream ``crowd.<luck>.size``.
    key : str
        Dotted key of the distribution.
    seed : int

    Raises
    ------
    ScenarioError
        If the distribution is so wide that its numbers overflow.
    """
    draw = size_draw(distribution)
    with np.errstate(over="ignore"):
        for start in range(0, sizes.size, BLOCK):
            block = sizes[start : start + BLOCK]
            block[:] = draw(Luck(seed, luck, start, block.size))
        total = sizes.sum()
    if not np.isfinite(total) or not np.all(sizes > 0):
        message = "sizes differ so much that they cannot be computed"
        fix = "raise the exponent, or lower sigma"
        raise ScenarioError([scenario.problem(key, message, fix)])


def generate(positions: Positions, scenario: Scenario, name: str, rules: MarginRules, seed: int) -> None:
    """Write a cohort that is given by distributions of leverage, entry price and size.

    Sizes are entry notionals, so that scaling them to the cohort's open interest needs no knowledge of the
    entries. Who cannot stand (leverage outside [1, the venue's maximum], liquidatable at the start,
    liquidated between its opening and the start) draws leverage and entry again; leverage above the maximum
    of the position's bracket is lowered to it. Under cross margin the wallet is added to the collateral.

    Parameters
    ----------
    positions : Positions
        View of the cohort; every column is written.
    scenario : Scenario
    name : str
        The cohort.
    rules : MarginRules
    seed : int

    Raises
    ------
    ScenarioError
        If some traders find no possible position in 500 turns, or sizes overflow.
    DataError
        If a recorded path cannot be used.
    """
    cohort: Any = scenario.crowd[name]
    fill_sizes(positions.quantity, cohort.size, scenario, name, f"crowd.{name}.size", seed)
    if not len(positions):
        return
    positions.quantity[:] *= cohort.open_interest / positions.quantity.sum()
    positions.side[:] = 1 if cohort.side == "long" else -1
    leverages, entries = leverage_draw(cohort.leverage), entry_draw(scenario, name)
    backing = cross_backing(cohort)
    for start in range(0, len(positions), BLOCK):
        block = positions.part(slice(start, start + BLOCK))

        def luck(turn: int, rows: Rows | None, start: int = start, count: int = len(block)) -> Luck:
            return Luck(seed, name, start, count, turn, rows)

        def refusal(leverage: Floats, turns: int, start: int = start, count: int = len(block)) -> ScenarioError:
            who = f"{leverage.size:,} of {count:,} traders (from number {start:,} on)"
            keys = f"crowd.{name}.leverage", f"crowd.{name}.entry"
            return nobody_stands(scenario, rules, who, leverage, turns, *keys)

        draw_until_all_stand(block, leverages, entries, rules, backing, luck, refusal)
