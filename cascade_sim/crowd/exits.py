"""Who leaves by choice, and when.

Holding times are exponential, so a position that stands at the start has as long to go as one that has just
been opened: in every tick each open position leaves with the same probability, ``1 - 2 ** (-tick /
half-life)``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.luck import Luck

# A position's number takes these bits of a sorting key, its tick the ones above them.
_POSITION_BITS = 31


def leaving_keys(
    cohort: Any, luck: Luck, opened: npt.NDArray[np.int64] | int, position: npt.NDArray[np.int64], clock: Any
) -> npt.NDArray[np.int64]:
    """Return the exits of some traders within the run, as numbers that sort by tick, then by position.

    Parameters
    ----------
    cohort : Cohort
        With ``exits``.
    luck : Luck
        Theirs, asked for ``exits``.
    opened : ndarray of int64, shape (n,), or int
        Ticks in which they open; they leave in a later one. -1 for those who stand at the start.
    position : ndarray of int64, shape (n,)
        Their positions.
    clock : Clock

    Returns
    -------
    ndarray of int64, shape (exits,)
        See `exit_lists`; unsorted.
    """
    mean_ticks = cohort.exits.half_life / math.log(2.0) / clock.tick
    later = np.floor(-mean_ticks * np.log1p(-luck.uniform("exits")))
    first = opened + 1
    leaves = later < clock.ticks - first
    tick = later[leaves].astype(np.int64) + (first[leaves] if isinstance(first, np.ndarray) else first)
    return (tick << _POSITION_BITS) | position[leaves]


def exit_lists(keys: list[npt.NDArray[np.int64]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return ticks, ascending, and positions (ascending at one tick) of all exits."""
    sorted_keys = np.sort(np.concatenate(keys)) if keys else np.empty(0, np.int64)
    position = sorted_keys & ((1 << _POSITION_BITS) - 1)
    return sorted_keys >> _POSITION_BITS, position.astype(np.int32)
