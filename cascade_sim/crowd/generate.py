"""Cohorts drawn from distributions of leverage, entry price and size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

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


class Block(NamedTuple):
    """Traders that are drawn together: some of one world's cohort, or all of several worlds'.

    Attributes
    ----------
    rows : slice
        Where they stand, the worlds' cohorts lying one after the other.
    seeds : sequence of int
        Of their worlds.
    start, traders : int
        The first of them in each world's cohort, and how many a world.
    """

    rows: slice
    seeds: Sequence[int]
    start: int
    traders: int


def blocks(seeds: Sequence[int], traders: int) -> Iterator[Block]:
    """Cut one cohort of several worlds into blocks.

    Parameters
    ----------
    seeds : sequence of int
        One a world.
    traders : int
        Of the cohort, in each world.
    """
    together = max(1, BLOCK // max(traders, 1))
    for world in range(0, len(seeds), together):
        some = seeds[world : world + together]
        for start in range(0, traders, BLOCK):
            count = min(BLOCK, traders - start)
            first = world * traders + start
            yield Block(slice(first, first + len(some) * count), some, start, count)


def scale(sizes: Floats, worlds: int, total: float) -> None:
    """Multiply the sizes of one cohort of several worlds so that each world's add up to ``total``."""
    by_world = sizes.reshape(worlds, sizes.size // worlds)
    by_world *= (total / by_world.sum(axis=1))[:, None]


def fill_sizes(
    sizes: Floats,
    distribution: Any,
    scenario: Scenario,
    luck: str,
    key: str,
    seeds: Sequence[int],
    group: str = "crowd",
) -> None:
    """Write every trader's size, up to a common scale.

    Parameters
    ----------
    sizes : ndarray of float64, shape (worlds * n,)
        Written.
    distribution : a size distribution of `cascade_sim.scenario`
    scenario : Scenario
    luck : str
        Whose luck it is: sizes come from the stream ``<group>.<luck>.size``.
    key : str
        Dotted key of the distribution.
    seeds : sequence of int
        One a world.
    group : str
        ``crowd``, or ``lending`` for the loans of a pool.

    Raises
    ------
    ScenarioError
        If the distribution is so wide that its numbers overflow.
    """
    draw, worlds = size_draw(distribution), len(seeds)
    with np.errstate(over="ignore"):
        for block in blocks(seeds, sizes.size // worlds):
            sizes[block.rows] = draw(Luck(block.seeds, luck, block.start, block.traders, group=group))
        total = sizes.reshape(worlds, sizes.size // worlds).sum(axis=1)
    if not np.isfinite(total).all() or not np.all(sizes > 0):
        message = "sizes differ so much that they cannot be computed"
        fix = "raise the exponent, or lower sigma"
        raise ScenarioError([scenario.problem(key, message, fix)])


def generate(positions: Positions, scenario: Scenario, name: str, rules: MarginRules, seeds: Sequence[int]) -> None:
    """Write a cohort that is given by distributions of leverage, entry price and size, in one world or in several.

    Sizes are entry notionals, so that scaling them to the cohort's open interest needs no knowledge of the
    entries. Who cannot stand (leverage outside [1, the venue's maximum], liquidatable at the start,
    liquidated between its opening and the start) draws leverage and entry again; leverage above the maximum
    of the position's bracket is lowered to it. Under cross margin the wallet is added to the collateral.

    Parameters
    ----------
    positions : Positions
        View of the cohort, the worlds' one after the other; every column is written.
    scenario : Scenario
    name : str
        The cohort.
    rules : MarginRules
    seeds : sequence of int
        One a world.

    Raises
    ------
    ScenarioError
        If some traders find no possible position in 500 turns, or sizes overflow.
    DataError
        If a recorded path cannot be used.
    """
    cohort: Any = scenario.crowd[name]
    fill_sizes(positions.quantity, cohort.size, scenario, name, f"crowd.{name}.size", seeds)
    if not len(positions):
        return
    scale(positions.quantity, len(seeds), cohort.open_interest)
    positions.side[:] = 1 if cohort.side == "long" else -1
    leverages, entries = leverage_draw(cohort.leverage), entry_draw(scenario, name)
    backing = cross_backing(cohort)
    for block in blocks(seeds, len(positions) // len(seeds)):

        def luck(turn: int, rows: Rows | None, block: Block = block) -> Luck:
            return Luck(block.seeds, name, block.start, block.traders, turn, rows)

        def refusal(leverage: Floats, turns: int, block: Block = block) -> ScenarioError:
            who = f"{leverage.size:,} of {block.traders:,} traders (from number {block.start:,} on)"
            keys = f"crowd.{name}.leverage", f"crowd.{name}.entry"
            return nobody_stands(scenario, rules, who, leverage, turns, *keys)

        draw_until_all_stand(positions.part(block.rows), leverages, entries, rules, backing, luck, refusal)
