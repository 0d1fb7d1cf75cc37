"""Chance, trader by trader: one uniform number for each trader, purpose and turn.

A trader's numbers depend on the seed, the cohort's name, the purpose, the turn (how often it was drawn
again) and its place in the cohort, and on nothing else. So a cohort's luck does not change when another
cohort is added or another rule rejects other traders, and since every distribution is a quantile function
of these numbers, changing a mean or a cap moves every trader along its own luck.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats
from cascade_sim.streams import stream

# Uniform numbers come in steps of 2**-53 from 0; half a step keeps quantiles finite.
_SMALLEST = 2.0**-54


class Luck:
    """The uniform numbers of some traders of a cohort, in one turn of drawing.

    Parameters
    ----------
    seed : int
        The run's seed.
    cohort : str
        The cohort's name; streams are called ``crowd.<cohort>.<purpose>``, with ``.again<turn>`` from turn
        1 on.
    start, count : int
        The block of traders.
    turn : int
        0 at first; traders that are drawn again use the next turn's numbers.
    rows : ndarray of int, optional
        Which traders of the block are meant; by default all.
    """

    def __init__(
        self,
        seed: int,
        cohort: str,
        start: int,
        count: int,
        turn: int = 0,
        rows: npt.NDArray[np.intp] | None = None,
    ) -> None:
        self._seed, self._cohort, self._start, self._count = seed, cohort, start, count
        self._turn, self._rows = turn, rows
        self.size = count if rows is None else rows.size
        self.asked = False

    def uniform(self, purpose: str) -> Floats:
        """Return numbers in (0, 1), shape (size,); `asked` tells afterwards that some were wanted."""
        self.asked = True
        again = f".again{self._turn}" if self._turn else ""
        generator = stream(self._seed, f"crowd.{self._cohort}.{purpose}{again}")
        bits: Any = generator.bit_generator
        bits.advance(self._start)  # one step a double, so a block begins where it would in one long draw
        numbers = generator.random(self._count)
        np.maximum(numbers, _SMALLEST, out=numbers)
        return numbers if self._rows is None else numbers[self._rows]
