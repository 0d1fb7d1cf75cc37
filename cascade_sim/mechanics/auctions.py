"""Maker's auctions since 2021 (Dog and Clip, "Liquidations 2.0"): what is sold, its falling price, and purchases.

Maker's words: a vault holds `ink` of collateral and owes ``art rate`` DAI; `chop` is one plus the penalty (1.13); `tab`
is the DAI an auction has to raise, `lot` the collateral it sells. All sources are in github.com/makerdao/dss@fa4f6630.

Examples
--------
Most of a vault goes to auction; its price falls by 1 % a second, and one buyer asks for more than the debt needs:

>>> vault_unsafe(ink=40, spot=2.0, art=100)
True
>>> sold = bark(ink=40, art=100, Hole=1000, hole=88, chop=1.1, dust=20)
>>> round(sold.lot, 6), round(sold.tab, 6), round(sold.art_left, 6)
(32.0, 88.0, 20.0)
>>> price = auction_price("stair", 30, top=5.0, cut=0.99, step=1)
>>> bought = take(sold.lot, sold.tab, price, amount=32)
>>> round(price, 6), round(bought.slice, 3), round(bought.returned_to_owner, 3)
(3.698502, 23.793, 8.207)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels import auctions as kernels
from cascade_sim.mechanics.inputs import Flags, Numbers, filled, rows, shaped

__all__ = [
    "Auction",
    "Kick",
    "Purchase",
    "auction_price",
    "bark",
    "kick",
    "needs_redo",
    "redo_reward",
    "take",
    "vault_unsafe",
]

ArrayLike = npt.ArrayLike
KINDS = {
    "linear": kernels.LINEAR,
    "stair": kernels.STAIR,
    "exp": kernels.EXPONENTIAL,
    "exponential": kernels.EXPONENTIAL,
}


class Auction(NamedTuple):
    """What a liquidation sends to auction and leaves in the vault; nothing moves where the contract reverts."""

    lot: Numbers
    tab: Numbers
    ink_left: Numbers
    art_left: Numbers
    reverts: Flags


class Kick(NamedTuple):
    """A started auction: DAI to be raised, price at the start, DAI for the keeper who started it."""

    tab: Numbers
    top: Numbers
    keeper_reward: Numbers


class Purchase(NamedTuple):
    """A purchase: collateral bought, DAI paid, what stays on sale and unpaid, what the vault's owner gets back.

    ``lot = slice + lot_left + returned_to_owner`` and ``tab = owe + tab_left``; what is unpaid when the lot is gone is
    the bad debt.
    """

    slice: Numbers
    owe: Numbers
    lot_left: Numbers
    tab_left: Numbers
    returned_to_owner: Numbers
    bad_debt: Numbers
    reverts: Flags


def vault_unsafe(ink: ArrayLike, spot: ArrayLike, art: ArrayLike, rate: ArrayLike = 1.0) -> Flags:
    """Tell whether a vault may be liquidated: ``ink spot < art rate``; one that is exactly covered may not.

    Parameters
    ----------
    ink, art : array_like of float
        Collateral units and normalised debt, zero or more.
    spot : array_like of float
        Oracle price over the liquidation ratio (150 % for ETH-A in 2020), positive.
    rate : array_like of float
        DAI owed per `art`, positive.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, columns = rows(ink=(ink, "amount"), spot=(spot, "positive"), art=(art, "amount"), rate=(rate, "positive"))
    return filled(kernels.unsafe_vaults, shape, columns, dtype=np.bool_)


def bark(
    ink: ArrayLike,
    art: ArrayLike,
    *,
    Hole: ArrayLike,
    hole: ArrayLike,
    chop: ArrayLike,
    dust: ArrayLike = 0.0,
    rate: ArrayLike = 1.0,
    Dirt: float = 0.0,
    dirt: float = 0.0,
    in_turn: bool = False,
) -> Auction:
    """Return what Dog sends to auction from an unsafe vault.

    ``dart = min(art, min(Hole - Dirt, hole - dirt) / rate / chop)`` of the debt and the same share of the collateral,
    for a tab of ``dart rate chop``. A rest of less than `dust` is taken as well, even beyond the holes.

    Parameters
    ----------
    ink, art : array_like of float
        Collateral units and normalised debt, zero or more.
    Hole, hole : array_like of float
        Most DAI under auction at a time, in all and for this collateral; infinite for no limit.
    chop : array_like of float
        One plus the penalty.
    dust : array_like of float
        Least debt of a vault in DAI, without penalty.
    rate : array_like of float
        DAI owed per `art`, positive.
    Dirt, dirt : array_like of float
        DAI under auction already, in all and for this collateral.
    in_turn : bool
        Take the vaults one after the other, each into the holes that those before it left; the limits are then single
        numbers. Otherwise every row is a world of its own.

    Returns
    -------
    Auction
        It reverts where the holes are full, where there is no collateral or debt, and where a partial auction would
        itself be below `dust`.

    Raises
    ------
    ValueError
        If a number is out of its range, or the limits are not single numbers with `in_turn`.
    """
    shape, (Hole_, Dirt_, hole_, dirt_, *columns) = rows(
        Hole=(Hole, "limit"), Dirt=(Dirt, "amount"), hole=(hole, "limit"), dirt=(dirt, "amount"), ink=(ink, "amount"),
        art=(art, "amount"), rate=(rate, "positive"), chop=(chop, "factor"), dust=(dust, "amount"),
    )  # fmt: skip
    room = np.minimum(Hole_ - Dirt_, hole_ - dirt_)
    out, reverts = np.empty((4, room.size)), np.empty(room.size, dtype=np.bool_)
    ink_, art_, rate_, chop_, dust_ = columns
    if in_turn:
        if np.ndim(Hole) + np.ndim(hole) + np.ndim(Dirt) + np.ndim(dirt):
            raise ValueError("Hole, hole, Dirt and dirt must be single numbers when vaults share them in turn")
        if room.size:
            kernels.barks_in_turn(ink_, art_, rate_, chop_, room[0], dust_, out, reverts)
    else:
        kernels.barks(ink_, art_, rate_, chop_, room, dust_, out, reverts)
    return Auction(*(shaped(row, shape) for row in (*out, reverts)))


def kick(
    debt: ArrayLike,
    oracle: ArrayLike,
    *,
    chop: ArrayLike,
    buf: ArrayLike = 1.0,
    tip: ArrayLike = 0.0,
    chip: ArrayLike = 0.0,
) -> Kick:
    """Return the start of an auction: ``tab = debt chop``, ``top = oracle buf``, a keeper's ``tip + chip tab``.

    Parameters
    ----------
    debt : array_like of float
        DAI owed, positive.
    oracle : array_like of float
        DAI per unit of collateral, positive.
    chop : array_like of float
        One plus the penalty.
    buf : array_like of float
        Factor on the oracle's price, positive.
    tip, chip : array_like of float
        DAI per auction; fraction of the tab.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, columns = rows(
        debt=(debt, "positive"), oracle=(oracle, "positive"), chop=(chop, "factor"), buf=(buf, "positive"),
        tip=(tip, "amount"), chip=(chip, "amount"),
    )  # fmt: skip
    out = np.empty((3, columns[0].size))
    kernels.kicks(*columns, out)
    return Kick(*(shaped(row, shape) for row in out))


def auction_price(
    kind: str,
    elapsed: ArrayLike,
    top: ArrayLike,
    *,
    tau: ArrayLike | None = None,
    cut: ArrayLike | None = None,
    step: ArrayLike = 1.0,
) -> Numbers:
    """Return the price of a falling auction (an Abacus).

    Parameters
    ----------
    kind : {"linear", "stair", "exp", "exponential"}
        ``top (1 - t/tau)``, zero from `tau` on; ``top cut^floor(t/step)``; ``top cut^t``.
    elapsed : array_like of float
        Seconds since the start, zero or more.
    top : array_like of float
        Price at the start, positive.
    tau : array_like of float
        Seconds until the price is zero, positive; `linear` only, and needed there.
    cut : array_like of float
        Factor per step, or per second; a fraction; needed except for `linear`.
    step : array_like of float
        Seconds between two drops, positive; `stair` only.

    Raises
    ------
    ValueError
        If a number is out of its range, the kind is unknown, or a parameter that it needs is missing.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    needed, given = ("tau", tau) if kind == "linear" else ("cut", cut)
    if given is None:
        raise ValueError(f"a {kind} auction needs {needed}")
    shape, columns = rows(
        elapsed=(elapsed, "amount"),
        top=(top, "positive"),
        tau=(1.0 if tau is None else tau, "positive"),
        cut=(1.0 if cut is None else cut, "fraction"),
        step=(step, "positive"),
    )
    out = np.empty(columns[0].size)
    kernels.prices(KINDS[kind], *columns, out)
    return shaped(out, shape)


def needs_redo(elapsed: ArrayLike, price: ArrayLike, top: ArrayLike, *, tail: ArrayLike, cusp: ArrayLike) -> Flags:
    """Tell whether an auction has to be restarted before anyone can buy: ``elapsed > tail`` or ``price/top < cusp``.

    At exactly `tail`, or exactly `cusp`, it goes on.

    Parameters
    ----------
    elapsed, tail : array_like of float
        Seconds since the start; most of them.
    price, top : array_like of float
        Price now (see `auction_price`) and at the start.
    cusp : array_like of float
        Least fraction of the start's price.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, columns = rows(
        elapsed=(elapsed, "amount"), price=(price, "amount"), top=(top, "positive"), tail=(tail, "limit"),
        cusp=(cusp, "fraction"),
    )  # fmt: skip
    return filled(kernels.redo_needed, shape, columns, dtype=np.bool_)


def redo_reward(
    tab: ArrayLike, lot: ArrayLike, oracle: ArrayLike, *, chost: ArrayLike, tip: ArrayLike = 0.0, chip: ArrayLike = 0.0
) -> Numbers:
    """Return a keeper's DAI for a restart: as in `kick`, but nothing where tab or ``lot oracle`` is below `chost`.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    shape, columns = rows(
        tab=(tab, "positive"), lot=(lot, "positive"), oracle=(oracle, "positive"), chost=(chost, "amount"),
        tip=(tip, "amount"), chip=(chip, "amount"),
    )  # fmt: skip
    return filled(kernels.redo_rewards, shape, columns)


def take(
    lot: ArrayLike,
    tab: ArrayLike,
    price: ArrayLike,
    amount: ArrayLike,
    chost: ArrayLike = 0.0,
    *,
    in_turn: bool = False,
) -> Purchase:
    """Return the outcome of a purchase from a running auction.

    ``slice = min(lot, amount)`` for ``owe = slice price``, at most the tab. If part of the lot is bought and less than
    `chost` would stay unpaid, the purchase shrinks to leave exactly `chost`, and reverts where the tab is not above it.

    Parameters
    ----------
    lot, tab : array_like of float
        Collateral on sale and DAI to be raised, positive.
    price : array_like of float
        DAI per unit of collateral, zero or more.
    amount : array_like of float
        Most collateral wanted, zero or more.
    chost : array_like of float
        Least DAI to leave unpaid: the vaults' ``dust chop``.
    in_turn : bool
        Take the prices and amounts as purchases from one auction, one after the other; `lot`, `tab` and `chost` are
        then single numbers, and purchases after its end revert. Otherwise every row is an auction of its own.

    Returns
    -------
    Purchase
        Once the tab is paid, the rest of the lot goes back to the vault's owner. A lot that runs out first leaves bad
        debt.

    Raises
    ------
    ValueError
        If a number is out of its range, or the auction is not given by single numbers with `in_turn`.
    """
    shape, columns = rows(
        lot=(lot, "positive"), tab=(tab, "positive"), price=(price, "amount"), amount=(amount, "limit"),
        chost=(chost, "amount"),
    )  # fmt: skip
    out, reverts = np.empty((6, columns[0].size)), np.empty(columns[0].size, dtype=np.bool_)
    if in_turn:
        if np.ndim(lot) + np.ndim(tab) + np.ndim(chost):
            raise ValueError("lot, tab and chost must be single numbers when purchases follow each other in turn")
        if out.size:
            kernels.takes_in_turn(columns[0][0], columns[1][0], *columns[2:4], columns[4][0], out, reverts)
    else:
        kernels.takes(*columns, out, reverts)
    return Purchase(*(shaped(row, shape) for row in (*out, reverts)))
