"""Cohorts whose triggers are written directly (`liquidation:`), all entered at the start price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.generate import blocks, fill_sizes, scale
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.crowd.stand import TURNS
from cascade_sim.crowd.trigger_map import map_quantile, point_weights, traders_per_point
from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import Scenario


def place(positions: Positions, scenario: Scenario, name: str, rules: MarginRules, seeds: Sequence[int]) -> None:
    """Write a cohort that is given by a trigger map, in one world or in several.

    Trader ``k`` of ``n`` evenly placed ones has the map's quantile at ``(k + offset) / n``; the trigger is
    ``price exp(-side distance)``, kept as it is, and the collateral is what puts it there; under cross margin
    that is all that stands behind the position, the wallet included.

    Parameters
    ----------
    positions : Positions
        View of the cohort, the worlds' one after the other; every column is written.
    scenario : Scenario
    name : str
        The cohort; random placement draws from the stream ``crowd.<name>.liquidation``.
    rules : MarginRules
    seeds : sequence of int
        One a world.

    Raises
    ------
    ScenarioError
        If there are fewer traders than points, or triggers at the start price itself or at no finite price.
    """
    cohort: Any = scenario.crowd[name]
    liquidation = cohort.liquidation
    positions.side[:] = 1 if cohort.side == "long" else -1
    positions.entry_price[:] = rules.start_price
    fill_sizes(positions.quantity, cohort.size, scenario, name, f"crowd.{name}.size", seeds)
    if not len(positions):
        return
    if liquidation.kind == "points" and liquidation.placed == "even":
        _place_on_points(positions, scenario, name, len(seeds))
    else:
        scale(positions.quantity, len(seeds), cohort.open_interest)
        _place_by_quantile(positions, scenario, name, seeds)
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


def _triggers(entry_price: Floats, side: npt.NDArray[np.int8], distance: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return entry_price * np.exp(-side * distance)


def _place_on_points(positions: Positions, scenario: Scenario, name: str, worlds: int) -> None:
    cohort: Any = scenario.crowd[name]
    weights = point_weights(cohort.liquidation)
    traders = len(positions) // worlds
    if traders < weights.size:
        message = f"{traders} traders cannot stand at {weights.size} points"
        fix = "raise traders to at least the number of points"
        raise ScenarioError([scenario.problem(f"crowd.{name}.traders", message, fix)])
    quantity, trigger = (column.reshape(worlds, traders) for column in (positions.quantity, positions.trigger))
    counts = traders_per_point(weights, traders)
    for start, distance, weight, count in zip(
        np.cumsum(counts) - counts, cohort.liquidation.at, weights, counts, strict=True
    ):
        point = quantity[:, start : start + count]
        point *= (cohort.open_interest * weight / point.sum(axis=1))[:, None]
        first = slice(int(start), int(start + count))
        trigger[:, first] = _triggers(positions.entry_price[first], positions.side[first], np.full(count, distance))


def _place_by_quantile(positions: Positions, scenario: Scenario, name: str, seeds: Sequence[int]) -> None:
    liquidation: Any = scenario.crowd[name].liquidation
    traders = len(positions) // len(seeds)
    quantile = map_quantile(liquidation, traders)
    for rows, some, start, count in blocks(seeds, traders):
        block = positions.part(rows)
        if liquidation.placed == "even":
            share = (np.arange(start, start + count) + liquidation.offset) / traders
            with np.errstate(divide="ignore"):
                trigger = _triggers(block.entry_price[:count], block.side[:count], quantile(share))
            block.trigger.reshape(len(some), count)[:] = trigger
            continue
        block.trigger[:] = block.entry_price
        for turn in range(TURNS):
            # A distance too small to be told from the start price is drawn again.
            waiting = np.flatnonzero(block.trigger == block.entry_price)
            if not waiting.size:
                break
            luck = Luck(some, name, start, count, turn, waiting if turn else None)
            distance = quantile(luck.uniform("liquidation"))
            block.trigger[waiting] = block.entry_price[waiting] * np.exp(-block.side[waiting] * distance)
