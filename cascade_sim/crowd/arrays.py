"""The crowd as arrays, one number a position and a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels.records import ENTRANT

Floats = npt.NDArray[np.float64]
Rows = slice | npt.NDArray[np.intp]


@dataclass(frozen=True)
class Positions:
    """Columns of positions; 41 bytes a position.

    Attributes
    ----------
    side : ndarray of int8, shape (n,)
        +1 long, -1 short.
    quantity : ndarray of float64, shape (n,)
        Base units (linear) or contracts of one quote unit (inverse), positive.
    entry_price : ndarray of float64, shape (n,)
        Quote per base unit.
    collateral : ndarray of float64, shape (n,)
        Quote (linear) or base (inverse); under cross margin with the wallet that stands behind it.
    trigger : ndarray of float64, shape (n,)
        Liquidation price; 0 for a long and infinity for a short that is never liquidated.
    bankruptcy : ndarray of float64, shape (n,)
        ``u`` of the bankruptcy price, ``u(p) = p`` (linear) or ``-1/p`` (inverse). A position's cash is
        ``-side * quantity * bankruptcy``.
    """

    side: npt.NDArray[np.int8]
    quantity: Floats
    entry_price: Floats
    collateral: Floats
    trigger: Floats
    bankruptcy: Floats

    def __len__(self) -> int:
        return self.side.size

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        return sum(column.nbytes for column in self.columns())

    def columns(self) -> tuple[npt.NDArray, ...]:
        """Return the six columns in the order above."""
        return self.side, self.quantity, self.entry_price, self.collateral, self.trigger, self.bankruptcy

    def part(self, rows: slice) -> Positions:
        """Return a view of some neighbouring positions; writing to it writes here."""
        return Positions(*(column[rows] for column in self.columns()))


def _no_entrants() -> npt.NDArray[np.void]:
    return np.empty(0, ENTRANT)


def _no_ticks() -> npt.NDArray[np.int64]:
    return np.empty(0, np.int64)


def _no_positions() -> npt.NDArray[np.int32]:
    return np.empty(0, np.int32)


@dataclass(frozen=True)
class Crowd(Positions):
    """All positions of a run, cohort after cohort; those that will be opened during it follow.

    The columns hold the *standing* positions, open at the start. An *entrant*, a position still to be opened,
    has the number of the standing positions plus its place in the order of arrival.

    Attributes
    ----------
    cohort_names : list of str
        In the order of the scenario.
    cohort_start : ndarray of int64, shape (cohorts + 1,)
        Where each cohort's standing positions begin, and the end.
    terms : ndarray of TERMS, shape (standing + entrants,), or None
        What each trader does to defend its position; an entrant's row holds its side only, until it arrives.
        None where no cohort defends itself, leaves or arrives.
    entrants : ndarray of ENTRANT, shape (entrants,)
        Ascending by tick; at one tick cohort after cohort, each in its order of arrival.
    entrant_cohort : ndarray of int32, shape (entrants,)
        Number of each entrant's cohort.
    exit_tick : ndarray of int64, shape (exits,)
        Ticks of the run at which traders leave by choice, ascending.
    exit_position : ndarray of int32, shape (exits,)
        Who leaves; ascending at one tick.
    """

    cohort_names: list[str]
    cohort_start: npt.NDArray[np.int64]
    terms: npt.NDArray[np.void] | None = None
    entrants: npt.NDArray[np.void] = field(default_factory=_no_entrants)
    entrant_cohort: npt.NDArray[np.int32] = field(default_factory=_no_positions)
    exit_tick: npt.NDArray[np.int64] = field(default_factory=_no_ticks)
    exit_position: npt.NDArray[np.int32] = field(default_factory=_no_positions)

    @classmethod
    def empty(cls, names: Sequence[str], counts: Sequence[int]) -> Crowd:
        """Return a crowd of the given size whose columns are yet to be written."""
        start = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
        total = int(start[-1])
        quantity, entry_price, collateral, trigger, bankruptcy = (np.empty(total) for _ in range(5))
        side = np.empty(total, np.int8)
        return cls(side, quantity, entry_price, collateral, trigger, bankruptcy, list(names), start)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns, terms, entrants and exits hold."""
        others = (self.entrants, self.entrant_cohort, self.exit_tick, self.exit_position)
        terms = 0 if self.terms is None else self.terms.nbytes
        return super().nbytes + terms + sum(array.nbytes for array in others)

    def cohort(self, which: int | str) -> Positions:
        """Return a view of one cohort's standing positions, by name or by number."""
        number = self.cohort_names.index(which) if isinstance(which, str) else which
        return self.part(slice(int(self.cohort_start[number]), int(self.cohort_start[number + 1])))

    def cohort_of(self, positions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the numbers of the cohorts that some positions belong to.

        Parameters
        ----------
        positions : array_like of int, shape (n,)
            Numbers of standing positions and of entrants.

        Returns
        -------
        ndarray of int64, shape (n,)
        """
        given = np.asarray(positions, dtype=np.int64)
        cohort = np.searchsorted(self.cohort_start, given, side="right") - 1
        entered = given >= len(self)
        cohort[entered] = self.entrant_cohort[given[entered] - len(self)]
        return cohort

    def trader_of(self, positions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the places of some positions' traders in their cohorts.

        Parameters
        ----------
        positions : array_like of int, shape (n,)
            Numbers of standing positions and of entrants.

        Returns
        -------
        ndarray of int64, shape (n,)
            From 0; a cohort's entrants follow its standing traders, in their order of arrival.
        """
        given = np.asarray(positions, dtype=np.int64)
        entered = given >= len(self)
        trader = given - self.cohort_start[self.cohort_of(given)]
        trader[entered] = self._entrant_trader[given[entered] - len(self)]
        return trader

    @cached_property
    def _entrant_trader(self) -> npt.NDArray[np.int64]:
        cohorts = len(self.cohort_names)
        order = np.argsort(self.entrant_cohort, kind="stable")
        counts = np.bincount(self.entrant_cohort, minlength=cohorts)
        standing = np.diff(self.cohort_start)
        trader = np.empty(order.size, np.int64)
        trader[order] = np.arange(order.size) + np.repeat(standing - np.cumsum(counts) + counts, counts)
        return trader
