"""Cohorts whose triggers are written directly (`liquidation:`), all entered at the start price."""

from __future__ import annotations

from typing import Any

import numpy as np

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.generate import BLOCK, fill_sizes
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.crowd.stand import TURNS
from cascade_sim.crowd.trigger_map import map_quantile, point_weights, traders_per_point
from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import Scenario


def place(positions: Positions, scenario: Scenario, name: str, rules: MarginRules, seed: int) -> None:
    """Write a cohort that is given by a trigger map.

    Trader ``k`` of ``n`` evenly placed ones has the map's quantile at ``(k + offset) / n``; the trigger is
    ``price exp(-side distance)``, kept as it is, and the collateral is what puts it there; under cross margin
    that is all that stands behind the position, the wallet included.

    Parameters
    ----------
    positions : Positions
        View of the cohort; every column is written.
    scenario : Scenario
    name : str
        The cohort; random placement draws from the stream ``crowd.<name>.liquidation``.
    rules : MarginRules
    seed : int

    Raises
    ------
    ScenarioError
        If there are fewer traders than points, or triggers at the start price itself or at no finite price.
    """
    cohort: Any = scenario.crowd[name]
    liquidation = cohort.liquidation
    positions.side[:] = 1 if cohort.side == "long" else -1
    positions.entry_price[:] = rules.start_price
    fill_sizes(positions.quantity, cohort.size, scenario, name, f"crowd.{name}.size", seed)
    if not len(positions):
        return
    if liquidation.kind == "points" and liquidation.placed == "even":
        _place_on_points(positions, scenario, name)
    else:
        positions.quantity[:] *= cohort.open_interest / positions.quantity.sum()
        _place_by_quantile(positions, scenario, name, seed)
    if not rules.inverse:
        positions.quantity[:] /= positions.entry_price
    wrong = rules.liquidatable(positions.side, positions.trigger, rules.start_price)
    if wrong.any():
        count = int(wrong.sum())
        message = f"{count:,} of {len(positions):,} triggers lie at the start price itself"
        fix = "raise from (or at), or choose an offset above 0"
        raise ScenarioError([scenario.problem(f"crowd.{name}.liquidation", message, fix)])
    if rules.fill_collateral(positions) >= 0:
        fix = "choose an offset between 0 and 1 (without them), or a narrower map"
        raise ScenarioError(
            [scenario.problem(f"crowd.{name}.liquidation", "some triggers lie at no finite price", fix)]
        )


def _triggers(positions: Positions, distance: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return positions.entry_price * np.exp(-positions.side * distance)


def _place_on_points(positions: Positions, scenario: Scenario, name: str) -> None:
    cohort: Any = scenario.crowd[name]
    weights = point_weights(cohort.liquidation)
    if len(positions) < weights.size:
        message = f"{len(positions)} traders cannot stand at {weights.size} points"
        fix = "raise traders to at least the number of points"
        raise ScenarioError([scenario.problem(f"crowd.{name}.traders", message, fix)])
    start = 0
    for distance, weight, count in zip(
        cohort.liquidation.at, weights, traders_per_point(weights, len(positions)), strict=True
    ):
        point = positions.part(slice(start, start + int(count)))
        point.quantity[:] *= cohort.open_interest * weight / point.quantity.sum()
        point.trigger[:] = _triggers(point, np.full(len(point), distance))
        start += int(count)


def _place_by_quantile(positions: Positions, scenario: Scenario, name: str, seed: int) -> None:
    liquidation: Any = scenario.crowd[name].liquidation
    traders = len(positions)
    quantile = map_quantile(liquidation, traders)
    for start in range(0, traders, BLOCK):
        block = positions.part(slice(start, start + BLOCK))
        if liquidation.placed == "even":
            share = (np.arange(start, start + len(block)) + liquidation.offset) / traders
            with np.errstate(divide="ignore"):
                block.trigger[:] = _triggers(block, quantile(share))
            continue
        block.trigger[:] = block.entry_price
        for turn in range(TURNS):
            # A distance too small to be told from the start price is drawn again.
            waiting = np.flatnonzero(block.trigger == block.entry_price)
            if not waiting.size:
                break
            luck = Luck(seed, name, start, len(block), turn, waiting)
            distance = quantile(luck.uniform("liquidation"))
            block.trigger[waiting] = block.entry_price[waiting] * np.exp(-block.side[waiting] * distance)
