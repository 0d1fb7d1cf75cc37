"""Chance, trader by trader: one uniform number for each trader, purpose and turn, in one world or in several.

A trader's numbers depend on the seed, the cohort's name, the purpose, the turn (how often it was drawn
again) and its place in the cohort, and on nothing else. So a cohort's luck does not change when another
cohort is added or another rule rejects other traders, and since every distribution is a quantile function
of these numbers, changing a mean or a cap moves every trader along its own luck. The loans of a pool and
a cohort's keepers have their numbers in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats
from cascade_sim.streams import streams

# Uniform numbers come in steps of 2**-53 from 0; half a step keeps quantiles finite.
_SMALLEST = 2.0**-54


class Luck:
    """The uniform numbers of some traders of a cohort, in one turn of drawing.

    Parameters
    ----------
    seeds : int or sequence of int
        The run's seed; of several worlds, each one's.
    cohort : str
        The cohort's name; streams are called ``crowd.<cohort>.<purpose>``, with ``.again<turn>`` from turn
        1 on.
    start, count : int
        The block of traders, the same in every world.
    turn : int
        0 at first; traders that are drawn again use the next turn's numbers.
    rows : ndarray of int, optional
        Which traders of the block are meant, ascending, counted through all worlds one after the other; by default all.
    group : str
        First part of the streams' names: ``crowd``, ``lending`` (the cohort is a pool) or ``keepers``.
    """

    def __init__(
        self,
        seeds: int | Sequence[int],
        cohort: str,
        start: int,
        count: int,
        turn: int = 0,
        rows: npt.NDArray[np.intp] | None = None,
        group: str = "crowd",
    ) -> None:
        self._seeds: Sequence[int] = seeds if isinstance(seeds, Sequence) else (seeds,)
        self._name, self._start, self._count = f"{group}.{cohort}", start, count
        self._turn, self._rows = turn, rows
        self.size = count * len(self._seeds) if rows is None else rows.size
        self.asked = False

    def uniform(self, purpose: str) -> Floats:
        """Return numbers in (0, 1), shape (size,); `asked` tells afterwards that some were wanted."""
        self.asked = True
        again = f".again{self._turn}" if self._turn else ""
        name = f"{self._name}.{purpose}{again}"
        if self._rows is None:
            return self._drawn(self._seeds, name)
        if len(self._seeds) == 1:
            return self._drawn(self._seeds, name)[self._rows]
        world, trader = np.divmod(self._rows, self._count)
        waiting, place = np.unique(world, return_inverse=True)
        numbers = self._drawn([self._seeds[each] for each in waiting.tolist()], name)
        return numbers[place * self._count + trader]

    def _drawn(self, seeds: Sequence[int], name: str) -> Floats:
        numbers = np.empty(len(seeds) * self._count)
        worlds = numbers.reshape(len(seeds), self._count)
        for generator, row in zip(streams(seeds, name), worlds, strict=True):
            if self._start:
                bits: Any = generator.bit_generator
                bits.advance(self._start)  # one step a double, so a block begins where it would in one long draw
            generator.random(out=row)
        return np.maximum(numbers, _SMALLEST, out=numbers)
