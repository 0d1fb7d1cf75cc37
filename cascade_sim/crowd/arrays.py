"""The crowd as arrays, one number a position and a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
        Quote (linear) or base (inverse).
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


@dataclass(frozen=True)
class Crowd(Positions):
    """All positions of a run, cohort after cohort.

    Attributes
    ----------
    cohort_names : list of str
        In the order of the scenario.
    cohort_start : ndarray of int64, shape (cohorts + 1,)
        Where each cohort begins, and the end; a position's ``trader`` is its index less its cohort's
        beginning.
    """

    cohort_names: list[str]
    cohort_start: npt.NDArray[np.int64]

    @classmethod
    def empty(cls, names: Sequence[str], counts: Sequence[int]) -> Crowd:
        """Return a crowd of the given size whose columns are yet to be written."""
        start = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
        total = int(start[-1])
        quantity, entry_price, collateral, trigger, bankruptcy = (np.empty(total) for _ in range(5))
        side = np.empty(total, np.int8)
        return cls(side, quantity, entry_price, collateral, trigger, bankruptcy, list(names), start)

    def cohort(self, which: int | str) -> Positions:
        """Return a view of one cohort's positions, by name or by number."""
        number = self.cohort_names.index(which) if isinstance(which, str) else which
        return self.part(slice(int(self.cohort_start[number]), int(self.cohort_start[number + 1])))
