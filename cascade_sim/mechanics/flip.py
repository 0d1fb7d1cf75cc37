"""Maker's auctions of 2019 to 2021 (Cat and Flip): lots, rising bids in DAI, then falling bids in collateral.

Names as in `cascade_sim.mechanics.auctions`. A Flip auction has two phases. In `tend` bidders raise the DAI they pay
for the whole lot, up to the tab; in `dent` they lower the lot they want for the whole tab, and the vault's owner gets
what is given up. It ends `ttl` after the last bid, or `tau` after its start. So a bid of next to nothing wins if no
other comes within `ttl`, as on 12 and 13 March 2020.

Sources: github.com/makerdao/dss, cat.sol and flip.sol; @fa4f6630 for `box` and `dunk` (autumn 2020), releases up to 1.0
for `lump`, the rule of March 2020.

Examples
--------
A lot of the March 2020 design, the least second bid with an increment of 3 %, and a bid that gives collateral back:

>>> sold = bite(ink=120, art=12_000, chop=1.13, lump=50)
>>> sold.lot, round(sold.tab, 6), sold.ink_left
(50.0, 5650.0, 70.0)
>>> tend_accepted([102, 103], 100, beg=1.03, tab=sold.tab)
array([False,  True])
>>> dent(lot=45, previous_lot=50, beg=1.03)
Dent(accepted=True, returned=5.0)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import auctions as kernels
from cascade_sim.mechanics.auctions import Auction
from cascade_sim.mechanics.inputs import Flags, Numbers, filled, rows, shaped

__all__ = ["Dent", "Phase", "bite", "dent", "phase", "tend_accepted"]

ArrayLike = npt.ArrayLike


class Dent(NamedTuple):
    """A bid for less collateral: whether it is taken, and the collateral it gives up to the vault's owner if it is."""

    accepted: Flags
    returned: Numbers


class Phase(NamedTuple):
    """What may be done with an auction now: bid, hand over the lot (`deal`), start it again without a bid (`tick`)."""

    biddable: Flags
    finished: Flags
    restartable: Flags


def bite(
    ink: ArrayLike,
    art: ArrayLike,
    *,
    chop: ArrayLike,
    rate: ArrayLike = 1.0,
    dunk: ArrayLike = np.inf,
    lump: ArrayLike = np.inf,
    box: ArrayLike = np.inf,
    litter: ArrayLike = 0.0,
    dust: ArrayLike = 0.0,
) -> Auction:
    """Return what Cat sends to auction from an unsafe vault; call it again for the rest.

    ``dart = min(art, min(dunk, box - litter) / chop / rate, lump art / ink)`` of the debt and the same share of the
    collateral, for a tab of ``dart rate chop``.

    Parameters
    ----------
    ink, art : array_like of float
        Collateral units and normalised debt, zero or more.
    chop : array_like of float
        One plus the penalty (1.13).
    rate : array_like of float
        DAI owed per `art`, positive.
    dunk : array_like of float
        Most DAI, penalty included, of one auction.
    lump : array_like of float
        Most collateral of one auction (50 ETH in March 2020, with neither `dunk` nor `box`).
    box, litter : array_like of float
        Most DAI under auction at a time, and how much there is already.
    dust : array_like of float
        Least debt of a vault; with less room than that nothing is auctioned. The rest of the vault may be dusty.

    Returns
    -------
    Auction
        It reverts where the box is full, or has less room than `dust`, and without collateral or debt.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, (ink_, art_, rate_, chop_, dunk_, lump_, box_, litter_, dust_) = rows(
        ink=(ink, "amount"), art=(art, "amount"), rate=(rate, "positive"), chop=(chop, "factor"), dunk=(dunk, "limit"),
        lump=(lump, "limit"), box=(box, "limit"), litter=(litter, "amount"), dust=(dust, "amount"),
    )  # fmt: skip
    out, reverts = np.empty((4, ink_.size)), np.empty(ink_.size, dtype=np.bool_)
    kernels.bites(ink_, art_, rate_, chop_, dunk_, lump_, box_ - litter_, dust_, out, reverts)
    return Auction(*(shaped(row, shape) for row in (*out, reverts)))


def tend_accepted(bid: ArrayLike, previous_bid: ArrayLike, *, beg: ArrayLike, tab: ArrayLike) -> Flags:
    """Tell whether Flip takes a higher bid of DAI for the whole lot.

    It must be above the last one and not above the tab, and at least `beg` times the last one unless it is the tab. The
    first bid (`previous_bid` of zero) may be as small as one likes, but not zero.

    Parameters
    ----------
    bid, previous_bid : array_like of float
        DAI, zero or more.
    beg : array_like of float
        One plus the least increase (1.05 in the code, 1.03 in March 2020).
    tab : array_like of float
        DAI to be raised, positive.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, columns = rows(
        bid=(bid, "amount"), previous_bid=(previous_bid, "amount"), beg=(beg, "factor"), tab=(tab, "positive")
    )
    return filled(kernels.tends, shape, columns, dtype=np.bool_)


def dent(
    lot: ArrayLike, previous_lot: ArrayLike, *, beg: ArrayLike, bid: ArrayLike = 1.0, tab: ArrayLike = 1.0
) -> Dent:
    """Return whether Flip takes a bid for less collateral, and the collateral that such a bid gives back.

    It must be smaller than the last lot, by `beg` or more (``beg lot <= previous_lot``), and the tab must have been
    bid.

    Parameters
    ----------
    lot, previous_lot : array_like of float
        Collateral asked for, zero or more; by the last bid, positive.
    beg : array_like of float
        One plus the least decrease.
    bid, tab : array_like of float
        DAI bid, and to be raised; unless given, the tab is taken to have been bid.

    Returns
    -------
    Dent
        `returned` is ``previous_lot - lot`` whether the bid is taken or not; the owner gets it only if it is.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, columns = rows(
        lot=(lot, "amount"), previous_lot=(previous_lot, "positive"), beg=(beg, "factor"), bid=(bid, "amount"),
        tab=(tab, "positive"),
    )  # fmt: skip
    accepted = np.empty(columns[0].size, dtype=np.bool_)
    kernels.dents(*columns, accepted)
    return Dent(shaped(accepted, shape), shaped(columns[1] - columns[0], shape))


def phase(now: ArrayLike, started: ArrayLike, last_bid: ArrayLike = np.inf, *, ttl: ArrayLike, tau: ArrayLike) -> Phase:
    """Return what may be done with a Flip auction at a moment.

    Biddable before both ``last_bid + ttl`` and ``started + tau``; finished after either, given a bid; to be started
    again after ``started + tau`` without one. At exactly the end none of it is possible.

    Parameters
    ----------
    now, started, last_bid : array_like of float
        Seconds on one clock, zero or more; `last_bid` infinite while there is none.
    ttl, tau : array_like of float
        Seconds that a bid stands (10 minutes in March 2020, 6 hours after) and that an auction lasts; positive.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, columns = rows(
        now=(now, "amount"), started=(started, "amount"), last_bid=(last_bid, "limit"), ttl=(ttl, "positive"),
        tau=(tau, "positive"),
    )  # fmt: skip
    out = np.empty((3, columns[0].size), dtype=np.bool_)
    kernels.phases(*columns, out)
    return Phase(*(shaped(row, shape) for row in out))
