"""The phases of an event: before, around and after the extreme of its move."""

from __future__ import annotations

from typing import NamedTuple

WHOLE, BEFORE, AROUND, AFTER = "whole run", "before", "around the extreme", "after"


class Phase(NamedTuple):
    """Some ticks of a run: from ``begin`` to before ``end``."""

    name: str
    begin: int
    end: int


def phases_of(ticks: int, extreme: int, around: int) -> list[Phase]:
    """Cut a run at the extreme of its move.

    Parameters
    ----------
    ticks : int
        Of the run.
    extreme : int
        Tick of the low, or of the high.
    around : int
        Ticks on either side of it that count as around it.

    Returns
    -------
    list of Phase
        The whole run first, then the three phases; one may be empty.
    """
    begin = max(0, extreme - around)
    end = min(ticks, extreme + around + 1)
    return [Phase(WHOLE, 0, ticks), Phase(BEFORE, 0, begin), Phase(AROUND, begin, end), Phase(AFTER, end, ticks)]
