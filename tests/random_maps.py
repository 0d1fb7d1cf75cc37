"""Random trigger maps run through the tick loop: levels are drawn in blocks, and only for worlds that still want some.

The unit of price is what one average liquidation sweeps of the book, the unit of quantity its size. A world whose
levels have all fired may go on: it gets as many again and is run anew, so that the work at most doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cascade_sim.engine.maps import run_maps

# Units of quantity that the book holds per unit of log-distance: the farthest cascades stay within prices that exist.
DENSITY = 1e4
TOGETHER = 50_000
FIRST_LEVELS = 8

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


class Found(NamedTuple):
    """Of each world: the fall of the price in units, and the number of liquidations."""

    drop: np.ndarray
    size: np.ndarray


def equal(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.ones(shape)


def exponential(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return random.exponential(size=shape)


def run_random_maps(
    worlds: int, ratio: float, seed: int, *, sale: float = 0.0, sizes: Draw = equal, most: int = 2**17, threads: int = 2
) -> Found:
    """Run cascades on Poisson levels of rate ``ratio`` a unit.

    ``sale`` starts them; without one, a position that is liquidated at the start price does. A cascade of ``most`` is
    not followed further.
    """
    random = np.random.default_rng(seed)
    parts = []
    for start in range(0, worlds, TOGETHER):
        parts.append(_some(min(TOGETHER, worlds - start), ratio, random, sale, sizes, most, threads))
    return Found(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _some(worlds, ratio, random, sale, sizes, most, threads) -> Found:
    found = Found(np.empty(worlds), np.empty(worlds, np.int64))
    alive = np.arange(worlds)
    started = 0 if sale > 0.0 else 1
    level = np.zeros((worlds, started))
    quantity = sizes(random, level.shape)
    more = FIRST_LEVELS
    while alive.size:
        last = level[:, -1:] if level.shape[1] else np.zeros((alive.size, 1))
        gaps = random.exponential(1.0 / ratio, (alive.size, more))
        level = np.concatenate([level, last + np.cumsum(gaps, axis=1)], axis=1)
        quantity = np.concatenate([quantity, sizes(random, (alive.size, more))], axis=1)
        cascades = run_maps(level / DENSITY, quantity, density=DENSITY, sale=sale, threads=threads)
        found.drop[alive], found.size[alive] = cascades.drop * DENSITY, cascades.size
        n = level.shape[1]
        going = np.flatnonzero((cascades.size == n) & (n < most))
        alive, level, quantity = alive[going], level[going], quantity[going]
        more = min(n, most - n)
    return found
