"""Health factors of a pool's loans over time, rebuilt from its loans, what was done to them, and its oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

START = -1
# The actions after which a loan is another one than before; all others are about an auction or a sale.
_CHANGES = ("liquidated", "kicked")


class Standing(NamedTuple):
    """The loans of a pool at one moment, each array of shape (loans,), in the order of their numbers.

    Attributes
    ----------
    collateral : ndarray
        Base units.
    debt : ndarray
        Quote.
    health : ndarray
        ``collateral x oracle x threshold / debt``; infinite where there is no debt.
    """

    collateral: Floats
    debt: Floats
    health: Floats


@dataclass(frozen=True)
class LoanHistory:
    """The loans of one pool over a run.

    Attributes
    ----------
    pool : str
    collateral, debt, threshold : ndarray, shape (loans,)
        At the start; base, quote, fraction.
    first_oracle : float
        Oracle price at the start, quote per base.
    oracle : ndarray, shape (rows,)
        Oracle price at the end of each row of the timeline.
    ticks : ndarray of int64, shape (rows,)
        Last tick of each row.
    changed_at, changed : ndarray of int64, shape (changes,)
        Tick of each change in the order in which they came, and the place of the loan that it changed.
    collateral_left, debt_left : ndarray, shape (changes,)
        What the change left of it.
    """

    pool: str
    collateral: Floats
    debt: Floats
    threshold: Floats
    first_oracle: float
    oracle: Floats
    ticks: Whole
    changed_at: Whole
    changed: Whole
    collateral_left: Floats
    debt_left: Floats

    def price(self, row: int) -> float:
        """Return the oracle price at the end of a row, or at the start."""
        return self.first_oracle if row == START else float(self.oracle[row])

    def changes_before(self, row: int) -> int:
        """Count the changes up to the end of a row; none at the start."""
        return 0 if row == START else int(np.searchsorted(self.changed_at, self.ticks[row], side="right"))

    def row_of_change(self, change: int) -> int:
        """Return the row in which a change came; the last one where the rows end before it."""
        row = int(np.searchsorted(self.ticks, self.changed_at[change], side="left"))
        return min(row, self.ticks.size - 1)

    def at(self, row: int) -> Standing:
        """Return the loans at the end of a row of the timeline.

        Parameters
        ----------
        row : int
            Number of the row from 0, or `START` for the moment before the first.

        Returns
        -------
        Standing
        """
        collateral, debt = self.collateral.copy(), self.debt.copy()
        done = self.changes_before(row)
        # Of several changes of one loan the last one is written last.
        collateral[self.changed[:done]] = self.collateral_left[:done]
        debt[self.changed[:done]] = self.debt_left[:done]
        return Standing(collateral, debt, health_factors(collateral, debt, self.threshold, self.price(row)))

    def debt_by_health(self, edges: Floats, rows: Whole) -> Floats:
        """Add the debt of open loans up by health factor at the ends of rows.

        Parameters
        ----------
        edges : ndarray, shape (bins + 1,)
            Ascending; a bin holds what is at least its lower edge and less than its upper one.
        rows : ndarray of int, shape (m,)
            Ascending, from 0; `START` may stand first.

        Returns
        -------
        ndarray, shape (m, bins)
            Quote.

        Notes
        -----
        Loans that nobody touches keep their order of health whatever the oracle says, so they are sorted once; a row
        costs O(bins log(loans) + loans that were ever changed). The sums are differences of running totals and have
        their rounding.
        """
        touched = np.unique(self.changed)
        still = np.ones(self.debt.size, bool)
        still[touched] = False
        per_price = health_factors(self.collateral, self.debt, self.threshold, 1.0)
        order = np.argsort(per_price[still], kind="stable")
        ladder = per_price[still][order]
        below = np.concatenate([[0.0], np.cumsum(self.debt[still][order])])
        found = np.empty((len(rows), edges.size - 1))
        place = np.searchsorted(touched, self.changed)
        collateral, debt, threshold = (each[touched] for each in (self.collateral, self.debt, self.threshold))
        done = 0
        for number, row in enumerate(rows):
            price, until = self.price(int(row)), self.changes_before(int(row))
            ends = np.searchsorted(ladder, edges / price, side="left")
            found[number] = np.diff(below[ends])
            collateral[place[done:until]] = self.collateral_left[done:until]
            debt[place[done:until]] = self.debt_left[done:until]
            done = until
            found[number] += debt_in_bins(health_factors(collateral, debt, threshold, price), debt, edges)
        return found


def health_factors(collateral: Floats, debt: Floats, threshold: Floats, price: float) -> Floats:
    """Return ``collateral x price x threshold / debt`` of each loan; infinite without debt (Aave, whitepaper v1)."""
    worth = collateral * price * threshold
    return np.divide(worth, debt, out=np.full(debt.size, np.inf), where=debt > 0.0)


def debt_in_bins(health: Floats, debt: Floats, edges: Floats) -> Floats:
    """Add debt up by health factor; a bin holds its lower edge and not its upper one.

    Parameters
    ----------
    health, debt : ndarray, shape (n,)
    edges : ndarray, shape (bins + 1,)

    Returns
    -------
    ndarray, shape (bins,)
    """
    place = np.searchsorted(edges, health, side="right") - 1
    inside = (place >= 0) & (place < edges.size - 1)
    return np.bincount(place[inside], weights=debt[inside], minlength=edges.size - 1).astype(np.float64)


def loan_history(run: Run, pool: str) -> LoanHistory | None:
    """Rebuild a pool's loans over time.

    Parameters
    ----------
    run : Run
        Its ``loans``, ``lending``, ``timeline`` and ``scenario`` are read.
    pool : str
        Name of the pool.

    Returns
    -------
    LoanHistory or None
        None where the run has no such pool, did not keep its loans, or has no row.
    """
    loans, actions, timeline = run.loans, run.lending, run.timeline
    column = f"oracle_{pool}"
    if loans is None or actions is None or not len(timeline) or column not in timeline:
        return None
    mine = loans[loans["pool"].astype(str) == pool].sort_values("loan")
    if not len(mine):
        return None
    kept = (actions["pool"].astype(str) == pool) & actions["action"].astype(str).isin(_CHANGES)
    changes = actions[kept]
    numbers = mine["loan"].to_numpy(dtype=np.int64)
    collateral, debt, threshold = (
        mine[name].to_numpy(dtype=np.float64) for name in ("collateral", "debt", "threshold")
    )
    return LoanHistory(
        pool=pool,
        collateral=collateral,
        debt=debt,
        threshold=threshold,
        first_oracle=float(run.scenario.market.price),
        oracle=timeline[column].to_numpy(dtype=np.float64),
        ticks=timeline["tick"].to_numpy(dtype=np.int64),
        changed_at=changes["tick"].to_numpy(dtype=np.int64),
        changed=np.searchsorted(numbers, changes["loan"].to_numpy(dtype=np.int64)),
        collateral_left=changes["collateral_left"].to_numpy(dtype=np.float64),
        debt_left=changes["debt_left"].to_numpy(dtype=np.float64),
    )


def toxic_below(threshold: float, bonus: float) -> float:
    """Return the health factor below which a call lowers it further: ``threshold (1 + bonus)``.

    A call that repays ``r`` of a debt with health ``h`` takes collateral worth ``(1 + bonus) r``, which counted
    ``threshold (1 + bonus) r``. Health stays as it is where that is ``h r``; where ``h`` is lower, it falls.
    """
    return threshold * (1.0 + bonus)
